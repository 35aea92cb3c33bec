"""A loop over time with an explicit carry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isospike.transform.loop import run_loop

__all__ = ["scan"]


def scan(
    step: Callable[..., Any],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    *,
    reverse: bool = False,
    pbar: Any = None,
) -> tuple[Any, Any]:
    """Run ``step`` once per entry of the inputs, handing a carry from step to step, as one compiled loop.

    Parameters
    ----------
    step : callable
        ``step(carry, x)`` returns the next carry and what to record; it may read and write States. Without ``xs`` it
        is called with ``None`` for ``x``.
    init : array or quantity, or nested dicts, tuples and lists of them
        First carry. Every carry has its structure, shapes, dtypes and units.
    xs : array (time, ...), or nested
        Inputs, one entry per step.
    length : int, optional
        Number of steps where there are no inputs.
    reverse : bool
        Start with the last entry; results stay in the order of the inputs.
    pbar : bool or callable, optional
        See `for_loop`.

    Returns
    -------
    carry, results
        The last carry, and the recorded values stacked along a first axis of time.

    Raises
    ------
    ShapeError
        The inputs differ in length, or none and no ``length`` is given.
    StateError, UnitError
        A step returns a carry of another structure, shape, dtype or unit.
    TraceError
        The step does not return a pair, or branches on a traced value.

    Examples
    --------
    >>> import isospike as iso
    >>> with iso.environ.context(backend="numpy"):
    ...     total, sums = iso.transform.scan(lambda c, x: (c + x, c), 0.0, iso.math.arange(4.0))
    >>> print(total, sums)
    6.0 [0. 0. 1. 3.]
    """
    return run_loop(step, (xs,), init=init, has_carry=True, length=length, reverse=reverse, pbar=pbar)
