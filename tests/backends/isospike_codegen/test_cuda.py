"""Generated programs as CUDA: NVIDIA's compiler takes them, and on the CPU they compute what NumPy does."""

from __future__ import annotations

import ctypes
import itertools
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import registry
from isospike.config.plan import load
from isospike.errors import BackendError
from isospike.graph.exact import FUNCTIONS
from isospike.graph.ir import Graph
from isospike.math import cos, exp, log1p, matmul, sin, tanh
from isospike.select import get_backend
from isospike.transform import selftest
from isospike_codegen.cache import built_from_text
from isospike_codegen.compiler import KernelUnavailableError, find_compiler
from isospike_codegen.nvrtc import Nvrtc
from isospike_codegen.program import Source, generate
from isospike_conformance.find import find_case
from isospike_conformance.running import Running
from isospike_conformance.way import Way

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
# Two blocks, whose threads the system runs in turn; and what they share, see isospike/team_cuda.h.
BLOCKS, THREADS, SHARED, FAILURE = 2, 32, 8, 2
CASES = registry.names("conformance_cases")
needs_compiler = pytest.mark.skipif(not any(map(shutil.which, ("c++", "g++", "clang++"))), reason="no C++ compiler")


def _nvrtc() -> Nvrtc | None:
    try:
        return Nvrtc(13)
    except KernelUnavailableError:
        return None


NVRTC = _nvrtc()
needs_nvrtc = pytest.mark.skipif(NVRTC is None, reason="no NVRTC: pip install nvidia-cuda-nvrtc-cu12")
# What CuPy adds to the options of the backend.
BY_CUPY = ("--device-as-default-execution-space", "-ftz=true")
ARCHITECTURES = pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
WAYS = list(itertools.product(["sm_80", "sm_90"], ["float32", "float64"], ["fast", "exact"]))


@dataclass
class Call:
    """A program, and one run of it on NumPy."""

    graph: Graph
    inputs: Sequence[np.ndarray]
    outputs: Sequence[np.ndarray]

    @property
    def source(self) -> Source:
        return generate(self.graph)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Call]:
    """Return the programs that run on NumPy in a test."""
    found: list[Call] = []
    backend = get_backend("numpy")
    compile_graph = backend.compile

    def recording(graph: Graph, **options: Any) -> Callable[..., Any]:
        run = compile_graph(graph, **options)

        def recorded(inputs: Sequence[Any]) -> Sequence[Any]:
            given = [np.array(x) for x in inputs]
            outputs = run(inputs)
            found.append(Call(graph, given, [np.array(x) for x in outputs]))
            return outputs

        return recorded

    monkeypatch.setattr(backend, "compile", recording)
    monkeypatch.setattr("isospike.transform.compiling._compiled", type(iso.transform.compiling._compiled)())
    return found


def network(name: str, calls: list[Call], **environment: Any) -> Call:
    """Return the loop of an example over 16 steps."""
    plan = load(next(EXAMPLES.glob(f"{name}.*")))
    with iso.environ.context(**{**plan.environment(), "backend": "numpy", **environment}):
        net = iso.init_all_states(plan.build()[0])
        iso.transform.for_loop(lambda: net(), length=16)
    return calls[-1]


def everything(calls: list[Call]) -> Call:
    """Return a program with loops in a loop, a branch, reductions, products and random numbers."""
    rng = np.random.default_rng(3)
    weights, start = rng.normal(size=(9, 9)) / 4, rng.normal(size=(5, 9))

    def step(x: Any, _: None) -> tuple[Any, Any]:
        x = tanh(matmul(x, weights)) + exp(-x * x) * 0.1
        x = iso.transform.cond(iso.math.sum(x) > 0, lambda: sin(x), lambda: cos(x))
        x = iso.transform.while_loop(lambda y: iso.math.max(y) > 0.5, lambda y: y * 0.75, x)
        x = iso.math.concat([x[:, 4:], x[:, :4]], axis=1)
        counts = iso.math.sum(x > 0), iso.math.any(x > 0.4, axis=0), iso.math.min(x, axis=1)
        inner, _ = iso.transform.scan(lambda c, _: (log1p(iso.math.abs(c)), c[::-1]), x[0], length=3)
        return x, (counts, inner, iso.math.take(x, np.array([3, 1, -1]), axis=1))

    with iso.environ.context(backend="numpy", precision="float64", dt=0.1 * iso.units.ms):
        iso.transform.scan(step, start, length=4)
    return calls[-1]


def run_as_kernel(call: Call) -> list[np.ndarray]:
    source = call.source
    contraction = "-ffp-contract=off" if source.is_exact else "-ffp-contract=fast"
    # Denormal numbers are flushed, as CuPy has it: exact numerics do not depend on them.
    flags = ["-std=c++17", "-O1", "-DISOSPIKE_HOST_SHIM", "-DISOSPIKE_FLUSH", "-pthread", contraction]
    library = ctypes.CDLL(str(built_from_text("shim", source.text, flags, find_compiler())))
    outputs = [np.zeros(v.aval.shape, v.aval.dtype) for v in call.graph.outputs]
    work, shared = np.zeros(source.workspace, np.uint8), np.zeros(SHARED, np.int32)
    pointers = [(ctypes.c_void_p * len(xs))(*(x.ctypes.data for x in xs)) for xs in (call.inputs, outputs)]
    library.isospike_launch(BLOCKS, THREADS, *pointers, *(ctypes.c_void_p(x.ctypes.data) for x in (work, shared)))
    if shared[FAILURE]:
        raise BackendError(source.failures[shared[FAILURE] - 1])
    return outputs


def case(name: str, precision: str, numerics: str, calls: list[Call]) -> list[Call]:
    """Return the programs of a few steps of a conformance case, in a loop and outside."""
    running = Running(find_case(name), Way("numpy"), precision, numerics)
    running.run(4)
    running.step()
    return calls


def require_machine_code(architecture: str, programs: Sequence[Call]) -> None:
    """Compile programs for a GPU, those that differ in their comments alone once."""
    texts = {re.sub("  // .*", "", call.source.text): call.source for call in programs}
    assert texts
    assert NVRTC is not None
    for source in texts.values():
        options = ["--fmad=false", *BY_CUPY] if source.is_exact else BY_CUPY
        assert NVRTC.compiled(source.text, architecture, options).startswith(b"\x7fELF")


def exact_functions(precision: str, calls: list[Call]) -> Call:
    """Return the self-test of exact numerics with every function."""
    functions = frozenset((name, precision) for name in ("arithmetic", *FUNCTIONS))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selftest, "_passed", {})
        selftest.require_exact(get_backend("numpy"), functions)
    return calls[-1]


@needs_compiler
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", ["coba", "cuba", "izhikevich"])
def test_the_kernel_of_a_network_has_the_bits_of_numpy_in_exact_numerics(
    name: str, precision: str, calls: list[Call]
) -> None:
    call = network(name, calls, precision=precision, numerics="exact")
    for got, expected in zip(run_as_kernel(call), call.outputs, strict=True):
        assert got.tobytes() == expected.tobytes()


@needs_compiler
def test_the_kernel_of_a_program_with_everything_computes_what_numpy_does(calls: list[Call]) -> None:
    call = everything(calls)
    for got, expected in zip(run_as_kernel(call), call.outputs, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12)


@needs_compiler
def test_the_kernel_reports_a_broken_matrix(calls: list[Call]) -> None:
    call = network("coba", calls)
    indices = next(x for x in call.inputs if x.ndim == 1 and x.dtype == np.int32 and x.size > 100_000)
    indices[::2] = 2**30
    with pytest.raises(BackendError, match="CSR matrix is broken"):
        run_as_kernel(call)


@needs_compiler
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_functions_in_exact_numerics_have_the_bits_of_numpy(precision: str, calls: list[Call]) -> None:
    call = exact_functions(precision, calls)
    assert len(call.outputs) > 10
    for got, expected in zip(run_as_kernel(call), call.outputs, strict=True):
        assert got.tobytes() == expected.tobytes()


@needs_compiler
@pytest.mark.parametrize("n", [1, 31, 32, 33, 1000])
def test_totals_of_all_threads_follow_each_other(n: int, calls: list[Call]) -> None:
    def step(x: Any, _: None) -> tuple[Any, Any]:
        counts = iso.math.sum(x > 0.5), iso.math.any(x > 0.9), iso.math.all(x > 0.1), iso.math.sum(x > 0.7)
        return (x * 1.7 + iso.math.astype(counts[0], "float64") * 0.1) % 1.0, counts

    with iso.environ.context(backend="numpy", precision="float64", dt=0.1 * iso.units.ms):
        iso.transform.scan(step, np.linspace(0.0, 1.0, n), length=40)
    for got, expected in zip(run_as_kernel(calls[-1]), calls[-1].outputs, strict=True):
        np.testing.assert_array_equal(got, expected)


@needs_compiler
@pytest.mark.parametrize("n", [255, 256, 257, 1000, 4097])
def test_sums_and_extremes_of_many_numbers_follow_each_other(n: int, calls: list[Call]) -> None:
    def step(x: Any, _: None) -> tuple[Any, Any]:
        found = iso.math.sum(x), iso.math.max(x), iso.math.min(x[1:])
        return x[::-1] * 0.9 + found[0] * (0.1 / n) + (found[1] - found[2]) * 0.01, found

    with iso.environ.context(backend="numpy", precision="float64", dt=0.1 * iso.units.ms):
        iso.transform.scan(step, np.linspace(0.0, 1.0, n), length=10)
    assert ("parts" in calls[-1].source.text) == (n > 255)
    for got, expected in zip(run_as_kernel(calls[-1]), calls[-1].outputs, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12)


@needs_nvrtc
@ARCHITECTURES
def test_nvidias_compiler_takes_every_kind_of_program(architecture: str, calls: list[Call]) -> None:
    programs = [everything(calls), exact_functions("float32", calls), exact_functions("float64", calls)]
    require_machine_code(architecture, programs)


@needs_nvrtc
@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("architecture", "precision", "numerics"), WAYS)
def test_nvidias_compiler_takes_every_case(
    name: str, architecture: str, precision: str, numerics: str, calls: list[Call]
) -> None:
    require_machine_code(architecture, case(name, precision, numerics, calls))


@needs_nvrtc
@pytest.mark.parametrize("name", ["coba", "cuba", "hh", "izhikevich"])
@ARCHITECTURES
def test_nvidias_compiler_takes_every_network(name: str, architecture: str, calls: list[Call]) -> None:
    require_machine_code(architecture, [network(name, calls, precision="float32", numerics="exact")])
