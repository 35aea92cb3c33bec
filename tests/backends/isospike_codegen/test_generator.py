"""What generated programs look like: few loops, readable lines, names that stay."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike.config.plan import load
from isospike.errors import BackendError
from isospike.graph.aval import Aval
from isospike.graph.ir import Graph, Node, Origin, Value
from isospike.graph.op import op
from isospike.graph.trace import Trace, raw
from isospike.select import get_backend
from isospike_codegen.program import generate

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


def graph_of(function: Callable[..., Any], *avals: Aval) -> Graph:
    trace = Trace()
    symbols = [trace.symbol(a) for a in avals]
    with trace.active():
        results = function(*symbols)
    trace.finished = True
    return trace.graph([s.value for s in symbols], [r.value for r in results])


def text_of_loop(run: Callable[[], object]) -> str:
    """Return the program of the loop that is compiled while something runs on NumPy."""
    graphs: list[Graph] = []
    backend = get_backend("numpy")
    compile_graph = backend.compile

    def recording(graph: Graph, **options: Any) -> Any:
        graphs.append(graph)
        return compile_graph(graph, **options)

    with pytest.MonkeyPatch.context() as patch, iso.environ.context(backend="numpy"):
        patch.setattr(backend, "compile", recording)
        patch.setattr("isospike.transform.compiling._compiled", OrderedDict())
        run()
    (loop,) = (g for g in graphs if any(n.op.name == "scan" for n in g.nodes))
    return generate(loop).text


def text_of_network(name: str, **environment: Any) -> str:
    """Return the program of an example's time loop."""
    plan = load(EXAMPLES / f"{name}.toml")

    def run() -> None:
        with iso.environ.context(**{**plan.environment(), "backend": "numpy", **environment}):
            net = iso.init_all_states(plan.build()[0])
            iso.transform.for_loop(lambda: net(), length=4)

    return text_of_loop(run)


def time_loop(text: str) -> str:
    """Return the lines of the time loop."""
    found = re.search(r"^  for \(int32_t \w*step.*?^  }$", text, re.MULTILINE | re.DOTALL)
    assert found
    return found.group()


@pytest.mark.parametrize("name", ["coba", "cuba"])
def test_a_step_of_a_network_is_one_pass_over_its_cells_and_a_walk_for_each_projection(
    name: str,
) -> None:
    loop = time_loop(text_of_network(name))
    assert loop.count("ISOSPIKE_EACH") == 1
    assert loop.count("event_add(") == 2
    assert loop.count("team.sync();") == 2


def test_in_exact_numerics_events_are_summed_before_they_are_added() -> None:
    loop = time_loop(text_of_network("coba", numerics="exact"))
    assert loop.count("ISOSPIKE_EACH") == 1
    assert loop.count("event_matvec(") == 2
    assert "event_add(" not in loop


def test_weights_on_a_grid_alone_tell_that_numerics_are_exact() -> None:
    def function(*operands: Any) -> list[Any]:
        x, spikes, weight, *matrix = operands
        return [raw.add(x, raw.event_matvec(spikes, raw.grid_round(weight, exponent=-9), *matrix, n_post=4))]

    avals = [
        Aval((4,), "float32"),
        Aval((2,), "float32"),
        Aval((), "float32"),
        Aval((3,), "int32"),
        Aval((5,), "int32"),
    ]
    source = generate(graph_of(function, *avals))
    assert source.is_exact
    assert "event_add" not in source.text


def test_a_state_that_no_step_reads_is_stored_by_the_last_one() -> None:
    loop = time_loop(text_of_network("coba"))
    conditional = re.findall(r"if \(\w+\) (\w+)\[i\] = ", loop)
    assert len(conditional) == 2
    assert all(loop.count(name) == 1 for name in conditional)


def test_lines_name_their_module_and_the_line_of_the_model() -> None:
    text = text_of_network("coba")
    assert re.search(r"const float \w*exc_out_subtract = .*;  // \S*exc\.out at coba\.py:\d+$", text, re.MULTILINE)
    assert text == text_of_network("coba"), "the text of a program is always the same"


def chain(*modules: str) -> Graph:
    x = value = Value(Aval((3,), "float32"))
    nodes = []
    for module in modules:
        result = Value(value.aval)
        nodes.append(Node(op("add"), (value, x), {}, (result,), Origin(module)))
        value = result
    return Graph((x,), tuple(nodes), (value,))


def test_an_edit_of_one_module_leaves_the_names_of_another() -> None:
    def names(graph: Graph) -> list[str]:
        return re.findall(r"\bb_add\w*(?= =)", generate(graph).text)

    assert names(chain("a", "b", "b")) == names(chain("a", "a", "c", "b", "a", "b")) == ["b_add", "b_add_2"]


@pytest.mark.parametrize("module", ["", "0", "float", "über.uns", "a-b", "team", "i"])
def test_any_name_of_a_module_gives_names_of_c(module: str) -> None:
    text = generate(chain(module, module)).text
    code = "\n".join(line.partition("//")[0] for line in text.splitlines())
    assert code.isascii()
    assert len(re.findall(r"const float [A-Za-z]\w*_add(?:_2)? = ", code)) == 2


def test_what_rearranges_elements_is_read_in_place() -> None:
    def function(x: Any) -> list[Any]:
        part = raw.index(raw.permute_dims(x, axes=(1, 0)), index=((0, 4, 2), (2, -1, -1)))
        return [
            raw.add(raw.reshape(part, shape=(2, 1, 3)), raw.broadcast_to(raw.index(x, index=(0, 1)), shape=(2, 1, 3)))
        ]

    source = generate(graph_of(function, Aval((3, 5), "float32")))
    assert source.workspace == 0
    assert "x_given[10 + i0 * 2 + i1 * -5] + x_given[1]" in source.text.replace("unknown_", "")


def test_scalars_are_computed_once_a_step_and_counts_inside_the_loop() -> None:
    def function(x: Any, t: Any) -> list[Any]:
        doubled = raw.multiply(x, raw.square(t))
        return [doubled, raw.sum(raw.greater(doubled, x), axis=(0,), keepdims=False)]

    lines = generate(graph_of(function, Aval((9,), "float32"), Aval((), "float32"))).text.splitlines()
    (loop,) = (i for i, line in enumerate(lines) if "ISOSPIKE_EACH" in line)
    (end,) = (i for i, line in enumerate(lines) if "team.sum(" in line)
    assert any("_square = " in line for line in lines[:loop])
    assert any("_sum = add(" in line for line in lines[loop:end])


def test_a_carry_that_cannot_be_written_over_takes_turns_with_another() -> None:
    def text(step: Callable[[Any], Any]) -> str:
        return text_of_loop(lambda: iso.transform.scan(lambda c, _: (step(c), None), np.ones(3), length=2))

    assert "_next = was_" in text(lambda c: c[::-1])
    assert "_next" not in text(lambda c: c + 1.0)


def test_arrays_that_int32_cannot_count_are_refused_also_inside_of_a_loop() -> None:
    x, total = Value(Aval((2**16, 2**16), "float32")), Value(Aval((), "float32"))
    node = Node(op("sum"), (x,), {"axis": (0, 1), "keepdims": False}, (total,), Origin("net.cells"))
    with pytest.raises(BackendError, match="counts elements in int32: split"):
        generate(Graph((x,), (node,), (total,)))
