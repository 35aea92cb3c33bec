"""Branches that a traced value decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from isospike import units
from isospike.errors import ShapeError, TraceError
from isospike.graph.aval import promote
from isospike.graph.op import op
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, apply, current_trace, raw, where_am_i
from isospike.transform.arguments import dress
from isospike.transform.cached import Recent, run_cached
from isospike.transform.emit import Carry, store_carry
from isospike.transform.fingerprint import token
from isospike.transform.program import Program, lift_outputs

__all__ = ["cond", "switch"]

_programs: Recent[Program] = Recent(64)


def cond(pred: Any, true_fun: Callable[..., Any], false_fun: Callable[..., Any], *operands: Any) -> Any:
    """Call one of two functions, as a condition says that is known only when the program runs.

    Both may read and write States; a State that one of them writes keeps its value where the other is called.

    Parameters
    ----------
    pred : bool, or array of one boolean
        Whether to call the first.
    true_fun, false_fun : callable
        Called with the operands; their results have one structure, and the same shapes and dimensions.
    *operands : arrays or quantities, or nested

    Raises
    ------
    ShapeError
        The condition is not a single value, or the results differ in shape.
    TraceError
        The results differ in structure.
    UnitError
        They differ in dimension.

    Examples
    --------
    >>> import isospike as iso
    >>> with iso.environ.context(backend="numpy"):
    ...     print(iso.transform.cond(True, lambda x: 2 * x, lambda x: -x, 3.0))
    6.0
    """
    return switch(raw.where(pred, 0, 1), [true_fun, false_fun], *operands)


def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """Call the function at a position that is known only when the program runs; see `cond`.

    Parameters
    ----------
    index : int, or array of one integer
        Position in ``branches``; one beyond either end counts as the end.
    branches : sequence of callable
    *operands : arrays or quantities, or nested
    """
    trace = current_trace()
    functions = list(branches)
    if not functions:
        msg = "switch(index, branches): there is no branch, expected at least one function: switch(i, [f, g])"
        raise TraceError(msg)
    if trace is None:
        key = ("switch", token(functions))
        return run_cached(_programs, key, lambda given: switch(given[0], functions, *given[1]), (index, operands))
    position = index if isinstance(index, Symbol) else trace.constant(index, "int32")
    if position.shape != ():
        msg = f"a branch is chosen by {trace.lift(position).aval}{where_am_i()}, expected one value: iso.math.any(x)"
        raise ShapeError(msg)
    return _choice(trace, position, [_Branch(trace, f, operands) for f in functions])


class _Branch:
    """A function as a closed graph: what it returns, and the States that it writes."""

    def __init__(self, trace: Trace, function: Callable[..., Any], operands: Sequence[Any]) -> None:
        self.trace, self.body = trace, Trace(parent=trace)
        with self.body.active():
            self.structure, values, self.units = lift_outputs(self.body, function(*operands))
        self.leaves: list[Symbol] = [Symbol(self.body, v) for v in values]

    def bring(self, first: _Branch, dtypes: Sequence[str]) -> None:
        """Bring the results to the units of the first branch and to common dtypes."""
        with self.body.active():
            dressed = [units.quantity(x, u) for x, u in zip(self.leaves, self.units, strict=True)]
            bare = [units.convert(x, u, what="a branch of cond") for x, u in zip(dressed, first.units, strict=True)]
            self.leaves = [
                x if x.dtype == d else apply(op("astype"), x, to=d) for x, d in zip(bare, dtypes, strict=True)
            ]

    def record(self, condition: Symbol, otherwise: Sequence[Symbol]) -> list[Symbol]:
        """Write the node, and return the results, which are ``otherwise`` where the condition does not hold."""
        body, trace = self.body, self.trace
        with body.active():
            kept = Carry(body)
            outputs = [*kept.finals(), *(body.lift(x) for x in self.leaves)]
        body.finished = True
        trace.clocks.update(body.clocks)
        graph = body.graph(kept.inside(), outputs)
        fixed, before = kept.outside(trace)
        given = [*fixed, *before]
        operands = [*given, *before, *(trace.lift(x) for x in (*otherwise, condition))]
        attributes = {"body": graph, "n_const": len(given)}
        results = trace.emit(op("when"), operands, attributes, [v.aval for v in outputs])
        store_carry(trace, kept.carried, results)
        return results[len(before) :]


def _choice(trace: Trace, position: Symbol, branches: Sequence[_Branch]) -> Any:
    first = branches[0]
    for branch in branches[1:]:
        _check_alike(first, branch)
    dtypes = [promote([x.dtype for x in column], []) for column in zip(*(b.leaves for b in branches), strict=True)]
    for branch in branches:
        branch.bring(first, dtypes)
    results = [raw.broadcast_to(trace.constant(0, x.dtype), shape=x.shape) for x in first.leaves]
    # The choice is made before any branch writes a State that it may have been read from.
    bounded = raw.minimum(raw.maximum(position, 0), len(branches) - 1)
    conditions = [raw.equal(bounded, i) for i in range(len(branches))]
    for branch, condition in zip(branches, conditions, strict=True):
        results = branch.record(condition, results)
    return dress(first.structure, first.units, results)


def _check_alike(first: _Branch, other: _Branch) -> None:
    if other.structure != first.structure:
        msg = f"the branches of cond return values of different structure{where_am_i()}: return the same from each"
        raise TraceError(msg)
    for expected, got in zip(first.leaves, other.leaves, strict=True):
        if got.shape != expected.shape:
            msg = (
                f"the branches of cond return shapes {expected.shape} and {got.shape}{where_am_i()}: make them "
                "equal with iso.math.broadcast_to(x, shape)"
            )
            raise ShapeError(msg)
