"""NVIDIA's compiler, found and run, or why it is not."""

from __future__ import annotations

import pytest

from isospike_codegen import nvrtc
from isospike_codegen.compiler import KernelUnavailableError
from isospike_codegen.nvrtc import Nvrtc

KERNEL = 'extern "C" __global__ void twice(float* x) { x[threadIdx.x] *= 2; }'


@pytest.fixture(scope="module")
def compiler() -> Nvrtc:
    try:
        return Nvrtc(13)
    except KernelUnavailableError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_the_event_kernels_are_machine_code_for_each_architecture(compiler: Nvrtc, architecture: str) -> None:
    code = compiler.compiled('#include "isospike/event_grid.h"\n', architecture)
    assert code.startswith(b"\x7fELF")
    assert b"isospike_events_float32" in code
    assert b"isospike_events_float64" in code


def test_an_error_in_the_source_is_shown(compiler: Nvrtc) -> None:
    with pytest.raises(KernelUnavailableError, match=r'NVRTC \d+\.\d+ cannot compile for sm_90: .*"y" is undefined'):
        compiler.compiled(KERNEL.replace("*= 2", "= y"), "sm_90")


def test_an_architecture_that_it_does_not_know_is_an_error(compiler: Nvrtc) -> None:
    with pytest.raises(KernelUnavailableError, match="cannot compile for sm_19"):
        compiler.compiled(KERNEL, "sm_19")


def test_a_compiler_newer_than_the_driver_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(nvrtc, "_library", lambda major: asked.append(major))
    with pytest.raises(KernelUnavailableError, match="no NVRTC for CUDA 12") as caught:
        Nvrtc(12)
    assert asked == [12]
    assert "nvidia-cuda-nvrtc-cu12" in caught.value.cure
    with pytest.raises(KernelUnavailableError, match="no NVRTC for CUDA 13"):
        Nvrtc(13)
    assert asked == [12, 13, 12]
