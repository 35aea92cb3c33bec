"""The event kernels of a GPU, launched through the driver, of which a stand-in runs them on the CPU."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from isospike.errors import BackendError
from isospike_codegen import driver as driver_module
from isospike_codegen.compiler import KernelUnavailableError
from isospike_codegen.driver import Driver
from isospike_codegen.event_grid import EventGrid


class Fails:
    """A driver that answers as it is told, and else that all is well."""

    def __init__(self, **answers: int) -> None:
        self.answers = answers

    def __getattr__(self, name: str) -> Callable[..., int]:
        def function(*arguments: Any) -> int:
            if name == "cuDeviceGetCount":
                arguments[0]._obj.value = self.answers.get("devices", 1)
            if name == "cuGetErrorString":
                arguments[1]._obj.value = b"out of memory"
            return self.answers.get(name, 0)

        return function


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Driver]:
    def failing(**answers: int) -> Driver:
        monkeypatch.setattr(driver_module.ctypes, "CDLL", lambda _: Fails(**answers))
        return Driver()

    return failing


def product(grid: EventGrid, spikes: np.ndarray, weights: np.ndarray, csr: Any, start: float = 0) -> np.ndarray:
    out = np.full((len(spikes), csr.n_post), start, spikes.dtype)
    addresses = [x.ctypes.data for x in (spikes, weights, csr.indptr, csr.indices, out)]
    sizes = *spikes.shape, csr.n_post, len(csr.indices)
    grid.launch(str(spikes.dtype), 0, 0, addresses, weights.ndim == 0, sizes)
    return out


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch", [1, 3, 70])
def test_weights_of_a_grid_are_summed_exactly_and_to_what_is_there(
    gpu_on_cpu: EventGrid, random_csr: Any, spikes_of: Any, batch: int, dtype: str
) -> None:
    csr = random_csr(67, 45, 40)
    weights = np.round(csr.weights("array", dtype) * 64) / 64
    spikes = spikes_of("sparse", (batch, 67), dtype)
    expected = spikes.astype(float) @ csr.dense(weights) + 0.5
    np.testing.assert_array_equal(product(gpu_on_cpu, spikes, weights, csr, 0.5), expected)


@pytest.mark.parametrize("where", ["indices", "indptr"])
def test_a_broken_matrix_gives_nan_and_writes_nowhere_else(gpu_on_cpu: EventGrid, random_csr: Any, where: str) -> None:
    csr = random_csr(67, 45, 40)
    (csr.indices if where == "indices" else csr.indptr)[-1] = 2**30
    spikes = np.ones((2, 67), np.float32)
    assert np.isnan(product(gpu_on_cpu, spikes, np.asarray(1, np.float32), csr)).all()


def test_it_says_what_compiled_it_for_what(gpu_on_cpu: EventGrid) -> None:
    assert gpu_on_cpu.compiled_by.startswith("NVRTC 1")
    assert gpu_on_cpu.compiled_by.endswith("for sm_90")


def test_without_a_driver_there_are_no_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_module, "_LIBRARY", "libnothing.so.1")
    with pytest.raises(KernelUnavailableError, match=r"no driver of NVIDIA is found: .*libnothing"):
        EventGrid()


def test_a_driver_without_a_device_or_that_fails_is_told_of(failing: Callable[..., Driver]) -> None:
    with pytest.raises(KernelUnavailableError, match="finds no device"):
        failing(devices=0)
    with pytest.raises(KernelUnavailableError, match="fails in cuInit: out of memory"):
        failing(cuInit=2)
    with pytest.raises(KernelUnavailableError, match="fails in cuModuleLoadData: out of memory"):
        failing(cuModuleLoadData=2).functions(b"", ["isospike_events_float32"], 0)


def test_a_launch_that_fails_is_an_error_of_the_backend(failing: Callable[..., Driver]) -> None:
    driver = failing(cuLaunchKernel=2)
    with pytest.raises(BackendError, match=r"the GPU failed: out of memory.*device='cpu'"):
        driver.launch(1, 1, 32, 0, [ctypes.c_int32(1)])
