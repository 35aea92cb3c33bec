"""SynapticDelay: a connection each of whose synapses has a delay of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike import environ, units
from isospike.comm import SparseComm
from isospike.connectivity import CSR
from isospike.delay.base import BaseDelay
from isospike.delay.times import Steps, checked_time
from isospike.errors import ParameterError
from isospike.graph.op import op
from isospike.graph.trace import apply
from isospike.math import take
from isospike.module import Module
from isospike.state import ShortTermState

__all__ = ["SynapticDelay"]


class SynapticDelay(BaseDelay):
    r"""A sparse connection with one delay for each synapse.

    .. math:: y_j(t) = \sum_i w_{ij}\, x_i(t - d_{ij})

    The synapses of a presynaptic cell are sorted by delay into rows of one delay each, so that a step reads
    each row's spike from the history of its cell and walks the rows in which there is one. That costs one
    word for each row, beside the events; without delays it is one for each cell.

    Projections make it where their ``delay`` is an initialiser or an array of one time for each synapse.

    Parameters
    ----------
    comm : SparseComm
        The connection, whose synapses and weights are used.
    time : array of shape (n_synapses,), initialiser, or Quantity
        Time of each synapse, in the order of ``comm.csr``.
    interpolation, keeps
        As in `Delay`.

    Raises
    ------
    ParameterError
        ``comm`` is no `SparseComm`.
    """

    is_synaptic = True
    _each = "one time per synapse"

    def __init__(
        self, comm: SparseComm, time: Any, *, interpolation: str = "nearest", keeps: str | None = None
    ) -> None:
        super().__init__(interpolation, keeps)
        if not isinstance(comm, SparseComm):
            shown = f"a {type(comm).__name__}" if isinstance(comm, Module) else repr(comm)
            msg = (
                f"{self.title} gives each synapse its own delay, which needs a sparse connection, but comm is {shown}: "
                "use iso.FixedProb(n_pre, n_post, 1.0, weight), or iso.Delay(n_pre, time) for one per presynaptic cell"
            )
            raise ParameterError(msg)
        self.comm = comm
        self.time = checked_time(time, None, self.title, self._each)
        self._rows: _Rows | None = None

    def init_state(self, batch_size: int | None = None) -> None:
        """Sort the synapses by delay, and make a history without spikes."""
        csr = self.comm.csr
        self.history = ShortTermState(self.prepare((csr.n_synapses,), csr.n_pre, 0.0, batch_size))
        steps = self._ready()[0]
        if self._rows is None or self._rows.made_of != (csr, steps):
            self._rows = _sorted_rows(csr, steps)

    def update(self, x: Any) -> Any:
        """Take the spikes of the presynaptic cells, and return the weighted sum of what is due at each target."""
        self.push(self.comm.check_spikes(x))
        rows = self._rows
        assert rows is not None
        weight, unit = units.split(self.comm.weight.value)
        weight = take(weight, rows.order) if weight.ndim else weight
        if environ.get("numerics") == "exact":
            weight = self.comm.on_grid(weight)
        due, n_post = self.read(rows.steps, rows.cells), self.comm.n_post
        total = apply(op("event_matvec"), due, weight, rows.indptr, rows.indices, n_post=n_post)
        return units.quantity(self.comm.shape_output(total), unit)


@dataclass(frozen=True, eq=False)
class _Rows:
    """Synapses in rows of one presynaptic cell and one delay.

    ``order`` are the positions of the synapses in the CSR matrix, ``cells`` and ``steps`` those of each row.
    """

    made_of: tuple[CSR, Steps]
    order: np.ndarray
    indptr: np.ndarray
    indices: np.ndarray
    cells: np.ndarray
    steps: Steps


def _sorted_rows(csr: CSR, steps: Steps) -> _Rows:
    shape = (csr.n_synapses,)
    pre, whole = csr.pre_indices(), np.broadcast_to(steps.whole, shape)
    rest = np.broadcast_to(0.0 if steps.rest is None else steps.rest, shape)
    order = np.lexsort((rest, whole, pre)).astype(np.int32)  # stable: targets of a row still ascend
    sorted_keys = [x[order] for x in (rest, whole, pre)]
    is_new = np.any([np.diff(x) != 0 for x in sorted_keys], axis=0)
    starts = np.flatnonzero(np.concatenate([[True], is_new]))
    if not csr.n_synapses:  # one row of no synapse
        sorted_keys = [np.zeros(1, x.dtype) for x in sorted_keys]
    rest, whole, pre = (x[starts] for x in sorted_keys)
    return _Rows(
        (csr, steps),
        order,
        np.append(starts, csr.n_synapses).astype(np.int32),
        csr.indices[order],
        pre.astype(np.int32),
        Steps(whole.astype(np.int32), None if steps.rest is None else rest),
    )
