"""The compiled kernel as torch sees it: an implementation of the operator for the CPU, loaded on first use."""

from __future__ import annotations

from pathlib import Path

import torch

from isospike_codegen.cache import built
from isospike_codegen.compiler import KernelUnavailableError, find_compiler
from isospike_codegen.engine import Engine
from isospike_codegen.kernel import Kernel

__all__ = ["KERNEL", "cpu_engine"]

SOURCE = Path(__file__).parents[1] / "kernels" / "event_matvec.cc"
TORCH = Path(torch.__file__).parent


def cpu_engine() -> Engine:
    """Return how events are propagated on the CPU, after building and loading the kernel if possible.

    The work is done once per process; threads wait for the first one. No warning is given.
    """
    return KERNEL.engine()


def _load() -> str:
    compiler = find_compiler()
    library = built(
        "torch_event_matvec",
        [SOURCE],
        ["-std=c++20"],
        compiler,
        places=["-isystem", str(TORCH / "include"), "-L", str(TORCH / "lib"), "-ltorch_cpu"],
        depends=["torch", torch.__version__],
    )
    try:
        torch.ops.load_library(str(library))
    except (OSError, RuntimeError) as error:
        cure = f"Run `rm {library}` and try again."
        raise KernelUnavailableError(f"{library} cannot be loaded: {error}", cure) from error
    return compiler.name


KERNEL = Kernel(
    _load,
    compiled="torch-cpp",
    plain="torch",
    loss=(
        "On the CPU events are propagated by plain torch, several times slower than by the compiled kernel, because "
        "there is none"
    ),
)
