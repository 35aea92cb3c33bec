"""Event propagation against dense float64 NumPy, each way by itself; then what all ways share."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from isospike.errors import ParameterError, ShapeError
from isospike_codegen.compiler import KernelUnavailableError, find_compiler
from isospike_codegen.engine import Engine
from isospike_codegen.event_grid import EventGrid, Kernels
from isospike_jax.events import call_kernel, event_engine, event_matvec, matvec, scatter_all, scatter_wide, walk_rows
from isospike_jax.events.grid import use_grid
from isospike_jax.ffi import KERNEL, TARGETS, cpu_engine, registered, target_of

# A machine without compiler runs these tests on the other two ways.
pytestmark = pytest.mark.filterwarnings("ignore::isospike.errors.BackendWarning")

WAYS = ("kernel", "walk", "scatter", "wide", "grid")
# Rounding of a sum of at most 200 terms of like size; the reference is float64.
TOLERANCE = {"float32": 2e-5, "float64": 1e-13}


@pytest.fixture
def way_of(request: pytest.FixtureRequest) -> Callable[[str, str], Callable[..., jax.Array]]:
    """Return a function from the names of a way and a dtype to what computes so."""

    def way_of(name: str, dtype: str) -> Callable[..., jax.Array]:
        if name == "grid":
            suffix = request.getfixturevalue("grid_suffix")
            return functools.partial(call_kernel, target=f"{TARGETS[dtype]}{suffix}")
        return on_cpu(name, dtype)

    return way_of


@pytest.fixture(scope="module")
def grid_suffix(gpu_on_cpu: EventGrid) -> str:
    """Return what the names of the handlers for a GPU end in, whose driver is a stand-in on the CPU."""
    use = functools.partial(use_grid, grid=gpu_on_cpu)
    flags = ("-DISOSPIKE_HOST_SHIM",)
    registered("event_grid", find_compiler(), "cpu", flags=flags, prepare=use, suffix="_grid")
    return "_grid"


def on_cpu(name: str, dtype: str) -> Callable[..., jax.Array]:
    if name != "kernel":
        return {"walk": walk_rows, "scatter": scatter_all, "wide": scatter_wide}[name]
    target = target_of(KERNEL, dtype)
    if target is None:
        pytest.skip(str(cpu_engine()))
    return functools.partial(call_kernel, target=target)


@pytest.fixture(params=TOLERANCE)
def dtype(request: pytest.FixtureRequest) -> Iterator[str]:
    with jax.enable_x64(request.param == "float64"):
        yield request.param


@pytest.mark.parametrize("weight_kind", ["scalar", "array"])
@pytest.mark.parametrize(("kind", "batch", "n_pre", "largest"), [
    ("sparse", (), 67, 150),
    ("sparse", (2, 3), 50, 20),
    ("all", (), 31, 64),
    ("all", (2,), 64, 65),
    ("graded", (), 100, 30),
    ("silent", (), 40, 10),
    ("all", (), 1, 3),
])  # fmt: skip
@pytest.mark.parametrize("way", WAYS)
def test_each_way_equals_the_dense_product(
    random_csr: Any,
    spikes_of: Any,
    way: str,
    kind: str,
    batch: tuple[int, ...],
    n_pre: int,
    largest: int,
    weight_kind: str,
    dtype: str,
    way_of: Any,
) -> None:
    csr = random_csr(n_pre, 45, largest)
    if not len(csr.indices):
        csr = dataclasses.replace(csr, indptr=np.array([0, 3], np.int32), indices=np.array([44, 0, 44], np.int32))
    spikes, weights = spikes_of(kind, (*batch, n_pre), dtype), csr.weights(weight_kind, dtype)
    run = jax.jit(functools.partial(way_of(way, dtype), n_post=csr.n_post))
    out = run(spikes, weights, csr.indptr, csr.indices)
    assert out.dtype == dtype
    tolerance = TOLERANCE[dtype]
    np.testing.assert_allclose(out, spikes.astype(float) @ csr.dense(weights), rtol=tolerance, atol=tolerance)


def test_kernel_and_walk_give_the_same_bits_for_zero_one_spikes(
    random_csr: Any, spikes_of: Any, dtype: str, way_of: Any
) -> None:
    csr = random_csr(80, 30, 100)
    arguments = (spikes_of("sparse", (3, 80), dtype), csr.weights("array", dtype), csr.indptr, csr.indices)
    run = [functools.partial(way_of(way, dtype), n_post=30) for way in ("kernel", "walk")]
    kernel, walk = (np.asarray(jax.jit(f)(*arguments)) for f in run)
    assert kernel.any()
    assert kernel.tobytes() == walk.tobytes()


@pytest.mark.parametrize("way", WAYS)
def test_nan_travels_along_its_own_row_and_silent_rows_send_nothing(way: str, dtype: str, way_of: Any) -> None:
    spikes = np.zeros(40, dtype)
    spikes[[0, 1, 2, 39]] = np.nan, -0.0, 1, np.nan
    indptr = np.array([0, 1, 3, 4, *[5] * 36, 6], np.int32)  # cells 0, 1, 2, 3, 39 reach 0, (1, 2), 3, 4, 5
    weights = np.array([1, np.nan, np.inf, 2, np.nan, 1], dtype)
    run = functools.partial(way_of(way, dtype), n_post=7)
    out = jax.jit(run)(spikes, weights, indptr, np.arange(6, dtype=np.int32))
    np.testing.assert_array_equal(out, [np.nan, 0, 0, 2, 0, np.nan, 0])


@pytest.mark.parametrize(("batch", "n_pre", "n_post"), [((), 5, 3), ((2,), 0, 3), ((0,), 5, 3), ((2,), 5, 0)])
def test_nothing_to_add_gives_zeros(batch: tuple[int, ...], n_pre: int, n_post: int) -> None:
    indptr, indices = jnp.zeros(n_pre + 1, jnp.int32), jnp.zeros(0, jnp.int32)
    out = event_matvec(jnp.ones((*batch, n_pre)), jnp.float32(1), indptr, indices, n_post=n_post)
    np.testing.assert_array_equal(out, np.zeros((*batch, n_post), np.float32))


def test_a_jitted_loop_repeats_the_eager_steps(random_csr: Any, dtype: str) -> None:
    csr = random_csr(60, 60, 12)
    weights, indptr, indices = map(jnp.asarray, (csr.weights("array", dtype), csr.indptr, csr.indices))

    def step(_: Any, v: jax.Array) -> jax.Array:
        return 0.5 * v + event_matvec((v > 0).astype(dtype), weights, indptr, indices, n_post=60)

    start = jnp.linspace(-1, 1, 60, dtype=dtype)
    looped = jax.jit(lambda v: jax.lax.fori_loop(0, 5, step, v))(start)
    eager = functools.reduce(lambda v, n: step(n, v), range(5), start)
    np.testing.assert_allclose(looped, eager, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    assert looped.dtype == dtype


def test_vmap_equals_a_batch_axis(random_csr: Any, spikes_of: Any) -> None:
    csr = random_csr(40, 20, 9)
    matrix = (csr.weights("array", "float32"), csr.indptr, csr.indices)
    spikes = jnp.asarray(spikes_of("graded", (4, 40), "float32"))
    mapped = jax.vmap(lambda s: event_matvec(s, *matrix, n_post=20))(spikes)
    np.testing.assert_array_equal(mapped, event_matvec(spikes, *matrix, n_post=20))


@pytest.mark.parametrize("weight_kind", ["scalar", "array"])
@pytest.mark.parametrize("batch", [(), (3,)])
def test_gradient_equals_that_of_the_dense_product(
    random_csr: Any, spikes_of: Any, batch: tuple[int, ...], weight_kind: str, dtype: str
) -> None:
    csr = random_csr(35, 25, 12)
    spikes, weights = spikes_of("graded", (*batch, 35), dtype), csr.weights(weight_kind, dtype)
    slope = jnp.asarray(np.random.default_rng(3).normal(size=(*batch, 25)).astype(dtype))
    pre = np.repeat(np.arange(35), np.diff(csr.indptr))

    def events(s: jax.Array, w: jax.Array) -> jax.Array:
        return jnp.sum(jnp.sin(event_matvec(s, w, csr.indptr, csr.indices, n_post=25)) * slope)

    def dense(s: jax.Array, w: jax.Array) -> jax.Array:
        return jnp.sum(jnp.sin(s @ jnp.zeros((35, 25), dtype).at[pre, csr.indices].add(w)) * slope)

    arguments = jnp.asarray(spikes), jnp.asarray(weights)
    gradients = (jax.grad(f, (0, 1))(*arguments) for f in (events, dense))
    for ours, expected in zip(*gradients, strict=True):
        assert np.any(np.asarray(expected))
        np.testing.assert_allclose(ours, expected, rtol=10 * TOLERANCE[dtype], atol=10 * TOLERANCE[dtype])


def test_gradient_through_a_loop_keeps_nothing_per_synapse_and_step(random_csr: Any) -> None:
    csr = random_csr(20, 20, 12)
    weights, indptr, indices = map(jnp.asarray, (csr.weights("array", "float32"), csr.indptr, csr.indices))

    def loss(w: jax.Array) -> jax.Array:
        def step(v: jax.Array, _: Any) -> tuple[jax.Array, None]:
            return jnp.tanh(event_matvec(v, w, indptr, indices, n_post=20)), None

        return jax.lax.scan(step, jnp.ones(20), length=7)[0].sum()

    program = str(jax.make_jaxpr(jax.grad(loss))(weights))
    assert "f32[7,20]" in program
    assert f"[7,{len(indices)}]" not in program


@pytest.mark.parametrize(("platform", "compiled"), [("cpu", True), ("cuda", False)])
def test_the_way_is_chosen_by_the_platform_that_xla_compiles_for(
    random_csr: Any, platform: str, compiled: bool
) -> None:
    if not cpu_engine().compiled:
        pytest.skip(str(cpu_engine()))
    csr = random_csr(40, 20, 9)
    run = functools.partial(event_matvec, n_post=20)
    traced = jax.jit(run).trace(np.ones(40, np.float32), np.float32(1), csr.indptr, csr.indices)
    program = traced.lower(lowering_platforms=(platform,)).as_text()
    assert ("isospike_event_matvec_float32" in program) is compiled
    assert ("scatter" in program) is not compiled


def test_the_engine_is_told_with_its_reason() -> None:
    assert event_engine().startswith(("xla-ffi (", "xla ("))
    if jax.default_backend() == "cpu":
        assert event_engine() == str(cpu_engine())


@pytest.mark.parametrize(("indptr", "indices"), [([0, 1, 2], [0, 3]), ([0, 1, 2], [-1, 0]), ([0, 1, 9], [0, 0])])
def test_the_kernel_refuses_a_matrix_that_leaves_its_arrays(indptr: list[int], indices: list[int], way_of: Any) -> None:
    matrix = (np.array(indptr, np.int32), np.array(indices, np.int32))
    run = jax.jit(functools.partial(way_of("kernel", "float32"), n_post=3))
    with pytest.raises(jax.errors.JaxRuntimeError, match="CSR matrix is broken"):
        run(np.ones(2, np.float32), np.float32(1), *matrix).block_until_ready()


@pytest.mark.parametrize(("spikes", "weights", "indptr"), [(4, (), 4), (3, (5,), 4), (3, (1, 2), 4), (3, (), 3)])
def test_sizes_that_do_not_agree_are_refused(spikes: int, weights: tuple[int, ...], indptr: int) -> None:
    matrix = jnp.zeros(indptr, jnp.int32), jnp.zeros(2, jnp.int32)
    with pytest.raises(ShapeError, match="n_pre"):
        event_matvec(jnp.zeros(spikes), jnp.zeros(weights), *matrix, n_post=3)


@pytest.mark.parametrize(("spikes", "weights", "pointer"), [
    ("int32", "float32", "int32"), ("float32", "float16", "int32"), ("float16", "float16", "int32"),
    ("float32", "float32", "uint32"),
])  # fmt: skip
def test_dtypes_are_never_converted_in_silence(spikes: str, weights: str, pointer: str) -> None:
    matrix = jnp.zeros(4, pointer), jnp.zeros(2, jnp.int32)
    with pytest.raises(ParameterError, match="astype"):
        event_matvec(jnp.zeros(3, spikes), jnp.zeros((), weights), *matrix, n_post=3)


@pytest.fixture
def for_cuda(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], str]:
    """Return a function from whether a GPU has a kernel to what XLA is given for that GPU."""

    def lowered(is_there: bool) -> str:
        why = Engine("xla-ffi" if is_there else "xla", is_there, "a test")
        monkeypatch.setattr(matvec, "has_cuda", lambda: True)
        monkeypatch.setattr(matvec.GRID, "_engine", why)
        monkeypatch.setattr(matvec.GRID, "_told", True)
        # A function of its own, whose trace is not kept from another test.
        run = jax.jit(lambda *arrays: event_matvec.__wrapped__(*arrays, n_post=3))
        arrays = jnp.ones(2), jnp.float32(1), jnp.array([0, 1, 3], jnp.int32), jnp.array([0, 1, 2], jnp.int32)
        return str(run.trace(*arrays).lower(lowering_platforms=("cuda",)).as_text())

    return lowered


def test_on_a_gpu_the_kernel_is_called(for_cuda: Callable[[bool], str]) -> None:
    text = for_cuda(True)
    assert "isospike_event_matvec_float32" in text
    assert "scatter" not in text


def test_a_gpu_without_a_kernel_adds_in_float64(for_cuda: Callable[[bool], str]) -> None:
    text = for_cuda(False)
    assert "isospike_event_matvec" not in text
    scatters = re.findall(r'"stablehlo.scatter"[\s\S]*?\}\) : \(([^)]*)\)', text)
    assert any("f64>" in operands for operands in scatters)
    assert not any("f32>" in operands for operands in scatters)


def test_more_devices_than_the_handlers_have_places_for_are_an_error() -> None:
    places = SimpleNamespace(isospike_use_driver=lambda *_: None, isospike_use_kernels=lambda i, *_: i < 1)
    driver = SimpleNamespace(address=lambda name: 1)
    kernels = Kernels({"float32": 1, "float64": 2}, 8)
    grid: Any = SimpleNamespace(driver=driver, devices=[kernels, kernels])
    with pytest.raises(KernelUnavailableError, match="2 GPUs are too many"):
        use_grid(places, grid)
