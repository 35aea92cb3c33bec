"""What an operation is: one record, kept in one file of ``isospike.ops``."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from isospike.graph.aval import Aval, broadcast_shapes, promote
from isospike.graph.aval import is_floating as _is_floating

__all__ = ["Op", "elementwise", "op"]

Cast = Callable[[Sequence[str | None], Sequence[str | None]], Sequence[str]]


@dataclass(frozen=True, eq=False)
class Op:
    """An operation of the step graph.

    Parameters
    ----------
    name : str
        Its name; the Array API name where there is one, and the name of its file.
    infer : callable
        ``infer(*avals, **attributes)`` gives the output's abstract value, or a tuple of them.
    evaluate : callable
        ``evaluate(xp, *arrays, **attributes)`` computes it with names of the Array API standard only;
        ``None`` for an operation that holds a sub-graph, which every backend lowers in its own way.
    cast : callable
        ``cast(dtypes, kinds)`` gives the dtype that each operand is cast to before the operation.
    partials : tuple of callables, optional
        One per operand, for element-wise operations: ``partial(m, out, *operands)`` gives the derivative of
        the output with respect to that operand, written with the raw operations ``m``; ``None`` where it is
        zero everywhere. Python's 1 and -1 stand for themselves and cost nothing.
    is_standard : bool
        The function of the same name of an Array API namespace computes it as it is.
    is_piecewise : bool
        It jumps where its partials do not show it, so that a constant slope does not make it affine.
    """

    name: str
    infer: Callable[..., Aval | tuple[Aval, ...]]
    evaluate: Callable[..., Any] | None
    cast: Cast
    partials: tuple[Callable[..., Any] | None, ...] | None = None
    is_standard: bool = False
    is_piecewise: bool = False

    def __repr__(self) -> str:
        """Return ``Op(add)``."""
        return f"Op({self.name})"


@cache
def op(name: str) -> Op:
    """Return the operation of that name from its file ``isospike/ops/<name>.py``."""
    record: Op = importlib.import_module(f"isospike.ops.{name}").OP
    return record


def common(dtypes: Sequence[str | None], kinds: Sequence[str | None]) -> list[str]:
    """Cast rule: all operands to their common dtype (``None`` marks a host constant, whose kind is given)."""
    target = promote([d for d in dtypes if d], [k for k in kinds if k])
    return [target] * len(dtypes)


def floating(dtypes: Sequence[str | None], kinds: Sequence[str | None]) -> list[str]:
    """Cast rule: all operands to their common floating dtype."""
    target = common(dtypes, kinds)[0]
    target = target if _is_floating(target) else promote([target], "f")
    return [target] * len(dtypes)


def unchanged(dtypes: Sequence[str | None], kinds: Sequence[str | None]) -> list[str]:
    """Cast rule: operands stay as they are; host constants take the dtype of their kind."""
    return [d or promote([], [k or "f"]) for d, k in zip(dtypes, kinds, strict=True)]


def elementwise(
    name: str,
    *partials: Callable[..., Any] | None,
    evaluate: Callable[..., Any] | None = None,
    cast: Cast = common,
    dtype: str | None = None,
    is_piecewise: bool = False,
) -> Op:
    """Return the record of an element-wise operation.

    Parameters
    ----------
    name : str
        Its name, also the name looked up in the Array API namespace when ``evaluate`` is not given.
    *partials : callable or None
        Derivative with respect to each operand (see `Op`).
    evaluate : callable, optional
        ``evaluate(xp, *arrays)``.
    cast : callable
        `common`, `floating` or `unchanged`.
    dtype : str, optional
        Dtype of the result where it is not that of the operands (comparisons).
    is_piecewise : bool
        See `Op`.
    """

    def infer(*avals: Aval) -> Aval:
        return Aval(broadcast_shapes(*(a.shape for a in avals)), dtype or avals[-1].dtype)

    def standard(xp: Any, *arrays: Any) -> Any:
        return getattr(xp, name)(*arrays)

    return Op(
        name, infer, evaluate or standard, cast, partials, is_standard=evaluate is None, is_piecewise=is_piecewise
    )
