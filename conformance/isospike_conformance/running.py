"""A case that runs on one backend, step by step, and leaves a record for the judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike import environ, units
from isospike.checkpoint import named_states
from isospike.initialise import init_all_states
from isospike.math import not_equal
from isospike.namespace import to_host
from isospike.results.trace import Trace
from isospike.simulation import spiking_populations
from isospike.state import ParamState, State
from isospike.transform import for_loop
from isospike_conformance.case import Case
from isospike_conformance.compare import Record
from isospike_conformance.way import Way

__all__ = ["Running", "Saved"]

Saved = Mapping[str, NDArray[Any]]
"""The bare arrays of all States by path, on the host."""


class Running:
    """A case on one backend, in one precision and one kind of numerics.

    Parameters
    ----------
    case : Case
        What to run; it is built and initialised at once.
    way : Way
        Where to run it; may be replaced between two calls of `run`.
    precision : {"float32", "float64"}
        Working precision.
    numerics : {"exact", "fast"}
        See `isospike.environ.context`.
    seed : int, optional
        Another seed than that of the case.
    """

    def __init__(
        self, case: Case, way: Way, precision: str = "float32", numerics: str = "exact", seed: int | None = None
    ) -> None:
        self.case, self.way = case, way
        self.settings = {
            "dt": units.quantity(case.dt_ms, units.parse_unit("ms")),
            "precision": precision,
            "numerics": numerics,
            "seed": case.seed if seed is None else seed,
        }
        with self.environment():
            self.module = init_all_states(case.build(), batch_size=case.batch_size)
        self.done = 0

    @contextmanager
    def environment(self) -> Iterator[None]:
        """Enter the environment of the run."""
        with environ.context(**self.settings, **self.way.environment):
            yield

    @property
    def states(self) -> dict[str, State]:
        """The States that a step may change, by path."""
        return {k: s for k, s in self.module.states().items() if not isinstance(s, ParamState) and s.spec.avals}

    def observed(self) -> Callable[[], Any]:
        """Return the step, with what is recorded of it: the value of each State, and the spikes by population."""
        states, populations = self.states, {}
        if self.case.batch_size is None:
            populations = spiking_populations(self.module)

        def step() -> Any:
            self.case.step(self.module)
            spikes = {name: not_equal(p.get_spike(), 0.0) for name, p in populations.items()}
            return [s.value for s in states.values()], spikes

        return step

    def run(self, n_steps: int) -> Record:
        """Advance by some steps and return the States after each of them, and the spikes."""
        with self.environment():
            values, spikes = for_loop(self.observed(), length=n_steps)
        steps = np.arange(self.done, self.done + n_steps)
        self.done += n_steps
        return Record(
            str(self.way),
            n_steps,
            {
                path: trace
                for path, x in zip(self.states, values, strict=True)
                for path, trace in _traces(path, x, steps)
            },
            {name: _train(to_host(raster), steps) for name, raster in spikes.items()},
        )

    def step(self) -> None:
        """Advance by one step outside of any loop."""
        with self.environment():
            self.case.step(self.module)
        self.done += 1

    def save(self) -> dict[str, NDArray[Any]]:
        """Return the bare arrays of all States on the host, the clock's among them."""
        return {
            f"{path}#{i}": np.array(to_host(x))
            for path, s in named_states(self.module).items()
            for i, x in enumerate(s.leaves)
        }

    def load(self, saved: Saved) -> None:
        """Go on from saved States."""
        for path, state in named_states(self.module).items():
            state.store(state.spec, [saved[f"{path}#{i}"] for i in range(len(state.leaves))])
        self.done = int(saved["clock#0"])


def _traces(path: str, value: Any, steps: NDArray[np.int64]) -> Iterator[tuple[str, Trace]]:
    """Yield one trace for each leaf of a State."""
    leaves = value if isinstance(value, (tuple, list)) else [value]
    for i, leaf in enumerate(leaves):
        mantissa, unit = units.split(leaf)
        name = path if len(leaves) == 1 else f"{path}[{i}]"
        yield name, Trace(to_host(mantissa), steps, "1" if unit is None else units.unit_name(unit))


def _train(raster: NDArray[np.bool_], steps: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
    rows, neurons = np.nonzero(raster.reshape(len(raster), -1))
    return steps[rows], neurons
