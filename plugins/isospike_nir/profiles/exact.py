"""Exact: the solution of the equations of NIR, for an input that is constant over each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from isospike import math
from isospike_nir.profiles.base import Profile, steps_in

__all__ = ["Exact"]


@dataclass(frozen=True)
class Exact(Profile):
    r"""NIR as it is written, the default.

    The input S of a step is constant over it, and the linear equations are solved: with :math:`a = e^{-dt/\tau_{mem}}`
    and :math:`a_s = e^{-dt/\tau_{syn}}`,

    .. math::

        p &= (1 - a)\,S \\
        I &\leftarrow w S + a_s\,(I - w S), \qquad
        p = (1 - a)\,w S + \frac{\tau_{syn}}{\tau_{mem} - \tau_{syn}}\,(a - a_s)\,(I - w S)

    for a cell without and with a synapse. The threshold is looked at where a step ends.

    References
    ----------
    Pedersen et al. (2024), Nat. Commun. 15:8122; Rotter and Diesmann (1999), Biol. Cybern. 81:381.
    """

    name: ClassVar[str] = "exact"
    about: ClassVar[str] = "the equations of NIR, solved for an input that is constant over each step"

    def decay(self, tau: Any) -> Any:
        """Return exp(-dt / tau)."""
        return math.exp(-steps_in(tau))

    def push(self, x: Any, tau: Any) -> Any:
        """Return (1 - a) x."""
        return -math.expm1(-steps_in(tau)) * x

    def synapse(self, current: Any, x: Any, tau_syn: Any, tau_mem: Any) -> tuple[Any, Any]:
        """Return the current after the step, and what it adds to the membrane on the way."""
        # The quotient of the docstring as one function, which also holds where both time constants are equal; its
        # exponents are negative, so that nothing overflows where one of them is short.
        syn, mem = steps_in(tau_syn), steps_in(tau_mem)
        share = mem * math.exp(-math.minimum(syn, mem)) * math.exprel(-math.abs(syn - mem))
        return x + self.decay(tau_syn) * (current - x), self.push(x, tau_mem) + share * (current - x)

    def steps(self) -> dict[str, str]:
        """Return the step in words."""
        return {
            "leaky": "V is integrated exactly, for an input that is constant over the step",
            "integrating": "V += R x dt, with dt in seconds",
            "synaptic": "I and V are integrated exactly, for an input that is constant over the step",
        }
