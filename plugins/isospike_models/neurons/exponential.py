"""ExponentialNeuron: what neurons with an exponential upstroke have in common."""

from __future__ import annotations

from typing import Any

from isospike import math, units
from isospike.errors import ParameterError
from isospike.namespace import to_host
from isospike_models.neurons.resetting import ResettingNeuron

__all__ = ["ExponentialNeuron"]

# exp of more is not far from the largest float32, and the reset multiplies it by zero.
_STEEPEST = 80.0


class ExponentialNeuron(ResettingNeuron):
    r"""Base of neurons whose upstroke is :math:`\Delta_T\, e^{(V - V_T) / \Delta_T}`.

    The upstroke counts as constant over a step of V: the scheme is of first order and cannot overflow. The reset is
    always hard: in the upstroke the overshoot says nothing.
    """

    V_T: Any
    delta_T: Any

    def check_parameters(self) -> None:
        """Refuse an upstroke that overflows and a reset without effect, and warn of cells above threshold."""
        threshold, soft, width = (to_host(units.split(v)[0]) for v in (self.V_th, self.V_T, self.delta_T))
        if (threshold - soft > _STEEPEST * width).any():
            msg = (
                f"{type(self).__name__}(V_th={self.V_th}, V_T={self.V_T}, delta_T={self.delta_T}): V_th lies more "
                f"than {_STEEPEST:g} delta_T above V_T, where the upstroke overflows. Choose a lower V_th, which "
                "changes the spike times hardly at all"
            )
            raise ParameterError(msg)
        super().check_parameters()

    def upstroke(self, V: Any) -> Any:
        """Return the exponential term at V, in the unit of V."""
        return self.delta_T * math.exp((V - self.V_T) / self.delta_T)
