"""NVIDIA's run-time compiler: CUDA to machine code. It needs no GPU."""

from __future__ import annotations

import ctypes
import importlib.util
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from isospike_codegen.cache import INCLUDE
from isospike_codegen.compiler import KernelUnavailableError

__all__ = ["Nvrtc"]

# CUDA of what numbers is looked for, and the packages of its wheels.
_WHEELS = {13: ("nvidia.cu13",), 12: ("nvidia.cuda_nvrtc",)}


class Nvrtc:
    """The newest one of this machine that a driver can run the code of.

    Parameters
    ----------
    newest : int
        The CUDA of the driver, such as 13.

    Attributes
    ----------
    version : str
        Such as ``"12.9"``.

    Raises
    ------
    KernelUnavailableError
        There is none.
    """

    def __init__(self, newest: int) -> None:
        majors = [n for n in _WHEELS if n <= newest]
        found = next(filter(None, map(_library, majors)), None)
        if found is None:
            wheel = "nvidia-cuda-nvrtc" if newest > 12 else "nvidia-cuda-nvrtc-cu12"
            raise KernelUnavailableError(f"no NVRTC for CUDA {newest} or older is found", f"Run `pip install {wheel}`.")
        self._library = found
        numbers = ctypes.c_int(), ctypes.c_int()
        found.nvrtcVersion(*map(ctypes.byref, numbers))
        self.version = ".".join(str(n.value) for n in numbers)

    def compiled(self, text: str, architecture: str, options: Sequence[str] = ()) -> bytes:
        """Return the machine code of a CUDA source.

        Parameters
        ----------
        text : str
            It may include what is in `isospike_codegen.cache.INCLUDE`.
        architecture : str
            Such as ``"sm_90"``.
        options : sequence of str
            Such as ``"--fmad=false"``.

        Raises
        ------
        KernelUnavailableError
            The source has errors, or the architecture is older or newer than this compiler knows; with its first words.
        """
        program = ctypes.c_void_p()
        self._library.nvrtcCreateProgram(ctypes.byref(program), text.encode(), b"program.cu", 0, None, None)
        try:
            given = [f"--gpu-architecture={architecture}", "--std=c++17", f"--include-path={INCLUDE}", *options]
            arguments = (ctypes.c_char_p * len(given))(*(o.encode() for o in given))
            if self._library.nvrtcCompileProgram(program, len(given), arguments):
                said = self._text("ProgramLog", program).rstrip(b"\0").decode(errors="replace").strip()
                lines = said.splitlines() or ["it said nothing"]
                first = next((line for line in lines if "error" in line), lines[0])
                why = f"NVRTC {self.version} cannot compile for {architecture}: {first}"
                raise KernelUnavailableError(why, "Install the NVRTC of the CUDA that your driver has.")
            return self._text("CUBIN", program)
        finally:
            self._library.nvrtcDestroyProgram(ctypes.byref(program))

    def _text(self, what: str, program: ctypes.c_void_p) -> bytes:
        size = ctypes.c_size_t()
        getattr(self._library, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
        buffer = ctypes.create_string_buffer(size.value)
        getattr(self._library, f"nvrtcGet{what}")(program, buffer)
        return buffer.raw


@cache
def _library(major: int) -> ctypes.CDLL | None:
    for name in (f"libnvrtc.so.{major}", *_in_wheels(major), f"nvrtc64_{major}0_0.dll"):
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def _in_wheels(major: int) -> Iterator[str]:
    for package in _WHEELS[major]:
        try:
            spec = importlib.util.find_spec(package)
        except ModuleNotFoundError:
            continue
        for folder in (spec and spec.submodule_search_locations) or ():
            yield from map(str, Path(folder, "lib").glob(f"libnvrtc.so.{major}"))
