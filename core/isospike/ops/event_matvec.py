"""event_matvec: spikes times a sparse connection matrix.

out[..., j] = sum_i spikes[..., i] * w[i, j] over the synapses of a CSR matrix with one row per presynaptic
cell. The weights are one number for all synapses or one per synapse. Backends replace the reference below,
which pads the synapses of each postsynaptic cell to the largest in-degree, by a walk over the rows of the
cells that spike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from isospike.errors import ShapeError
from isospike.graph.aval import Aval
from isospike.graph.op import Op, floating


def _infer(spikes: Aval, weights: Aval, indptr: Aval, indices: Aval, *, n_post: int) -> Aval:
    if spikes.shape[-1] != indptr.shape[0] - 1:
        msg = f"the connection takes {indptr.shape[0] - 1} presynaptic cells, but the spikes have shape {spikes.shape}"
        raise ShapeError(msg)
    return Aval((*spikes.shape[:-1], n_post), spikes.dtype)


def _cast(dtypes: Sequence[str | None], kinds: Sequence[str | None]) -> list[str]:
    return [*floating(dtypes[:2], kinds[:2]), "int32", "int32"]


def _evaluate(xp: Any, spikes: Any, weights: Any, indptr: Any, indices: Any, *, n_post: int) -> Any:
    n_synapses = indices.shape[0]
    if n_synapses == 0:
        return xp.zeros((*spikes.shape[:-1], n_post), dtype=spikes.dtype)
    order = xp.argsort(indices, stable=True)
    pre = xp.searchsorted(indptr[1:], xp.arange(n_synapses, dtype=indptr.dtype), side="right")
    current = xp.take(spikes, xp.take(pre, order), axis=-1)
    current = current * (weights if weights.ndim == 0 else xp.take(weights, order))
    bounds = xp.searchsorted(xp.take(indices, order), xp.arange(n_post + 1, dtype=indices.dtype))
    first, end = bounds[:-1, None], bounds[1:, None]
    slots = first + xp.arange(int(xp.max(end - first)), dtype=first.dtype)
    used = slots < end
    padded = xp.take(current, xp.reshape(xp.where(used, slots, xp.zeros_like(slots)), (-1,)), axis=-1)
    padded = xp.reshape(padded, (*spikes.shape[:-1], *slots.shape))
    return xp.sum(xp.where(used, padded, xp.zeros_like(padded)), axis=-1)


OP = Op("event_matvec", _infer, _evaluate, _cast)
