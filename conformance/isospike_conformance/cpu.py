"""The processor, for the record."""

from __future__ import annotations

import platform
from pathlib import Path

__all__ = ["cpu_flags", "cpu_model"]

# Instruction sets by which libraries choose how to compute, and thereby how to round.
_FLAGS = ("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512_bf16", "amx_tile", "asimd", "sve")


def cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return the model of the processor, or its architecture where the system does not tell."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    found = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(found, platform.machine())


def cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> tuple[str, ...]:
    """Return those instruction sets of the processor that matter; none where the system does not tell."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ()
    found = (line.partition(":")[2].split() for line in lines if line.startswith(("flags", "Features")))
    flags = next(found, [])
    return tuple(flag for flag in _FLAGS if flag in flags)
