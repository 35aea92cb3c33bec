"""What compiles programs for the CPU: the C++ compiler of the machine, or the one of the ``ziglang`` wheel."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sys
from functools import cache

from isospike.errors import BackendError
from isospike_codegen.compiler import Compiler, KernelUnavailableError, find_compiler

__all__ = ["default_toolchain", "n_threads", "toolchain"]

# Measured: threaded jumps make several choices of one between two numbers; instructions in the order of the text wait
# for each other. Without and with it, COBA takes 8 % less, HH 16 %.
_GCC_FLAGS = ("-fno-thread-jumps", "-fschedule-insns")
# No run-time support is linked: a program calls nothing but the C library, which Python has loaded.
_ZIG_FLAGS = ("-nostdlib", "-fno-sanitize=undefined")


def toolchain(name: str) -> tuple[Compiler, tuple[str, ...]]:
    """Return a compiler and the options that only it needs.

    Parameters
    ----------
    name : str
        ``"cpp"`` for the compiler of the machine, ``"zig"`` for that of the wheel.

    Raises
    ------
    KernelUnavailableError
        There is none; the cure says how to get one.
    """
    if name == "zig":
        return _zig(), _ZIG_FLAGS
    compiler = _looked_for(os.environ.get("CXX"), os.environ.get("PATH"))
    if isinstance(compiler, KernelUnavailableError):
        wheel = "" if sys.platform == "win32" else " Or `pip install 'isospike[native]'`, which brings one."
        raise KernelUnavailableError(compiler.why, compiler.cure + wheel)
    return compiler, () if "clang" in compiler.version else _GCC_FLAGS


@cache
def _looked_for(chosen: str | None, path: str | None) -> Compiler | KernelUnavailableError:
    """Return the compiler that answers, or why none does: a start that fails is not tried again."""
    del chosen, path  # where it is looked for
    try:
        return find_compiler()
    except KernelUnavailableError as error:
        return error


def default_toolchain() -> str:
    """Return ``cpp`` where there is a compiler or ``$CXX`` names one, or else ``zig`` where its wheel is installed."""
    if os.environ.get("CXX") or sys.platform == "win32" or importlib.util.find_spec("ziglang") is None:
        return "cpp"
    try:
        toolchain("cpp")
    except KernelUnavailableError:
        return "zig"
    return "cpp"


def n_threads() -> int:
    """Return the number of threads that ``ISOSPIKE_THREADS`` asks for, one by default.

    Raises
    ------
    BackendError
        It is no number, or one that makes no sense.
    """
    asked = os.environ.get("ISOSPIKE_THREADS", "1")
    if not asked.isdecimal() or not 1 <= int(asked) <= 256:
        msg = f"ISOSPIKE_THREADS={asked!r}: expected a whole number from 1 to 256, as in ISOSPIKE_THREADS=2"
        raise BackendError(msg)
    return int(asked)


@cache
def _zig() -> Compiler:
    if sys.platform == "win32":
        why = "what the package ziglang compiles cannot be linked for Windows yet"
        raise KernelUnavailableError(why, "Install g++ or clang++ and set CXX=path/to/it.")
    if importlib.util.find_spec("ziglang") is None:
        raise KernelUnavailableError("the package ziglang is not installed", "Run `pip install 'isospike[native]'`.")
    return Compiler((sys.executable, "-m", "ziglang", "c++"), importlib.metadata.version("ziglang"), title="zig")
