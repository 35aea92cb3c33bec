"""Generated programs as CUDA: NVIDIA's compiler takes them, and on the CPU they compute what NumPy does."""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike.config.plan import load
from isospike.errors import BackendError
from isospike.graph.ir import Graph
from isospike.math import cos, exp, log1p, matmul, sin, tanh
from isospike.select import get_backend
from isospike_codegen.cache import built_from_text
from isospike_codegen.compiler import find_compiler
from isospike_codegen.program import Source, generate

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
N_THREADS = 64  # two warps, which the system runs in turn
needs_compiler = pytest.mark.skipif(not any(map(shutil.which, ("c++", "g++", "clang++"))), reason="no C++ compiler")


def _nvrtc() -> Any:
    spec = importlib.util.spec_from_file_location("nvrtc", Path(__file__).with_name("nvrtc.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


NVRTC = _nvrtc()


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
    flags = ["-std=c++17", "-DISOSPIKE_HOST_SHIM", "-pthread", contraction]
    library = ctypes.CDLL(str(built_from_text("shim", source.text, flags, find_compiler())))
    outputs = [np.zeros(v.aval.shape, v.aval.dtype) for v in call.graph.outputs]
    work = np.zeros(source.workspace, np.uint8)
    pointers = [(ctypes.c_void_p * len(xs))(*(x.ctypes.data for x in xs)) for xs in (call.inputs, outputs)]
    failure = library.isospike_run(*pointers, ctypes.c_void_p(work.ctypes.data), N_THREADS)
    if failure:
        raise BackendError(source.failures[failure - 1])
    return outputs


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


@pytest.mark.skipif(not NVRTC.is_installed(), reason="no NVRTC: pip install nvidia-cuda-nvrtc-cu12")
@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_nvidias_compiler_takes_every_kernel(architecture: str, calls: list[Call]) -> None:
    programs = [everything(calls), network("hh", calls)]
    programs += [network(n, calls, numerics="exact", precision="float64") for n in ("coba", "cuba", "izhikevich")]
    for call in programs:
        assert NVRTC.compile_for(architecture, call.source.text).startswith(b"\x7fELF")
