"""The one door to ``array_api_compat``: every other file asks here for an array's namespace."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

__all__ = ["full_precision", "is_array", "is_foreign", "namespace", "needs_gradient", "own_copy", "to_host"]


_HOST = (np.ndarray, np.generic, bool, int, float, complex)


def namespace(*arrays: Any) -> Any:
    """Return the Array API namespace shared by the arrays among the arguments.

    Parameters
    ----------
    *arrays : array or Python scalar
        Values of one array library; Python scalars and NumPy scalars count as NumPy.

    Returns
    -------
    module
        ``numpy`` itself for NumPy values (it conforms from 2.0 on), the wrapped namespace of any other
        library.

    Raises
    ------
    TypeError
        The arrays belong to two different libraries.
    """
    foreign = [x for x in arrays if not isinstance(x, _HOST)]
    if not foreign:
        return np
    from array_api_compat import array_namespace

    return array_namespace(*foreign)


def full_precision(*arrays: Any) -> AbstractContextManager[Any]:
    """Return the context in which operations on these concrete arrays keep their dtype.

    JAX computes in float32 unless told otherwise, also on arrays of float64; other libraries need nothing.
    """
    jax = sys.modules.get("jax")
    if jax is None or not any(isinstance(x, jax.Array) and x.dtype == "float64" for x in arrays):
        return nullcontext()
    enabled: AbstractContextManager[Any] = jax.enable_x64(True)
    return enabled


def is_foreign(x: object) -> bool:
    """Say whether ``x`` is an array of another library than NumPy."""
    return not isinstance(x, _HOST) and is_array(x)


def needs_gradient(x: object) -> bool:
    """Say whether ``x`` is a tensor of torch that is connected to something to differentiate with respect to."""
    return bool(getattr(x, "requires_grad", False))


def to_host(x: Any) -> np.ndarray:
    """Return the data of an array of any library, wherever it is, as an array of NumPy."""
    if hasattr(x, "detach"):
        x = x.detach().cpu()
    elif type(x).__module__.startswith("cupy"):
        x = x.get()
    return np.asarray(x)


def own_copy(x: Any) -> Any:
    """Return what may be handed out of a value that must not change: a read-only view, or a copy.

    Arrays of torch, CuPy and other libraries can be written to; those of JAX cannot.
    """
    if isinstance(x, np.ndarray):
        x = x.view()
        x.flags.writeable = False
        return x
    jax = sys.modules.get("jax")
    if jax is not None and isinstance(x, jax.Array):
        return x
    if hasattr(x, "clone"):
        return x.clone()
    return x.copy() if type(x).__module__.startswith("cupy") else namespace(x).asarray(x, copy=True)


def is_array(x: object) -> bool:
    """Say whether ``x`` is a concrete array or scalar of a supported library."""
    if isinstance(x, (np.ndarray, np.generic, bool, int, float)):
        return True
    return hasattr(x, "__array_namespace__") or hasattr(x, "__dlpack__") or hasattr(x, "__cuda_array_interface__")
