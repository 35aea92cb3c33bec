"""A case for any model, so that a model is judged without a file about it."""

from __future__ import annotations

from isospike import registry
from isospike.errors import IsospikeError, ParameterError
from isospike_conformance.case import Case
from isospike_conformance.running import Running
from isospike_conformance.usage import usages
from isospike_conformance.way import REFERENCE

__all__ = ["model_case"]

_HOOK = """\
    # {name}.py
    CASE = Case({name!r}, "Catches ...", build=lambda: ...)  # a module with {cls} in it, called without arguments
    # plugin.py
    @hookimpl
    def isospike_conformance_cases():
        return {{{name!r}: "{package}.{name}:CASE"}}"""


def model_case(cls: type, name: str) -> Case:
    """Return a case in which a model does something.

    Neurons are driven by currents that are spread over four decades of their input unit; an input drives leaky
    cells; a synapse, an output, a connection or a projection joins two small populations. Of the ways to do so, the
    first is taken in which the reference can take a step in exact numerics. A case that a plugin offers under the
    name of the model is returned in place of all that.

    Parameters
    ----------
    cls : type
        A subclass of Neuron, Synapse, Release, Output, Comm or Dynamics, or a projection.
    name : str
        Name of the case; that of the model.

    Raises
    ------
    ParameterError
        The model cannot be used without knowing more about it, such as a parameter that has no default.
    """
    if name in registry.names("conformance_cases"):
        offered: Case = registry.resolve("conformance_cases", name)
        return offered
    reasons = []
    for title, build in usages(cls):
        # The wider row of tolerances: nobody knows how many operations the model has.
        case = Case(name, f"Catches an operation of {name} that rounds in another way: {title}.", build, rounding="hh")
        try:
            Running(case, REFERENCE).run(1)
        except (IsospikeError, TypeError) as error:
            reasons.append(f"{title}: {error}")
        else:
            return case
    raise ParameterError(
        f"model_case({name!r}): there is no known use of {cls.__name__} that can take a step in exact numerics; "
        f"tried: {'; '.join(reasons) or 'none, as it is neither a part of a network nor an input'}. Offer a case from "
        f"a plugin:\n{_HOOK.format(name=name, cls=cls.__name__, package=cls.__module__.partition('.')[0])}"
    )
