"""CubaLI: the node CubaLI of NIR."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.parameter import parameter
from isospike.state import HiddenState
from isospike_nir.cells.membrane import Membrane

__all__ = ["CubaLI"]


class CubaLI(Membrane):
    r"""Leaky integrator with a synaptic current, node ``CubaLI``.

    .. math::

        \tau_{syn} \frac{dI}{dt} = -I + w_{in}\,S, \qquad \tau_{mem} \frac{dV}{dt} = v_{leak} - V + R\,I

    Parameters
    ----------
    in_size, profile, r
        As in `Membrane`.
    tau_syn, tau_mem : Quantity, second
        Time constants of the synapse and of the membrane; 0.005 s and 0.01 s by default.
    v_leak : Quantity, mV
        Resting potential; 0 mV by default.
    w_in : float
        Weight of the input; 1 by default.

    References
    ----------
    Pedersen et al. (2024), Nat. Commun. 15:8122, node CubaLI.
    """

    tau_syn: Any = parameter(0.005, "second", "synaptic time constant", positive=True)
    tau_mem: Any = parameter(0.01, "second", "membrane time constant", positive=True)
    v_leak: Any = parameter(0.0, "mV", "resting potential")
    w_in: Any = parameter(1.0, "", "weight of the input")

    def rest(self) -> Any:
        """Return v_leak."""
        return self.v_leak

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V to rest and the current to zero."""
        super().init_state(batch_size)
        self.I = HiddenState(self.filled(units.quantity(0.0, units.parse_unit("mA")), batch_size))

    def advanced(self, V: Any, x: Any) -> Any:
        """Advance the current, and return V after its decay and the push of the current."""
        scaled = self.w_in * x
        self.I.value, push = self.profile.synapse(self.I.value, scaled, self.tau_syn, self.tau_mem)
        return self.v_leak + self.profile.decay(self.tau_mem) * (V - self.v_leak) + self.r * push
