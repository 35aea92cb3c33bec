"""A graph as the source code of one program, for the CPU and for CUDA.

The program is run by all threads of a team, each on its share of every loop. Scalars are local variables, the same in
every thread; arrays that outlive a loop lie in memory, which the caller provides, or are its results.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from isospike.graph.ir import Graph, Node, Origin, Value
from isospike_codegen.accumulate import accumulate
from isospike_codegen.body import Body
from isospike_codegen.expressions import TYPES
from isospike_codegen.limits import require_small
from isospike_codegen.names import Names
from isospike_codegen.place import Array, Place, Scalar, Workspace, stored
from isospike_codegen.rotate import rotate
from isospike_codegen.text import Text

__all__ = ["Source", "generate"]

_HEADER = """\
#include "isospike/events.h"
#include "isospike/functions.h"
#include "isospike/products.h"
#include "isospike/random.h"
#include "isospike/team.h"

namespace isospike {
"""


@dataclass(frozen=True)
class Source:
    """A program as text, and what its caller has to know.

    Attributes
    ----------
    text : str
        C++, or CUDA: see ``include/isospike/team.h``.
    workspace : int
        Bytes of memory that it needs, at a multiple of 64.
    failures : tuple of str
        What is wrong where the program returns 1, 2 and so on.
    is_exact : bool
        Whether every operation is to be rounded as it stands, and denormal numbers are to be kept.
    """

    text: str
    workspace: int
    failures: tuple[str, ...] = field(default=())
    is_exact: bool = False


def generate(graph: Graph) -> Source:
    """Return the program of a graph.

    Raises
    ------
    BackendError
        It holds an operation that the generator does not know, or an array whose elements no int32 counts.
    """
    require_small(graph)
    is_exact = _is_exact(graph)
    graph = rotate(graph if is_exact else accumulate(graph))
    names, space, text = Names(), Workspace(), Text(depth=1)
    inputs = [_input(i, graph, names, text) for i in range(len(graph.inputs))]
    outputs = [_output(i, graph, names, text) for i in range(len(graph.outputs))]
    body = Body(graph, names, space, Text(depth=1))
    body.write(inputs, outputs)
    _store(outputs, graph, body.text)
    if _counts_booleans(graph):
        text.line("int32_t one = 1;")
        text.line("ISOSPIKE_UNKNOWN(one);")
    if taken := _taken(graph):
        failure = space.failure(f"a position that `take` reads is outside of its array, at {' or '.join(taken)}")
        text.line("int32_t outside = 0;")
        body.text.line(f"if (outside) team.fail({failure});")
    lines = [*text.lines, *("  " + line for line in space.declarations), *body.text.lines]
    head = "ISOSPIKE_FN void program(const Team& team, const void* const* in, void* const* out, char* work) {"
    code = "\n".join([_HEADER, head, *lines, "}", "", "}  // namespace isospike", "", "ISOSPIKE_ENTRY(program)", ""])
    return Source(code, space.size, tuple(space.failures), is_exact)


def _input(i: int, graph: Graph, names: Names, text: Text) -> Place:
    value = graph.inputs[i]
    shape, dtype = value.aval.shape, value.aval.dtype
    name, kind = names.new("given", _reader(graph, value)), stored(dtype)
    if shape:
        text.line(f"const {kind}* const {name} = static_cast<const {kind}*>(in[{i}]);", _shape(shape))
        return Array(name, dtype)
    text.line(f"const {TYPES[dtype]} {name} = *static_cast<const {kind}*>(in[{i}]);")
    return Scalar(name, dtype)


def _output(i: int, graph: Graph, names: Names, text: Text) -> Place:
    shape, dtype = graph.outputs[i].aval.shape, graph.outputs[i].aval.dtype
    name, kind = names.new("result"), stored(dtype)
    if shape:
        text.line(f"{kind}* const {name} = static_cast<{kind}*>(out[{i}]);", _shape(shape))
        return Array(name, dtype)
    text.line(f"{TYPES[dtype]} {name};")
    return Scalar(name, dtype)


def _reader(graph: Graph, value: Value) -> Origin | None:
    """Return the place of the first node that reads a value, inside of the graphs that nodes hold."""
    for node in graph.nodes:
        if value in node.inputs:
            body = node.attributes.get("body")
            position = node.inputs.index(value)
            if isinstance(body, Graph) and position < len(body.inputs):
                return _reader(body, body.inputs[position]) or node.origin
            return node.origin
    return None


def _store(outputs: Sequence[Place], graph: Graph, text: Text) -> None:
    scalars = [(i, p) for i, p in enumerate(outputs) if isinstance(p, Scalar)]
    if not scalars:
        return
    with text.block("if (team.leads())"):
        for i, place in scalars:
            text.line(f"*static_cast<{stored(place.dtype)}*>(out[{i}]) = {place.name};", _origin(graph, i))


def _origin(graph: Graph, i: int) -> Origin | str:
    return next((n.origin for n in graph.nodes if graph.outputs[i] in n.outputs), "")


def _taken(graph: Graph) -> list[str]:
    """Return where positions are taken that are known only when the program runs."""
    return list(dict.fromkeys(str(n.origin) for n in _computed(graph) if n.op.name == "take"))


def _counts_booleans(graph: Graph) -> bool:
    """Say whether booleans are converted to whole numbers."""
    converted = (n for n in _computed(graph) if n.op.name == "astype" and n.inputs[0].aval.dtype == "bool")
    return any(n.attributes["to"].endswith("int32") for n in converted)


def _computed(graph: Graph) -> Iterator[Node]:
    """Return the nodes of a graph and of those that these hold, but for the derivatives of spikes."""
    for node in graph.nodes:
        yield node
        if node.op.name != "spike":
            yield from (n for g in node.attributes.values() if isinstance(g, Graph) for n in _computed(g))


def _is_exact(graph: Graph) -> bool:
    """Say whether a graph is in exact numerics: it guards products, or rounds the weights of events to a grid."""
    inner = [g for n in graph.nodes for g in n.attributes.values() if isinstance(g, Graph)]
    return any(n.op.name in ("guard", "grid_round") for n in graph.nodes) or any(map(_is_exact, inner))


def _shape(shape: tuple[int, ...]) -> str:
    return f"{' x '.join(map(str, shape))} = {math.prod(shape)}" if len(shape) > 1 else str(shape[0])
