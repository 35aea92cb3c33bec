from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import isospike as iso
from isospike.graph.aval import Aval
from isospike.graph.ir import Graph
from isospike.graph.trace import Trace, close
from isospike.transform.arguments import describe
from isospike.transform.loop import Loop

VECTOR = Aval((3,), "float32")


def graph(function: Callable[..., Any], *avals: Aval) -> Graph:
    return close(function, avals or [VECTOR])[0]


def test_text_lists_one_node_a_line_with_types() -> None:
    lines = graph(lambda x: iso.math.exp(x + x)).text(origins=False).splitlines()
    assert lines == [
        "inputs %0: float32[3]",
        "%1 = add(%0, %0) : float32[3]",
        "%2 = exp(%1) : float32[3]",
        "outputs %2",
    ]


def test_text_with_origins_names_the_line() -> None:
    assert "test_ir.py:" in str(graph(lambda x: x + x))


def test_equal_steps_have_equal_signatures_wherever_they_are_written() -> None:
    first = graph(lambda x: x * 2.0 + 1.0)

    def other(potential: Any) -> Any:
        doubled = potential * 3.0
        return doubled + 4.0

    assert first.signature == graph(other).signature


def test_another_operation_order_shape_dtype_or_attribute_gives_another_signature() -> None:
    graphs = [
        graph(lambda x: x * 2.0 + 1.0),
        graph(lambda x: x + 2.0 * 1.0),
        graph(lambda x: 1.0 + x * 2.0),
        graph(lambda x: x * 2.0 + 1.0, Aval((4,), "float32")),
        graph(lambda x: x * 2.0 + 1.0, Aval((3,), "float64")),
        graph(lambda x: x[1:]),
        graph(lambda x: x[:2]),
        graph(lambda x, y: x - y, VECTOR, VECTOR),
        graph(lambda x, y: y - x, VECTOR, VECTOR),
    ]
    assert len({g.signature for g in graphs}) == len(graphs)


def loop_graph(step: Callable[..., Any], length: int) -> Graph:
    signature, arrays = describe((np.zeros(length),), stacked=True)
    return Loop(step, signature, arrays, length).program.graph


def test_the_body_of_a_loop_is_part_of_its_signature_and_its_length_is_not(numpy_backend: None) -> None:
    assert loop_graph(lambda x: x * 2.0, 20).signature == loop_graph(lambda x: x * 3.0, 60).signature
    assert loop_graph(lambda x: x * 2.0, 20).signature != loop_graph(lambda x: x + 2.0, 20).signature


def test_with_inputs_keeps_the_outputs(trace: Trace) -> None:
    x, y = trace.symbol(VECTOR), trace.symbol(VECTOR)
    x + x
    node = trace.nodes[0].with_inputs((y.value, y.value))
    assert node.outputs == trace.nodes[0].outputs
    assert node.inputs == (y.value, y.value)
