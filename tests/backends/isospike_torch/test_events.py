"""Event propagation against dense products, each way by itself; then the operator under all that torch does to one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.autograd import forward_ad
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from isospike.errors import BackendWarning, ParameterError, ShapeError
from isospike_codegen.compiler import KernelUnavailableError
from isospike_codegen.event_grid import EventGrid
from isospike_torch.events import OP, event_engine, event_matvec, scatter_all, walk_rows
from isospike_torch.events import grid as grid_module
from isospike_torch.events.grid import GRID, launch, propagate
from isospike_torch.events.kernel import cpu_engine
from isospike_torch.events.op import _propagate

Function = Callable[..., Any]

pytestmark = [
    # A machine without compiler runs these tests on the other two ways.
    pytest.mark.filterwarnings("ignore::isospike.errors.BackendWarning"),
    # Inductor loads parts of torch that torch itself still scripts.
    pytest.mark.filterwarnings("ignore:`torch.jit.script(_method)?` is:DeprecationWarning"),
]

WAYS = ("kernel", "walk", "scatter", "grid")
# Rounding of a sum of at most 200 terms of like size; the reference is float64.
TOLERANCE = {"float32": 2e-5, "float64": 1e-13}

needs_kernel = pytest.mark.skipif("not cpu_engine().compiled", reason="no compiled kernel on this machine")


@pytest.fixture
def way_of(request: pytest.FixtureRequest) -> Callable[[str], Function]:
    """Return a function from the name of a way to what computes so."""
    return lambda name: partial(launch, request.getfixturevalue("gpu_on_cpu"), 0, 0) if name == "grid" else on_cpu(name)


def on_cpu(name: str) -> Function:
    if name == "kernel" and not cpu_engine().compiled:
        pytest.skip(str(cpu_engine()))
    return {"kernel": OP, "walk": walk_rows, "scatter": scatter_all}[name]


def close(ours: Any, expected: Any, dtype: str) -> None:
    """Compare trees of tensors, of which not all may be 0."""
    pairs = list(zip(tree_leaves(ours), tree_leaves(expected), strict=True))
    assert any(torch.any(e != 0) for _, e in pairs)
    for o, e in pairs:
        torch.testing.assert_close(o, e, rtol=10 * TOLERANCE[dtype], atol=10 * TOLERANCE[dtype])


@pytest.fixture(params=TOLERANCE)
def dtype(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@dataclasses.dataclass(frozen=True)
class Problem:
    """A matrix with its weights and spikes, and its product by events and by a dense matrix."""

    n_post: int
    matrix: tuple[Any, Any]
    spikes: Any
    weights: Any

    def events(self, spikes: Any, weights: Any) -> Any:
        return event_matvec(spikes, weights, *self.matrix, n_post=self.n_post)

    def dense(self, spikes: Any, weights: Any) -> Any:
        indptr, indices = self.matrix
        n_pre = len(indptr) - 1
        place = torch.repeat_interleave(torch.diff(indptr), output_size=len(indices)).long() * self.n_post + indices
        matrix = torch.zeros(n_pre * self.n_post, dtype=spikes.dtype)
        return spikes @ matrix.index_add(0, place, weights.expand(len(indices))).reshape(n_pre, -1)

    def leaves(self) -> tuple[Any, Any]:
        """Return spikes and weights of which a gradient is wanted."""
        return self.spikes.clone().requires_grad_(), self.weights.clone().requires_grad_()


@pytest.fixture
def problem(random_csr: Any, spikes_of: Any) -> Callable[..., Problem]:
    """Return a function from the kind of weights, the batch and the dtype to a problem with graded spikes."""

    def problem(weights: str = "array", batch: tuple[int, ...] = (), dtype: str = "float64") -> Problem:
        csr = random_csr(12, 9, 6)
        matrix = torch.from_numpy(csr.indptr), torch.from_numpy(csr.indices)
        arrays = spikes_of("graded", (*batch, 12), dtype), csr.weights(weights, dtype)
        return Problem(9, matrix, *map(torch.from_numpy, arrays))

    return problem


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
    arrays = spikes, weights, *_ = (
        spikes_of(kind, (*batch, n_pre), dtype),
        csr.weights(weight_kind, dtype),
        csr.indptr,
        csr.indices,
    )
    out = way_of(way)(*map(torch.from_numpy, arrays), 45).numpy()
    assert out.dtype == dtype
    tolerance = TOLERANCE[dtype]
    np.testing.assert_allclose(out, spikes.astype(float) @ csr.dense(weights), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("kind", ["sparse", "graded"])
def test_kernel_and_walk_give_the_same_bits(
    random_csr: Any, spikes_of: Any, kind: str, dtype: str, way_of: Any
) -> None:
    csr = random_csr(80, 30, 100)
    arrays = (spikes_of(kind, (3, 80), dtype), csr.weights("array", dtype), csr.indptr, csr.indices)
    kernel, walk = (way_of(way)(*map(torch.from_numpy, arrays), 30).numpy() for way in ("kernel", "walk"))
    assert kernel.any()
    assert kernel.tobytes() == walk.tobytes()


@pytest.mark.parametrize("way", WAYS)
def test_nan_travels_along_its_own_row_and_silent_rows_send_nothing(way: str, dtype: str, way_of: Any) -> None:
    real = getattr(torch, dtype)
    spikes = torch.zeros(40, dtype=real)
    spikes[[0, 1, 2, 39]] = torch.tensor([np.nan, -0.0, 1, np.nan], dtype=real)
    indptr = torch.tensor([0, 1, 3, 4, *[5] * 36, 6], dtype=torch.int32)  # 0, 1, 2, 3, 39 reach 0, (1, 2), 3, 4, 5
    weights = torch.tensor([1, np.nan, np.inf, 2, np.nan, 1], dtype=real)
    out = way_of(way)(spikes, weights, indptr, torch.arange(6, dtype=torch.int32), 7)
    np.testing.assert_array_equal(out, [np.nan, 0, 0, 2, 0, np.nan, 0])


@pytest.mark.parametrize("run", [OP, _propagate], ids=["operator", "fallback"])
@pytest.mark.parametrize("n_synapses", [0, 4])
@pytest.mark.parametrize(("batch", "n_pre", "n_post"), [((), 5, 3), ((2,), 0, 3), ((0,), 5, 3), ((2,), 5, 0)])
def test_nothing_to_add_gives_zeros(
    run: Function, batch: tuple[int, ...], n_pre: int, n_post: int, n_synapses: int
) -> None:
    indptr, indices = torch.zeros(n_pre + 1, dtype=torch.int32), torch.zeros(n_synapses, dtype=torch.int32)
    out = run(torch.ones(*batch, n_pre), torch.tensor(1.0), indptr, indices, n_post)
    np.testing.assert_array_equal(out, np.zeros((*batch, n_post), np.float32))


def test_arguments_may_lie_anyhow_in_memory(problem: Callable[..., Problem]) -> None:
    p = problem(batch=(3,))
    spikes = p.spikes.T.contiguous().T
    weights, indptr, indices = (torch.stack([x, x], -1)[:, 0] for x in (p.weights, *p.matrix))
    assert not any(x.is_contiguous() for x in (spikes, weights, indptr, indices))
    out = event_matvec(spikes, weights, indptr, indices, n_post=9)
    assert out.is_contiguous()
    assert torch.equal(out, p.events(p.spikes, p.weights))


@pytest.mark.parametrize("weights", ["scalar", "array"])
@pytest.mark.parametrize("batch", [(), (3,)])
def test_gradient_equals_that_of_the_dense_product(
    problem: Callable[..., Problem], batch: tuple[int, ...], weights: str, dtype: str
) -> None:
    p = problem(weights, batch, dtype)

    def gradients(product: Function) -> Any:
        leaves = p.leaves()
        product(*leaves).sin().sum().backward()
        return [leaf.grad for leaf in leaves]

    close(gradients(p.events), gradients(p.dense), dtype)


@pytest.mark.parametrize("weights", ["scalar", "array"])
@pytest.mark.parametrize("batch", [(), (2,)])
def test_derivatives_of_both_modes_and_orders_are_those_of_differences(
    problem: Callable[..., Problem], batch: tuple[int, ...], weights: str
) -> None:
    p = problem(weights, batch)
    batched = {"check_batched_grad": True, "check_batched_forward_grad": True}
    assert torch.autograd.gradcheck(p.events, p.leaves(), check_forward_ad=True, **batched)
    assert torch.autograd.gradgradcheck(p.events, p.leaves(), check_fwd_over_rev=True)


def _loss(product: Function) -> Function:
    return lambda s, w: product(s, w).sin().sum()


F = torch.func
# Each maps a product to what is compared; b are batches of the spikes s and the weights w.
TRANSFORMS: dict[str, Callable[[Function, Any, Any, Any, Any], Any]] = {
    "grad": lambda f, s, w, bs, bw: F.grad(_loss(f), (0, 1))(s, w),
    "vjp": lambda f, s, w, bs, bw: F.vjp(f, s, w)[1](torch.arange(9, dtype=s.dtype)),
    "jvp": lambda f, s, w, bs, bw: F.jvp(f, (s, w), (s + 1, 2 * w)),
    "jvp of the spikes": lambda f, s, w, bs, bw: F.jvp(lambda s: f(s, w), (s,), (s + 1,)),
    "jvp of the weights": lambda f, s, w, bs, bw: F.jvp(lambda w: f(s, w), (w,), (w + 1,)),
    "vmap over spikes": lambda f, s, w, bs, bw: F.vmap(f, (0, None))(bs, w),
    "vmap over weights": lambda f, s, w, bs, bw: F.vmap(f, (None, 0))(s, bw),
    "vmap over both": lambda f, s, w, bs, bw: F.vmap(f)(bs, bw),
    "vmap over the last axis": lambda f, s, w, bs, bw: F.vmap(f, (1, None), 1)(bs.T, w),
    "vmap of vmap": lambda f, s, w, bs, bw: F.vmap(F.vmap(f, (0, None)), (None, 0))(bs, bw),
    "vmap of grad": lambda f, s, w, bs, bw: F.vmap(F.grad(_loss(f), (0, 1)))(bs, bw),
    "grad of vmap": lambda f, s, w, bs, bw: F.grad(lambda s, w: F.vmap(_loss(f))(s, w).sum(), (0, 1))(bs, bw),
    "jacfwd of jacrev": lambda f, s, w, bs, bw: F.jacfwd(F.jacrev(_loss(f), (0, 1)), (0, 1))(s, w),
    "jacrev of jacrev": lambda f, s, w, bs, bw: F.jacrev(F.jacrev(_loss(f), (0, 1)), (0, 1))(s, w),
    "jacrev of jacfwd": lambda f, s, w, bs, bw: F.jacrev(F.jacfwd(_loss(f), (0, 1)), (0, 1))(s, w),
    "jacfwd of jacfwd": lambda f, s, w, bs, bw: F.jacfwd(F.jacfwd(_loss(f), (0, 1)), (0, 1))(s, w),
}


@pytest.mark.parametrize("weights", ["scalar", "array"])
@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_transform_of_torch_func_equals_that_of_the_dense_product(
    problem: Callable[..., Problem], name: str, weights: str
) -> None:
    p = problem(weights)
    batches = torch.stack([p.spikes, p.spikes - 1]), torch.stack([p.weights, 2 * p.weights])
    ours, expected = (TRANSFORMS[name](f, p.spikes, p.weights, *batches) for f in (p.events, p.dense))
    close(ours, expected, "float64")


def test_vmap_over_an_empty_batch_is_empty(problem: Callable[..., Problem]) -> None:
    p = problem(batch=(2,))
    assert F.vmap(p.events, (0, None))(p.spikes[None][:0], p.weights).shape == (0, 2, 9)
    assert F.vmap(p.events, (None, 0))(p.spikes, p.weights[None][:0]).shape == (0, 2, 9)
    assert F.vmap(p.events, (0, 0))(p.spikes[None][:0], p.weights[None][:0]).shape == (0, 2, 9)


def test_vmap_over_matrices_propagates_along_each(problem: Callable[..., Problem]) -> None:
    p = problem()
    indptr, indices = p.matrix
    stacked = torch.stack([indices, indices.flip(0)])
    out = F.vmap(lambda i: event_matvec(p.spikes, p.weights, indptr, i, n_post=9))(stacked)
    for row, i in zip(out, stacked, strict=True):
        assert torch.equal(row, dataclasses.replace(p, matrix=(indptr, i)).events(p.spikes, p.weights))


@pytest.mark.parametrize("name", ["grad", "jvp", "vmap over spikes", "vmap of grad"])
def test_a_transform_can_be_compiled(problem: Callable[..., Problem], name: str) -> None:
    p = problem()
    arguments = p.spikes, p.weights, torch.stack([p.spikes, p.spikes - 1]), torch.stack([p.weights, 2 * p.weights])
    # Inductor, which comes after what is tested here, takes seconds.
    compiled = torch.compile(lambda *a: TRANSFORMS[name](p.events, *a), fullgraph=True, backend="aot_eager")
    close(compiled(*arguments), TRANSFORMS[name](p.dense, *arguments), "float64")


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_compiled_code_may_enter_forward_mode(problem: Callable[..., Problem], backend: str) -> None:
    p = problem()

    def tangent(product: Function, spikes: Any, direction: Any) -> Any:
        with forward_ad.dual_level():
            return forward_ad.unpack_dual(product(forward_ad.make_dual(spikes, direction), p.weights)).tangent

    compiled = torch.compile(lambda *a: tangent(p.events, *a), fullgraph=True, backend=backend)
    arguments = p.spikes, p.spikes + 1
    close(compiled(*arguments), tangent(p.dense, *arguments), "float64")


@pytest.mark.parametrize("backend", ["aot_eager", pytest.param("inductor", marks=needs_kernel)])
def test_a_compiled_product_and_its_gradient_are_those_of_the_dense_product(
    problem: Callable[..., Problem], backend: str, dtype: str
) -> None:
    p = problem("array", (2,), dtype)
    compiled = torch.compile(lambda s, w: p.events(2 * s, w).sin(), fullgraph=True, backend=backend)
    results = []
    for run in (compiled, lambda s, w: p.dense(2 * s, w).sin()):
        leaves = p.leaves()
        out = run(*leaves)
        out.sum().backward()
        results.append([out.detach(), *(leaf.grad for leaf in leaves)])
    close(*results, dtype)


# Compiled autograd looks at the gradients of all tensors that it meets.
@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf:UserWarning")
def test_the_backward_pass_can_be_compiled_by_itself(problem: Callable[..., Problem]) -> None:
    p = problem()
    ours, expected = p.leaves(), p.leaves()
    loss = p.events(*ours).sin().sum()
    with torch._dynamo.compiled_autograd._enable(torch.compile(backend="eager")):
        loss.backward()
    p.dense(*expected).sin().sum().backward()
    close([x.grad for x in ours], [x.grad for x in expected], "float64")


def test_one_compiled_program_serves_batches_of_any_size(problem: Callable[..., Problem]) -> None:
    p = problem(batch=(5,))
    compiled = torch.compile(p.events, fullgraph=True, dynamic=True, backend="aot_eager")
    compiled(p.spikes, p.weights)
    with torch.compiler.set_stance("fail_on_recompile"):
        for n in (3, 4):
            assert torch.equal(compiled(p.spikes[:n], p.weights), p.events(p.spikes[:n], p.weights))


def test_an_exported_program_propagates(problem: Callable[..., Problem], dtype: str) -> None:
    p = problem("array", (2,), dtype)

    class Network(torch.nn.Module):
        def forward(self, spikes: Any, weights: Any) -> Any:
            return p.events(spikes, weights)

    program = torch.export.export(Network(), (p.spikes, p.weights))
    assert any(node.target is OP for node in program.graph.nodes)
    assert torch.equal(program.module()(p.spikes, p.weights), p.events(p.spikes, p.weights))


@pytest.mark.parametrize("weights", ["scalar", "array"])
@pytest.mark.parametrize("wanted", [True, False])
def test_the_operator_is_registered_as_torch_wants(
    problem: Callable[..., Problem], weights: str, wanted: bool, dtype: str
) -> None:
    p = problem(weights, (2,), dtype)
    leaves = p.leaves() if wanted else (p.spikes, p.weights)
    torch.library.opcheck(OP, (*leaves, *p.matrix, 9))


class Calls(TorchDispatchMode):
    """Collects the names of the operators that are called."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.names.append(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(("argument", "computed"), [(0, {"scatter_add"}), (1, {"index_select"})])
def test_a_gradient_that_nobody_asks_for_is_not_computed(
    problem: Callable[..., Problem], argument: int, computed: set[str]
) -> None:
    p = problem()
    arguments = [p.spikes, p.weights]
    arguments[argument] = p.leaves()[argument]
    out = p.events(*arguments)
    with Calls() as calls:
        out.backward(torch.ones_like(out))
    # Both gather the slopes; to the weights go the spikes, gathered too, to the spikes a scattered sum.
    assert calls.names.count("index_select") == 1 + ("index_select" in computed)
    assert ("scatter_add" in calls.names) is ("scatter_add" in computed)


def test_gradient_through_a_loop_keeps_nothing_per_synapse_and_step(random_csr: Any) -> None:
    csr = random_csr(20, 20, 12)
    indptr, indices = torch.from_numpy(csr.indptr), torch.from_numpy(csr.indices)
    weights = torch.from_numpy(csr.weights("array", "float32")).requires_grad_()
    kept: dict[int, int] = {}

    def keep(x: Any) -> Any:
        kept[x.data_ptr()] = x.numel()
        return x

    v = torch.ones(20)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda x: x):
        for _ in range(7):
            v = torch.tanh(event_matvec(v, weights, indptr, indices, n_post=20))
    assert list(kept.values()).count(20) >= 7
    assert list(kept.values()).count(len(indices)) == 2  # the weights and the indices


def test_no_size_on_an_accelerator_depends_on_a_value(problem: Callable[..., Problem]) -> None:
    p = problem("array", (2,))
    tensors = p.spikes, p.weights, *p.matrix
    with FakeTensorMode():
        out = _propagate(*(torch.empty(x.shape, dtype=x.dtype, device="cuda") for x in tensors), 9)
        # Its gradients are the same on all devices; on fake CUDA tensors torch without CUDA crashes in autograd.
        spikes, weights, *matrix = (torch.empty(x.shape, dtype=x.dtype) for x in tensors)
        product, pullback = F.vjp(lambda s, w: event_matvec(s, w, *matrix, n_post=9), spikes, weights)
        gradients = pullback(product)
    assert (out.device.type, out.shape) == ("cuda", (2, 9))
    assert [g.shape for g in gradients] == [p.spikes.shape, p.weights.shape]


def test_the_engine_is_told_with_its_reason() -> None:
    assert event_engine() == str(cpu_engine())
    assert event_engine().startswith(("torch-cpp (", "torch ("))
    with torch.device("meta"):
        assert event_engine() == "torch (index_add on meta)"


@needs_kernel
@pytest.mark.parametrize(("indptr", "indices"), [([0, 1, 2], [0, 3]), ([0, 1, 2], [-1, 0]), ([0, 1, 9], [0, 0])])
def test_the_kernel_refuses_a_matrix_that_leaves_its_arrays(indptr: list[int], indices: list[int]) -> None:
    matrix = (torch.tensor(indptr, dtype=torch.int32), torch.tensor(indices, dtype=torch.int32))
    with pytest.raises(RuntimeError, match="CSR matrix is broken"):
        event_matvec(torch.ones(2), torch.tensor(1.0), *matrix, n_post=3)


@pytest.mark.parametrize(("spikes", "weights", "indptr"), [(4, (), 4), (3, (5,), 4), (3, (1, 2), 4), (3, (), 3)])
def test_sizes_that_do_not_agree_are_refused(spikes: int, weights: tuple[int, ...], indptr: int) -> None:
    matrix = torch.zeros(indptr, dtype=torch.int32), torch.zeros(2, dtype=torch.int32)
    arguments = torch.zeros(spikes), torch.zeros(weights), *matrix
    for run in (_propagate, lambda *a: event_matvec(*a[:-1], n_post=a[-1])):
        with pytest.raises(ShapeError, match="n_pre"):
            run(*arguments, 3)
    with pytest.raises((RuntimeError, ShapeError), match="n_pre"):
        OP(*arguments, 3)


@pytest.mark.parametrize(("spikes", "weights", "pointer"), [
    ("int32", "float32", "int32"), ("float32", "float16", "int32"), ("float16", "float16", "int32"),
    ("float32", "float32", "int64"),
])  # fmt: skip
def test_dtypes_are_never_converted_in_silence(spikes: str, weights: str, pointer: str) -> None:
    matrix = torch.zeros(4, dtype=getattr(torch, pointer)), torch.zeros(2, dtype=torch.int32)
    arguments = torch.zeros(3, dtype=getattr(torch, spikes)), torch.zeros((), dtype=getattr(torch, weights)), *matrix
    with pytest.raises(ParameterError, match=r"weights\.to"):
        event_matvec(*arguments, n_post=3)
    with pytest.raises((RuntimeError, ParameterError), match="float32 or float64"):
        OP(*arguments, 3)


def test_tensors_of_several_devices_are_refused(problem: Callable[..., Problem]) -> None:
    p = problem()
    with pytest.raises(ParameterError, match=r"one device, but was given cpu, cpu, cpu, meta .*weights\.to\("):
        p.events(p.spikes, p.weights.to("meta"))


@pytest.fixture
def on_gpu(gpu_on_cpu: EventGrid, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let torch have a GPU whose kernels run on the CPU; return the streams that are launched into."""
    streams: list[int] = []

    def counted(grid: EventGrid, device: int, stream: int, *operands: Any) -> Tensor:
        streams.append(stream)
        return launch(grid, 0, stream, *operands)

    monkeypatch.setattr(torch.version, "cuda", "12.9")
    monkeypatch.setattr(torch.cuda, "device", lambda _: nullcontext())
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: SimpleNamespace(cuda_stream=7))
    monkeypatch.setattr(grid_module, "event_grid", lambda: gpu_on_cpu)
    monkeypatch.setattr(grid_module, "launch", counted)
    monkeypatch.setattr(grid_module.GRID, "_engine", None)
    return streams


def test_on_a_gpu_the_kernel_is_launched_into_the_current_stream(
    problem: Callable[..., Problem], on_gpu: list[int]
) -> None:
    p = problem(batch=(2,))
    close(propagate(p.spikes, p.weights, *p.matrix, p.n_post), p.dense(p.spikes, p.weights), "float64")
    assert on_gpu == [7]
    assert str(GRID.engine()).startswith("torch-cuda (NVRTC")


def test_where_sums_have_to_be_in_order_torch_makes_them(problem: Callable[..., Problem], on_gpu: list[int]) -> None:
    p = problem()
    torch.use_deterministic_algorithms(True)
    try:
        close(propagate(p.spikes, p.weights, *p.matrix, p.n_post), p.dense(p.spikes, p.weights), "float64")
    finally:
        torch.use_deterministic_algorithms(False)
    assert on_gpu == []


@pytest.mark.filterwarnings("default::isospike.errors.BackendWarning")
def test_a_gpu_without_a_kernel_is_told_of_and_computed_on_by_torch(
    problem: Callable[..., Problem], on_gpu: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> EventGrid:
        raise KernelUnavailableError("no NVRTC is found", "Run `pip install nvidia-cuda-nvrtc`.")

    monkeypatch.setattr(grid_module, "event_grid", none)
    monkeypatch.setattr(GRID, "_told", False)
    p = problem()
    with pytest.warns(BackendWarning, match=r"On the GPU .*plain torch.*: no NVRTC is found\..*pip install"):
        result = propagate(p.spikes, p.weights, *p.matrix, p.n_post)
    close(result, p.dense(p.spikes, p.weights), "float64")
    assert on_gpu == []
