"""AlignPostProj: spikes through a connection into a synapse that is held per postsynaptic cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import math, units
from isospike.comm import Comm
from isospike.dynamics import Description
from isospike.errors import ParameterError, ShapeError, UnitError
from isospike.module import Module
from isospike.neuron import Neuron
from isospike.state import State
from isospike.synapse import Output, Synapse
from isospike.warn import warn

__all__ = ["AlignPostProj"]

# The usual effect of a weight on a cell: R w of a conductance, R I / (V_th - V_reset) of a current.
_MOST = 1e3


class AlignPostProj(Module):
    r"""Projection with its synaptic state aligned to the postsynaptic population.

    .. math:: g_j \leftarrow g_j + \sum_i w_{ij}\,s_i, \qquad I_j = \mathrm{out}(g_j, V_j)

    The synaptic variable is held once per postsynaptic cell, whatever the number of synapses: memory is
    O(N_post). Projections onto one population whose synapses and outputs are described (``.desc``) with equal
    parameters share one of each; this is exact because the synapse is linear in its input.

    Call it with the spikes of the presynaptic population, before the postsynaptic one is updated. A spike
    that ``pre`` emitted in step k (read as ``pre.get_spike()`` in step k + 1) acts on the membrane in step k
    + 1.

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

    Raises
    ------
    ShapeError
        ``comm`` or ``syn`` does not have the size of ``post``.
    UnitError
        Weights of this unit do not give rise to a current, such as weights in mV into COBA.

    Warns
    -----
    PlausibilityWarning
        The largest weight outweighs the leak of the cell by far, as after a slip of its unit (6 mS for 6 nS).
    """

    def __init__(self, *modules: Module, comm: Comm, syn: Any, out: Any, post: Neuron, label: str = "") -> None:
        _check_kinds(comm, syn, out, post)
        if comm.out_size != post.in_size:
            msg = (
                f"AlignPostProj(comm=...) delivers to {comm.out_size} cells, but post={type(post).__name__} "
                f"has {post.in_size}: give the comm "
                f"out_size={post.in_size if len(post.in_size) > 1 else post.in_size[0]}"
            )
            raise ShapeError(msg)
        self.pre_modules = modules
        self.comm = comm
        synapse = syn.build(post.in_size) if isinstance(syn, Description) else syn
        output = out.build() if isinstance(out, Description) else out
        if synapse.in_size != post.in_size:
            msg = (
                f"AlignPostProj(syn={type(synapse).__name__}) has size {synapse.in_size}, but "
                f"post={type(post).__name__} has {post.in_size}: give both the same size"
            )
            raise ShapeError(msg)
        _check_current(comm, output, post)
        _check_scale(comm, output, post)
        synapse.unit = comm.weight_unit()
        shared = isinstance(syn, Description) and isinstance(out, Description)
        self.syn, self.out = post.align(synapse, output, label if shared else None)
        self.post = post

    def update(self, spikes: Any) -> None:
        """Send the spikes of the presynaptic population."""
        for module in self.pre_modules:
            spikes = module(spikes)
        self.syn.add_delta_input(self.comm(spikes))


def _check_kinds(comm: Any, syn: Any, out: Any, post: Any) -> None:
    expected = (
        ("comm", comm, Comm, "a Comm: pass iso.FixedProb(100, 50, 0.1, 0.6 * u.nS)"),
        ("syn", syn, Synapse, "a Synapse (linear in its input): pass iso.Expon.desc(tau=5 * u.ms)"),
        ("out", out, Output, "an Output: pass iso.COBA.desc(E=0 * u.mV)"),
        ("post", post, Neuron, "a Neuron: pass the postsynaptic population"),
    )
    for name, given, kind, wanted in expected:
        described = isinstance(given, Description) and kind in (Synapse, Output)
        if not (issubclass(given.cls, kind) if described else isinstance(given, kind)):
            shown = f"a {type(given).__name__}" if isinstance(given, Module) else repr(given)
            msg = f"AlignPostProj({name}=...) is {shown}, expected {wanted}"
            raise ParameterError(msg)


def _check_current(comm: Comm, output: Output, post: Neuron) -> None:
    unit = comm.weight_unit()
    try:
        given = output.current_unit(unit)
    except UnitError:
        given = None
    wanted = units.parse_unit(post.input_unit)
    if not units.same_dimension(given, wanted):
        msg = (
            f"AlignPostProj(comm={type(comm).__name__}) has weights in {units.unit_name(unit)}, which "
            f"{type(output).__name__} turns into "
            f"{units.unit_name(given)}, but {type(post).__name__} takes a current in {post.input_unit}: for "
            "COBA give a conductance, such as "
            "0.6 * u.nS; for CUBA a current with scale=1.0, such as 16 * u.pA"
        )
        raise UnitError(msg)


def _check_scale(comm: Comm, output: Output, post: Neuron) -> None:
    """Warn of weights that are out of all proportion to the resistance of the cell."""
    source = comm.weight_source
    if (callable(source) and not isinstance(source, State)) or not {"R", "V_th", "V_reset"} <= set(post.fields):
        return
    weight = _largest(source.value if isinstance(source, State) else source)
    effect, measure = math.multiply(post.R, weight), "leak"
    if units.split(effect)[1] is not None:  # no conductance: what counts is the current that the output makes of it
        measure = "step from V_reset to V_th"
        current = output.update(weight, post.V_reset)
        effect = math.divide(math.multiply(post.R, current), math.subtract(post.V_th, post.V_reset))
    if (most := _largest(effect)) > _MOST:
        warn(
            f"AlignPostProj(comm={type(comm).__name__}) has weights of up to {weight}: on a {type(post).__name__} with "
            f"R = {post.R} that is {most:.1g} times the {measure}; up to {_MOST:g} is usual. Check the units of "
            "weight, scale and R. They are used as given"
        )


def _largest(value: Any) -> Any:
    mantissa, unit = units.split(value)
    return units.quantity(float(np.max(np.abs(mantissa), initial=0.0)), unit)
