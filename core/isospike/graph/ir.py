"""Values, nodes and graphs: a closed list of operations in single-assignment form."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from isospike.graph.aval import Aval
from isospike.graph.op import Op

__all__ = ["Graph", "Node", "Origin", "Value"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a node comes from, in the user's words."""

    module: str = ""
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        """Return ``N at lif.py:42``."""
        place = f"{self.file.rsplit('/', 1)[-1]}:{self.line}" if self.file else "unknown line"
        return f"{self.module} at {place}" if self.module else place


class Value:
    """One array of a graph: an input or a node's output. Compared by identity."""

    __slots__ = ("aval",)

    def __init__(self, aval: Aval) -> None:
        self.aval = aval

    def __repr__(self) -> str:
        """Return the abstract value; a Value has no data."""
        return f"Value({self.aval})"


@dataclass(frozen=True, eq=False, slots=True)
class Node:
    """An operation applied to values."""

    op: Op
    inputs: tuple[Value, ...]
    attributes: Mapping[str, Any]
    outputs: tuple[Value, ...]
    origin: Origin = field(default=Origin())

    def with_inputs(self, inputs: tuple[Value, ...]) -> Node:
        """Return this node over other inputs, its outputs kept."""
        return Node(self.op, inputs, self.attributes, self.outputs, self.origin)


@dataclass(frozen=True, eq=False)
class Graph:
    """A closed graph: every value is an input or the output of an earlier node."""

    inputs: tuple[Value, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Value, ...]

    @cached_property
    def signature(self) -> str:
        """Hash of structure, shapes, dtypes and attributes: equal graphs compile to the same program."""
        return hashlib.blake2b(self.text(origins=False).encode(), digest_size=16).hexdigest()

    def text(self, *, origins: bool = True) -> str:
        """Return the graph as text, one node a line, such as ``%5 = add(%3, %4) : float32[100]  # N at lif.py:42``."""
        names: dict[Value, str] = {}
        for value in self.inputs:
            names[value] = f"%{len(names)}"
        lines = [f"inputs {', '.join(f'{names[v]}: {v.aval}' for v in self.inputs)}"]
        for node in self.nodes:
            for value in node.outputs:
                names[value] = f"%{len(names)}"
            lines.append(_node_text(node, names, origins))
        lines.append(f"outputs {', '.join(names[v] for v in self.outputs)}")
        return "\n".join(lines)

    def __str__(self) -> str:
        """Return ``text()``."""
        return self.text()


def _node_text(node: Node, names: Mapping[Value, str], origins: bool) -> str:
    arguments = [names[v] for v in node.inputs]
    arguments += [f"{k}={_attribute_text(v, origins)}" for k, v in sorted(node.attributes.items())]
    outputs = ", ".join(names[v] for v in node.outputs)
    types = ", ".join(str(v.aval) for v in node.outputs)
    line = f"{outputs} = {node.op.name}({', '.join(arguments)}) : {types}"
    return f"{line}  # {node.origin}" if origins else line


def _attribute_text(value: Any, origins: bool) -> str:
    if isinstance(value, Graph):
        body = value.text(origins=origins).replace("\n", "\n    ")
        return "{\n    " + body + "\n}"
    return repr(value)
