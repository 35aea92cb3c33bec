"""STD: short-term depression."""

from __future__ import annotations

from typing import Any

from isospike import environ, math
from isospike.parameter import parameter
from isospike.state import HiddenState
from isospike.synapse import Release
from isospike_models.synapses.stp import check_fraction

__all__ = ["STD"]


class STD(Release):
    r"""Short-term depression: each spike uses up a fraction of what can be released.

    .. math::

        \frac{dx}{dt} = \frac{1 - x}{\tau}, \qquad r = x, \quad x \leftarrow (1 - U)\,x \quad \text{at a spike}

    After rest the first spike releases 1, so that a weight is that of a rested synapse; 1 - U is the factor D of Abbott
    et al. One step is: advance x over dt exactly, then release at the spikes that arrived.

    Give it to a projection, ``stp=iso.STD.desc(U=0.4)``.

    Parameters
    ----------
    in_size : int or tuple of int
        Number of presynaptic cells.
    U : float
        Fraction that a spike uses up, from 0 to 1; 0.07 by default, as in BrainPy.
    tau : Quantity, ms
        Time constant of recovery; 200 ms by default, as in BrainPy.

    Raises
    ------
    ParameterError
        U is above 1.

    References
    ----------
    Abbott, Varela, Sen and Nelson (1997), Science 275:220; Tsodyks and Markram (1997), PNAS 94:719.
    """

    U: Any = parameter(0.07, "", "fraction that a spike uses up", positive=True)
    tau: Any = parameter(200.0, "ms", "time constant of recovery", positive=True, plausible=(0.1, 1e5))

    def check_parameters(self) -> None:
        """Refuse a fraction above 1."""
        check_fraction(self)

    def init_state(self, batch_size: int | None = None) -> None:
        """Start at rest."""
        self.x = HiddenState(math.ones(self.in_size if batch_size is None else (batch_size, *self.in_size)))

    def update(self, spikes: Any) -> Any:
        """Advance by one step, and return what the spikes that arrive release."""
        x = 1.0 - math.exp(math.negative(environ.get_dt() / self.tau)) * (1.0 - self.x.value)
        released = spikes * x
        self.x.value = x - self.U * released
        return released
