"""SnnTorch: the steps of snnTorch 1.0.0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from isospike import math
from isospike.errors import ParameterError
from isospike_nir.profiles.base import Profile, fires, steps_in

if TYPE_CHECKING:
    from isospike_nir.cells.spiking import Spiking

__all__ = ["SnnTorch"]

_RESETS = ("subtract", "zero")


@dataclass(frozen=True)
class SnnTorch(Profile):
    r"""The step of snnTorch: a decay beta, and by default a reset one step after the spike.

    With :math:`h = dt/\tau` and :math:`\beta = 1 - h` clipped to [0, 1], ``Leaky`` (LIF) and ``Synaptic`` (CubaLIF) are

    .. math::

        p = h S, \qquad I \leftarrow \alpha I + h_{syn}\,w S,\; p = h_{mem} I

    ``export_to_nir`` writes ``r = tau / dt`` and ``w_in = tau_syn / dt`` for dt = 0.1 ms, so that h R and h w are 1.
    It does not write the reset of the network, which is therefore chosen here.

    Parameters
    ----------
    reset : {"subtract", "zero"}
        What a spike does to V: it takes ``v_threshold`` away (default), or leaves 0.
    reset_delay : bool
        Whether it does so one step after the spike, as the cells of snnTorch by default; its ``import_from_nir`` makes
        cells with ``reset="zero", reset_delay=False``.

    Raises
    ------
    ParameterError
        ``reset`` is unknown, or ``"zero"`` with a delay, in which the cells of snnTorch differ from each other.

    References
    ----------
    snnTorch 1.0.0: ``snntorch/_neurons/leaky.py``, ``synaptic.py``, ``rleaky.py``, ``rsynaptic.py``,
    ``snntorch/export_nir.py``, ``snntorch/import_nir.py``.
    """

    reset: str = "subtract"
    reset_delay: bool = True

    name: ClassVar[str] = "snntorch"
    dt_ms: ClassVar[float | None] = 0.1
    about: ClassVar[str] = "as snnTorch 1.0.0 runs the cells from which it writes these nodes, with dt = 0.1 ms"

    def __post_init__(self) -> None:
        """Check the reset."""
        if self.reset not in _RESETS or (self.reset == "zero" and self.reset_delay):
            msg = (
                f"SnnTorch(reset={self.reset!r}, reset_delay={self.reset_delay}), expected reset='subtract', or "
                "reset='zero' without a delay: write SnnTorch(reset='zero', reset_delay=False)"
            )
            raise ParameterError(msg)

    def decay(self, tau: Any) -> Any:
        """Return 1 - dt / tau, at least 0."""
        return math.clip(1.0 - steps_in(tau), 0.0, 1.0)

    def push(self, x: Any, tau: Any) -> Any:
        """Return x dt / tau."""
        return steps_in(tau) * x

    def synapse(self, current: Any, x: Any, tau_syn: Any, tau_mem: Any) -> tuple[Any, Any]:
        """Let the current decay and take the input, then act on the membrane."""
        now = self.decay(tau_syn) * current + self.push(x, tau_syn)
        return now, self.push(now, tau_mem)

    def fire(self, cell: Spiking, before: Any, V: Any) -> tuple[Any, Any]:
        """Reset for the spikes of the step before, then spike, then reset for these where there is no delay."""
        if self.reset == "zero":
            spikes = fires(cell, V)
            return V - spikes * V, spikes
        pending = fires(cell, before)
        V = V - pending * cell.v_threshold
        spikes = fires(cell, V)
        return (V if self.reset_delay else V - (spikes - pending) * cell.v_threshold), spikes

    def steps(self) -> dict[str, str]:
        """Return the step in words."""
        return {
            "leaky": "V = v_leak + beta (V - v_leak) + R x dt/tau, with beta = 1 - dt/tau",
            "integrating": "V += R x dt, with dt in seconds; snnTorch itself has no such cell",
            "synaptic": "I = alpha I + w_in x dt/tau_syn, alpha = 1 - dt/tau_syn, then V as a leaky cell under this I",
        }

    def resets(self) -> str:
        """Return the reset in words."""
        does = "leaves V = 0" if self.reset == "zero" else "lowers V by v_threshold"
        when = "in the next step, after the decay" if self.reset_delay else "in the same step"
        return (
            f"a spike {does} {when}. The file does not tell the reset of the network: choose it with "
            "profile=iso.nir.SnnTorch(reset=..., reset_delay=...)"
        )
