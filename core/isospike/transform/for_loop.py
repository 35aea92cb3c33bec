"""A loop over time whose state lives in States."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isospike.transform.loop import run_loop

__all__ = ["for_loop"]


def for_loop(
    step: Callable[..., Any], *xs: Any, length: int | None = None, reverse: bool = False, pbar: Any = None
) -> Any:
    """Run ``step`` once per entry of the inputs, as one compiled loop.

    Parameters
    ----------
    step : callable
        ``step(*x)`` is traced once, with the entries of one time step; it reads and writes States and returns
        what to record, in nested dicts, tuples and lists, or ``None``.
    *xs : array (time, ...), or nested dicts and tuples of them
        Inputs, one entry per step. Times on the grid ``start + i * dt`` are kept as integers and do not
        drift.
    length : int, optional
        Number of steps where there are no inputs.
    reverse : bool
        Start with the last entry; results stay in the order of the inputs.
    pbar : bool or callable, optional
        True shows a progress bar; a callable is called with the number of finished steps and the number of
        all steps.

    Returns
    -------
    array (time, ...), or nested
        The recorded values, stacked along a first axis of time.

    Raises
    ------
    ShapeError
        The inputs differ in length, or none and no ``length`` is given.
    TraceError
        The step branches on a traced value, or keeps one on an object.
    StateError
        A State changes its shape, dtype or structure from step to step.
    """
    return run_loop(step, xs, length=length, reverse=reverse, pbar=pbar)[1]
