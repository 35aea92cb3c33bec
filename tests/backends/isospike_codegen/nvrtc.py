"""NVIDIA's run-time compiler, which needs no GPU: the wheel nvidia-cuda-nvrtc-cu12."""

from __future__ import annotations

import ctypes
import importlib.util
from pathlib import Path

from isospike_codegen.cache import INCLUDE

__all__ = ["compile_for", "is_installed"]


def is_installed() -> bool:
    return importlib.util.find_spec("nvidia") is not None and importlib.util.find_spec("nvidia.cuda_nvrtc") is not None


def compile_for(architecture: str, source: str, is_exact: bool) -> bytes:
    """Return the machine code of a CUDA source for an architecture such as ``sm_80``, or raise with the errors.

    The options are those of the CuPy backend, and those that CuPy adds.
    """
    library = _library()
    program = ctypes.c_void_p()
    assert library.nvrtcCreateProgram(ctypes.byref(program), source.encode(), b"program.cu", 0, None, None) == 0
    options = [f"--gpu-architecture={architecture}", "--std=c++17", f"--include-path={INCLUDE}"]
    options += ["--fmad=false"] if is_exact else []
    options += ["--device-as-default-execution-space", "-ftz=true"]
    arguments = (ctypes.c_char_p * len(options))(*(o.encode() for o in options))
    status = library.nvrtcCompileProgram(program, len(options), arguments)
    assert status == 0, _bytes(library, "ProgramLog", program).decode()
    return _bytes(library, "CUBIN", program)


def _library() -> ctypes.CDLL:
    spec = importlib.util.find_spec("nvidia.cuda_nvrtc")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    (folder,) = spec.submodule_search_locations
    return ctypes.CDLL(str(next(p for p in Path(folder, "lib").glob("libnvrtc.so*") if "builtins" not in p.name)))


def _bytes(library: ctypes.CDLL, what: str, program: ctypes.c_void_p) -> bytes:
    size = ctypes.c_size_t()
    getattr(library, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
    buffer = ctypes.create_string_buffer(size.value)
    getattr(library, f"nvrtcGet{what}")(program, buffer)
    return buffer.raw
