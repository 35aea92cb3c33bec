from __future__ import annotations

from collections.abc import Callable
from typing import Any

import array_api_strict
import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.graph.aval import Aval
from isospike.graph.ir import Graph
from isospike.graph.passes import carry_over, common_subexpressions, dead_code, hoist_invariants
from isospike.graph.trace import close
from isospike.select import get_backend
from isospike.transform.arguments import describe
from isospike.transform.loop import Loop
from isospike.transform.program import Program
from isospike_numpy.interpreter import compile_graph

VECTOR = Aval((3,), "float32")


def names(graph: Graph) -> list[str]:
    return [n.op.name for n in graph.nodes]


def loop(step: Callable[..., Any], *xs: Any, length: int | None = None) -> Program:
    signature, arrays = describe(xs, stacked=True)
    return Loop(step, signature, arrays, length or len(u.split(xs[0])[0])).program


def body(program: Program) -> Graph:
    (scan,) = (n for n in program.graph.nodes if n.op.name == "scan")
    inner: Graph = scan.attributes["body"]
    return inner


def test_equal_nodes_are_computed_once_and_identities_vanish() -> None:
    graph, _ = close(lambda x: iso.math.exp(x) + iso.math.exp(x) * iso.math.exp(x + x), [VECTOR])
    assert sorted(names(common_subexpressions(graph))) == ["add", "add", "exp", "exp", "multiply"]


def test_nodes_that_nobody_uses_are_dropped_and_inputs_stay() -> None:
    def function(x: Any, y: Any) -> Any:
        iso.math.exp(y)
        return x + x

    graph = dead_code(close(function, [VECTOR, VECTOR])[0])
    assert names(graph) == ["add"]
    assert len(graph.inputs) == 2


def test_a_pass_leaves_the_graph_that_it_is_given_alone() -> None:
    graph, _ = close(lambda x: iso.math.exp(x) + iso.math.exp(x), [VECTOR])
    before = graph.text()
    for rewrite in (carry_over, common_subexpressions, dead_code, hoist_invariants):
        rewrite(graph)
    assert graph.text() == before


def test_what_does_not_change_in_a_loop_is_computed_once_before_it(numpy_backend: None) -> None:
    gain = iso.ParamState(np.ones(3))
    program = loop(lambda x: x * iso.math.exp(gain.value), np.ones((5, 3)))
    assert "exp" in names(program.graph)
    assert "exp" not in names(body(program))
    assert any(s is gain for s, _ in program.reads)


def test_what_a_loop_writes_is_not_hoisted(numpy_backend: None) -> None:
    state = iso.ShortTermState(1.0)

    def step() -> Any:
        state.value = state.value * 2.0
        return iso.math.exp(state.value)

    assert "exp" in names(body(loop(step, length=4)))


@pytest.mark.parametrize("limit", [5.0, 4.95, 0.0, -1.0, 5.0 + 1e-9, 1e12, -1e12, 0.3])
@pytest.mark.parametrize("name", ["less", "less_equal", "greater", "greater_equal"])
@pytest.mark.parametrize("mirrored", [False, True])
def test_comparing_time_with_a_constant_is_an_integer_comparison(
    name: str, limit: float, mirrored: bool, numpy_backend: None
) -> None:
    times = iso.math.arange(0 * u.ms, 10 * u.ms, 0.1 * u.ms)

    def step(t: Any) -> Any:
        compare = getattr(iso.math, name)
        return compare(limit * u.ms, t) if mirrored else compare(t, limit * u.ms)

    inner = body(loop(step, times))
    assert [str(v.aval) for n in inner.nodes for v in n.inputs] == ["int32[]", "int32[]"]
    near = round(limit * 10) / 10 if abs(limit * 10 - round(min(limit, 1e6) * 10)) < 1e-6 else limit
    exact = [getattr(np, name)(*((near, t) if mirrored else (t, near))) for t in (i / 10 for i in range(100))]
    assert list(iso.transform.for_loop(step, times)) == exact


def test_a_pulse_of_half_a_second_has_exactly_its_number_of_steps(backend: str) -> None:
    times = iso.math.arange(99.9 * u.second, 100.5 * u.second, 0.1 * u.ms)
    pulse = iso.transform.for_loop(lambda t: (t >= 100 * u.second) & (t < 100.1 * u.second), times)
    assert int(np.sum(np.asarray(pulse))) == 1000
    assert int(np.argmax(np.asarray(pulse))) == 1000


def test_the_time_itself_does_not_drift(backend: str) -> None:
    times = iso.math.arange(100 * u.second, 100.2 * u.second, 0.1 * u.ms)
    seen = np.asarray(u.split(iso.transform.for_loop(lambda t: t, times))[0])
    np.testing.assert_allclose(seen, [100 + 1e-4 * i for i in range(2000)], rtol=1e-7)


def run(program: Program, xp: Any, arguments: list[np.ndarray]) -> list[np.ndarray]:
    """Evaluate a program over any Array API namespace."""
    inputs = program.graph.inputs
    held = [x for s, _ in program.reads for x in s.leaves]
    given = [*program.constants, *held, *arguments]
    arrays = [xp.asarray(np.asarray(x).astype(v.aval.dtype)) for x, v in zip(given, inputs, strict=True)]
    return [np.asarray(x) for x in compile_graph(program.graph, xp, {})(*arrays)]


class Net(iso.Module):
    """Cells that excite each other over random synapses, with a noisy input."""

    def __init__(self) -> None:
        self.N = iso.LIFRef(20, tau=10 * u.ms, V_th=2 * u.mV, tau_ref=1 * u.ms)
        syn, out = iso.Expon.desc(tau=5 * u.ms), iso.CUBA.desc(scale=1.0)
        self.E = iso.AlignPostProj(comm=iso.FixedProb(20, 20, 0.3, 0.5 * u.mA), syn=syn, out=out, post=self.N)

    def update(self, t: Any) -> Any:
        noise = iso.random.bernoulli(self, 0.3, (20,))
        self.E(self.N.get_spike())
        return self.N(iso.math.where(t < 3 * u.ms, 80 * u.mA, 1 * u.mA) * noise)


def test_a_whole_network_runs_on_the_strict_array_api_and_gives_the_same_bits(numpy_backend: None) -> None:
    net = iso.init_all_states(Net())
    steps = np.arange(64, dtype=np.int32)
    program = loop(net.update, iso.math.arange(0 * u.ms, 6.4 * u.ms, 0.1 * u.ms))
    operations = {*names(program.graph), *names(body(program))}
    assert {"scan", "event_matvec", "random_bits", "spike"} <= operations
    backend = get_backend("numpy")
    reference = backend.compile(program.graph)
    results = run(program, array_api_strict, [steps, np.int32(64)])
    held = [np.asarray(x) for s, _ in program.reads for x in s.leaves]
    given = [
        np.asarray(x).astype(v.aval.dtype)
        for x, v in zip([*program.constants, *held, steps, np.int32(64)], program.graph.inputs, strict=True)
    ]
    expected = reference(given)
    assert 10 < results[-1].sum() < 600
    for got, wanted in zip(results, expected, strict=True):
        assert got.dtype == wanted.dtype
        np.testing.assert_allclose(got, wanted, rtol=1e-5)
    np.testing.assert_array_equal(results[-1], expected[-1])


@pytest.mark.parametrize("shift", [0.0, 0.3, -0.7])
def test_a_shifted_time_is_compared_as_an_integer(shift: float, backend: str) -> None:
    onset = np.arange(1, 40, 3) * 0.1
    times = np.arange(60) * 0.1 * u.ms

    def step(t):
        return t - onset[4] * u.ms >= shift * u.ms, (t + shift * u.ms) < onset * u.ms

    reached, before = iso.transform.for_loop(step, times)
    i = np.arange(60)
    np.testing.assert_array_equal(np.asarray(reached), i >= round((onset[4] + shift) * 10))
    np.testing.assert_array_equal(np.asarray(before), i[:, None] < np.round((onset - shift) * 10))


def test_a_comparison_of_time_with_nan_is_false(backend: str) -> None:
    below = iso.transform.for_loop(lambda t: t < float("nan") * u.ms, np.arange(5) * 0.1 * u.ms)
    assert not np.asarray(below).any()


def test_a_loop_takes_no_operand_that_its_body_does_not_read() -> None:
    state = iso.ShortTermState(np.ones(2))
    loop = Loop(lambda: 2.0 * (3.0 * iso.math.tanh(state.value)), *describe((), stacked=True), 4)
    for node in loop.program.graph.nodes:
        if node.op.name == "scan":
            body = node.attributes["body"]
            read = {v for inner in body.nodes for v in inner.inputs} | set(body.outputs)
            assert read.issuperset(body.inputs[: node.attributes["n_const"]])


def returned_spikes() -> tuple[Any, Callable[[], Any]]:
    """Return cells and a step that reads their spikes at its beginning and makes the next at its end."""
    cells = iso.init_all_states(iso.LIF(3, tau=5 * u.ms, V_th=1 * u.mV))

    def step() -> Any:
        sent = cells.get_spike()
        return cells(2 * sent * u.mA + np.array([0.0, 1.5, 9.0]) * u.mA)

    return cells, step


def test_what_the_step_before_has_computed_is_carried(numpy_backend: None) -> None:
    with iso.environ.context(dt=1 * u.ms):
        _, step = returned_spikes()
        signature, arrays = describe((), stacked=True)
        program = Loop(step, signature, arrays, 5).program
    assert names(body(program)).count("spike") == 1
    assert names(program.graph).count("spike") == 1  # for the first step


def test_a_carried_value_starts_from_the_states_at_the_first_step(backend: str, host: Callable[[Any], Any]) -> None:
    with iso.environ.context(dt=1 * u.ms):
        cells, step = returned_spikes()
        cells.V.value = [2.0, 0.0, 0.0] * u.mV  # a cell has spiked before the first step
        by_hand = [host(step_once()) for step_once in [iso.transform.jit(step)] * 6]
        cells.V.value = [2.0, 0.0, 0.0] * u.mV
        looped = host(iso.transform.for_loop(step, length=6))
    np.testing.assert_array_equal(looped, by_hand)
    assert 0 < looped.sum() < looped.size


def test_a_loop_of_no_step_leaves_what_it_would_carry_alone(backend: str, host: Callable[[Any], Any]) -> None:
    with iso.environ.context(dt=1 * u.ms):
        cells, step = returned_spikes()
        before = host(cells.V.value.mantissa)
        assert host(iso.transform.for_loop(step, length=0)).shape == (0, 3)
    np.testing.assert_array_equal(host(cells.V.value.mantissa), before)


def test_equal_factors_are_one_constant(numpy_backend: None) -> None:
    program = loop(lambda x: (x / 3.0 + 1.0) / 3.0 + x / 7.0, np.ones((4, 3), np.float32))
    factors = [n.inputs[1] for n in body(program).nodes if n.op.name == "multiply"]
    assert len(factors) == 3
    assert factors[0] is factors[1]
    assert factors[2] is not factors[0]


@pytest.mark.parametrize(
    ("scale", "x", "expected"),
    [
        (lambda x: x / 1e-20 / 1e-20, 1e-30, 1e10),
        (lambda x: x * 1e-25 * 1e-25, 1e38, 1e-12),
    ],
    ids=["large", "small"],
)
@pytest.mark.parametrize("numerics", ["fast", "exact"])
def test_factors_that_the_precision_cannot_hold_stay_apart(
    backend: str, host: Callable[[Any], Any], numerics: str, scale: Any, x: float, expected: float
) -> None:
    with iso.environ.context(numerics=numerics):
        found = host(iso.transform.jit(scale)(np.float32(x)))
    np.testing.assert_allclose(found, expected, rtol=1e-5)
