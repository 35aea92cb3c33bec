"""Lowering of graphs to torch: each becomes a ``torch.fx`` graph of torch operations.

States, units and the Python of the step are gone from it; ``print(whole_module(graph, Mode()).code)`` shows it.
Loops and derivatives are called as modules of their own (`isospike_torch.loop`, `isospike_torch.gradient`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx
from torch.overrides import TorchFunctionMode

from isospike.graph.aval import Aval
from isospike.graph.ir import Graph, Node, Value
from isospike_torch.elementwise import COMPILED, DIFFERENTIABLE, DTYPES, FUNCTIONS, UINT32_MASK, cast
from isospike_torch.events import OP as EVENT_MATVEC
from isospike_torch.random import inverse_tail, random_bits
from isospike_torch.spike import spike, step

__all__ = ["Mode", "flat_module", "is_structured", "sharing", "whole_module"]

_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **FUNCTIONS,
    "event_matvec": lambda *tensors, n_post: EVENT_MATVEC(*tensors, n_post),
    "inverse_tail": inverse_tail,
    "random_bits": random_bits,
}
# Their results can leave the 32 bits of a uint32, which is held in 64.
_WRAPPING = {"abs", "add", "astype", "bitwise_left_shift", "matmul", "negative", "pow", "square", "subtract", "sum"}
# Their results may share memory with an operand.
_VIEWS = {"astype", "broadcast_to", "identity", "index", "permute_dims", "reshape", "stop_gradient"}
_VIEWS |= {"when", "while_loop"}
_VIEWS |= {"all", "any", "max", "min", "sum"}  # over no axis


@dataclass(frozen=True)
class Mode:
    """What a lowering is for.

    Parameters
    ----------
    device : str
        Where it runs.
    engine : str
        ``"eager"``, ``"compiled"`` or ``"cuda-graph"``.
    differentiable : bool
        Whether a gradient is taken through it: spikes get their surrogate derivatives.
    """

    device: str = "cpu"
    engine: str = "eager"
    differentiable: bool = False

    def learning(self) -> Mode:
        """Return the mode in which gradients are taken; a replayed CUDA graph has none."""
        return Mode(self.device, "eager" if self.engine == "cuda-graph" else self.engine, differentiable=True)


def is_structured(graph: Graph) -> bool:
    """Say whether a graph holds loops or derivatives."""
    return any(node.op.evaluate is None for node in graph.nodes)


def whole_module(graph: Graph, mode: Mode) -> fx.GraphModule:
    """Return a program: a module from tensors to the tuple of results, none of which shares memory with another.

    An unsigned integer is ``torch.uint32`` outside.
    """
    emitter = _Emitter(mode)
    inside = [emitter.placed(x, torch.int64) for x in emitter.inputs(graph)]
    outputs = emitter.emit(graph, inside)
    shared = sharing(graph)
    owned = [torch.clone(x) if i in shared else emitter.placed(x, torch.uint32) for i, x in enumerate(outputs)]
    return emitter.finish(owned)


def flat_module(graph: Graph, mode: Mode) -> fx.GraphModule:
    """Return a part of a program, such as the body of a loop: a module from tensors to the tuple of results."""
    emitter = _Emitter(mode)
    return emitter.finish(emitter.emit(graph, emitter.inputs(graph)))


class _Traced(fx.Proxy):
    """A value of the graph while operations on it are recorded."""

    def __init__(self, node: fx.Node, tracer: Any, aval: Aval, device: str) -> None:
        super().__init__(node, tracer)
        self.aval, self.shape, self.dtype, self.device = aval, aval.shape, DTYPES[aval.dtype], torch.device(device)


class _Creation(TorchFunctionMode):
    """Records what makes a tensor of numbers alone, which would be made at once for want of a proxy among them."""

    def __init__(self, tracer: fx.proxy.TracerBase) -> None:
        super().__init__()
        self.tracer = tracer

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Record a creation, and let anything else pass."""
        if func in (torch.arange, torch.full):
            return self.tracer.create_proxy("call_function", func, args, kwargs or {})
        return func(*args, **(kwargs or {}))


class _Emitter:
    """Writes the nodes of step graphs into one fx graph."""

    def __init__(self, mode: Mode) -> None:
        self.mode = mode
        self.graph = fx.Graph()
        self.tracer = fx.proxy.GraphAppendingTracer(self.graph)
        self.parts = torch.nn.Module()
        special = (DIFFERENTIABLE if mode.differentiable else {}) | (COMPILED if mode.engine == "compiled" else {})
        self.functions = _FUNCTIONS | special

    def inputs(self, graph: Graph) -> list[_Traced]:
        """Write the inputs of a graph."""
        return [self._traced(self.graph.placeholder(f"x{i}"), v) for i, v in enumerate(graph.inputs)]

    def placed(self, x: _Traced, dtype: torch.dtype) -> fx.Proxy:
        """Return an unsigned integer in another dtype; anything else as it is."""
        return self._traced(cast(x, dtype).node, x) if x.aval.dtype == "uint32" else x

    def emit(self, graph: Graph, inputs: Sequence[Any]) -> list[_Traced]:
        """Write a graph and return its outputs."""
        memory: dict[Value, _Traced] = dict(zip(graph.inputs, inputs, strict=True))
        for node in graph.nodes:
            outputs = self._node(node, [memory[v] for v in node.inputs])
            traced = [self._traced(p.node, v) for p, v in zip(outputs, node.outputs, strict=True)]
            memory.update(zip(node.outputs, traced, strict=True))
        return [memory[v] for v in graph.outputs]

    def finish(self, outputs: Sequence[fx.Proxy]) -> fx.GraphModule:
        """Return the module that computes the outputs."""
        self.graph.output(tuple(x.node for x in outputs))
        return fx.GraphModule(self.parts, self.graph)

    def _traced(self, node: fx.Node, value: Any) -> _Traced:
        return _Traced(node, self.tracer, value.aval, self.mode.device)

    def _node(self, node: Node, operands: list[_Traced]) -> Sequence[Any]:
        if node.op.evaluate is None:
            return self._structured(node, operands)
        if node.op.name == "spike":
            return [self._spike(operands, node.attributes["derivative"])]
        with _Creation(self.tracer):
            result = self.functions[node.op.name](*operands, **node.attributes)
        if node.outputs[0].aval.dtype == "uint32" and node.op.name in _WRAPPING:
            result = torch.bitwise_and(result, UINT32_MASK)
        return [result]

    def _spike(self, operands: list[_Traced], derivative: Graph) -> Any:
        if not self.mode.differentiable:
            return step(operands[0])
        (slope,) = self.emit(derivative, operands)
        return spike(operands[0], slope)

    def _structured(self, node: Node, operands: list[_Traced]) -> list[Any]:
        # These lower the graphs that they hold, by this file.
        from isospike_torch.branch import When, WhileLoop
        from isospike_torch.gradient import Pullback
        from isospike_torch.loop import Loop

        kinds = {"scan": Loop, "vjp": Pullback, "when": When, "while_loop": WhileLoop}
        kind = kinds[node.op.name]
        name = f"{node.op.name}_{len(list(self.parts.children()))}"
        self.parts.add_module(name, kind(node, self.mode))
        result = self.graph.call_module(name, tuple(x.node for x in operands))
        return [
            fx.Proxy(self.graph.call_function(operator.getitem, (result, i)), self.tracer)
            for i in range(len(node.outputs))
        ]


def sharing(graph: Graph) -> set[int]:
    """Return the outputs that may share memory with an input, a constant or another output."""
    made = {v: node for node in graph.nodes for v in node.outputs}
    shared = set()
    for i, value in enumerate(graph.outputs):
        node = made.get(value)
        if value.aval.dtype != "uint32" and (node is None or node.op.name in _VIEWS or value in graph.outputs[:i]):
            shared.add(i)
    return shared
