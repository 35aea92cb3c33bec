"""The scheme of a case: what has to be the same for two runs to be comparable at all."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from isospike import environ, units
from isospike.parameter import Choice
from isospike_conformance.case import Case

__all__ = ["Scheme", "scheme_of"]


class Scheme(BaseModel):
    """Step, seed and the words by which models choose integrator, reset and the like.

    Attributes
    ----------
    dt_ms : float, ms
    seed : int
    batch_size : int or None
    choices : dict of str to str
        Each `isospike.parameter.choice` of each module, by path, such as ``{"cells.method": "exp_euler"}``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dt_ms: float
    seed: int
    batch_size: int | None
    choices: dict[str, str]

    def differences(self, other: Scheme) -> list[str]:
        """Return what differs, such as ``"seed 1 against 2"``."""
        mine, theirs = ({**s.model_dump(exclude={"choices"}), **s.choices} for s in (self, other))
        return [
            f"{key} {mine.get(key)} against {theirs.get(key)}"
            for key in {**mine, **theirs}
            if mine.get(key) != theirs.get(key)
        ]


def scheme_of(case: Case) -> Scheme:
    """Return the scheme of a case; it is built, and not initialised."""
    with environ.context(dt=units.quantity(case.dt_ms, units.parse_unit("ms")), seed=case.seed):
        modules = case.build().modules()
    choices = {
        f"{path}.{name}" if path else name: str(getattr(module, name))
        for path, module in modules.items()
        for name, field in module.fields.items()
        if isinstance(field, Choice)
    }
    return Scheme(dt_ms=case.dt_ms, seed=case.seed, batch_size=case.batch_size, choices=choices)
