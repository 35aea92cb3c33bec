"""GapJunction: electrical coupling of two populations, or of the cells of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike import math, units
from isospike.comm import SparseComm
from isospike.errors import ParameterError, ShapeError, UnitError
from isospike.module import Module
from isospike.neuron import Neuron
from isospike.state import HiddenState

__all__ = ["GapJunction"]


class GapJunction(Module):
    r"""Gap junctions: each synapse of ``comm`` is a conductance w between two cells, in both directions.

    .. math:: I_j = \sum_i w_{ij}\,(V_i - V_j), \qquad I_i = \sum_j w_{ij}\,(V_j - V_i)

    What flows into the one cell flows out of the other. Call it once in each step before both populations are updated;
    it takes the potentials of that moment. The term of a cell's own potential is part of its equation, so that
    exponential Euler integrates it exactly and a strong coupling stays stable; that of the other cell counts as
    constant over the step.

    In a `Network` it is a projection, ``net.add_projection("gap", iso.GapJunction(...), pre="cells")``, whose spikes
    it does not need. Junctions within a population have it as ``pre`` and ``post``; a pair that ``comm`` connects both
    ways then has two junctions.

    Parameters
    ----------
    comm : SparseComm
        Which cells are coupled, and the conductances.
    pre, post : Neuron
        The two populations, which have a potential ``V``.

    Raises
    ------
    ParameterError
        ``comm`` is no `SparseComm`, or a population has no potential.
    ShapeError
        ``comm`` does not have the sizes of the populations.
    UnitError
        The weights are no conductances: with a potential they give no current.

    References
    ----------
    Bennett and Zukin (2004), Neuron 41:495; Ermentrout and Terman (2010), Mathematical Foundations of Neuroscience,
    section 7.4.
    """

    def __init__(self, *, comm: SparseComm, pre: Neuron, post: Neuron) -> None:
        _check(comm, pre, post)
        self.comm, self.pre, self.post = comm, pre, post
        self._tables: tuple[_Table, _Table] | None = None
        pre.add_current_input(f"gap junction {len(pre._currents)}", self.into_pre)
        post.add_current_input(f"gap junction {len(post._currents)}", self.into_post)

    # The synapses of comm are needed to make the tables.
    init_order = 1

    def init_state(self, batch_size: int | None = None) -> None:
        """Sort the junctions by cell; no current flows before the first call."""
        csr = self.comm.csr
        pre, post = csr.pre_indices(), csr.indices
        self._tables = _table(pre, post, csr.n_pre), _table(post, pre, csr.n_post)
        unit = _current_unit(self.comm)
        batch = () if batch_size is None else (batch_size,)
        self.from_post = HiddenState(units.quantity(math.zeros((*batch, csr.n_pre)), unit))
        self.from_pre = HiddenState(units.quantity(math.zeros((*batch, csr.n_post)), unit))

    def update(self, *ignored: Any) -> None:
        """Read the potentials; what it is given, such as the spikes of a network, does not matter."""
        del ignored
        into_pre, into_post = self._both()
        self.from_post.value = into_pre.drive(self.comm.weight.value, _flat(self.post))
        self.from_pre.value = into_post.drive(self.comm.weight.value, _flat(self.pre))

    def into_pre(self, V: Any) -> Any:
        """Return the current into the presynaptic cells at their potential V."""
        return self._current(self.from_post.value, self._both()[0], self.pre, V)

    def into_post(self, V: Any) -> Any:
        """Return the current into the postsynaptic cells at their potential V."""
        return self._current(self.from_pre.value, self._both()[1], self.post, V)

    def _current(self, drive: Any, table: _Table, cells: Neuron, V: Any) -> Any:
        shape = cells.in_size
        own = math.reshape(table.total(self.comm.weight.value), shape)
        batch = units.split(drive)[0].shape[:-1]
        return (drive if len(shape) == 1 else math.reshape(drive, (*batch, *shape))) - own * V

    def _both(self) -> tuple[_Table, _Table]:
        assert self._tables is not None
        return self._tables


@dataclass(frozen=True, eq=False)
class _Table:
    """The junctions of each cell, in as many columns as the cell with most of them has.

    ``others`` are the cells at the other end, ``synapses`` the positions of the weights, ``used`` 1 where there is a
    junction and 0 where a row is filled up.
    """

    others: np.ndarray
    synapses: np.ndarray
    used: np.ndarray

    def weights(self, weight: Any) -> Any:
        """Return the conductance of each junction, 0 where there is none."""
        each = math.take(weight, self.synapses) if units.split(weight)[0].ndim else weight
        return math.multiply(each, self.used)

    def drive(self, weight: Any, V: Any) -> Any:
        """Return the sum of w V over the cells at the other ends."""
        return math.sum(math.multiply(self.weights(weight), math.take(V, self.others, axis=-1)), axis=-1)

    def total(self, weight: Any) -> Any:
        """Return the sum of w."""
        return math.sum(self.weights(weight), axis=-1)


def _table(cells: np.ndarray, others: np.ndarray, n: int) -> _Table:
    degree = np.bincount(cells, minlength=n)
    order = np.argsort(cells, kind="stable")
    column = np.arange(cells.size) - np.repeat(np.cumsum(degree) - degree, degree)
    shape = (n, max(1, int(degree.max(initial=0))))
    table = _Table(np.zeros(shape, np.int32), np.zeros(shape, np.int32), np.zeros(shape))
    place = (cells[order], column)
    table.others[place], table.synapses[place], table.used[place] = others[order], order, 1.0
    return table


def _flat(cells: Neuron) -> Any:
    V = cells.V.value
    batch = units.split(V)[0].shape[: -len(cells.in_size)]
    return V if len(cells.in_size) == 1 else math.reshape(V, (*batch, cells.size))


def _current_unit(comm: SparseComm) -> Any:
    return comm.weight_unit() * units.parse_unit("mV")


def _check(comm: Any, pre: Any, post: Any) -> None:
    if not isinstance(comm, SparseComm):
        shown = f"a {type(comm).__name__}" if isinstance(comm, Module) else repr(comm)
        msg = f"GapJunction(comm=...) is {shown}, expected a SparseComm: pass iso.FixedProb(100, 100, 0.1, 0.2 * u.nS)"
        raise ParameterError(msg)
    for name, cells, size in (("pre", pre, comm.in_size), ("post", post, comm.out_size)):
        if not isinstance(cells, Neuron) or "V" not in type(cells).declared_states():
            msg = f"GapJunction({name}=...) is a {type(cells).__name__}, expected a Neuron with a potential V"
            raise ParameterError(msg)
        if cells.in_size != size:
            msg = (
                f"GapJunction({name}={type(cells).__name__}) has {cells.in_size} cells, but its side of comm has "
                f"{size}: give the comm the sizes of the two populations"
            )
            raise ShapeError(msg)
        unit = comm.weight_unit()
        if unit is None or not units.same_dimension(_current_unit(comm), units.parse_unit(cells.input_unit)):
            msg = (
                f"GapJunction(comm={type(comm).__name__}) has weights in {units.unit_name(unit)}, which times a "
                f"potential is no current in {cells.input_unit}: give conductances, such as 0.2 * u.nS"
            )
            raise UnitError(msg)
