"""CurrentProj: any values, such as a synaptic variable kept elsewhere, through a connection into a current."""

from __future__ import annotations

from typing import Any

from isospike.comm import Comm
from isospike.dynamics import Description
from isospike.module import Module
from isospike.neuron import Neuron
from isospike.projection import Projection
from isospike.synapse import Output
from isospike_models.projections.weights import check_current
from isospike_models.synapses.instant import Instant

__all__ = ["CurrentProj"]


class CurrentProj(Projection):
    r"""Projection of values that act while they last, without a synaptic variable of its own.

    .. math:: g_j = \sum_i w_{ij}\,x_i, \qquad I_j = \mathrm{out}(g_j, V_j)

    Its input is an array of pure numbers, one per presynaptic cell, or what its first module reads, such as
    ``syn.prefetch("g").delay.at(1.5 * u.ms)``. In a step without a call it delivers nothing.

    Parameters
    ----------
    *modules : Module
        Applied to the argument of the call, in order, before ``comm``.
    comm : Comm
        Connection and weights.
    out : Output or its ``.desc(...)``
        How the sum drives the cell, such as ``CUBA.desc(scale=1.0)``.
    post : Neuron
        Postsynaptic population.
    label : str
        Projections of one label, or none, whose outputs are described with equal parameters share them.
    delay : Quantity, array, initialiser, Delay or SynapticDelay, optional
        Delay of the values: one, one per presynaptic cell, or one per synapse; see `isospike.projection.Projection`.

    Raises
    ------
    ShapeError
        ``comm`` does not have the size of ``post``.
    UnitError
        Weights of this unit do not give rise to a current.
    """

    _keeps_of_input = _keeps_at_terminals = "values"

    def __init__(
        self, *modules: Module, comm: Comm, out: Any, post: Neuron, label: str = "", delay: Any = None
    ) -> None:
        super().__init__(*modules, comm=comm, post=post, delay=delay)
        self.inlet, self.out = instant(self, out, label)

    def update(self, *x: Any) -> None:
        """Send values of the presynaptic cells."""
        self.inlet.add_delta_input(self.weighted(*x))


def instant(projection: Projection, out: Any, label: str) -> tuple[Any, Output]:
    """Return an `Instant` synapse on the target of a projection, and its output, both checked."""
    projection._check_part("out", out, Output, "an Output: pass iso.COBA.desc(E=0 * u.mV)")
    output = out.build() if isinstance(out, Description) else out
    comm, post = projection.comm, projection.post
    check_current(type(projection).__name__, comm, output, post)
    inlet = Instant(post.in_size)
    inlet.unit = comm.weight_unit()
    return post.align(inlet, output, label if isinstance(out, Description) else None)
