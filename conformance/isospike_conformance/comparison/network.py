"""A network file as a case."""

from __future__ import annotations

from typing import Any

from isospike import environ, units
from isospike.config import Plan
from isospike.config.pyfile import blaming
from isospike.graph.aval import Aval
from isospike.module import Module
from isospike.simulation import step_function
from isospike.transform.arguments import Leaf
from isospike_conformance.case import Case

__all__ = ["file_case"]


def file_case(plan: Plan) -> Case:
    """Return the case of a network file, to be run as `isospike run` runs it.

    Parameters
    ----------
    plan : Plan
        The file with its run settings; device, engine and backend are left to the comparison.

    Raises
    ------
    ConfigError
        The file does not say dt or duration.
    """
    settings = plan.environment()

    def build() -> Module:
        with blaming(plan.path):
            return plan.build()[0]

    return Case(
        plan.path.name,
        f"The network of {plan.path.name}.",
        build,
        step=_advance,
        dt_ms=float(units.convert(settings["dt"], units.parse_unit("ms"), what="dt")),
        seed=settings.get("seed", environ.get("seed")),
    )


def _advance(module: Module) -> Any:
    """Advance a network by one step at the time of its clock, which is that of `isospike.simulate`."""
    time = Leaf(Aval((), "int32"), units.split(environ.get_dt())[1], is_step=True).dress(module.clock.value)
    with environ.context(t=time):
        return step_function(module)(time)
