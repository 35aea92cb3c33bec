"""Values for a step that is being traced, so that it can be looked at: slow, and with the same results."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from isospike.graph.ir import Graph, Node, Value
from isospike.namespace import to_host
from isospike.select import active_backend
from isospike.transform.compiling import compile_graph

__all__ = ["Known", "debug", "debugging"]

_ON: ContextVar[bool] = ContextVar("isospike_debug", default=False)


@contextmanager
def debug() -> Iterator[None]:
    """Let steps see values while they are traced, for ``print``, ``assert``, ``if`` and a debugger.

    Inside of the context every call and every step of an outermost loop is traced anew, and each operation is computed
    at once. Results and States are those of the compiled program, as outside of it; it takes tens of milliseconds a
    step. The bodies of inner loops, of `transform.while_loop` and of `transform.vmap` stay without values, as they
    are traced once for many. Both branches of `transform.cond` are traced, and show what they would compute.

    A step that decides in Python by a value, as ``if`` does, works here only: write `math.where` or `transform.cond`
    for runs outside.

    Notes
    -----
    What is shown is computed by NumPy, with the operations as they are written: it may differ in the last digit from
    what the backend makes of them. Loops and gradients inside of a step are shown as the backend computes them.

    Examples
    --------
    >>> import numpy as np
    >>> import isospike as iso
    >>> def step(x):
    ...     y = 2 * x
    ...     print(y)
    ...     return y
    >>> with iso.environ.context(backend="numpy"), iso.debug():
    ...     total = iso.transform.for_loop(step, np.array([1.0, 2.5]))
    2.0
    5.0
    """
    token = _ON.set(True)
    try:
        yield
    finally:
        _ON.reset(token)


def debugging() -> bool:
    """Say whether steps are to see values."""
    return _ON.get()


class Known:
    """What the values of a trace are, as NumPy's arrays."""

    def __init__(self) -> None:
        self._arrays: dict[Value, np.ndarray] = {}

    def get(self, value: Value) -> np.ndarray | None:
        """Return what a value is, or ``None`` in the body of a loop."""
        return self._arrays.get(value)

    def put(self, value: Value, array: object) -> None:
        """Say what a value is."""
        self._arrays[value] = np.asarray(to_host(array), value.aval.dtype)

    def learn(self, node: Node) -> None:
        """Compute a node of whose inputs all are known: with NumPy, loops and derivatives on the active backend."""
        given = [self._arrays.get(v) for v in node.inputs]
        if any(x is None for x in given):
            return
        if node.op.evaluate is None:
            backend = active_backend()
            arrays = [backend.asarray(x, v.aval.dtype) for x, v in zip(given, node.inputs, strict=True)]
            results = compile_graph(backend, Graph(node.inputs, (node,), node.outputs))(arrays)
        else:
            with np.errstate(all="ignore"):
                results = [node.op.evaluate(np, *given, **node.attributes)]
        for value, result in zip(node.outputs, results, strict=True):
            self.put(value, result)
