"""Loops whose gradient remembers a few steps only, and computes the others again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isospike.errors import ParameterError
from isospike.transform.loop import run_loop
from isospike.transform.segments import Checkpoints, parse_memory

__all__ = ["checkpointed_for_loop", "checkpointed_scan"]


def checkpointed_for_loop(
    step: Callable[..., Any],
    *xs: Any,
    length: int | None = None,
    base: int | None = None,
    levels: int = 1,
    memory: str | int | None = None,
    pbar: Any = None,
) -> Any:
    r"""Run a loop as `for_loop` does, with a gradient that takes little memory.

    The gradient of T steps keeps the carry of every c-th step and computes the c steps between two of them again,
    when it comes to them:

    .. math:: \text{memory} \approx \frac{T}{c} \, |\text{carry}| + c \, |\text{step}|

    which is smallest near :math:`c = \sqrt{T}`. The gradient is that of `for_loop`; what is recorded is kept once,
    outside the carry.

    Parameters
    ----------
    step, *xs, length, pbar
        See `for_loop`.
    base : int, optional
        Steps between two checkpoints; near the square root of T by default.
    levels : int
        How many times chunks are divided into chunks again; 1 by default. Each level costs one computation more and
        is for loops of more than about 100 000 steps.
    memory : str or int, optional
        What carries and steps may take, such as ``"512 MB"``: the fewest levels that keep to it are used, none where
        the whole loop fits. An estimate from the sizes of the step's values.

    Raises
    ------
    ParameterError
        ``base`` or ``levels`` is not positive, two of the three are given, or ``memory`` is too small.

    References
    ----------
    Chen et al. (2016), Training deep nets with sublinear memory cost, arXiv:1604.06174.
    """
    checkpoints = _checkpoints("checkpointed_for_loop", base, levels, memory)
    return run_loop(step, xs, length=length, pbar=pbar, checkpoints=checkpoints)[1]


def checkpointed_scan(
    step: Callable[..., Any],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    *,
    base: int | None = None,
    levels: int = 1,
    memory: str | int | None = None,
    pbar: Any = None,
) -> tuple[Any, Any]:
    """Run a loop as `scan` does, with a gradient that takes little memory; see `checkpointed_for_loop`."""
    checkpoints = _checkpoints("checkpointed_scan", base, levels, memory)
    return run_loop(step, (xs,), init=init, has_carry=True, length=length, pbar=pbar, checkpoints=checkpoints)


def _checkpoints(caller: str, base: int | None, levels: int, memory: str | int | None) -> Checkpoints:
    for name, value in (("base", base), ("levels", levels)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            msg = f"{caller}({name}={value!r}): expected a positive whole number, such as {name}=2"
            raise ParameterError(msg)
    if sum((base is not None, levels != 1, memory is not None)) > 1:
        msg = f"{caller}(base={base}, levels={levels}, memory={memory!r}): each decides alone, so give one of them"
        raise ParameterError(msg)
    return Checkpoints(base, levels, parse_memory(memory))
