"""What compiles programs: the C++ compiler of the machine, or the one of the ``ziglang`` wheel."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sys
from functools import cache

from isospike.errors import BackendError
from isospike_codegen.compiler import Compiler, KernelUnavailableError, find_compiler

__all__ = ["default_engine", "toolchain"]

# Measured: threaded jumps make several choices of one between two numbers; instructions in the order of the text wait
# for each other. Without and with it, COBA takes 8 % less, HH 16 %.
_GCC_FLAGS = ("-fno-thread-jumps", "-fschedule-insns")
# No run-time support is linked: a program calls nothing but the C library, which Python has loaded.
_ZIG_FLAGS = ("-nostdlib", "-fno-sanitize=undefined")


@cache
def toolchain(engine: str) -> tuple[Compiler, tuple[str, ...]]:
    """Return the compiler of an engine and the options that only it needs.

    Raises
    ------
    BackendError
        There is none; the message says how to get one.
    """
    try:
        if engine == "zig":
            return _zig(), _ZIG_FLAGS
        compiler = find_compiler()
        return compiler, () if "clang" in compiler.version else _GCC_FLAGS
    except KernelUnavailableError as error:
        other = " Or `pip install 'isospike[native]'`, which brings one." if engine == "cpp" else ""
        msg = f"backend 'native' with engine {engine!r} has nothing to compile with: {error.why}. {error.cure}{other}"
        raise BackendError(msg) from error


def default_engine() -> str:
    """Return ``cpp`` where there is a compiler or ``$CXX`` names one, or else ``zig`` where its wheel is installed."""
    if os.environ.get("CXX") or importlib.util.find_spec("ziglang") is None:
        return "cpp"
    try:
        toolchain("cpp")
    except BackendError:
        return "zig"
    return "cpp"


def _zig() -> Compiler:
    if importlib.util.find_spec("ziglang") is None:
        raise KernelUnavailableError("the package ziglang is not installed", "Run `pip install 'isospike[native]'`.")
    return Compiler((sys.executable, "-m", "ziglang", "c++"), importlib.metadata.version("ziglang"), title="zig")
