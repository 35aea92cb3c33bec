"""Event propagation: spikes times a sparse matrix, three ways with one meaning and one gradient.

On the CPU a compiled kernel, reached through XLA's foreign function interface, walks the rows of the cells
that spike (`call_kernel`); where it cannot be built, an XLA loop does the same walk (`walk_rows`). Elsewhere
all synapses are looked at in parallel (`scatter_all`). The platform for which XLA compiles decides.
A cell whose value is 0 sends nothing, so a weight of inf or NaN in its row does not show.
"""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp

from isospike.errors import ParameterError, ShapeError
from isospike_jax.ffi import cpu_engine, kernel_target

__all__ = ["call_kernel", "event_engine", "event_matvec", "scatter_all", "walk_rows"]

# Synapses that one turn of the XLA walk adds: the fastest of 32, 64, 128 at 80 synapses a row.
BLOCK = 64


@functools.partial(jax.jit, static_argnames="n_post")
def event_matvec(
    spikes: jax.Array, weights: jax.Array, indptr: jax.Array, indices: jax.Array, *, n_post: int
) -> jax.Array:
    """Propagate spikes along the synapses of a CSR matrix.

    ``out[..., j] = sum_i spikes[..., i] * w[i, j]``; on the CPU only rows with a spike that is not 0 cost.

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
    return str(cpu_engine()) if device == "cpu" else f"xla (scatter-add on {device})"


def call_kernel(
    spikes: jax.Array, weights: jax.Array, indptr: jax.Array, indices: jax.Array, *, target: str, n_post: int
) -> jax.Array:
    """Propagate by the compiled kernel registered as ``target``, on the CPU.

    Arguments as for `event_matvec`, none of size 0.
    """
    out = jax.ShapeDtypeStruct((*spikes.shape[:-1], n_post), spikes.dtype)
    call = jax.ffi.ffi_call(target, out, vmap_method="sequential")
    return jnp.asarray(call(spikes, weights, indptr, indices))


def walk_rows(
    spikes: jax.Array, weights: jax.Array, indptr: jax.Array, indices: jax.Array, *, n_post: int
) -> jax.Array:
    """Propagate by an XLA loop over the rows that spike, with a trip count known at run time only.

    Arguments as for `event_matvec`, none of size 0. Additions are made in the order of the compiled kernel.
    """
    n_pre = spikes.shape[-1]
    width = min(BLOCK, indices.shape[0])
    lanes = jnp.arange(width, dtype=jnp.int32)

    def add_block(start: jax.Array, end: jax.Array, spike: jax.Array, out: jax.Array) -> jax.Array:
        # Near the end of the arrays the block begins earlier; lanes outside [start, end) aim at no cell.
        first = jnp.minimum(start, indices.shape[0] - width)
        ours = (first + lanes >= start) & (first + lanes < end)
        post = jnp.where(ours, jax.lax.dynamic_slice(indices, (first,), (width,)), n_post)
        weight = weights if weights.ndim == 0 else jax.lax.dynamic_slice(weights, (first,), (width,))
        return out.at[post].add(spike * weight, mode="drop")

    def add_row(pre: jax.Array, values: jax.Array, out: jax.Array) -> jax.Array:
        first, end = indptr[pre], indptr[pre + 1]
        n_blocks = (end - first + width - 1) // width
        spike = values[pre]
        return jax.lax.fori_loop(0, n_blocks, lambda b, o: add_block(first + b * width, end, spike, o), out)

    def add_rows(values: jax.Array) -> jax.Array:
        active, count = _spiking(values)
        silence = jnp.zeros(n_post, values.dtype)
        return jax.lax.fori_loop(0, count, lambda n, out: add_row(active[n], values, out), silence)

    out = jax.lax.map(add_rows, spikes.reshape(-1, n_pre))
    return out.reshape(*spikes.shape[:-1], n_post)


def scatter_all(
    spikes: jax.Array, weights: jax.Array, indptr: jax.Array, indices: jax.Array, *, n_post: int
) -> jax.Array:
    """Propagate by one scatter-add over all synapses, for accelerators.

    Arguments as for `event_matvec`, none of size 0.
    """
    pre = _pre_of_synapse(indptr, indices)

    def add_all(values: jax.Array) -> jax.Array:
        # Silent synapses aim at no cell instead of adding 0: atomic additions are what costs.
        value = values[pre]
        post = jnp.where(value != 0, indices, n_post)
        return jnp.zeros(n_post, values.dtype).at[post].add(value * weights, mode="drop")

    out = jax.vmap(add_all)(spikes.reshape(-1, spikes.shape[-1]))
    return out.reshape(*spikes.shape[:-1], n_post)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def _propagate(
    n_post: int, spikes: jax.Array, weights: jax.Array, indptr: jax.Array, indices: jax.Array
) -> jax.Array:
    scatter = functools.partial(scatter_all, n_post=n_post)
    target = kernel_target(spikes.dtype.name)
    if target is None:
        on_cpu = functools.partial(walk_rows, n_post=n_post)
    else:
        on_cpu = functools.partial(call_kernel, target=target, n_post=n_post)
    return jax.lax.platform_dependent(spikes, weights, indptr, indices, cpu=on_cpu, default=scatter)


def _forward(n_post: int, *arguments: jax.Array) -> tuple[jax.Array, tuple[jax.Array, ...]]:
    # Only the arguments are kept: a derived rule would keep one value a synapse and step.
    return _propagate(n_post, *arguments), arguments


def _backward(
    n_post: int, kept: tuple[jax.Array, ...], slope: jax.Array
) -> tuple[jax.Array, jax.Array, None, None]:
    """Return d spikes[i] = sum_(k of i) w[k] slope[post(k)] and d w[k] = spikes[pre(k)] slope[post(k)]."""
    del n_post
    spikes, weights, indptr, indices = kept
    pre = _pre_of_synapse(indptr, indices)
    arriving = slope[..., indices]
    to_spikes = jnp.zeros_like(spikes).at[..., pre].add(arriving * weights, indices_are_sorted=True)
    to_synapses = spikes[..., pre] * arriving
    axes = tuple(range(to_synapses.ndim - weights.ndim))
    return to_spikes, to_synapses.sum(axes), None, None


_propagate.defvjp(_forward, _backward)


def _pre_of_synapse(indptr: jax.Array, indices: jax.Array) -> jax.Array:
    cells = jnp.arange(indptr.shape[0] - 1, dtype=jnp.int32)
    return jnp.repeat(cells, jnp.diff(indptr), total_repeat_length=indices.shape[0])


def _spiking(values: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the cells that spike, in ascending order and padded to all, and their number."""
    n = values.shape[0]
    spiking = values != 0
    rank = jnp.cumsum(spiking, dtype=jnp.int32)
    slots = jnp.where(spiking, rank - 1, n)
    cells = jnp.arange(n, dtype=jnp.int32)
    return jnp.zeros(n, jnp.int32).at[slots].set(cells, mode="drop"), rank[-1]


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
