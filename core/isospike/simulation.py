"""Simulate a network: run its steps in compiled chunks and collect spikes and recorded variables."""

from __future__ import annotations

import inspect
import platform
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from isospike import environ, math, tree
from isospike.delay.times import dt_in_ms
from isospike.dynamics import Dynamics, duration_steps
from isospike.errors import ParameterError, ShapeError, StateError
from isospike.graph.aval import is_floating
from isospike.interrupt import interrupts_held
from isospike.module import Module, seed_of
from isospike.monitor import Recorder, recorders
from isospike.namespace import to_host
from isospike.neuron import Neuron
from isospike.progress import reporter
from isospike.results import Population, Result
from isospike.select import choose
from isospike.state import HiddenState
from isospike.transform.arguments import describe_steps
from isospike.transform.loop import Chunk, Loop
from isospike.warn import warn

__all__ = ["simulate"]


def simulate(network: Module, duration: Any, *, monitors: Any = (), progress: Any = False) -> Result:
    """Run a network for a time and return its spikes and what was recorded.

    States are read and left where the run ends, so that a second call continues it. Ctrl-C ends the run after
    the chunk of steps that is being computed and keeps what there is; ``result.manifest["interrupted"]`` then
    says so, and a second call continues.

    Parameters
    ----------
    network : Module
        A `Network`, or any module with ``update()`` or ``update(t)``; the spikes of every population below it
        are recorded.
    duration : Quantity, time
        How long to run; rounded to a whole number of steps of ``environ.get_dt()``.
    monitors : sequence of str or Monitor, or dict of str to str, callable or Monitor
        States to record by path, such as ``["cells.V"]``, or of some cells, as
        ``[iso.Monitor("cells.V", neurons=[7, 2], every=10)]``; see `isospike.monitor.Monitor`.
    progress : bool or callable
        True shows a progress bar, which tells compiling from running; a callable is called with the number of
        finished steps and the number of all steps.

    Returns
    -------
    Result
        ``.spikes`` (table), ``.states`` (xarray), ``.manifest``.

    Warns
    -----
    PlausibilityWarning
        A State is NaN or infinite at the end, as after steps that are too long for the scheme.

    Raises
    ------
    StateError
        The States are not initialised, or the steps so far were of another ``dt``.
    EnvironError
        ``dt`` is not set.
    """
    steps = duration_steps(duration, "simulate(duration=...)")
    n_steps = int(steps) if steps.ndim == 0 else 0
    if n_steps < 1:
        msg = (
            f"simulate(duration={duration}) is less than one step of dt = {environ.get_dt()}: give a "
            "positive time, such as 1 * u.second"
        )
        raise ParameterError(msg)
    if network._clock is None:
        msg = (
            f"{type(network).__name__}: its states are not initialised. Call "
            "iso.init_all_states(network) before simulate(network, ...)"
        )
        raise StateError(msg)
    _keep_dt(network)
    run = _Run(network, n_steps, recorders(network, monitors))
    with reporter(progress, n_steps) as report:
        with interrupts_held():
            run.compile()
        run.simulate(report)
    return run.result()


def _keep_dt(network: Module) -> None:
    """Refuse steps of another length than those that the clock has counted, and let it remember theirs."""
    clock, dt_ms = network.clock, dt_in_ms()
    if not clock.goes_on_with(dt_ms):
        msg = (
            f"simulate({type(network).__name__}) goes on after {int(clock.value)} steps of dt = {clock.dt_ms:g} ms, "
            f"but dt is now {environ.get_dt()}, at which these steps are another time: run it inside `with "
            f"iso.environ.context(dt={clock.dt_ms:g} * u.ms):`, or begin anew with iso.init_all_states(network)"
        )
        raise StateError(msg)
    clock.dt_ms = dt_ms


class _Run:
    """One run: the loop, what it has recorded so far, and how long that took."""

    def __init__(self, network: Module, n_steps: int, recorded: list[Recorder]) -> None:
        self.start_step = int(network.clock.value)
        self.seed = seed_of(network)
        self.n_steps = n_steps
        self.recorded = recorded
        self.populations = spiking_populations(network)
        self.spikes: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {n: [] for n in self.populations}
        self.groups = getattr(network, "groups", {})
        self.done = 0
        self.interrupted = False
        self.timings: dict[str, float] = {}
        self._update = step_function(network)

    def compile(self) -> None:
        """Trace the step and compile the loop, by running no step of it."""
        start = time.perf_counter()
        self.loop = Loop(self._step, *describe_steps(self.start_step, self.n_steps), self.n_steps)
        self.loop.prepare()
        self.timings["compile_s"] = time.perf_counter() - start

    def simulate(self, report: Callable[[int, int], None]) -> None:
        """Run all steps, or as many as there are before an interrupt."""
        start = time.perf_counter()
        try:
            with interrupts_held() as let_through:
                for chunk in self.loop.run():
                    self._keep(chunk)
                    report(self.done, self.n_steps)
                    let_through()
        except KeyboardInterrupt:
            self.interrupted = True
        self.timings["simulate_s"] = time.perf_counter() - start

    def result(self) -> Result:
        """Return what was recorded, and warn where the run has ended in no numbers."""
        self._warn_not_finite()
        populations = [Population(n, p.size, dict(self.groups.get(n, {}))) for n, p in self.populations.items()]
        spikes = {n: _join(parts) for n, parts in self.spikes.items()}
        traces = {r.name: t for r in self.recorded if (t := r.trace(self.start_step)) is not None}
        dt_ms = dt_in_ms()
        return Result.from_arrays(populations, spikes, traces, dt_ms, self.done, self.start_step, self._manifest(dt_ms))

    def _warn_not_finite(self) -> None:
        """Warn of the first State that the last step left at NaN; only a variable of a model may not be infinite."""
        for state, spec in self.loop.program.writes:
            for aval, leaf in zip(spec.avals, state.leaves, strict=True):
                if not is_floating(aval.dtype):
                    continue
                values = np.ravel(to_host(leaf))
                good = np.isfinite(values) if isinstance(state, HiddenState) else ~np.isnan(values)
                if not good.all():
                    cell = int(np.argmin(good))
                    msg = (
                        f"after {self.done} steps State {state.name!r} is {values[cell]} in cell {cell}: what was "
                        "recorded since it left its range is void. Take a smaller dt, as in "
                        f"environ.context(dt={dt_in_ms() / 2:g} * u.ms), or a stable scheme, method='exp_euler'"
                    )
                    warn(msg)
                    return

    def _step(self, t: Any) -> Any:
        with environ.context(t=t):
            self._update(t)
            spikes = {n: math.not_equal(p.get_spike(), 0.0) for n, p in self.populations.items()}
            return spikes, [r.read() for r in self.recorded]

    def _keep(self, chunk: Chunk) -> None:
        arrays = [self.loop.backend.to_numpy(x) for x in chunk.results]
        _, (spikes, traces) = tree.unflatten(self.loop.program.structure, arrays)
        for name, raster in spikes.items():
            steps, neurons = np.divmod(_positions(raster), raster[0].size)
            self.spikes[name].append((steps + (self.start_step + chunk.start), neurons.astype(np.int32)))
        for recorder, values in zip(self.recorded, traces, strict=True):
            recorder.keep(chunk.start, values)
        self.done = chunk.start + chunk.n

    def _manifest(self, dt_ms: float) -> dict[str, Any]:
        backend = self.loop.backend
        choice = self.loop.program.choice(backend)
        return {
            "backend": {
                "name": backend.name,
                "chosen_by": choose()[1],
                "device": backend.device,
                "engine": choice.engine,
                "engine_why": choice.why,
                "devices": dict(backend.devices()),
                "versions": dict(backend.versions()),
            },
            "precision": environ.get("precision"),
            "numerics": environ.get("numerics"),
            "seed": self.seed,
            "dt_ms": dt_ms,
            "steps": self.done,
            "start_step": self.start_step,
            "interrupted": self.interrupted,
            "python": platform.python_version(),
            "platform": platform.platform(),
            "timings": dict(self.timings),
        }


def spiking_populations(network: Module) -> dict[str, Dynamics]:
    """Return every population below a network that spikes, by path.

    Raises
    ------
    ShapeError
        A population has a batch axis: its spikes are recorded with for_loop.
    """
    declared = getattr(network, "populations", None)
    found = declared if isinstance(declared, dict) else _neurons_below(network)
    spiking = {n: p for n, p in found.items() if type(p).spike is not Dynamics.spike}
    for name, population in spiking.items():
        for state in vars(population).values():
            aval = getattr(getattr(state, "spec", None), "avals", ())
            if aval and len(aval[0].shape) > len(population.in_size):
                msg = (
                    f"simulate records unbatched networks, but {name!r} was initialised "
                    f"with batch_size={aval[0].shape[0]}: write iso.reset_all_states(network, batch_size=None), which "
                    "keeps what was trained, or run it with iso.transform.for_loop"
                )
                raise ShapeError(msg)
    return spiking


def _neurons_below(network: Module) -> dict[str, Dynamics]:
    modules = {path or type(m).__name__: m for path, m in network.modules().items()}
    return {path: m for path, m in modules.items() if isinstance(m, Neuron)}


def step_function(network: Module) -> Callable[[Any], Any]:
    """Return a function of the time that advances a network by one step, whether its update takes the time or not."""
    parameters = inspect.signature(network.update).parameters.values()
    required = [
        p for p in parameters if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if len(required) > 1:
        msg = (
            f"{type(network).__name__}.update takes {len(required)} arguments, expected none, or the time t: "
            "bind the others, or drive the network with iso.transform.for_loop"
        )
        raise ParameterError(msg)
    return (lambda t: network(t)) if required else (lambda t: network())


def _positions(raster: np.ndarray) -> np.ndarray:
    """Return the flat positions of spikes, looking at eight cells at a time: nearly all are silent."""
    flat = np.ascontiguousarray(raster).reshape(-1).view(np.uint8)
    whole = flat.size // 8 * 8
    words = flat[:whole].view(np.uint64)
    busy = np.flatnonzero(np.not_equal(words, 0))
    word, cell = np.nonzero(words[busy].view(np.uint8).reshape(-1, 8))
    return np.concatenate([busy[word] * 8 + cell, whole + np.flatnonzero(flat[whole:])])


def _join(parts: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    if not parts:
        return np.zeros(0, np.int64), np.zeros(0, np.int32)
    steps, neurons = zip(*parts, strict=True)
    return np.concatenate(steps), np.concatenate(neurons)
