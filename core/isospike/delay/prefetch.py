"""Prefetch: a State or the spikes of a module, read in a step, now or as they were some time ago."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import units
from isospike.delay.delay import Delay
from isospike.dynamics import Dynamics
from isospike.errors import UnknownNameError, nearest
from isospike.math import reshape
from isospike.module import Module
from isospike.state import State

__all__ = ["Prefetch"]


class Prefetch(Module):
    """Reads a State, or what a method without arguments returns, of a population; made by ``cells.prefetch(item)``.

    It can stand before the ``comm`` of a projection, and then takes the place of the spikes that the projection
    is called with.

    Parameters
    ----------
    module : Dynamics
        The population.
    item : str
        Name of a State, such as ``"V"``, or of a method, such as ``"spike"``.

    Raises
    ------
    UnknownNameError
        The population has no such State or method.

    Examples
    --------
    ``cells.prefetch("V").delay.at(1.5 * u.ms)`` reads the potential of 1.5 ms ago.
    """

    def __init__(self, module: Dynamics, item: str) -> None:
        held = (name for name, value in vars(module).items() if isinstance(value, State))
        states = {name for name in (*module.declared_states(), *held) if not name.startswith("_")}
        if item not in states and not callable(getattr(type(module), item, None)):
            msg = (
                f"{type(module).__name__}.prefetch({item!r}): there is no such State.{nearest(item, states)} Its "
                f"States are: {', '.join(sorted(states))}; 'spike' reads the spikes"
            )
            raise UnknownNameError(msg)
        self.module, self.item = module, item

    @property
    def delay(self) -> _Delayed:
        """The same of some time ago: ``.delay.at(1.5 * u.ms)``."""
        return _Delayed(self)

    def update(self, *ignored: Any) -> Any:
        """Return the present value; what it is given, such as the spikes of a network, does not matter."""
        del ignored
        held = getattr(self.module, self.item)
        return held.value if isinstance(held, State) else held()


class _Delayed:
    """What ``.delay`` of a `Prefetch` is."""

    def __init__(self, source: Prefetch) -> None:
        self.source = source

    def at(self, time: Any, *, interpolation: str = "nearest") -> PrefetchedDelay:
        """Return a module that reads the value of that time ago; parameters as in `Delay`."""
        return PrefetchedDelay(self.source, time, interpolation)


class PrefetchedDelay(Delay):
    """A delay that reads its source itself; a value is taken to have been before what it is at the start."""

    def __init__(self, source: Prefetch, time: Any, interpolation: str) -> None:
        keeps = None if source.item == "spike" else "values"
        super().__init__(source.module.out_size, time, interpolation=interpolation, keeps=keeps)
        self.source = source

    def before(self) -> Any:
        """Return the initial value of the State."""
        held = getattr(self.source.module, self.source.item)
        if not isinstance(held, State):
            return 0.0
        mantissa, unit = units.split(held.value)
        shape = tuple(np.shape(mantissa))
        return units.quantity(reshape(mantissa, (*shape[: len(shape) - len(self.in_size)], self.n)), unit)

    def update(self, *ignored: Any) -> Any:
        """Take the present value of the source, and return what is due."""
        return super().update(self.source.update(*ignored))
