"""The engine ``fused`` of torch and jax: generated code with all that the engines of the framework promise."""

from __future__ import annotations

import gc
import importlib.util
import resource
import shutil
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import isospike as iso
from isospike import environ
from isospike import units as u
from isospike.backend import AUTO, FUSED
from isospike.cli import app
from isospike.errors import BackendError, BackendWarning
from isospike.graph.aval import Aval
from isospike.graph.ir import Graph, Node, Origin, Value
from isospike.graph.op import Op, op, unchanged
from isospike.select import active_backend
from isospike.transform import for_loop
from isospike_codegen import toolchain

pytestmark = pytest.mark.skipif(not any(map(shutil.which, ("c++", "g++", "clang++"))), reason="no C++ compiler")

OWN = {"jax": "xla", "torch": "eager"}
LONG, SHORT = 300, 20  # steps
BACKENDS = pytest.mark.parametrize("name", OWN)


@pytest.fixture(autouse=True)
def _installed(request: pytest.FixtureRequest) -> None:
    if "name" in request.fixturenames:
        pytest.importorskip(request.getfixturevalue("name"))


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Let a test find nothing that was compiled before, and another compiler."""
    monkeypatch.setenv("ISOSPIKE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr("isospike.transform.compiling._compiled", OrderedDict())
    toolchain._looked_for.cache_clear()
    toolchain._zig.cache_clear()
    yield
    toolchain._looked_for.cache_clear()
    toolchain._zig.cache_clear()


class Net(iso.Module):
    """Cells with noise, delays, synapses and counters of every dtype."""

    def __init__(self) -> None:
        self.cells = iso.LIFRef(40, tau=10 * u.ms, V_th=10 * u.mV, tau_ref=1 * u.ms)
        comm = iso.FixedProb(40, 40, 0.2, 4 * u.mA)
        syn, out = iso.Expon.desc(tau=5 * u.ms), iso.CUBA.desc(scale=1.0)
        self.loop = iso.AlignPostProj(comm=comm, syn=syn, out=out, post=self.cells, delay=1.5 * u.ms)

    def init_state(self, batch_size: int | None = None) -> None:
        self.count = iso.ShortTermState(0)
        self.mixed = iso.ShortTermState(np.uint32(2**31 + 5))
        self.even = iso.ShortTermState(np.zeros(3, bool))

    def update(self, x: Any) -> Any:
        self.loop(self.cells.get_spike())
        kick = iso.random.bernoulli(self, 0.2, (40,))
        spikes = self.cells(x * 11 * u.mA + iso.math.where(kick, 5.0, 0.0) * u.mA)
        self.count.value += iso.math.sum(spikes != 0)
        self.mixed.value = self.mixed.value * 3
        self.even.value = iso.math.logical_not(self.even.value)
        return spikes, self.cells.V.value


def run(name: str, engine: str, n: int = LONG, **environment: Any) -> dict[str, np.ndarray]:
    """Return what a net gives, and all its States after it, on the host."""
    settings = {"dt": 0.1 * u.ms, "precision": "float64", "seed": 4, **environment}
    with environ.context(backend=name, engine=engine, **settings):
        net = iso.init_all_states(Net())
        spikes, V = for_loop(net, np.linspace(0.9, 1.1, n))
        states = {path: state.value for path, state in net.states().items()}
        host = active_backend().to_numpy
        return {k: host(u.split(x)[0]) for k, x in {"spikes": spikes, "potential": V, **states}.items()}


def manifest(name: str, engine: str | None, n: int) -> dict[str, Any]:
    with environ.context(dt=0.1 * u.ms, backend=name, engine=engine):
        cells = iso.init_all_states(iso.LIF(3, tau=10 * u.ms))
        recorded: dict[str, Any] = iso.simulate(cells, n * 0.1 * u.ms).manifest["backend"]
    return recorded


def loop_of(function: Callable[..., Any], start: np.ndarray) -> Graph:
    """Return a loop that carries an array through a function from a value to the node of the next one."""
    aval = Aval(start.shape, str(start.dtype))
    x, first, last, count = Value(aval), Value(aval), Value(aval), Value(Aval((), "int32"))
    node = function(x)
    attributes = {"body": Graph((x,), (node,), node.outputs), "n_const": 0, "n_carry": 1, "capacity": 1024}
    scan = Node(op("scan"), (first, count), {**attributes, "is_whole": False, "segments": ()}, (last,))
    return Graph((first, count), (scan,), (last,))


def squared(x: Value) -> Node:
    return Node(op("square"), (x,), {}, (Value(x.aval),))


@BACKENDS
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_exact_numerics_have_the_bits_of_numpy_whatever_runs_them(name: str, precision: str) -> None:
    expected = run("numpy", "interpreter", precision=precision, numerics="exact")
    assert expected["spikes"].sum() > 100
    for engine in (FUSED, AUTO):
        got = run(name, engine, precision=precision, numerics="exact")
        for path, values in expected.items():
            assert (got[path].dtype, got[path].shape) == (values.dtype, values.shape), path
            assert got[path].tobytes() == values.tobytes(), path


@BACKENDS
def test_fast_numerics_follow_the_frameworks_own_engine(name: str) -> None:
    got, expected = run(name, FUSED), run(name, OWN[name])
    for path, values in expected.items():
        assert got[path].dtype == values.dtype, path
        np.testing.assert_allclose(got[path], values, rtol=1e-9, atol=1e-9, err_msg=path)


@BACKENDS
def test_results_and_states_are_arrays_of_the_framework(name: str) -> None:
    def kinds(engine: str) -> list[Any]:
        with environ.context(dt=0.1 * u.ms, backend=name, engine=engine):
            net = iso.init_all_states(Net())
            results = for_loop(net, np.ones(LONG))
            arrays = [u.split(x)[0] for x in (*results, *(s.value for s in net.states().values()))]
        return [(type(x), x.dtype, tuple(x.shape), str(x.device), getattr(x, "weak_type", False)) for x in arrays]

    assert kinds(FUSED) == kinds(OWN[name])


@BACKENDS
def test_auto_fuses_loops_of_any_length_and_leaves_single_steps_to_the_framework(name: str) -> None:
    for n in (LONG, SHORT, 1):
        recorded = manifest(name, AUTO, n)
        assert recorded["engine"] == FUSED
        assert "+" in recorded["engine_why"], "the compiler is named"
    assert manifest(name, None, SHORT)["engine"] == FUSED
    assert manifest(name, OWN[name], SHORT)["engine"] == OWN[name]
    node = squared(Value(Aval((3,), "float32")))
    step = Graph(node.inputs, (node,), node.outputs)
    with environ.context(backend=name):
        choice = active_backend().compile(step).choice
        assert (choice.engine, "single step" in choice.why) == (OWN[name], True)
    with environ.context(backend=name, engine=FUSED):
        assert active_backend().compile(step).choice.engine == FUSED


@BACKENDS
def test_a_run_in_two_parts_is_one_run_bit_for_bit(name: str) -> None:
    def parts(*lengths: int) -> np.ndarray:
        with environ.context(dt=0.1 * u.ms, backend=name):
            net = iso.init_all_states(Net())
            return np.concatenate([u.split(for_loop(net, np.ones(n))[1])[0] for n in lengths])

    np.testing.assert_array_equal(parts(130, 170), parts(300))


@BACKENDS
def test_auto_leaves_products_of_large_matrices_to_the_framework(name: str) -> None:
    large, small = (
        loop_of(lambda x: Node(op("matmul"), (x, x), {}, (Value(x.aval),)), np.ones((n, n), np.float32))
        for n in (110, 9)
    )
    with environ.context(backend=name):
        choice = active_backend().compile(large).choice
        assert (choice.engine, "matrices" in choice.why) == (OWN[name], True)
        assert active_backend().compile(small).choice.engine == FUSED


@BACKENDS
def test_gradients_are_those_of_the_frameworks_own_engine(name: str) -> None:
    def gradient(engine: str) -> np.ndarray:
        with environ.context(dt=1 * u.ms, backend=name, engine=engine, precision="float64"):
            layer = iso.init_all_states(iso.Linear(3, 2))

            def loss() -> Any:
                return iso.math.sum(for_loop(lambda x: iso.math.tanh(layer(x)), np.ones((LONG, 3))))

            found = iso.transform.grad(loss, layer.states(iso.ParamState))()
        return np.concatenate([np.ravel(u.split(g)[0]) for g in found.values()])

    np.testing.assert_array_equal(gradient(FUSED), gradient(OWN[name]))


@BACKENDS
def test_a_buffer_that_a_user_holds_is_left_alone(name: str) -> None:
    with environ.context(dt=0.1 * u.ms, backend=name, engine=FUSED):
        cells = iso.init_all_states(iso.LIF(5, tau=10 * u.ms))
        for_loop(lambda: cells(5 * u.mA), length=LONG)
        held = u.split(cells.V.value)[0]
        before = np.array(held)
        for_loop(lambda: cells(9 * u.mA), length=LONG)
        np.testing.assert_array_equal(np.asarray(held), before)
        assert np.all(np.asarray(u.split(cells.V.value)[0]) > before)


@BACKENDS
def test_results_are_new_arrays_that_share_no_memory(name: str) -> None:
    with environ.context(backend=name, engine=FUSED, precision="float32"):
        held, results = for_loop(lambda c: (c * 2.0, c, c), np.ones((LONG, 4))), []
        for x in held:
            results.append(active_backend().to_numpy(x))
    assert not any(np.shares_memory(a, b) for i, a in enumerate(results) for b in results[:i])


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="no /proc")
@BACKENDS
def test_repeated_calls_keep_no_memory(name: str) -> None:
    stacks = np.ones((LONG, 4000), np.float32)  # 4.8 MB, and as much of results

    def call(times: int) -> None:
        with environ.context(backend=name, engine=FUSED):
            for _ in range(times):
                for_loop(lambda x: x + 1.0, stacks)
        gc.collect()

    call(30)
    before = resident()
    call(40)
    assert resident() - before < 95  # MB, half of what results were made in


def resident() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


@BACKENDS
def test_a_broken_matrix_is_an_error_and_no_write_outside(name: str) -> None:
    avals = [Aval((2,), "float32"), Aval((), "float32"), Aval((3,), "int32"), Aval((4,), "int32")]
    inputs, out = [Value(a) for a in avals], Value(Aval((5,), "float32"))
    node = Node(op("event_matvec"), tuple(inputs), {"n_post": 5}, (out,), Origin("net.syn"))
    arrays = [np.ones(2, np.float32), np.float32(2), np.array([0, 2, 9], np.int32), np.zeros(4, np.int32)]
    with environ.context(backend=name, engine=FUSED):
        backend = active_backend()
        run = backend.compile(Graph(tuple(inputs), (node,), (out,)))
        with pytest.raises(BackendError, match=r"net\.syn.*CSR matrix is broken"):
            run([backend.asarray(x, a.dtype) for x, a in zip(arrays, avals, strict=True)])


@BACKENDS
def test_an_array_of_another_shape_is_refused(name: str) -> None:
    graph = loop_of(squared, np.zeros(7, np.float32))
    with environ.context(backend=name, engine=FUSED):
        backend = active_backend()
        run = backend.compile(graph)
        with pytest.raises(BackendError, match=r"shape \(7,\), but was given \(6,\)"):
            run([backend.asarray(np.zeros(6), "float32"), backend.asarray(1, "int32")])


@BACKENDS
def test_an_operation_without_code_is_left_to_the_framework_or_refused(name: str) -> None:
    strange = Op("strange", unchanged, lambda xp, x: x + x, None)
    graph = loop_of(lambda x: Node(strange, (x,), {}, (Value(x.aval),), Origin("net")), np.ones(3, np.float32))
    with environ.context(backend=name):
        choice = active_backend().compile(graph).choice
    assert choice.engine == OWN[name]
    assert "'strange' of net" in choice.why
    with environ.context(backend=name, engine=FUSED), pytest.raises(BackendError, match="'strange' of net"):
        active_backend().compile(graph)


@BACKENDS
@pytest.mark.usefixtures("fresh")
def test_a_compiler_that_crashes_costs_speed_and_is_told_of(
    name: str, monkeypatch: pytest.MonkeyPatch, script: Callable[[str], str]
) -> None:
    crash = 'case "$*" in *--version*) echo fake 1.0;; *) echo "internal compiler error: oh no" >&2; exit 4;; esac'
    monkeypatch.setenv("CXX", script(crash))
    graph = loop_of(squared, np.zeros(7, np.float32))
    with environ.context(backend=name):
        backend = active_backend()
        with pytest.warns(BackendWarning, match=rf"oh no.*runs with engine '{OWN[name]}'.*set CXX="):
            run = backend.compile(graph)
        assert "oh no" in run.choice.why
        (last,) = run([backend.asarray(np.full(7, 2.0), "float32"), backend.asarray(2, "int32")])
        np.testing.assert_array_equal(np.asarray(last), 16)
    with environ.context(backend=name, engine=FUSED), pytest.raises(BackendError, match=f"oh no.*engine='{OWN[name]}'"):
        active_backend().compile(graph)


@BACKENDS
@pytest.mark.usefixtures("fresh")
def test_without_a_compiler_loops_are_the_frameworks_and_the_doctor_says_so(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda x: None if x == "ziglang" else find(x))
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("COLUMNS", "300")
    from isospike import select

    select._make.cache_clear()
    try:
        with environ.context(backend=name, device="cpu"), warnings.catch_warnings():
            backend = active_backend()
            assert backend.engine == OWN[name]
            assert "no C++ compiler found" in CliRunner().invoke(app, ["doctor"]).stdout
        with (
            environ.context(backend=name, engine=FUSED),
            pytest.raises(BackendError, match=r"nothing to compile with.*apt"),
        ):
            active_backend()
    finally:
        select._make.cache_clear()


def test_calls_that_torch_is_to_trace_are_operations_of_torch() -> None:
    torch = pytest.importorskip("torch")
    from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode

    graph = loop_of(squared, np.zeros(2, np.float64))
    with environ.context(backend="torch", engine=FUSED):
        run = active_backend().compile(graph)
    one = torch.tensor(1, dtype=torch.int32)
    x = torch.tensor([3.0, -4.0], dtype=torch.float64)

    def once(x: Any) -> Any:
        return run([x, one])[0]

    assert once(x).tolist() == [9, 16]
    assert run.choice_for([x, one]).engine == FUSED
    learning = x.clone().requires_grad_()
    once(learning).sum().backward()
    assert learning.grad.tolist() == [6, -8]
    assert run.choice_for([learning, one]).engine == "eager"
    assert torch.func.grad(lambda x: once(x).sum())(x).tolist() == [6, -8]
    assert torch.func.jvp(once, (x,), (torch.ones_like(x),))[1].tolist() == [6, -8]
    assert torch.func.vmap(once)(torch.stack([x, 2 * x])).tolist() == [[9, 16], [36, 64]]
    node = squared(Value(Aval((2,), "float64")))
    with environ.context(backend="torch", engine=FUSED):
        step = active_backend().compile(Graph(node.inputs, (node,), node.outputs))
    assert step.choice.engine == FUSED
    with FakeTensorMode() as mode:
        assert type(step([mode.from_tensor(x)])[0]) is FakeTensor


def test_tensors_that_lie_otherwise_in_memory_are_read_right() -> None:
    torch = pytest.importorskip("torch")
    graph = loop_of(squared, np.zeros((2, 3), np.float32))
    with environ.context(backend="torch", engine=FUSED):
        run = active_backend().compile(graph)
    one, x = torch.tensor(1, dtype=torch.int32), torch.arange(6.0).reshape(3, 2)
    assert torch.equal(run([x.T, one])[0], x.T**2)
    sparse = torch.arange(24.0).reshape(4, 6)[::2, ::2]
    assert torch.equal(run([sparse, one])[0], sparse**2)
    negative = torch.complex(x.T, -x.T).conj().imag
    assert negative.is_neg()
    assert torch.equal(run([negative, one])[0], x.T**2)


@pytest.mark.parametrize("engine", [None, "xla", FUSED])
def test_a_transform_of_jax_around_a_loop_is_refused_with_that_of_isospike(engine: str | None) -> None:
    jax = pytest.importorskip("jax")
    with environ.context(backend="jax", engine=engine), pytest.raises(BackendError, match=r"iso\.transform\.jit"):
        jax.jit(lambda x: for_loop(lambda y: y * y, x))(np.ones(3, np.float32))


def test_a_trace_of_torchscript_records_operations_of_torch() -> None:
    torch = pytest.importorskip("torch")

    class Twice(torch.nn.Module):
        def forward(self, x: Any) -> Any:
            return for_loop(lambda y: 2 * y, x)

    with environ.context(backend="torch"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that tracing is deprecated
        traced = torch.jit.trace(Twice(), torch.ones(LONG))
        assert traced(torch.full((LONG,), 3.0)).tolist() == [6.0] * LONG


def test_a_wrong_number_of_threads_is_told_whatever_chose_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("ISOSPIKE_THREADS", "zero")
    with environ.context(backend="torch"), pytest.raises(BackendError, match="whole number from 1 to 256"):
        for_loop(lambda y: iso.math.exp(y * y) - iso.math.sqrt(y), np.ones(LONG, np.float32))


def test_what_jax_takes_over_can_be_donated_to_it_again() -> None:
    pytest.importorskip("jax")
    cells = iso.LIF(5, tau=10 * u.ms)
    with environ.context(dt=0.1 * u.ms, backend="jax"):
        iso.init_all_states(cells)
        for engine in (FUSED, "xla", FUSED, "xla"):
            with environ.context(engine=engine):
                for_loop(lambda: cells(5 * u.mA), length=LONG)
        got = np.asarray(u.split(cells.V.value)[0])
    with environ.context(dt=0.1 * u.ms, backend="numpy"):
        iso.init_all_states(cells)
        for_loop(lambda: cells(5 * u.mA), length=4 * LONG)
        np.testing.assert_allclose(got, u.split(cells.V.value)[0], rtol=1e-4)


@BACKENDS
def test_the_engine_is_chosen_in_a_network_file_and_on_the_command_line(name: str, tmp_path: Path) -> None:
    import json

    file = tmp_path / "net.toml"
    file.write_text(
        f'[run]\nbackend = "{name}"\nengine = "fused"\nduration = "2 ms"\ndt = "0.1 ms"\n\n'
        '[populations.cells]\nmodel = "LIF"\nsize = 3\ntau = "10 ms"\n'
    )

    def engine(*options: str) -> str:
        done = CliRunner().invoke(app, ["run", str(file), "--out", str(tmp_path / "out"), "--force", *options])
        assert done.exit_code == 0, done.output
        found: str = json.loads((tmp_path / "out" / "run.json").read_text())["manifest"]["backend"]["engine"]
        return found

    assert engine() == FUSED
    assert engine("--engine", "auto") == FUSED
    assert engine("--engine", OWN[name]) == OWN[name]
