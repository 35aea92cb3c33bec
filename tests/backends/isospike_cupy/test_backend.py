"""Arrays in and out, and what a user is told when something is missing or fails."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from isospike import registry, select
from isospike.cli import app
from isospike.cli.backends import loaded
from isospike.errors import BackendError
from isospike.graph.aval import Aval
from isospike.graph.ir import Graph, Node, Origin, Value
from isospike.graph.op import op


def graph_of(name: str, avals: list[Aval], out: Aval, **attributes: Any) -> Graph:
    inputs, result = tuple(map(Value, avals)), Value(out)
    return Graph(inputs, (Node(op(name), inputs, attributes, (result,), Origin("net.syn")),), (result,))


def doubling(n: int = 3) -> Graph:
    x, y = Value(Aval((n,), "float32")), Value(Aval((n,), "float32"))
    return Graph((x,), (Node(op("add"), (x, x), {}, (y,), Origin("net.cells")),), (y,))


# --- in and out


@pytest.mark.parametrize("dtype", ["bool", "int32", "uint32", "float32", "float64"])
def test_arrays_come_in_and_go_out_as_they_are(dtype: str, backend: Any, stand_in: Any) -> None:
    source = np.array([0, 1, 3, 200]).astype(dtype)
    there = backend.asarray(source, dtype)
    assert isinstance(there, stand_in.ndarray)
    assert backend.asarray(there, dtype) is there
    source[0] = 1
    np.testing.assert_array_equal(backend.to_numpy(there), np.array([0, 1, 3, 200]).astype(dtype))
    assert type(backend.to_numpy(there)) is np.ndarray
    assert backend.to_numpy(backend.asarray(there, "float32")).dtype == "float32"


def test_a_copy_is_new_memory_and_parts_are_joined_and_cut(backend: Any) -> None:
    there = backend.asarray(np.arange(4.0), "float64")
    copy = backend.copy(there)
    copy[0] = 9.0
    assert backend.to_numpy(there)[0] == 0.0
    joined = backend.concat([there, copy])
    assert backend.to_numpy(backend.head(joined, 5)).tolist() == [0.0, 1.0, 2.0, 3.0, 9.0]
    backend.synchronize([joined])


def test_arrays_of_torch_come_in(backend: Any) -> None:
    torch = pytest.importorskip("torch")
    assert backend.to_numpy(backend.asarray(torch.arange(3), "int32")).tolist() == [0, 1, 2]


def test_views_are_read_as_what_they_show(backend: Any) -> None:
    run = backend.compile(doubling())
    there = backend.asarray(np.arange(6, dtype=np.float32), "float32")
    assert backend.to_numpy(run([there[::-2]])[0]).tolist() == [10.0, 6.0, 2.0]
    with pytest.raises(BackendError, match=r"shape \(3,\), but was given \(6,\)"):
        run([there])


def test_it_says_what_it_is(backend: Any) -> None:
    assert backend.device == "cuda:0"
    assert backend.devices() == {"cuda:0": "threads of the system"}
    assert backend.versions()["cuda"] == "12.9"
    assert not backend.capabilities["gradient"].claimed
    with pytest.raises(BackendError, match=r"no device 'cuda:1'.*cuda:0"):
        type(backend)(device="cuda:1")
    with pytest.raises(BackendError, match=r"no engine 'graph'.*persistent"):
        type(backend)(engine="graph")


# --- what is missing


def test_without_cupy_it_is_not_installed() -> None:
    code = "from isospike import registry; print(registry.offers()['cupy'].missing, registry.installed('cupy'))"
    blocked = f"import sys; sys.modules['cupy'] = None; {code}"
    done = subprocess.run([sys.executable, "-c", code if not _has_cupy() else blocked], capture_output=True, text=True)
    assert done.stdout.strip() == "('cupy',) False", done.stderr
    assert registry.offers()["cupy"].rank < 0


def _has_cupy() -> bool:
    return any(name.startswith("cupy") for name in importlib.metadata.packages_distributions())


@pytest.mark.parametrize(
    ("driver", "said", "expected"),
    [
        (0, "cudaErrorInsufficientDriver: CUDA driver version is insufficient", "no driver of NVIDIA is found"),
        (11000, "cudaErrorInsufficientDriver: CUDA driver version is insufficient", "driver version is insufficient"),
        (12090, "cudaErrorNoDevice: no CUDA-capable device is detected", "no CUDA-capable device is detected"),
        (12090, "", "CUDA finds no NVIDIA GPU"),
    ],
)
def test_without_a_gpu_it_is_installed_with_no_device_and_the_reason(
    driver: int, said: str, expected: str, stand_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count() -> int:
        if said:
            raise RuntimeError(said)
        return 0

    monkeypatch.setattr(stand_in.cuda.runtime, "getDeviceCount", count)
    monkeypatch.setattr(stand_in.cuda.runtime, "driverGetVersion", lambda: driver)
    monkeypatch.setattr(select, "_make", cache(select._make.__wrapped__))
    with pytest.raises(BackendError, match=rf"installed, no device: .*{expected}.*CUDA 12.*nvidia-smi.*'native'"):
        select.get_backend("cupy")
    assert "installed, no device" in loaded("cupy")[1]
    done = CliRunner().invoke(app, ["conform", "--backend", "cupy", "--level", "R"])
    assert done.exit_code == 2
    assert expected in done.stderr


# --- what fails


def test_a_full_memory_is_an_error_with_its_cures(backend: Any, stand_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run, there = backend.compile(doubling()), backend.asarray(np.ones(3), "float32")

    def full(*arguments: Any, **options: Any) -> None:
        raise MemoryError("Out of memory allocating 16,000,000,000 bytes (allocated so far: 70,000,000,000 bytes)")

    monkeypatch.setattr(stand_in, "empty", full)
    monkeypatch.setattr(stand_in, "array", full)
    words = r"memory of cuda:0 is used up: Out of memory allocating 16,000,000,000 bytes.*precision='float32'"
    for allocate in (lambda: run([there]), lambda: backend.asarray(np.ones(3), "float32")):
        with pytest.raises(BackendError, match=words):
            allocate()


def test_a_device_that_fails_is_an_error_with_its_words(
    backend: Any, stand_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = backend.compile(doubling())

    def fail(self: Any) -> None:
        raise RuntimeError("cudaErrorIllegalAddress: an illegal memory access was encountered")

    monkeypatch.setattr(stand_in.ndarray, "get", fail)
    with pytest.raises(BackendError, match=r"cuda:0 failed: cudaErrorIllegalAddress.*start Python again"):
        run([backend.asarray(np.ones(3), "float32")])


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CuPy failed to load libnvrtc.so.12: OSError: cannot open shared object file"),
        ValueError("1 warning\nprogram.cu(7): error: identifier is undefined\n"),
    ],
)
def test_a_compiler_that_is_missing_or_fails_is_an_error_with_its_words(
    error: Exception, backend: Any, stand_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**options: Any) -> None:
        raise error

    monkeypatch.setattr(stand_in, "RawModule", fail)
    first = str(error).splitlines()[-1].replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(BackendError, match=rf"cannot compile this program for cuda:0: .*{first}.*cupy-cuda12x\[ctk\]"):
        backend.compile(doubling())


def test_a_broken_matrix_is_an_error_and_no_write_outside(backend: Any) -> None:
    avals = [Aval((2,), "float32"), Aval((), "float32"), Aval((3,), "int32"), Aval((4,), "int32")]
    run = backend.compile(graph_of("event_matvec", avals, Aval((5,), "float32"), n_post=5))

    def product(indptr: list[int], indices: list[int]) -> list[float]:
        operands = [np.ones(2), 2.0, np.array(indptr), np.array(indices)]
        given = [backend.asarray(x, a.dtype) for x, a in zip(operands, avals, strict=True)]
        result: list[float] = backend.to_numpy(run(given)[0]).tolist()
        return result

    assert product([0, 2, 4], [0, 4, 4, 1]) == [2, 2, 0, 0, 4]
    for indptr, indices in (([0, 2, 9], [0, 4, 4, 1]), ([-1, 2, 4], [0, 4, 4, 1]), ([0, 2, 4], [0, 4, 5, -1])):
        with pytest.raises(BackendError, match=r"event_matvec of net\.syn.*the CSR matrix is broken"):
            product(indptr, indices)
    assert product([0, 2, 4], [0, 4, 4, 1]) == [2, 2, 0, 0, 4]


def test_what_int32_does_not_count_and_what_has_no_code_is_refused(backend: Any) -> None:
    with pytest.raises(BackendError, match=r"float32\[2147483648\] has 2147483648 elements"):
        backend.compile(doubling(2**31))
    vector = Aval((3,), "float32")
    with pytest.raises(BackendError, match=r"cannot compute the operation 'vjp'"):
        backend.compile(graph_of("vjp", [vector], vector, body=Graph((), (), ()), n_const=0, n_pulled=0))


def test_kernels_are_compiled_again_when_a_header_changes(backend: Any, monkeypatch: Any, tmp_path: Path) -> None:
    from isospike_cupy import program

    before = program._headers()
    (tmp_path / "changed.h").write_text("// changed")
    monkeypatch.setattr(program, "INCLUDE", tmp_path)
    program._headers.cache_clear()
    assert program._headers() != before
    program._headers.cache_clear()
