"""AlignPostProj: spikes through a connection into a synapse that is held per postsynaptic cell."""

from __future__ import annotations

from typing import Any

from isospike.comm import Comm
from isospike.dynamics import Description
from isospike.errors import ParameterError, ShapeError
from isospike.module import Module
from isospike.neuron import Neuron
from isospike.projection import Projection
from isospike.synapse import Output, Synapse
from isospike_models.projections.weights import check_current, check_scale

__all__ = ["AlignPostProj"]


class AlignPostProj(Projection):
    r"""Projection with its synaptic state aligned to the postsynaptic population.

    .. math:: g_j \leftarrow g_j + \sum_i w_{ij}\,s_i, \qquad I_j = \mathrm{out}(g_j, V_j)

    The synaptic variable is held once per postsynaptic cell, whatever the number of synapses: memory is
    O(N_post). Projections onto one population whose synapses and outputs are described (``.desc``) with equal
    parameters share one of each; this is exact because the synapse is linear in its input.

    Call it with the spikes of the presynaptic population, before the postsynaptic one is updated. A spike
    that ``pre`` emitted in step k (read as ``pre.get_spike()`` in step k + 1) acts on the membrane in step
    k + 1, or d / dt steps later with a delay d.

    Parameters
    ----------
    *modules : Module
        Applied to the argument of the call, in order, before ``comm``.
    comm : Comm
        Connection and weights.
    syn : Synapse or its ``.desc(...)``
        Synapse; a description without size takes that of ``post``.
    out : Output or its ``.desc(...)``
        How the synaptic variable drives the cell, such as ``COBA.desc(E=0 * u.mV)``.
    post : Neuron
        Postsynaptic population.
    label : str
        Projections with different labels share nothing.
    delay : Quantity, array, initialiser, Delay or SynapticDelay, optional
        Delay of the spikes, such as ``1.5 * u.ms``: one, one per presynaptic cell, or one per synapse; see
        `isospike.projection.Projection`.
    stp : Release or its ``.desc(...)``, optional
        Short-term plasticity, such as ``iso.STP.desc(U=0.5)``.

    Raises
    ------
    ShapeError
        ``comm`` or ``syn`` does not have the size of ``post``.
    ParameterError
        A part is of another kind, or ``syn`` is not linear in its input, as a kinetic one is not.
    UnitError
        Weights of this unit do not give rise to a current, such as weights in mV into COBA.

    Warns
    -----
    PlausibilityWarning
        The largest weight outweighs the leak of the cell by far, as after a slip of its unit (6 mS for 6 nS).

    References
    ----------
    Lytton (1996), Neural Comput. 8:501; Wang et al. (2024), A differentiable brain simulator bridging brain
    simulation and brain-inspired computing, ICLR, which names the two alignments.
    """

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
        self._check_part("syn", syn, Synapse, "a Synapse (linear in its input): pass iso.Expon.desc(tau=5 * u.ms)")
        self._check_part("out", out, Output, "an Output: pass iso.COBA.desc(E=0 * u.mV)")
        synapse = syn.build(post.in_size) if isinstance(syn, Description) else syn
        output = out.build() if isinstance(out, Description) else out
        _check_linear(synapse)
        if synapse.in_size != post.in_size:
            msg = (
                f"AlignPostProj(syn={type(synapse).__name__}) has size {synapse.in_size}, but "
                f"post={type(post).__name__} has {post.in_size}: give both the same size"
            )
            raise ShapeError(msg)
        check_current("AlignPostProj", comm, output, post)
        check_scale("AlignPostProj", comm, output, post)
        synapse.unit = comm.weight_unit()
        shared = isinstance(syn, Description) and isinstance(out, Description)
        self.syn, self.out = post.align(synapse, output, label if shared else None)

    def update(self, *spikes: Any) -> None:
        """Send the spikes of the presynaptic population."""
        self.syn.add_delta_input(self.weighted(*spikes))


def _check_linear(synapse: Synapse) -> None:
    if not synapse.is_linear:
        name = type(synapse).__name__
        msg = (
            f"AlignPostProj(syn={name}) holds one {name} for all the synapses of a cell, which is right only where a "
            f"Synapse is linear in its input, and {name} saturates: use iso.AlignPreProj(syn={name}.desc(...), ...)"
        )
        raise ParameterError(msg)
