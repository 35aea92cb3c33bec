"""ResettingNeuron: what neurons with a threshold and a reset have in common."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.errors import ParameterError
from isospike.namespace import to_host
from isospike.neuron import Neuron
from isospike.state import HiddenState
from isospike.warn import warn
from isospike_models.initialisers.constant import Constant

__all__ = ["ResettingNeuron"]


class ResettingNeuron(Neuron):
    """Base of neurons that spike where V is at or above a threshold, and are reset at the beginning of the next step.

    One step is: reset, integrate ``dV`` over dt, add delta inputs, test the threshold. A model declares ``spk_fun``,
    ``V_th``, ``V_reset`` and ``V_initializer``, defines ``dV``, and overrides ``advanced`` or ``update`` where it has
    further States.
    """

    spk_fun: Any
    V_th: Any
    V_reset: Any
    V_initializer: Any
    #: ``"hard"`` sets V to ``V_reset``, ``"soft"`` lowers it by ``V_th - V_reset``; a model may offer the choice.
    spk_reset: str = "hard"

    def check_parameters(self) -> None:
        """Refuse a reset without effect and warn of cells that are above threshold from the start."""
        self.check_threshold("V_th")

    def check_threshold(self, name: str) -> None:
        """Check the threshold that is the parameter of this name against the reset and the initial potential."""
        threshold, reset = (to_host(units.split(v)[0]) for v in (getattr(self, name), self.V_reset))
        title = f"{type(self).__name__}({name}={getattr(self, name)}"
        if (threshold == reset).any():
            msg = (
                f"{title}, V_reset={self.V_reset}): they are equal, so a reset would change nothing. Choose V_reset "
                f"below {name}"
            )
            raise ParameterError(msg)
        above = [f"V_reset = {self.V_reset}"] if (reset > threshold).any() else []
        self.check_initializer("V", "mV")
        if isinstance(self.V_initializer, Constant):
            start = units.convert(self.V_initializer.value, units.parse_unit("mV"), what="V_initializer")
            if (to_host(start) >= threshold).any():
                above.append(f"the initial potential {self.V_initializer.value}")
        if above:
            warn(
                f"{title}): {' and '.join(above)} {'lies' if len(above) == 1 else 'lie'} above the threshold, so the "
                "cell starts or stays above it and spikes at once. Pass V_reset, V_rest and V_initializer below "
                f"{name}, such as V_reset=-65 * u.mV"
            )

    def init_state(self, batch_size: int | None = None) -> None:
        """Set V from its initialiser."""
        self.V = HiddenState(self.initial("V", "mV", batch_size, plausible=(-500.0, 500.0)))

    def dV(self, V: Any, x: Any, *args: Any) -> Any:
        """Return dV/dt under the input current x and the currents of all projections."""
        raise NotImplementedError

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (mA, zero by default) and return the spikes."""
        self.V.value = self.advanced(self.reset(self.V.value, self.spike()), x)
        return self.spike()

    def advanced(self, V: Any, x: Any, *args: Any) -> Any:
        """Return the potential one step after V, delta inputs included; ``*args`` are those of ``dV``."""
        return self.sum_delta_inputs(self.integrate(self.dV, V, x, *args))

    def threshold(self) -> Any:
        """Return the present threshold."""
        return self.V_th

    def scale(self) -> Any:
        """Return the distance from the threshold at which the argument of the spike function is 1."""
        return abs(self.V_th - self.V_reset)

    def spike(self) -> Any:
        """Return 1 for the cells at or above threshold."""
        return self.spk_fun((self.V.value - self.threshold()) / self.scale())

    def reset(self, V: Any, spikes: Any) -> Any:
        """Return the potential after the reset of the cells that spiked."""
        if self.spk_reset == "soft":
            return V - (self.V_th - self.V_reset) * spikes
        return V * (1.0 - spikes) + self.V_reset * spikes
