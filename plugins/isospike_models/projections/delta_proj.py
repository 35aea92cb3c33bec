"""DeltaProj: spikes through a connection as jumps of the membrane potential."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.comm import Comm
from isospike.errors import ParameterError, ShapeError, UnitError
from isospike.module import Module
from isospike.neuron import Neuron

__all__ = ["DeltaProj"]


class DeltaProj(Module):
    r"""Projection without a synaptic variable: each spike makes the potential jump by the weight.

    .. math:: V_j \leftarrow V_j + \sum_i w_{ij}\,s_i

    A current pulse of unit integral, of charge w C. The jump comes after the integration of the step, before the
    test of the threshold; what a refractory cell receives is lost. Weights are in the unit of the potential, and
    independent of dt.

    Call it with the spikes of the presynaptic population, before the postsynaptic one is updated. A spike
    that ``pre`` emitted in step k (read as ``pre.get_spike()`` in step k + 1) acts on the membrane in step k
    + 1.

    Parameters
    ----------
    *modules : Module
        Applied to the argument of the call, in order, before ``comm``.
    comm : Comm
        Connection and weights, such as ``iso.FixedProb(100, 50, 0.1, 0.25 * u.mV)``.
    post : Neuron
        Postsynaptic population.

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

    def __init__(self, *modules: Module, comm: Comm, post: Neuron) -> None:
        _check_kinds(comm, post)
        if comm.out_size != post.in_size:
            size = post.in_size if len(post.in_size) > 1 else post.in_size[0]
            msg = (
                f"DeltaProj(comm=...) delivers to {comm.out_size} cells, but post={type(post).__name__} has "
                f"{post.in_size}: give the comm out_size={size}"
            )
            raise ShapeError(msg)
        given = comm.weight_unit()
        if not units.same_dimension(given, units.parse_unit(post.delta_unit)):
            msg = (
                f"DeltaProj(comm={type(comm).__name__}) has weights in {units.unit_name(given)}, but the potential of "
                f"{type(post).__name__} jumps in {post.delta_unit}: give weights such as "
                f"{units.as_code(0.25, post.delta_unit)}, or use AlignPostProj for a current or a conductance"
            )
            raise UnitError(msg)
        self.pre_modules = modules
        self.comm = comm
        self.post = post

    def update(self, spikes: Any) -> None:
        """Send the spikes of the presynaptic population."""
        for module in self.pre_modules:
            spikes = module(spikes)
        self.post.add_delta_input(self.comm(spikes))


def _check_kinds(comm: Any, post: Any) -> None:
    expected = (
        ("comm", comm, Comm, "a Comm: pass iso.FixedProb(100, 50, 0.1, 0.25 * u.mV)"),
        ("post", post, Neuron, "a Neuron: pass the postsynaptic population"),
    )
    for name, given, kind, wanted in expected:
        if not isinstance(given, kind):
            shown = f"a {type(given).__name__}" if isinstance(given, Module) else repr(given)
            msg = f"DeltaProj({name}=...) is {shown}, expected {wanted}"
            raise ParameterError(msg)
