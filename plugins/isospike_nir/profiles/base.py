"""The profile interface: the discretisation and the reset order by which a library runs a NIR graph."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from isospike import environ, math, units

if TYPE_CHECKING:
    from isospike_nir.cells.spiking import Spiking

__all__ = ["Profile", "fires"]


class Profile:
    r"""Base of profiles; subclasses are frozen dataclasses.

    The equations of NIR are those of linear filters with a threshold. Every library makes the same kind of step of
    them, with other coefficients,

    .. math::

        V \leftarrow v_{leak} + a\,(V - v_{leak}) + R\,p

    where a is the `decay` of the membrane and p what the input `push` es it by; the filter of a synapse is in
    `synapse`. What a threshold does is in `fire`.
    """

    #: The name by which `isospike_nir.load` knows it.
    name: ClassVar[str]
    #: The step, in ms, for which the library writes its files; ``None`` where a file goes with any.
    dt_ms: ClassVar[float | None] = None
    #: What it is, in one line of the audit.
    about: ClassVar[str]
    #: What the time constants count, and between which of them those of a file usually lie.
    times_in: ClassVar[str] = "s"
    usual: ClassVar[tuple[float, float]] = (5e-5, 5.0)
    #: Parameters that must be positive, beside the time constants.
    positive: ClassVar[tuple[str, ...]] = ()

    def decay(self, tau: Any) -> Any:
        """Return the factor a by which a distance from rest shrinks in a step."""
        raise NotImplementedError

    def push(self, x: Any, tau: Any) -> Any:
        """Return what an input x, which lasts for the step, adds to a leaky membrane."""
        raise NotImplementedError

    def synapse(self, current: Any, x: Any, tau_syn: Any, tau_mem: Any) -> tuple[Any, Any]:
        """Return the synaptic current after a step with the input x, and what it adds to a leaky membrane."""
        raise NotImplementedError

    def integral(self, x: Any) -> Any:
        """Return what an input x adds to a membrane without a leak."""
        return x * (environ.get_dt() / units.quantity(1.0, units.parse_unit("second")))

    def fire(self, cell: Spiking, before: Any, V: Any) -> tuple[Any, Any]:
        """Return the potential that is kept, and the spikes; ``before`` was kept by the last step, V is the new one.

        By default V above ``v_threshold`` is a spike and puts it to ``v_reset`` in the same step.
        """
        del before
        spikes = fires(cell, V)
        return V * (1.0 - spikes) + cell.v_reset * spikes, spikes

    def divisor(self, shortest: float, dt: float) -> float:
        """Return what divides the time constants of a file, the shortest of which is given, to make seconds of them.

        ``dt`` is the step in seconds. NIR has seconds, a library may have written something else.
        """
        del shortest, dt
        return 1.0

    def is_guessed(self) -> bool:
        """Say whether `divisor` is only a guess, of which the user is warned where it is not 1."""
        return False

    def steps(self) -> dict[str, str]:
        """Return the step in words for the audit: of ``"leaky"``, ``"integrating"`` and ``"synaptic"`` cells."""
        raise NotImplementedError

    def resets(self) -> str:
        """Return the reset in words, for the audit."""
        return "a cell whose V lies above v_threshold spikes and is put to v_reset in the same step"


def fires(cell: Spiking, V: Any) -> Any:
    """Return 1 for the cells above threshold; at the threshold itself there is no spike, as in NIR's equations."""
    # A surrogate gives 1 at 0, so it is asked for the cells that are not above.
    return 1.0 - cell.spk_fun((cell.v_threshold - V) / units.quantity(1.0, units.parse_unit("mV")))


def steps_in(tau: Any) -> Any:
    """Return dt / tau, a number."""
    return math.divide(environ.get_dt(), tau)
