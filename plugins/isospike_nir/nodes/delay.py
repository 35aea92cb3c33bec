"""The node type Delay."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from isospike.errors import ParameterError
from isospike_nir.layers import Lag
from isospike_nir.nodes.context import Context
from isospike_nir.nodes.kind import MOST, Kind, Shape
from isospike_nir.nodes.spec import Spec

__all__ = ["DelayKind"]


class DelayKind(Kind):
    """A time for each element, a whole number of steps here."""

    def in_shape(self, spec: Spec) -> Shape | None:
        """Return the shape of the times; one number tells nothing."""
        shape = self._times(spec).shape
        return None if shape in ((), (1,)) else shape

    def build(self, spec: Spec, shape: Shape, context: Context) -> Lag:
        """Return the delay, and note where times are rounded."""
        times = self._times(spec)
        exact = times / context.dt
        moved = float(abs(exact - np.rint(exact)).max())
        if moved > 1e-6 * float(exact.max()):
            text = f"times are rounded to whole steps of dt = {context.dt * 1e3:g} ms, by up to {moved:.3g} of a step"
            context.audit.note(spec.name, text)
        longest = int(np.rint(exact.max()))
        if longest * math.prod(shape) > MOST:
            msg = (
                f"{spec.title}: delay is up to {times.max():g} s, {longest} steps of dt = {context.dt * 1e3:g} ms for "
                f"each of {math.prod(shape)} elements, expected {MOST} values to keep at most: are times in seconds?"
            )
            raise ParameterError(msg)
        return Lag(shape, times, context.dt, in_loop=spec.name in context.closing)

    def write(self, module: Any) -> dict[str, Any]:
        """Return the times in seconds."""
        return {"delay": np.array(np.broadcast_to(module.seconds, module.in_size))}

    def closes_loop(self, spec: Spec, dt: float) -> bool:
        """Say whether every time is at least one step, so that a loop may go through it without a step of its own."""
        return bool((np.rint(self._times(spec) / dt) >= 1).all())

    def _times(self, spec: Spec) -> np.ndarray:
        times = spec.array("delay")
        if (times < 0).any():
            msg = f"{spec.title}: delay is {float(times.min()):g} s, expected 0 or more"
            raise ParameterError(msg)
        return times
