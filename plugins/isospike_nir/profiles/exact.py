"""Exact: the solution of the equations of NIR, for an input that is constant over each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from isospike import math
from isospike.errors import ParameterError
from isospike_nir.profiles.base import Profile, fires, steps_in

if TYPE_CHECKING:
    from isospike_nir.cells.spiking import Spiking

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

    Parameters
    ----------
    reset : {"v_reset", "subtract"}
        What a spike does to V: it puts it to ``v_reset`` (default), as NIR has it, or takes ``v_threshold - v_reset``
        away and keeps the overshoot, as cells of isospike with ``spk_reset="soft"`` do.

    Raises
    ------
    ParameterError
        ``reset`` is another word.

    References
    ----------
    Pedersen et al. (2024), Nat. Commun. 15:8122; Rotter and Diesmann (1999), Biol. Cybern. 81:381.
    """

    reset: str = "v_reset"

    name: ClassVar[str] = "exact"
    about: ClassVar[str] = "the equations of NIR, solved for an input that is constant over each step"

    def __post_init__(self) -> None:
        """Check the reset."""
        if self.reset not in ("v_reset", "subtract"):
            msg = f"Exact(reset={self.reset!r}), expected 'v_reset' or 'subtract': write Exact(reset='subtract')"
            raise ParameterError(msg)

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

    def fire(self, cell: Spiking, before: Any, V: Any) -> tuple[Any, Any]:
        """Spike above the threshold, and reset in the same step."""
        if self.reset == "v_reset":
            return super().fire(cell, before, V)
        spikes = fires(cell, V)
        return V - spikes * (cell.v_threshold - cell.v_reset), spikes

    def resets(self) -> str:
        """Return the reset in words."""
        if self.reset == "v_reset":
            return super().resets()
        return "a cell whose V lies above v_threshold spikes and loses v_threshold - v_reset in the same step"

    def steps(self) -> dict[str, str]:
        """Return the step in words."""
        return {
            "leaky": "V is integrated exactly, for an input that is constant over the step",
            "integrating": "V += R x dt, with dt in seconds",
            "synaptic": "I and V are integrated exactly, for an input that is constant over the step",
        }
