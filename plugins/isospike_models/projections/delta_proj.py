"""DeltaProj: spikes through a connection as jumps of the membrane potential."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.comm import Comm
from isospike.errors import UnitError
from isospike.module import Module
from isospike.neuron import Neuron
from isospike.projection import Projection

__all__ = ["DeltaProj"]


class DeltaProj(Projection):
    r"""Projection without a synaptic variable: each spike makes the potential jump by the weight.

    .. math:: V_j \leftarrow V_j + \sum_i w_{ij}\,s_i

    A current pulse of unit integral, of charge w C. The jump comes after the integration of the step, before the
    test of the threshold; what a refractory cell receives is lost. Weights are in the unit of the potential, and
    independent of dt.

    Call it with the spikes of the presynaptic population, before the postsynaptic one is updated. A spike
    that ``pre`` emitted in step k (read as ``pre.get_spike()`` in step k + 1) acts on the membrane in step
    k + 1, or d / dt steps later with a delay d.

    Parameters
    ----------
    *modules : Module
        Applied to the argument of the call, in order, before ``comm``.
    comm : Comm
        Connection and weights, such as ``iso.FixedProb(100, 50, 0.1, 0.25 * u.mV)``.
    post : Neuron
        Postsynaptic population.
    delay : Quantity, array, initialiser, Delay or SynapticDelay, optional
        Delay of the spikes, such as ``1.5 * u.ms``: one, one per presynaptic cell, or one per synapse; see
        `isospike.projection.Projection`.
    stp : Release or its ``.desc(...)``, optional
        Short-term plasticity, such as ``iso.STP.desc(U=0.5)``.

    Raises
    ------
    ShapeError
        ``comm`` does not have the size of ``post``.
    UnitError
        The weights are not in the unit of the potential.

    References
    ----------
    Brette et al. (2007), J. Comput. Neurosci. 23:349, benchmark 4.
    """

    def __init__(self, *modules: Module, comm: Comm, post: Neuron, delay: Any = None, stp: Any = None) -> None:
        super().__init__(*modules, comm=comm, post=post, delay=delay, stp=stp)
        given = comm.weight_unit()
        if not units.same_dimension(given, units.parse_unit(post.delta_unit)):
            msg = (
                f"DeltaProj(comm={type(comm).__name__}) has weights in {units.unit_name(given)}, but the potential of "
                f"{type(post).__name__} jumps in {post.delta_unit}: give weights such as "
                f"{units.as_code(0.25, post.delta_unit)}, or use AlignPostProj for a current or a conductance"
            )
            raise UnitError(msg)

    def update(self, *spikes: Any) -> None:
        """Send the spikes of the presynaptic population."""
        self.post.add_delta_input(self.weighted(*spikes))
