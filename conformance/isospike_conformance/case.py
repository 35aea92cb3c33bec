"""A case: one dynamics that backends are judged by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isospike.errors import ParameterError
from isospike.module import Module

if TYPE_CHECKING:
    from isospike_conformance.compare import Record, Verdict

__all__ = ["DYNAMICS", "LEVELS", "Case"]

LEVELS = ("R", "L0e", "L0f", "L1", "L1f", "L2", "G", "C", "P")
"""The levels of conformance, in the order in which they are judged."""

DYNAMICS = frozenset({"L0e", "L0f", "L1", "L1f", "C", "P"})
"""The levels that every case with States can be judged at."""


def call(module: Module) -> Any:
    """Advance a module that takes no argument by one step."""
    return module()


@dataclass(frozen=True)
class Case:
    """One dynamics: what to build, how to advance it, and what is known of it.

    Parameters
    ----------
    name : str
        Its name, such as ``"coba"``; that of its file, and of its golden chains.
    about : str
        One sentence on what it would catch.
    build : callable
        ``build()`` returns the module, not initialised; called in the environment of the run.
    step : callable
        ``step(module)`` advances it by one step; by default it is called without arguments.
    dt_ms : float, ms
        Time step; 0.1 by default.
    steps : int
        Length of its golden chains; 1000 by default.
    seed : int
        Seed of connectivity, initial values and noise; 1 by default.
    batch_size : int, optional
        Leading batch axis of the States.
    rounding : {"lif", "hh", "adex"}
        Row of the table of tolerances for one step in fast numerics.
    levels : frozenset of str
        Levels that judge it; all that need nothing but States by default.
    truth : callable, optional
        ``truth(record)`` judges a float64 run of ``steps`` steps on the reference against a closed form or an
        independent computation: identical can be identically wrong.
    loss : callable, optional
        ``loss(module)`` returns a scalar and the spikes that it came from, for level G; its gradients with respect
        to every ParamState are compared.
    smooth : bool
        Whether the loss is smooth in them, without spikes, so that central differences on the reference are the
        truth of its gradients; see `isospike_conformance.truth.central_differences`.

    Raises
    ------
    ParameterError
        A level or the row of tolerances does not exist, or level G is asked for without a loss.
    """

    name: str
    about: str
    build: Callable[[], Module]
    step: Callable[[Any], Any] = call
    dt_ms: float = 0.1
    steps: int = 1000
    seed: int = 1
    batch_size: int | None = None
    rounding: str = "lif"
    levels: frozenset[str] = DYNAMICS
    truth: Callable[[Record], Verdict] | None = None
    loss: Callable[[Any], tuple[Any, Any]] | None = None
    smooth: bool = False

    def __post_init__(self) -> None:
        unknown = sorted(self.levels.difference(LEVELS))
        if unknown or self.rounding not in ("lif", "hh", "adex"):
            given = f"levels {', '.join(unknown)}" if unknown else f"rounding={self.rounding!r}"
            raise ParameterError(
                f"Case({self.name!r}): {given} does not exist; expected levels among {', '.join(LEVELS)}, and "
                "rounding 'lif', 'hh' or 'adex': Case(..., levels=DYNAMICS | {'L2'}, rounding='hh')."
            )
        if "G" in self.levels and self.loss is None:
            raise ParameterError(
                f"Case({self.name!r}): level G compares gradients of a loss, and there is none: pass "
                "loss=lambda module: (loss, spikes)."
            )
