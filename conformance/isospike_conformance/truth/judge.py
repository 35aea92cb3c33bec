"""A run against closed forms or an independent computation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from isospike_conformance.compare import Record, Verdict, compare_bits, compare_closeness, compare_trains
from isospike_conformance.compare.tolerance import tolerance

__all__ = ["TruthVerdict", "Values", "judge", "judge_steps"]

Values: TypeAlias = tuple[Mapping[str, NDArray[Any]], Mapping[str, NDArray[np.bool_]]]
"""The States by path, and the spikes by population, after one step."""


@dataclass(frozen=True)
class TruthVerdict(Verdict):
    """Whether all that is known of a run is so.

    Attributes
    ----------
    parts : dict of str to Verdict
        One verdict for each State, population or quantity.
    """

    parts: Mapping[str, Verdict]

    @property
    def passed(self) -> bool:
        """Whether there is something known, and all of it is so."""
        return bool(self.parts) and all(self.parts.values())

    def __str__(self) -> str:
        """Return the parts that fail, or all of them, in one line."""
        failed = {name: verdict for name, verdict in self.parts.items() if not verdict}
        return "; ".join(f"{name}: {verdict}" for name, verdict in (failed or self.parts).items()) or "nothing is known"


def judge(
    record: Record,
    states: Mapping[str, NDArray[Any]],
    spikes: Mapping[str, NDArray[np.bool_]] | None = None,
    *,
    quantity: str = "scale_ulp",
) -> TruthVerdict:
    """Compare a float64 run with what its States and spikes have to be.

    Integers, booleans and spikes have to be equal; floats may be as far apart as the table of tolerances says for
    a truth, in ulp of the middle size of what the State is expected to be.

    Parameters
    ----------
    record : Record
        A run in float64.
    states : dict of str to array (time, ...)
        Expected values by path, in the unit of the State.
    spikes : dict of str to array of bool (time, neurons), optional
        Expected spikes by population.
    quantity : {"scale_ulp", "scale_ulp.sum", "scale_ulp.upstroke"}
        Row of the table of tolerances.
    """
    limit = tolerance("truth", quantity, "float64").number
    parts: dict[str, Verdict] = {}
    for path, expected in states.items():
        got = record.states[path].values
        if expected.dtype.kind == "f":
            expected = np.broadcast_to(expected, got.shape)
            parts[path] = compare_closeness(expected, got, limit, scale=_size(expected))
        else:
            parts[path] = compare_bits(expected.astype(got.dtype), got)
    for name, raster in (spikes or {}).items():
        steps, neurons = np.nonzero(raster)
        parts[f"spikes of {name}"] = compare_trains((steps, neurons), record.spikes[name])
    return TruthVerdict(parts)


def judge_steps(record: Record, steps: Iterator[Values], *, quantity: str = "scale_ulp") -> TruthVerdict:
    """Compare a float64 run with a loop by hand; see `judge`.

    Parameters
    ----------
    record : Record
        A run in float64.
    steps : iterator of (dict, dict)
        Expected States and spikes after each step, without end.
    quantity : {"scale_ulp", "scale_ulp.sum", "scale_ulp.upstroke"}
        Row of the table of tolerances.
    """
    states, spikes = zip(*islice(steps, record.steps), strict=True)
    return judge(record, _stacked(states), _stacked(spikes), quantity=quantity)


def _stacked(steps: tuple[Mapping[str, NDArray[Any]], ...]) -> dict[str, NDArray[Any]]:
    return {name: np.stack([values[name] for values in steps]) for name in steps[0]}


def _size(values: NDArray[Any]) -> float:
    """Return the middle size of what is not zero: the peak of an upstroke may be a million times as large."""
    sizes = np.abs(values[values != 0])
    return float(np.median(sizes)) if sizes.size else 1.0
