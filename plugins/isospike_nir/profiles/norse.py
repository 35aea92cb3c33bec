"""Norse: the steps of Norse 1.1.0."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from isospike.errors import ParameterError
from isospike_nir.profiles.base import Profile, steps_in

__all__ = ["Norse"]


@dataclass(frozen=True)
class Norse(Profile):
    r"""The step of Norse: forward Euler, and a synapse that jumps before it acts.

    With :math:`h = dt/\tau`, ``LIFBoxCell`` (LIF), ``LIBoxCell`` (LI), ``IAFCell`` (IF) and ``LIFCell`` (CubaLIF) are

    .. math::

        p = h_{mem} S, \qquad V \leftarrow V + S, \qquad
        J = I + w S,\; p = h_{mem} J,\; I \leftarrow (1 - h_{syn})\,J

    and a spike puts V to ``v_reset`` in the same step. Norse's ``to_nir`` writes ``dt / tau_mem_inv``, which is dt
    times the time constant, where NIR has seconds.

    Parameters
    ----------
    times : {"seconds", "dt"}, optional
        What the time constants of a file are: seconds, as NIR has them, or dt times these, as ``to_nir`` writes them.
        By default it is guessed, with a warning where the guess is ``"dt"``: where the shortest one is shorter than dt,
        with which a step of Euler overshoots. What isospike wrote itself is read as it stands, in seconds.

    Raises
    ------
    ParameterError
        ``times`` is another word.

    Warns
    -----
    PlausibilityWarning
        Where a graph is loaded: the time constants are guessed to be products with dt.

    References
    ----------
    Norse 1.1.0: ``lif_box_feed_forward_step``, ``li_box_feed_forward_step``, ``iaf_feed_forward_step`` and
    ``lif_feed_forward_step`` in ``norse/torch/functional``, ``norse/torch/utils/export_nir.py``.
    """

    times: str | None = field(default=None, repr=False)  # what a file means, no part of the step

    name: ClassVar[str] = "norse"
    dt_ms: ClassVar[float | None] = 1.0
    about: ClassVar[str] = "as Norse 1.1.0 runs the cells from which it writes these nodes"

    def __post_init__(self) -> None:
        """Check the times."""
        if self.times not in (None, "seconds", "dt"):
            msg = (
                f"Norse(times={self.times!r}), expected 'seconds' or 'dt', or nothing to guess: Norse(times='seconds')"
            )
            raise ParameterError(msg)

    def decay(self, tau: Any) -> Any:
        """Return 1 - dt / tau."""
        return 1.0 - steps_in(tau)

    def push(self, x: Any, tau: Any) -> Any:
        """Return x dt / tau."""
        return steps_in(tau) * x

    def synapse(self, current: Any, x: Any, tau_syn: Any, tau_mem: Any) -> tuple[Any, Any]:
        """Let the current jump, act on the membrane, and decay."""
        jumped = current + x
        return self.decay(tau_syn) * jumped, self.push(jumped, tau_mem)

    def integral(self, x: Any) -> Any:
        """Return x: an ``IAFCell`` knows no dt."""
        return x

    def divisor(self, shortest: float, dt: float) -> float:
        """Return dt where the file holds dt times the time constants, as ``to_nir`` writes them."""
        return dt if self.times == "dt" or (self.times is None and shortest < dt) else 1.0

    def is_guessed(self) -> bool:
        """Say whether `divisor` depends on the time constants."""
        return self.times is None

    def steps(self) -> dict[str, str]:
        """Return the step in words."""
        return {
            "leaky": "forward Euler, V += dt/tau (v_leak - V + R x)",
            "integrating": "V += R x, whatever dt",
            "synaptic": "I += w_in x, then V += dt/tau_mem (v_leak - V + R I), then I *= 1 - dt/tau_syn",
        }
