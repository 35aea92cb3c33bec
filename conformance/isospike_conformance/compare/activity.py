"""The spikes of a population in a window of time, as statistics need them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from isospike.errors import ParameterError, ShapeError

if TYPE_CHECKING:
    from isospike.results.result import Result

__all__ = ["Activity", "activities"]


@dataclass(frozen=True, eq=False)
class Activity:
    """The spikes of one population in one run.

    Attributes
    ----------
    steps, neurons : array of int (spikes,)
        Step and cell of each spike, in any order.
    size : int
        Number of cells.
    start, stop : int
        The window: steps ``start`` to ``stop - 1``.
    dt_ms : float, ms
        Time step.

    Raises
    ------
    ParameterError
        If the window is empty.
    ShapeError
        If the columns differ in length, or a spike lies outside the window or the population.
    """

    steps: NDArray[Any]
    neurons: NDArray[Any]
    size: int
    start: int
    stop: int
    dt_ms: float

    def __post_init__(self) -> None:
        if self.steps.shape != self.neurons.shape or self.steps.ndim != 1:
            raise ShapeError(
                f"Activity: steps of shape {self.steps.shape} and neurons of shape {self.neurons.shape}; expected "
                "two vectors of one length: Activity(*result.train('cells'), ...)."
            )
        if not (self.stop > self.start and self.dt_ms > 0 and self.size > 0):
            raise ParameterError(
                f"Activity: {self.size} cells, steps {self.start} to {self.stop} of {self.dt_ms} ms; expected at "
                "least one cell and one step: a warm-up shorter than the run, after(warmup_ms=500)."
            )
        for what, values, low, high in (
            ("steps", self.steps, self.start, self.stop),
            ("neurons", self.neurons, 0, self.size),
        ):
            if values.size and not low <= values.min() <= values.max() < high:
                raise ShapeError(
                    f"Activity: {what} reach from {values.min()} to {values.max()}; expected {low} to {high - 1}, "
                    "those of the window and population that the spikes belong to."
                )

    @property
    def duration_ms(self) -> float:
        """Length of the window in ms."""
        return (self.stop - self.start) * self.dt_ms

    def after(self, warmup_ms: float) -> Activity:
        """Return what follows the first ``warmup_ms`` of the window."""
        start = self.start + round(warmup_ms / self.dt_ms)
        kept = self.steps >= start
        return replace(self, steps=self.steps[kept], neurons=self.neurons[kept], start=start)


def activities(result: Result, *, warmup_ms: float = 0.0) -> dict[str, Activity]:
    """Return the activity of each recorded population of a result, the first ``warmup_ms`` left out."""
    start, stop = result.start_step, result.start_step + result.steps
    whole = {p.name: Activity(*result.train(p.name), p.size, start, stop, result.dt_ms) for p in result.recorded}
    return {name: activity.after(warmup_ms) if warmup_ms else activity for name, activity in whole.items()}
