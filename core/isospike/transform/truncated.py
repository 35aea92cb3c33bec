"""A loop whose gradient goes back a number of steps only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from isospike import math, tree, units
from isospike.errors import ParameterError
from isospike.graph.aval import Aval, is_floating
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, current_trace, raw
from isospike.transform.arguments import Leaf, Signature
from isospike.transform.cached import Recent, run_cached
from isospike.transform.emit import Length, emit_scan
from isospike.transform.fingerprint import token
from isospike.transform.loop import advance_of, describe_loop
from isospike.transform.program import Program

__all__ = ["truncated_for_loop"]

_programs: Recent[Program] = Recent(64)


def truncated_for_loop(step: Callable[..., Any], *xs: Any, window: int, length: int | None = None) -> Any:
    """Run a loop as `for_loop` does, with a gradient that stops at the beginning of each window of steps.

    Values are those of `for_loop`. What a step leaves in a State acts on the gradient of the steps of its own window
    and no further, which is truncated backpropagation through time (Williams and Peng 1990, Neural Computation 2:490).

    Parameters
    ----------
    step, *xs, length
        See `for_loop`.
    window : int
        Steps of a window; the last one may be shorter.

    Raises
    ------
    ParameterError
        ``window`` is not a positive whole number.
    """
    if isinstance(window, bool) or not isinstance(window, int) or window < 1:
        msg = f"truncated_for_loop(window={window!r}): expected a positive number of steps, such as window=100"
        raise ParameterError(msg)
    trace = current_trace()
    if trace is None:
        key = ("truncated_for_loop", token(step), window, length)
        return run_cached(
            _programs, key, lambda given: truncated_for_loop(step, *given, window=window, length=length), xs
        )
    signature, symbols, n_steps = describe_loop(xs, length, trace)
    n_windows, rest = divmod(n_steps, window)
    pieces = []
    if n_windows:
        pieces.append(_windows(step, signature, symbols, (n_windows, window), trace))
    if rest or not n_windows:
        tail = [math.getitem(x, slice(n_windows * window, None)) for x in symbols]
        pieces.append(emit_scan(advance_of(step), None, signature, tail, Length(rest), trace)[1])
    return pieces[0] if len(pieces) == 1 else _joined(pieces)


def _windows(
    step: Callable[..., Any], signature: Signature, xs: Sequence[Symbol], shape: tuple[int, int], trace: Trace
) -> Any:
    """Record a loop over windows, each a loop over steps that cuts the gradient behind it."""
    n_windows, window = shape
    stacked = [math.reshape(math.getitem(x, slice(n_windows * window)), (*shape, *x.shape[1:])) for x in xs]
    bare = Signature(("tuple", (tree.LEAF,) * len(xs)), tuple(Leaf(Aval(x.shape[1:], x.dtype), None) for x in stacked))

    def one(_: Any, *entries: Any) -> tuple[None, Any]:
        inner = current_trace()
        assert inner is not None
        results = emit_scan(advance_of(step), None, signature, entries, Length(window), inner)[1]
        _cut(inner)
        return None, results

    results = emit_scan(one, None, bare, stacked, Length(n_windows), trace)[1]
    return tree.map_leaves(lambda y: math.reshape(y, (n_windows * window, *units.split(y)[0].shape[2:])), results)


def _cut(trace: Trace) -> None:
    """Let no gradient through the States that the part of a trace has written."""
    for record in trace.states.values():
        if record.written:
            record.current = [raw.stop_gradient(x) if is_floating(x.dtype) else x for x in record.current]


def _joined(pieces: Sequence[Any]) -> Any:
    columns = zip(*(tree.flatten(piece)[0] for piece in pieces), strict=True)
    return tree.unflatten(tree.flatten(pieces[0])[1], [math.concat(column) for column in columns])
