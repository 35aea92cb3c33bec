"""The product of spikes and a sparse matrix: its checks, the choice of a way, and its gradient."""

from __future__ import annotations

import functools
from collections.abc import Callable

import jax
import jax.numpy as jnp

from isospike.errors import ParameterError, ShapeError
from isospike_codegen.kernel import Kernel
from isospike_jax.events.grid import GRID, has_cuda
from isospike_jax.events.kernel import call_kernel
from isospike_jax.events.scatter import pre_of_synapse, scatter_all, scatter_wide
from isospike_jax.events.walk import walk_rows
from isospike_jax.ffi import KERNEL, target_of

__all__ = ["event_engine", "event_matvec"]


@functools.partial(jax.jit, static_argnames="n_post")
def event_matvec(
    spikes: jax.Array, weights: jax.Array, indptr: jax.Array, indices: jax.Array, *, n_post: int
) -> jax.Array:
    """Propagate spikes along the synapses of a CSR matrix.

    ``out[..., j] = sum_i spikes[..., i] * w[i, j]``; on the CPU and on GPUs of NVIDIA only rows with a spike
    that is not 0 cost.

    Parameters
    ----------
    spikes : jax.Array
        Shape ``(*batch, n_pre)``, float32 or float64, mostly 0. Graded values multiply.
    weights : jax.Array
        Shape ``()``, one weight for all synapses, or ``(n_synapses,)``; dtype of ``spikes``; any unit.
    indptr : jax.Array
        Shape ``(n_pre + 1,)``, int32: the synapses of cell ``i`` are ``indptr[i]`` to ``indptr[i + 1] - 1``.
    indices : jax.Array
        Shape ``(n_synapses,)``, int32: the postsynaptic cell of each synapse, in ``[0, n_post)``.
    n_post : int
        Number of postsynaptic cells.

    Returns
    -------
    jax.Array
        Shape ``(*batch, n_post)``, dtype of ``spikes``, unit of ``weights``.

    Raises
    ------
    ShapeError
        If the sizes of the arrays do not agree.
    ParameterError
        If a dtype is not the one above.

    Notes
    -----
    Reverse-mode gradients to spikes and weights are exact, also to spikes that are 0, whatever way was taken.
    """
    _check(spikes, weights, indptr, indices)
    if 0 in (spikes.size, indices.size, n_post):
        return jnp.zeros((*spikes.shape[:-1], n_post), spikes.dtype)
    return _propagate(n_post, spikes, weights, indptr, indices)


def event_engine() -> str:
    """Return the way that events take on jax's default device and why, such as ``xla-ffi (g++ 12.2)``."""
    device = jax.default_backend()
    if device == "cpu":
        return str(KERNEL.engine())
    return str(GRID.engine()) if has_cuda() else f"xla (scatter-add on {device})"


def _check(spikes: jax.Array, weights: jax.Array, indptr: jax.Array, indices: jax.Array) -> None:
    n_pre, n_synapses = spikes.shape[-1:], indices.shape
    fits = len(n_pre) == 1 and indptr.shape == (n_pre[0] + 1,) and len(n_synapses) == 1
    if not fits or weights.shape not in ((), n_synapses):
        msg = (
            "event_matvec takes spikes (*batch, n_pre), weights () or (n_synapses,), indptr (n_pre + 1,) and "
            f"indices (n_synapses,), but was given {spikes.shape}, {weights.shape}, {indptr.shape} and "
            f"{n_synapses}: build indptr with one row per presynaptic cell"
        )
        raise ShapeError(msg)
    floats = spikes.dtype.name in ("float32", "float64") and weights.dtype == spikes.dtype
    if not floats or indptr.dtype != jnp.int32 or indices.dtype != jnp.int32:
        msg = (
            "event_matvec takes spikes and weights of one dtype, float32 or float64, with int32 indptr and "
            f"indices, but was given {spikes.dtype}, {weights.dtype}, {indptr.dtype} and {indices.dtype}: "
            "convert first, as in `weights.astype(spikes.dtype)`"
        )
        raise ParameterError(msg)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _propagate(n_post: int, spikes: jax.Array, weights: jax.Array, indptr: jax.Array, indices: jax.Array) -> jax.Array:
    way = functools.partial(_way, spikes.dtype.name)
    ways = {"cpu": way(KERNEL, walk_rows)} | ({"cuda": way(GRID, scatter_wide)} if has_cuda() else {})
    ways = {platform: functools.partial(f, n_post=n_post) for platform, f in ways.items()}
    scatter = functools.partial(scatter_all, n_post=n_post)
    return jax.lax.platform_dependent(spikes, weights, indptr, indices, **ways, default=scatter)


def _way(dtype: str, kernel: Kernel, plain: Callable[..., jax.Array]) -> Callable[..., jax.Array]:
    target = target_of(kernel, dtype)
    return plain if target is None else functools.partial(call_kernel, target=target)


def _forward(n_post: int, *arguments: jax.Array) -> tuple[jax.Array, tuple[jax.Array, ...]]:
    # Only the arguments are kept: a derived rule would keep one value a synapse and step.
    return _propagate(n_post, *arguments), arguments


def _backward(n_post: int, kept: tuple[jax.Array, ...], slope: jax.Array) -> tuple[jax.Array, jax.Array, None, None]:
    """Return d spikes[i] = sum_(k of i) w[k] slope[post(k)] and d w[k] = spikes[pre(k)] slope[post(k)]."""
    del n_post
    spikes, weights, indptr, indices = kept
    pre = pre_of_synapse(indptr, indices)
    arriving = slope[..., indices]
    to_spikes = jnp.zeros_like(spikes).at[..., pre].add(arriving * weights, indices_are_sorted=True)
    to_synapses = spikes[..., pre] * arriving
    axes = tuple(range(to_synapses.ndim - weights.ndim))
    return to_spikes, to_synapses.sum(axes), None, None


_propagate.defvjp(_forward, _backward)
