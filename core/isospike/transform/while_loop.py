"""A loop that runs as long as a traced condition holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isospike.errors import ShapeError
from isospike.graph.op import op
from isospike.graph.symbol import Symbol
from isospike.graph.trace import Trace, current_trace, where_am_i
from isospike.transform.cached import Recent, run_cached
from isospike.transform.emit import Carry, held, reading, store_carry
from isospike.transform.fingerprint import token
from isospike.transform.program import Program, advance_clocks

__all__ = ["while_loop"]

_programs: Recent[Program] = Recent(64)


def while_loop(cond_fun: Callable[..., Any], body_fun: Callable[..., Any], init: Any) -> Any:
    """Return ``body_fun(...body_fun(init))``, applied as long as the condition holds.

    How often is known only when the program runs, so that there is no gradient; for that, use `scan` with a length.

    Parameters
    ----------
    cond_fun : callable
        ``cond_fun(carry)`` returns one boolean; it may read States, not write them.
    body_fun : callable
        ``body_fun(carry)`` returns the next carry, of the shapes, dtypes and units of this one; it may read and write
        States.
    init : array or quantity, or nested
        First carry.

    Raises
    ------
    ShapeError
        The condition is not a single value.
    StateError, UnitError
        The carry changes its structure, shape, dtype or unit, or the condition writes a State.

    Examples
    --------
    >>> import isospike as iso
    >>> with iso.environ.context(backend="numpy"):
    ...     print(iso.transform.while_loop(lambda x: x < 100.0, lambda x: 2 * x, 1.0))
    128.0
    """
    trace = current_trace()
    if trace is None:
        key = ("while_loop", token((cond_fun, body_fun)))
        return run_cached(_programs, key, lambda given: while_loop(cond_fun, body_fun, given), init)
    with held(init, trace) as carry:
        first = _condition(cond_fun, carry.value, trace)
        body = Trace(parent=trace, repeats=True)
        with body.active():
            carry.value = body_fun(carry.value)
            again = body.lift(_condition(cond_fun, carry.value, body))
            advance_clocks(body)
            kept = Carry(body)
            finals = kept.finals()
        body.finished = True
        graph = body.graph(kept.inside(), [*finals, again])
        before, initial = kept.outside(trace)
        attributes = {"body": graph, "n_const": len(before), "n_carry": len(initial)}
        operands = [*before, *initial, trace.lift(first)]
        results = trace.emit(op("while_loop"), operands, attributes, [v.aval for v in finals])
        store_carry(trace, kept.carried, results)
        return carry.value


def _condition(cond_fun: Callable[..., Any], carry: Any, trace: Trace) -> Symbol:
    """Return whether to go on, and require that nothing was written to find out."""
    with reading(trace, "the condition of while_loop", "write it in the body"):
        found = cond_fun(carry)
    symbol = found if isinstance(found, Symbol) else trace.constant(found, "bool")
    if symbol.shape != () or symbol.dtype != "bool":
        msg = (
            f"the condition of while_loop is {trace.lift(symbol).aval}{where_am_i()}, expected one boolean, such as "
            "iso.math.any(x < 1.0)"
        )
        raise ShapeError(msg)
    return symbol
