"""STP: short-term plasticity, facilitation and depression."""

from __future__ import annotations

from typing import Any

from isospike import environ, math
from isospike.errors import ParameterError
from isospike.namespace import to_host
from isospike.parameter import parameter
from isospike.state import HiddenState
from isospike.synapse import Release

__all__ = ["STP"]


class STP(Release):
    r"""Short-term facilitation and depression of Tsodyks and Markram.

    .. math::

        \frac{du}{dt} = -\frac{u}{\tau_f}, \qquad \frac{dx}{dt} = \frac{1 - x}{\tau_d}, \qquad
        u \leftarrow u + U\,(1 - u), \quad r = u\,x, \quad x \leftarrow x - r \quad \text{at a spike}

    u is the probability of release, x what is there to be released, r what a spike releases: u has risen, and x not
    yet fallen. After rest the first spike releases U. One step is: advance u and x over dt exactly, then release at
    the spikes that arrived.

    Give it to a projection, ``stp=iso.STP.desc(U=0.5)``: its weights then are those of a release of 1.

    Parameters
    ----------
    in_size : int or tuple of int
        Number of presynaptic cells.
    U : float
        Probability of release after rest, from 0 to 1; 0.15 by default, as in BrainPy.
    tau_f : Quantity, ms
        Time constant of facilitation; 1500 ms by default, as in BrainPy.
    tau_d : Quantity, ms
        Time constant of recovery from depression; 200 ms by default, as in BrainPy.

    Raises
    ------
    ParameterError
        U is above 1.

    Notes
    -----
    BrainPy has the same equations but starts with u = U, as if there had just been a spike: its first one releases
    U + U (1 - U), 0.2775 for U = 0.15. Here u starts at 0, its rest.

    References
    ----------
    Tsodyks, Pawelzik and Markram (1998), Neural Computation 10:821, equations 3 and 4; Mongillo, Barak and Tsodyks
    (2008), Science 319:1543, lets u relax to U instead.
    """

    U: Any = parameter(0.15, "", "probability of release after rest", positive=True)
    tau_f: Any = parameter(1500.0, "ms", "time constant of facilitation", positive=True, plausible=(0.1, 1e5))
    tau_d: Any = parameter(200.0, "ms", "time constant of recovery", positive=True, plausible=(0.1, 1e5))

    def check_parameters(self) -> None:
        """Refuse a probability above 1."""
        check_fraction(self)

    def init_state(self, batch_size: int | None = None) -> None:
        """Start at rest."""
        shape = self.in_size if batch_size is None else (batch_size, *self.in_size)
        self.u = HiddenState(math.zeros(shape))
        self.x = HiddenState(math.ones(shape))

    def update(self, spikes: Any) -> Any:
        """Advance by one step, and return what the spikes that arrive release."""
        u = math.exp(math.negative(environ.get_dt() / self.tau_f)) * self.u.value
        x = 1.0 - math.exp(math.negative(environ.get_dt() / self.tau_d)) * (1.0 - self.x.value)
        u = u + spikes * (self.U * (1.0 - u))
        released = spikes * (u * x)
        self.u.value, self.x.value = u, x - released
        return released


def check_fraction(release: Release) -> None:
    """Refuse a U above 1."""
    if (to_host(release.U) > 1).any():
        msg = f"{type(release).__name__}(U={release.U}), expected a fraction above 0, and 1 at most, such as U=0.5"
        raise ParameterError(msg)
