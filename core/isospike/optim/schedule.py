r"""Learning rates that change from update to update, as functions of the number k of updates before."""

from __future__ import annotations

import math as host
from typing import Any

from isospike import environ, math
from isospike.errors import ParameterError

__all__ = ["CosineDecay", "ExponentialDecay", "Schedule", "StepDecay", "Warmup", "as_schedule"]


class Schedule:
    """A constant rate, and the base of those that change.

    Parameters
    ----------
    lr : float
        The rate.

    Raises
    ------
    ParameterError
        The rate is negative or not finite.
    """

    def __init__(self, lr: float) -> None:
        self.lr = _number(self, "lr", lr, low=0.0)

    def __call__(self, count: Any) -> Any:
        """Return the rate of the update that ``count`` others came before."""
        return self.lr * self.factor(math.astype(count, environ.float_dtype()))

    def factor(self, k: Any) -> Any:
        """Return what the rate is multiplied with; ``k`` is floating."""
        del k
        return 1.0


class StepDecay(Schedule):
    r"""A rate that falls at every so many updates: :math:`lr \, \gamma^{\lfloor k / n \rfloor}`.

    Parameters
    ----------
    lr : float
        First rate.
    step_size : int
        Updates n at one rate.
    gamma : float
        What it is multiplied with; 0.1 by default.
    """

    def __init__(self, lr: float, step_size: int, gamma: float = 0.1) -> None:
        super().__init__(lr)
        self.step_size = _number(self, "step_size", step_size, low=1)
        self.gamma = _number(self, "gamma", gamma, low=1e-12)

    def factor(self, k: Any) -> Any:
        """Return gamma to the number of falls."""
        return math.exp(host.log(self.gamma) * math.floor((k + 0.5) / self.step_size))


class ExponentialDecay(Schedule):
    r"""A rate that falls steadily: :math:`lr \, \gamma^{k / n}`.

    Parameters
    ----------
    lr : float
        First rate.
    decay_steps : int
        Updates n in which it is multiplied with gamma once.
    gamma : float
        0.1 by default.
    """

    def __init__(self, lr: float, decay_steps: int, gamma: float = 0.1) -> None:
        super().__init__(lr)
        self.decay_steps = _number(self, "decay_steps", decay_steps, low=1)
        self.gamma = _number(self, "gamma", gamma, low=1e-12)

    def factor(self, k: Any) -> Any:
        """Return gamma to the power of k / n."""
        return math.exp(host.log(self.gamma) / self.decay_steps * k)


class CosineDecay(Schedule):
    r"""A rate that falls along half a cosine and stays: :math:`lr (\alpha + (1 - \alpha) (1 + \cos \pi k / n) / 2)`.

    Parameters
    ----------
    lr : float
        First rate.
    decay_steps : int
        Updates n until it is at its end.
    alpha : float
        The last rate as a part of the first; 0 by default.

    References
    ----------
    Loshchilov and Hutter (2017), SGDR, ICLR.
    """

    def __init__(self, lr: float, decay_steps: int, alpha: float = 0.0) -> None:
        super().__init__(lr)
        self.decay_steps = _number(self, "decay_steps", decay_steps, low=1)
        self.alpha = _number(self, "alpha", alpha, low=0.0)

    def factor(self, k: Any) -> Any:
        """Return the place on the cosine."""
        angle = math.minimum(k / self.decay_steps, 1.0) * host.pi
        return self.alpha + (1.0 - self.alpha) * 0.5 * (1.0 + math.cos(angle))


class Warmup(Schedule):
    r"""A rate that rises in equal steps over the first updates, :math:`(k + 1) / n`, times that of another schedule.

    Parameters
    ----------
    then : float or Schedule
        The rate after that.
    steps : int
        Updates n until it is reached.
    """

    def __init__(self, then: float | Schedule, steps: int) -> None:
        self.then = as_schedule("Warmup(then=...)", then)
        super().__init__(self.then.lr)
        self.steps = _number(self, "steps", steps, low=1)

    def factor(self, k: Any) -> Any:
        """Return the rise times the factor of the other schedule."""
        return math.minimum((k + 1.0) / self.steps, 1.0) * self.then.factor(k)


def as_schedule(what: str, lr: Any) -> Schedule:
    """Return a schedule; of a number, the constant one.

    Raises
    ------
    ParameterError
        It is a function, or no rate.
    """
    if isinstance(lr, Schedule):
        return lr
    if callable(lr):
        msg = (
            f"{what} is {lr!r}, expected a number or a Schedule: write iso.optim.ExponentialDecay(0.01, 1000), or a "
            "subclass of iso.optim.Schedule with `def factor(self, k): return 1 / (1 + k)`, what the rate is "
            "multiplied with in the update after k others"
        )
        raise ParameterError(msg)
    return Schedule(lr)


def _number(owner: object, name: str, value: Any, *, low: float) -> float:
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else host.nan
    if not (low <= number < host.inf):
        msg = f"{type(owner).__name__}({name}={value!r}): expected a finite number from {low:g} on"
        raise ParameterError(msg)
    return float(number)
