"""DualExpon: the synapse with a time constant of rise and one of decay."""

from __future__ import annotations

from typing import Any

from isospike import environ, math, units
from isospike.errors import ParameterError
from isospike.namespace import to_host
from isospike.parameter import parameter
from isospike.state import HiddenState
from isospike.synapse import Synapse

__all__ = ["DualExpon"]


class DualExpon(Synapse):
    r"""Difference of two exponentials.

    .. math::

        g = k\,(d - r), \qquad \frac{dd}{dt} = -\frac{d}{\tau_{decay}}, \qquad \frac{dr}{dt} = -\frac{r}{\tau_{rise}},
        \qquad d, r \leftarrow d + \sum_i w_i,\; r + \sum_i w_i \text{ at the spikes of } i

    with :math:`k = \frac{\tau_d}{\tau_d - \tau_r} \left(\frac{\tau_r}{\tau_d}\right)^{\tau_r / (\tau_r - \tau_d)}`, so
    that the peak of the response to one spike is its weight w, at
    :math:`t = \frac{\tau_d \tau_r}{\tau_d - \tau_r} \ln\frac{\tau_d}{\tau_r}`. One step is: decay of d and r, exactly,
    then add the weighted spikes that arrived to both; g itself does not jump.

    Parameters
    ----------
    in_size : int or tuple of int
        Number of postsynaptic cells.
    tau_decay : Quantity, ms
        Time constant of the decay; 10 ms by default, as in BrainPy.
    tau_rise : Quantity, ms
        Time constant of the rise; 1 ms by default, as in BrainPy.
    A : float, optional
        Factor k in place of the one above; 1 gives the bare difference.

    Raises
    ------
    ParameterError
        The time constants are equal: the difference is zero, and its limit is `Alpha`.

    References
    ----------
    Dayan and Abbott (2001), Theoretical Neuroscience, equation 5.33; Roth and van Rossum (2009), Modeling synapses, in
    Computational Modeling Methods for Neuroscientists, MIT Press.
    """

    tau_decay: Any = parameter(10.0, "ms", "time constant of the decay", positive=True, plausible=(0.01, 5000.0))
    tau_rise: Any = parameter(1.0, "ms", "time constant of the rise", positive=True, plausible=(0.001, 1000.0))

    def __init__(self, in_size: Any, A: float | None = None, **parameters: Any) -> None:
        super().__init__(in_size, **parameters)
        self.A = A

    def check_parameters(self) -> None:
        """Refuse two equal time constants."""
        decay, rise = (to_host(units.split(tau)[0]) for tau in (self.tau_decay, self.tau_rise))
        if (decay == rise).any():
            name = type(self).__name__
            msg = (
                f"{name}(tau_decay={self.tau_decay}, tau_rise={self.tau_rise}) is zero everywhere, as the time "
                "constants are equal: write iso.Alpha.desc(tau=...), which is the limit"
            )
            raise ParameterError(msg)

    def init_state(self, batch_size: int | None = None) -> None:
        """Start with nothing."""
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        self.decaying = HiddenState(units.quantity(math.zeros(shape), self.unit))
        self.rising = HiddenState(units.quantity(math.zeros(shape), self.unit))

    def update(self, x: Any = None) -> Any:
        """Advance by one step, add the arriving input (and ``x``), and return g."""
        arriving = self.sum_delta_inputs(math.zeros_like(self.rising.value))
        arriving = arriving if x is None else arriving + x
        for state, tau in ((self.decaying, self.tau_decay), (self.rising, self.tau_rise)):
            state.value = math.exp(math.negative(environ.get_dt() / tau)) * state.value + arriving
        return self.conductance()

    def conductance(self) -> Any:
        """Return g."""
        return self.factor() * (self.decaying.value - self.rising.value)

    def factor(self) -> Any:
        """Return k."""
        if self.A is not None:
            return self.A
        decay, rise = self.tau_decay, self.tau_rise
        difference = decay - rise
        return decay / difference * math.pow(rise / decay, math.negative(rise / difference))
