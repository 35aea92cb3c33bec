"""The engines of a loop: the same steps, however many are taken at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import isospike as iso  # noqa: E402
from isospike import environ  # noqa: E402
from isospike import units as u  # noqa: E402
from isospike.errors import BackendError  # noqa: E402
from isospike.graph.aval import Aval  # noqa: E402
from isospike.graph.ir import Node, Value  # noqa: E402
from isospike.graph.op import op  # noqa: E402
from isospike.graph.trace import Trace  # noqa: E402
from isospike.transform import cache_info, for_loop  # noqa: E402
from isospike_torch import inductor, loop  # noqa: E402
from isospike_torch.chunk import NODE_BUDGET, chunk_length, unrolled  # noqa: E402
from isospike_torch.lowering import Mode, flat_module  # noqa: E402
from isospike_torch.replay import Replay  # noqa: E402

CURRENT = np.linspace(15, 40, 6) * u.mA


class Noisy(iso.Module):
    """Cells with noise, a count, and an unsigned number: what a loop may carry."""

    def __init__(self) -> None:
        self.cells = iso.LIFRef(6, tau=10 * u.ms, V_th=10 * u.mV, tau_ref=1 * u.ms)

    def init_state(self, batch_size: int | None = None) -> None:
        self.count = iso.ShortTermState(0)
        self.mixed = iso.ShortTermState(np.uint32(2**31 + 5))

    def update(self, x: Any) -> Any:
        kick = iso.random.bernoulli(self, 0.2, (6,))
        spikes = self.cells(x * CURRENT + iso.math.where(kick, 5.0, 0.0) * u.mA)
        self.count.value += iso.math.sum(spikes != 0)
        self.mixed.value = self.mixed.value * 3
        return spikes, self.cells.V.value


def run(engine: str, n: int, *, precision: str = "float64") -> dict[str, np.ndarray]:
    with environ.context(dt=0.1 * u.ms, backend="torch", engine=engine, precision=precision):
        net = iso.init_all_states(Noisy())
        spikes, V = for_loop(net, np.linspace(0.9, 1.1, n))
        states = {name: s.value for name, s in net.states().items()}
    arrays = {"spikes": spikes, "V": V, **states}
    return {k: np.asarray(u.split(x)[0]) for k, x in arrays.items()}


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count what Inductor is asked to compile."""
    calls: list[int] = []
    original = inductor._compiled

    def counted(module: Any, examples: list[Any]) -> Any:
        calls.append(len(examples))
        return original(module, examples)

    monkeypatch.setattr(inductor, "_compiled", counted)
    return calls


def test_compiled_chunks_and_single_steps_give_the_spikes_and_states_of_single_steps() -> None:
    # 300 steps: whole chunks, and a rest of a program of 1024 and of a chunk.
    eager, chunked = run("eager", 300), run("compiled", 300)
    assert eager["spikes"].sum() > 20
    for name, expected in eager.items():
        assert chunked[name].dtype == expected.dtype, name
        np.testing.assert_allclose(chunked[name], expected, rtol=1e-12, atol=1e-12, err_msg=name)
    np.testing.assert_array_equal(chunked["spikes"], eager["spikes"])
    np.testing.assert_array_equal(chunked["mixed"], eager["mixed"])


def test_ten_calls_of_one_shape_compile_once(compiled: list[int]) -> None:
    before = cache_info()
    with environ.context(dt=0.1 * u.ms, backend="torch", engine="compiled"):
        net = iso.init_all_states(Noisy())
        for _ in range(10):
            for_loop(net, np.ones(64))
    assert len(compiled) == 1
    assert cache_info().compiles - before.compiles == 1
    assert cache_info().traces - before.traces == 1


def test_a_loop_of_another_length_or_parameter_compiles_nothing_new(compiled: list[int]) -> None:
    with environ.context(dt=0.1 * u.ms, backend="torch", engine="compiled"):
        cells = iso.init_all_states(iso.LIF(5, tau=10 * u.ms))
        for_loop(lambda x: cells(x * u.mA), np.ones(100))
        cells.tau = 11 * u.ms
        for_loop(lambda x: cells(x * u.mA), np.ones(70))
    assert len(compiled) == 1


def test_simulate_compiles_before_it_runs(compiled: list[int]) -> None:
    net = iso.Network()
    net.add_population("cells", iso.LIF(4, tau=10 * u.ms, V_th=20 * u.mV))
    with environ.context(dt=0.1 * u.ms, backend="torch", engine="compiled"):
        result = iso.simulate(iso.init_all_states(net), 30 * u.ms)
    assert len(compiled) == 1
    assert result.manifest["backend"]["engine"] == "compiled"
    assert result.manifest["timings"]["compile_s"] > result.manifest["timings"]["simulate_s"]


def test_a_flat_function_is_compiled_as_a_whole(compiled: list[int]) -> None:
    with environ.context(backend="torch", engine="compiled"):
        result = iso.transform.jit(lambda x: iso.math.expm1(x) * 2)(np.array([1e-6, -1e-3, 0.5, 80.0]))
    assert len(compiled) == 1
    np.testing.assert_allclose(result, 2 * np.expm1([1e-6, -1e-3, 0.5, 80.0]).astype(np.float32), rtol=3e-6)


def test_a_compiler_that_fails_is_told_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("No working C++ compiler found in config.cpp.cxx")

    monkeypatch.setattr(torch._inductor, "standalone_compile", failing)
    with (
        environ.context(backend="torch", engine="compiled"),
        pytest.raises(BackendError, match=r"No working C\+\+ compiler.*engine='eager'"),
    ):
        iso.transform.jit(lambda x: x + 3.25)(np.ones(7))


def body(n_nodes: int) -> Any:
    """Return a graph of one constant, one carried value and one input."""
    trace = Trace()
    with trace.active():
        c, v, x = (trace.symbol(Aval(s, "float64")) for s in ((), (3,), ()))
        new = v
        for _ in range(n_nodes):
            new = new * c + x
    trace.finished = True
    return trace.graph([s.value for s in (c, v, x)], [new.value, new.value])


@pytest.mark.parametrize(("n_nodes", "capacity", "expected"), [
    (5, 1024, 64), (5, 16, 16), (800, 1024, 1), (5, 1, 1), (5, 1000, 100), (5, 35, 35),
])  # fmt: skip
def test_chunks_keep_to_the_budget_of_nodes_and_divide_the_capacity(n_nodes: int, capacity: int, expected: int) -> None:
    graph = body(n_nodes)
    length = chunk_length(flat_module(graph, Mode()), capacity)
    assert length == expected
    assert capacity % length == 0
    assert length == 1 or length * 2 * n_nodes <= NODE_BUDGET


def test_a_length_without_divisors_leaves_a_rest() -> None:
    assert chunk_length(flat_module(body(5), Mode()), 1009) == 64


@pytest.mark.parametrize(("segments", "expected"), [((), 100), ((32,), 32), ((128, 20), 20)])
def test_chunks_fit_into_those_of_checkpoints(segments: tuple[int, ...], expected: int) -> None:
    graph = body(5)
    attributes = {"body": graph, "n_const": 1, "n_carry": 1, "capacity": 1000, "is_whole": True, "segments": segments}
    stack, count = Value(Aval((1000,), "float64")), Value(Aval((), "int32"))
    node = Node(op("scan"), (*graph.inputs[:2], stack, count), attributes, graph.outputs)
    assert loop.Loop(node, Mode(engine="compiled").learning()).size == expected


def test_an_unrolled_graph_is_the_steps_one_after_the_other() -> None:
    graph = body(2)
    step = flat_module(graph, Mode())
    c, v, xs = torch.tensor(0.5, dtype=torch.float64), torch.ones(3, dtype=torch.float64), torch.arange(4.0).double()
    carry, rows = v, []
    for x in xs:
        carry, row = step(c, carry, x)
        rows.append(row)
    last, stack = flat_module(unrolled(graph, 1, 1, 4), Mode())(c, v, xs)
    torch.testing.assert_close(last, carry, rtol=0, atol=0)
    torch.testing.assert_close(stack, torch.stack(rows), rtol=0, atol=0)


def rerun(work: Callable[[], None]) -> Callable[[], None]:
    """Stand in for the capture of a CUDA graph: the same work on the same memory."""
    work()
    return work


class Recorder:
    """A captured function whose results stay in one place, as those of a CUDA graph do."""

    def __init__(self, function: Callable[..., Sequence[Any]]) -> None:
        self.function, self.calls, self.places = function, 0, None

    def __call__(self, *operands: Any) -> Sequence[Any]:
        self.calls += 1
        outputs = self.function(*operands)
        if self.places is None:
            self.places = [x.clone() for x in outputs]
        for place, x in zip(self.places, outputs, strict=True):
            place.copy_(x)
        return self.places


def test_a_replay_takes_its_carry_from_the_one_before_and_leaves_what_is_given_alone() -> None:
    function = flat_module(unrolled(body(2), 1, 1, 4), Mode())
    replay = Replay(Recorder(function), 1, 1, capture=rerun)
    c, v, xs = torch.tensor(0.5, dtype=torch.float64), torch.ones(3, dtype=torch.float64), torch.arange(8.0).double()
    first = replay(c, v, xs[:4])
    kept = [x.clone() for x in first]
    second = replay(c, first[0], xs[4:])
    one, two = function(c, v, xs[:4]), function(c, function(c, v, xs[:4])[0], xs[4:])
    for got, expected in zip([*kept, *second], [*one, *two], strict=True):
        torch.testing.assert_close(got, expected, rtol=0, atol=0)
    assert v.tolist() == [1, 1, 1]
    assert xs.tolist() == list(range(8))


def test_a_replay_with_other_constants_is_captured_anew() -> None:
    captures = []

    def capture(work: Callable[[], None]) -> Callable[[], None]:
        captures.append(work)
        return rerun(work)

    function = flat_module(unrolled(body(1), 1, 1, 2), Mode())
    replay = Replay(function, 1, 1, capture=capture)
    v, xs = torch.ones(3, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
    for c in (torch.tensor(0.5), torch.tensor(0.5), torch.tensor(2.0)):
        c = c.double()
        torch.testing.assert_close(replay(c, v, xs)[0], v * c * c)
    assert len(captures) == 3
    constant = torch.tensor(3.0).double()
    replay(constant, v, xs)
    replay(constant, v, xs)
    assert len(captures) == 4


def test_results_share_no_memory_with_states_or_each_other() -> None:
    with environ.context(backend="torch"):
        state = iso.ShortTermState(np.ones(3))
        a, b, c = iso.transform.jit(lambda: (state.value, state.value, state.value[:2]))()
    for x in (a, b, c):
        x += 1
    assert a.tolist() == [2, 2, 2]
    np.testing.assert_array_equal(state.value, [1, 1, 1])


def test_a_loop_that_carries_a_view_of_a_constant_owns_what_it_returns() -> None:
    with environ.context(backend="torch", engine="eager"):
        source, copy = iso.ShortTermState(np.arange(3.0)), iso.ShortTermState(np.zeros(3))
        for_loop(lambda: setattr(source, "value", source.value + 1), length=1)
        for_loop(lambda: setattr(copy, "value", source.value), length=4)
        assert copy.leaves[0].data_ptr() != source.leaves[0].data_ptr()


def test_a_small_step_is_computed_in_one_thread_and_the_number_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    original = loop.Loop._run
    monkeypatch.setattr(loop.Loop, "_run", lambda *a: (seen.append(torch.get_num_threads()), original(*a))[1])
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with environ.context(backend="torch", engine="eager"):
            for size in (100, 2**15):
                state = iso.ShortTermState(np.zeros(size))
                for_loop(lambda s=state: setattr(s, "value", s.value + 1), length=2)
            weights = np.eye(3)
            for_loop(lambda x: iso.math.matmul(iso.math.expand_dims(x, axis=0), weights), np.ones((2, 3)))
            assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert seen == [1, 2, 2]


def test_gradients_are_not_taken_through_replayed_graphs() -> None:
    assert Mode("cuda:0", "cuda-graph").learning() == Mode("cuda:0", "eager", differentiable=True)
    assert Mode("cpu", "compiled").learning() == Mode("cpu", "compiled", differentiable=True)


def test_unknown_engines_and_those_of_a_gpu_are_refused_with_a_way_out() -> None:
    with environ.context(backend="torch", engine="scripted"), pytest.raises(BackendError, match="eager"):
        iso.select.active_backend()
    if not torch.cuda.is_available():
        with environ.context(backend="torch", engine="cuda-graph"), pytest.raises(BackendError, match="needs a CUDA"):
            iso.select.active_backend()
