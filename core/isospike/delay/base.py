"""What all delays have in common: a time, counted in steps when the States are made, and a line of what came."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, units
from isospike.delay.line import Line, SpikeLine, ValueLine
from isospike.delay.times import INTERPOLATIONS, Steps, count_steps, drawn_times, dt_in_ms
from isospike.errors import ParameterError, StateError
from isospike.math import add, multiply
from isospike.module import SEARCHED, Module, resetting, seed_of
from isospike.random.host import HostRandom

__all__ = ["BaseDelay"]

_KEEPS = ("spikes", "values")


class BaseDelay(Module):
    """Base of delays.

    Parameters
    ----------
    interpolation, keeps
        As in `Delay`.
    """

    # A delay may need States and synapses of other modules to make its own.
    init_order = 1
    time: Any
    _each = "one time per presynaptic cell"

    def __init__(self, interpolation: str, keeps: str | None) -> None:
        for name, given, options in (("interpolation", interpolation, INTERPOLATIONS), ("keeps", keeps, _KEEPS)):
            if given not in options and not (name == "keeps" and given is None):
                msg = f"{type(self).__name__}({name}=...) is {given!r}, expected {' or '.join(map(repr, options))}"
                raise ParameterError(msg)
        self.interpolation, self.keeps = interpolation, keeps
        self._steps: Steps | None = None
        self._dt = 0.0
        self._line: Line | None = None

    @property
    def title(self) -> str:
        """The argument that holds the time, for messages."""
        return f"{type(self).__name__}(time=...)"

    @property
    def steps(self) -> np.ndarray:
        """Whole steps of delay: one number, or one per presynaptic cell or synapse."""
        return self._ready()[0].whole

    def prepare(self, shape: tuple[int, ...], n: int, value: Any, batch_size: int | None) -> Any:
        """Count the steps and return what ``history`` starts with, as if ``value`` had come all the time.

        ``shape`` is that of one time for each, n the number of cells that the line holds.
        """
        if self._steps is None or not resetting():
            self._count(shape, n)
        assert self._line is not None
        return self._line.initial(value, () if batch_size is None else (batch_size,))

    def _count(self, shape: tuple[int, ...], n: int) -> None:
        rng = HostRandom(seed_of(self), f"{self.path}.time")
        times = drawn_times(self.time, shape, rng, self.title, self._each)
        steps = count_steps(times, self.interpolation, self.title, is_drawn=callable(self.time))
        keeps = self.keeps or ("values" if environ.get("fit", False) else "spikes")
        line = {"spikes": SpikeLine, "values": ValueLine}[keeps](n, steps.depth)
        self._dt = dt_in_ms()
        # What is as before stays the same object, so that compiled steps stay valid.
        if not steps.same(self._steps):
            self._steps = steps
        if not line.same(self._line):
            self._line = line

    def push(self, x: Any) -> None:
        """Take what a step brings, of shape ``(*batch, n)``."""
        _, line = self._ready()
        self._check_dt()
        if units.split(x)[0].dtype == "bool":
            x = multiply(x, 1.0)
        self.history.value = line.push(self.history.value, x)

    def read(self, steps: Steps, cells: np.ndarray | None = None) -> Any:
        """Return what is due now, of all cells or of those given."""
        _, line = self._ready()
        x = line.read(self.history.value, steps.whole, cells)
        if steps.rest is None:
            return x
        earlier = line.read(self.history.value, steps.whole + 1, cells)
        return add(multiply(1.0 - steps.rest, x), multiply(steps.rest, earlier))

    def _ready(self) -> tuple[Steps, Line]:
        if self._steps is None or self._line is None:
            msg = (
                f"{type(self).__name__} {self.path!r} is not initialised: call iso.init_all_states(network) before "
                f"running it; {SEARCHED}"
            )
            raise StateError(msg)
        return self._steps, self._line

    def _check_dt(self) -> None:
        if abs(dt_in_ms() - self._dt) > 1e-9 * self._dt:
            msg = (
                f"{type(self).__name__} {self.path!r} was initialised with dt = {self._dt:g} ms, but runs with "
                f"dt = {environ.get_dt()}: call init_all_states and run inside one "
                f"`with iso.environ.context(dt={self._dt:g} * u.ms):`"
            )
            raise StateError(msg)
