"""Double precision, where a program asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import jax

__all__ = ["x64"]


def x64(dtypes: Iterable[str]) -> AbstractContextManager[Any]:
    """Return the context in which float64 exists; the process-wide flag is never touched."""
    if "float64" not in set(dtypes):
        return nullcontext()
    enable: AbstractContextManager[Any] = jax.enable_x64(True)
    return enable
