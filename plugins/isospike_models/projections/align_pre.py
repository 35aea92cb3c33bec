"""AlignPreProj: a synapse that is held per presynaptic cell, and a connection behind it."""

from __future__ import annotations

from typing import Any

from isospike.comm import Comm
from isospike.errors import ParameterError
from isospike.module import Module
from isospike.neuron import Neuron
from isospike.projection import Projection
from isospike.synapse import Synapse
from isospike_models.projections.current_proj import instant
from isospike_models.projections.weights import check_scale

__all__ = ["AlignPreProj"]


class AlignPreProj(Projection):
    r"""Projection with its synaptic state aligned to the presynaptic population.

    .. math:: g_i \leftarrow g_i + s_i, \qquad I_j = \mathrm{out}\Big(\sum_i w_{ij}\,g_i, V_j\Big)

    The synaptic variable g is a pure number, held once per presynaptic cell, whatever the number of synapses:
    memory is O(N_pre). It need not be linear in its input, so that this is the projection for kinetic synapses
    (`AMPA`, `GABAa`, `NMDA`). For a linear one it gives the currents of `AlignPostProj`, which costs less: here
    the connection carries values in each step, not only events.

    Call it with the spikes of the presynaptic population, before the postsynaptic one is updated; when spikes
    act is as in `AlignPostProj`.

    Parameters
    ----------
    *modules : Module
        Applied to the argument of the call, in order, before all else.
    comm : Comm
        Connection and weights: a weight is the conductance (or current) at g = 1.
    syn : Synapse or its ``.desc(...)``
        Synapse; a description without size takes that of the presynaptic population.
    out : Output or its ``.desc(...)``
        How the sum drives the cell, such as ``COBA.desc(E=0 * u.mV)``.
    post : Neuron
        Postsynaptic population.
    label : str
        Projections of one label, or none, whose outputs are described with equal parameters share them.
    delay : Quantity, array, initialiser, Delay or SynapticDelay, optional
        Delay of the spikes: one, one per presynaptic cell, or one per synapse; see `isospike.projection.Projection`.
        One per synapse delays g, and keeps it for each step of the longest delay.
    stp : Release or its ``.desc(...)``, optional
        Short-term plasticity, such as ``iso.STP.desc(U=0.5)``.

    Raises
    ------
    ShapeError
        A part does not have the size of its population.
    UnitError
        Weights of this unit do not give rise to a current.
    ParameterError
        ``stp`` is given with a synapse that is not linear in its input, which knows spikes only.

    Notes
    -----
    In exact numerics the connection must be dense (`AllToAll` of a matrix, `Linear`) or `OneToOne`: a sparse one
    adds values in an order of its own on each backend, and is refused.

    References
    ----------
    Lytton (1996), Neural Comput. 8:501; Wang et al. (2024), A differentiable brain simulator bridging brain
    simulation and brain-inspired computing, ICLR, which names the two alignments.
    """

    synapse_side = "pre"
    _keeps_at_terminals = "values"

    def __init__(
        self,
        *modules: Module,
        comm: Comm,
        syn: Any,
        out: Any,
        post: Neuron,
        label: str = "",
        delay: Any = None,
        stp: Any = None,
    ) -> None:
        super().__init__(*modules, comm=comm, post=post, delay=delay, stp=stp)
        wanted = "a Synapse: pass iso.Expon.desc(tau=5 * u.ms)"
        self.syn = self._made_part("syn", syn, Synapse, wanted, comm.in_size)
        if stp is not None and not self.syn.is_linear:
            msg = (
                f"AlignPreProj(syn={type(self.syn).__name__}, stp={type(self.stp).__name__}): this synapse takes "
                "spikes, and no amounts released by them: leave out stp, or use syn=iso.Expon.desc(tau=5 * u.ms)"
            )
            raise ParameterError(msg)
        _take(self.syn, self)
        self.inlet, self.out = instant(self, out, label)
        check_scale("AlignPreProj", comm, self.out, post)

    def at_terminals(self, x: Any) -> Any:
        """Return the synaptic variable of each presynaptic cell, after this step's update."""
        self.syn(x)
        return self.syn.conductance()

    def update(self, *spikes: Any) -> None:
        """Send the spikes of the presynaptic population."""
        self.inlet.add_delta_input(self.weighted(*spikes))


def _take(synapse: Synapse, projection: AlignPreProj) -> None:
    """Make a synapse that of a projection, in whose call it is updated."""
    if synapse._delta.owner is not synapse:
        name = type(synapse).__name__
        msg = (
            f"this {name} is the synapse of another projection already and would be updated twice in a step: make one "
            f"for each projection, or pass syn={name}.desc(...)"
        )
        raise ParameterError(msg)
    synapse._delta.owner = projection
    synapse.unit = None
