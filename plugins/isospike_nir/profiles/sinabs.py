"""Sinabs: the steps of sinabs 2.0.3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from isospike import math, units
from isospike_nir.profiles.base import Profile

if TYPE_CHECKING:
    from isospike_nir.cells.spiking import Spiking

__all__ = ["Sinabs"]


@dataclass(frozen=True)
class Sinabs(Profile):
    r"""The step of sinabs, which counts time in steps and may spike several times in one.

    With :math:`a = e^{-1/\tau}`, tau being a number of steps, ``LIF``, ``ExpLeak`` (LI) and ``IAF`` (IF) are

    .. math::

        p = (1 - a)\,S \text{ or } S, \qquad V \leftarrow V + S, \qquad
        n = \lfloor V / v_{th} \rfloor,\; V \leftarrow V - n\,v_{th}

    where n, at least 0, is the number of spikes. sinabs writes no synapse; a CubaLIF gets that of its cells,
    :math:`I \leftarrow a_s\,(I + w S)`.

    Parameters
    ----------
    norm_input : bool
        Whether the input of a leaky membrane is multiplied by 1 - a, as by default in sinabs; its ``from_nir`` makes
        cells with ``norm_input=False``. A file does not say.

    References
    ----------
    sinabs 2.0.3: ``sinabs/layers/functional/lif.py``, ``sinabs/activation``, ``sinabs/nir.py``.
    """

    norm_input: bool = True

    name: ClassVar[str] = "sinabs"
    about: ClassVar[str] = "as sinabs 2.0.3 runs the layers from which it writes these nodes; tau counts steps"
    times_in: ClassVar[str] = "steps"
    usual: ClassVar[tuple[float, float]] = (0.5, 1e5)
    positive: ClassVar[tuple[str, ...]] = ("v_threshold",)

    def decay(self, tau: Any) -> Any:
        """Return exp(-1 / tau)."""
        return math.exp(-1.0 / _number(tau))

    def push(self, x: Any, tau: Any) -> Any:
        """Return x, or (1 - a) x."""
        return (1.0 - self.decay(tau)) * x if self.norm_input else x

    def synapse(self, current: Any, x: Any, tau_syn: Any, tau_mem: Any) -> tuple[Any, Any]:
        """Let the current take the input and decay, then act on the membrane."""
        now = self.decay(tau_syn) * (current + x)
        return now, self.push(now, tau_mem)

    def integral(self, x: Any) -> Any:
        """Return x: the step is the unit of time."""
        return x

    def fire(self, cell: Spiking, before: Any, V: Any) -> tuple[Any, Any]:
        """Spike once for each threshold that fits into V, and take them away."""
        del before
        ratio = V / cell.v_threshold
        soft = cell.spk_fun(ratio - 1.0)
        # The count is that of sinabs, its gradient that of the surrogate.
        count = math.floor(math.maximum(ratio, 0.0))
        spikes = soft + math.stop_gradient(count - soft)
        return V - spikes * cell.v_threshold, spikes

    def steps(self) -> dict[str, str]:
        """Return the step in words."""
        gain = "R x (1 - a)" if self.norm_input else "R x"
        leaky = f"V = v_leak + a (V - v_leak) + {gain}, with a = exp(-1/tau) and tau in steps. The file does not tell "
        return {
            "leaky": f"{leaky}whether the input is normalised: choose it with profile=iso.nir.Sinabs(norm_input=...)",
            "integrating": "V += R x, whatever dt",
            "synaptic": "I = a_syn (I + w_in x), then V as a leaky cell under this I; sinabs writes no such node",
        }

    def resets(self) -> str:
        """Return the reset in words."""
        return "a cell spikes floor(V / v_threshold) times in a step, and each spike lowers V by v_threshold"


def _number(tau: Any) -> Any:
    return units.convert(tau, units.parse_unit("second"), what="tau")
