"""GatedNeuron: what conductance-based point neurons have in common."""

from __future__ import annotations

from typing import Any, ClassVar

from isospike import units
from isospike.errors import ParameterError
from isospike.namespace import to_host
from isospike.state import HiddenState
from isospike.warn import warn
from isospike_models.neurons.crossing import CrossingNeuron

__all__ = ["GatedNeuron"]


class GatedNeuron(CrossingNeuron):
    r"""Base of neurons with voltage-gated channels.

    .. math::

        C \frac{dV}{dt} = I_{ion}(V, x, y, \dots) + I(t, V), \qquad
        \frac{dx}{dt} = \alpha_x(V) (1 - x) - \beta_x(V)\, x

    One step is: integrate V and each gate, all from the values before the step; add delta inputs to V; test the
    crossing of ``V_th``. A model lists its gates, makes their States, and defines ``rates_per_ms`` and
    ``ionic_current``.
    """

    C: Any
    E_L: Any
    #: Names of the States that are gates, in the order of ``rates``.
    gate_names: ClassVar[tuple[str, ...]] = ()
    #: Name of the reversal potential that the action potential rises towards.
    upstroke: ClassVar[str] = "E_Na"

    def check_parameters(self) -> None:
        """Refuse a threshold at rest, and warn of one that no action potential crosses."""
        top = getattr(self, self.upstroke)
        threshold, rest, highest = (to_host(units.split(v)[0]) for v in (self.V_th, self.E_L, top))
        name = f"{type(self).__name__}(V_th={self.V_th}, E_L={self.E_L})"
        if (threshold == rest).any():
            msg = f"{name}: they are equal, so a cell at rest would be at the threshold. Choose V_th above E_L"
            raise ParameterError(msg)
        super().check_parameters()
        if ((threshold < rest) | (threshold > highest)).any():
            example = units.as_code(type(self).fields["V_th"].default, "mV")
            warn(
                f"{name}: V_th does not lie between E_L and {self.upstroke} = {top}, so no action potential crosses it "
                f"upwards. Pass a potential between them, such as V_th={example}"
            )

    def rates_per_ms(self, v: Any) -> tuple[tuple[Any, Any], ...]:
        """Return the rates of opening and of closing of each gate, per ms, at a potential of v mV."""
        raise NotImplementedError

    def rates(self, V: Any) -> tuple[tuple[Any, Any], ...]:
        """Return the rates of opening and of closing of each gate at the potential V."""
        v, unit = units.convert(V, units.parse_unit("mV"), what="V"), units.parse_unit("1/ms")
        return tuple((units.quantity(a, unit), units.quantity(b, unit)) for a, b in self.rates_per_ms(v))

    def ionic_current(self, V: Any, *gates: Any) -> Any:
        """Return the current through leak and channels, inwards."""
        raise NotImplementedError

    def steady_gates(self) -> list[HiddenState]:
        """Return a State of each gate, at its steady state at the present V."""
        return [HiddenState(alpha / (alpha + beta)) for alpha, beta in self.rates(self.V.value)]

    def dV(self, V: Any, x: Any, *gates: Any) -> Any:
        """Return dV/dt under the input current x and the currents of all projections."""
        return (self.ionic_current(V, *gates) + self.input_current(x, V)) / self.C

    def dgate(self, x: Any, alpha: Any, beta: Any) -> Any:
        """Return dx/dt of a gate."""
        return alpha * (1.0 - x) - beta * x

    def update(self, x: Any = None) -> Any:
        """Advance by one step under the current ``x`` (in ``input_unit``, zero by default) and return the spikes."""
        V = self.remember()
        gates = [getattr(self, name) for name in self.gate_names]
        self.V.value = self.sum_delta_inputs(self.integrate(self.dV, V, x, *(gate.value for gate in gates)))
        for gate, (alpha, beta) in zip(gates, self.rates(V), strict=True):
            gate.value = self.integrate(self.dgate, gate.value, alpha, beta)
        return self.spike()

    def scale(self) -> Any:
        """Return the distance of the threshold from rest."""
        return abs(self.V_th - self.E_L)
