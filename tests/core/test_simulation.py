"""simulate: what is recorded, how a run continues, and that Ctrl-C loses nothing."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import EnvironError, ParameterError, PlausibilityWarning, ShapeError, StateError, UnitError
from isospike.select import active_backend, get_backend

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def network() -> Any:
    """Return twelve cells under noise and drive, with recurrent inhibition."""
    net = iso.Network()
    tau = np.linspace(8, 14, 12) * u.ms
    cells = iso.LIFRef(12, tau=tau, tau_ref=1 * u.ms, R=1 * u.kohm, V_th=15 * u.mV, spk_reset="hard")
    net.add_population("cells", cells, groups={"E": (0, 9), "I": (9, 12)})
    net.add_population("noise", iso.PoissonInput(6, rate=500 * u.Hz))
    syn, out = iso.Expon.desc(tau=5 * u.ms), iso.CUBA.desc(scale=1.0)
    comm = iso.FixedProb(3, 12, 0.5, -4 * u.uA)
    net.add_projection("inh", iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells), pre="cells.I")
    comm = iso.FixedProb(6, 12, 0.5, 1 * u.uA)
    net.add_projection("ext", iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells, label="ext"), pre="noise")
    net.add_input("drive", iso.ConstantInput(12, amplitude=17 * u.uA), target="cells")
    return iso.init_all_states(net)


def by_loop(net: Any, n_steps: int) -> dict[str, Any]:
    def step() -> Any:
        spikes = net()
        return {"cells": spikes["cells"] != 0, "noise": spikes["noise"] != 0, "V": net.cells.V.value}

    return iso.transform.for_loop(step, length=n_steps)


def raster(result: Any, population: str, n_steps: int, size: int) -> np.ndarray:
    """Return the spikes of a result as a matrix of steps and cells."""
    matrix = np.zeros((n_steps, size), bool)
    steps, cells = result.train(population)
    matrix[steps - result.start_step, cells] = True
    return matrix


def test_spikes_and_states_are_those_of_a_loop(backend: str, host: Host) -> None:
    result = iso.simulate(network(), 50 * u.ms, monitors=["cells.V"])
    expected = by_loop(network(), 500)
    assert raster(result, "cells", 500, 12).sum() > 20
    assert (raster(result, "cells", 500, 12) == host(expected["cells"])).all()
    assert (raster(result, "noise", 500, 6) == host(expected["noise"])).all()
    np.testing.assert_allclose(result.states["cells.V"], host(expected["V"]), rtol=1e-12)


def test_groups_and_rates_are_in_the_result(numpy_backend: None) -> None:
    result = iso.simulate(network(), 50 * u.ms)
    rates = result.rates().set_index(["population", "group"])
    assert rates.loc[("cells", "E"), "size"] == 9
    assert (
        rates.loc[("cells", "E"), "spikes"] + rates.loc[("cells", "I"), "spikes"] == rates.loc[("cells", ""), "spikes"]
    )


def test_a_run_that_is_continued_is_one_longer_run(backend: str, host: Host) -> None:
    whole, parts = network(), network()
    one = iso.simulate(whole, 150 * u.ms, monitors=["cells.V"])
    two = [iso.simulate(parts, t * u.ms, monitors=["cells.V"]) for t in (30, 120)]
    assert [r.start_step for r in two] == [0, 300]
    spikes = np.concatenate([raster(r, "cells", n, 12) for r, n in zip(two, (300, 1200), strict=True)])
    assert (spikes == raster(one, "cells", 1500, 12)).all()
    V = np.concatenate([r.states["cells.V"] for r in two])
    if backend == "numpy":
        assert (one.states["cells.V"].values == V).all()
    np.testing.assert_allclose(V, one.states["cells.V"], rtol=1e-12)
    assert (host(parts.cells.V.value) == V[-1]).all()


def test_a_run_goes_on_with_its_own_dt_only(numpy_backend: None) -> None:
    net = network()
    iso.simulate(net, 4 * u.ms)
    with iso.environ.context(dt=0.05 * u.ms):
        with pytest.raises(StateError, match=r"after 40 steps of dt = 0.1 ms, but dt is now 0.05 ms"):
            iso.simulate(net, 4 * u.ms)
        iso.init_all_states(net)
        assert iso.simulate(net, 4 * u.ms).steps == 80
    with pytest.raises(StateError, match=r"context\(dt=0.05 \* u.ms\)"):
        iso.simulate(net, 4 * u.ms)


def test_a_run_that_ends_in_no_numbers_is_warned_of_once_naming_the_cell(backend: str) -> None:
    class Running(iso.Module):
        """Grows tenfold in each step, in all cells that do not begin at zero."""

        def init_state(self, batch_size: int | None = None) -> None:
            self.x = iso.HiddenState(np.array([0.0, 0.0, 1.0, 1.0]))
            self.since = iso.ShortTermState(np.array([-np.inf]))

        def update(self) -> None:
            self.x.value = self.x.value * 10.0
            self.since.value = self.since.value + 1.0

    model = iso.init_all_states(Running())
    iso.simulate(model, 30 * u.ms)  # what is infinite on purpose is no accident
    with pytest.warns(PlausibilityWarning, match=r"State 'Running.x' is inf in cell 2.*dt=0.05 \* u.ms") as warned:
        iso.simulate(model, 30 * u.ms)
    assert len(warned) == 1


def test_times_and_manifest_tell_when_and_how_it_ran(backend: str) -> None:
    net = network()
    iso.simulate(net, 5 * u.ms)
    result = iso.simulate(net, 10 * u.ms, monitors=["cells.V"])
    manifest = result.manifest
    assert (manifest["start_step"], manifest["steps"], manifest["dt_ms"]) == (50, 100, 0.1)
    assert manifest["backend"]["name"] == backend
    assert manifest["backend"]["devices"][manifest["backend"]["device"]]
    assert (manifest["precision"], manifest["seed"], manifest["interrupted"]) == ("float64", 0, False)
    np.testing.assert_allclose(result.states["time"], np.arange(50, 150) * 0.1)
    assert set(manifest["timings"]) == {"compile_s", "simulate_s"}


def test_time_is_given_to_an_update_that_asks_for_it(backend: str) -> None:
    class Clocked(iso.Module):
        def __init__(self) -> None:
            self.cells = iso.LIF(2, V_th=15 * u.mV)

        def init_state(self, batch_size: int | None = None) -> None:
            self.seen = iso.ShortTermState(0.0 * u.ms)

        def update(self, t: Any) -> None:
            self.seen.value = t + iso.environ.get("t")
            self.cells(10 * u.mA)

    net = iso.init_all_states(Clocked())
    iso.simulate(net, 1 * u.ms)
    result = iso.simulate(net, 1 * u.ms, monitors=["seen"])
    np.testing.assert_allclose(result.states["seen"], 2 * np.arange(10, 20) * 0.1, rtol=1e-14)


def test_a_bare_population_is_a_network(backend: str) -> None:
    cell = iso.init_all_states(iso.LIF((2, 2), V_th=15 * u.mV, V_initializer=iso.Uniform(0 * u.mV, 14 * u.mV)))
    cell.add_current_input("drive", lambda V: 40 * u.mA)
    result = iso.simulate(cell, 10 * u.ms)
    steps, cells = result.train("LIF")
    assert len(steps) > 4
    assert set(cells) == {0, 1, 2, 3}


class Interrupted:
    """Raise KeyboardInterrupt on the second call."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, *_: Any) -> None:
        self.calls += 1
        if self.calls == 2:
            raise KeyboardInterrupt


def continued(net: Any, stopped: Any) -> None:
    """Check that an interrupted run of 4000 steps and its continuation are one run."""
    done = stopped.manifest["steps"]
    assert stopped.manifest["interrupted"]
    assert 0 < done < 4000
    assert int(net.clock.value) == done
    rest = iso.simulate(net, (4000 - done) * 0.1 * u.ms, monitors=["cells.V"])
    whole = iso.simulate(network(), 400 * u.ms, monitors=["cells.V"])
    spikes = [raster(stopped, "cells", done, 12), raster(rest, "cells", 4000 - done, 12)]
    assert (np.concatenate(spikes) == raster(whole, "cells", 4000, 12)).all()
    V = np.concatenate([stopped.states["cells.V"], rest.states["cells.V"]])
    np.testing.assert_allclose(V, whole.states["cells.V"], rtol=1e-12)


def test_an_interrupt_from_the_progress_keeps_what_was_computed(backend: str) -> None:
    net = network()
    continued(net, iso.simulate(net, 400 * u.ms, monitors=["cells.V"], progress=Interrupted()))


@pytest.mark.parametrize("place", ["asarray", "to_numpy"])
def test_ctrl_c_in_the_middle_of_a_chunk_waits_for_its_end(
    backend: str, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    instance = active_backend()
    original, finished = getattr(instance, place), []

    def pressed(*arguments: Any) -> Any:
        if finished == [1]:
            finished.append(2)
            signal.raise_signal(signal.SIGINT)
        return original(*arguments)

    net = network()
    # A busy machine would take smaller chunks.
    monkeypatch.setattr("isospike.transform.loop._CHUNK_SECONDS", 1e6)
    with monkeypatch.context() as patch:
        patch.setattr(instance, place, pressed)
        stopped = iso.simulate(net, 400 * u.ms, monitors=["cells.V"], progress=lambda done, total: finished.append(1))
    assert stopped.manifest["steps"] == 2048
    continued(net, stopped)


def test_a_second_ctrl_c_ends_at_once(numpy_backend: None, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = get_backend("numpy")
    monkeypatch.setattr(instance, "to_numpy", lambda x: [signal.raise_signal(signal.SIGINT) for _ in range(2)])
    result = iso.simulate(network(), 400 * u.ms)
    assert (result.manifest["interrupted"], result.manifest["steps"]) == (True, 0)


def test_after_a_run_ctrl_c_is_again_what_it_was(numpy_backend: None) -> None:
    before = signal.getsignal(signal.SIGINT)
    iso.simulate(network(), 1 * u.ms)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_error_in_a_callback_comes_through_and_leaves_the_states_usable(backend: str) -> None:
    def fail(done: int, total: int) -> None:
        raise RuntimeError(f"{done} of {total}")

    net = network()
    with pytest.raises(RuntimeError, match="of 4000"):
        iso.simulate(net, 400 * u.ms, progress=fail)
    assert iso.simulate(net, 1 * u.ms).start_step == int(net.clock.value) - 10 > 0


def test_progress_is_told_of_every_chunk_up_to_the_last(backend: str) -> None:
    told: list[tuple[int, int]] = []
    iso.simulate(network(), 250 * u.ms, progress=lambda done, total: told.append((done, total)))
    assert [d for d, _ in told] == sorted({d for d, _ in told})
    assert told[-1] == (2500, 2500)


def test_a_second_run_of_the_class_of_length_compiles_nothing(backend: str) -> None:
    net = network()
    iso.simulate(net, 300 * u.ms)
    before = iso.transform.cache_info().compiles
    iso.init_all_states(net)
    iso.simulate(net, 150 * u.ms)
    assert iso.transform.cache_info().compiles == before


def test_states_that_are_not_initialised_name_the_cure(backend: str) -> None:
    with pytest.raises(StateError, match=r"LIF: its states are not initialised.*init_all_states"):
        iso.simulate(iso.LIF(3, V_th=15 * u.mV), 1 * u.ms)


def test_a_batch_is_refused_naming_the_population(backend: str) -> None:
    net = network()
    iso.init_all_states(net, batch_size=3)
    with pytest.raises(ShapeError, match=r"'cells' was initialised with batch_size=3.*for_loop"):
        iso.simulate(net, 1 * u.ms)


@pytest.mark.parametrize(
    ("duration", "error", "message"),
    [
        (3.0, UnitError, r"simulate\(duration=\.\.\.\).*ms"),
        (3 * u.mV, UnitError, r"simulate\(duration=\.\.\.\).*mV.*ms"),
        (-3 * u.ms, ParameterError, r"simulate\(duration=-3 ms\) is less than one step"),
        (0 * u.ms, ParameterError, r"less than one step of dt = 0\.1 ms"),
        (np.ones(2) * u.ms, ParameterError, r"simulate\(duration="),
        (np.nan * u.ms, ParameterError, r"simulate\(duration=\.\.\.\) is nan steps"),
        (1e6 * u.second, ParameterError, r"more than 2\*\*31"),
    ],
)
def test_a_duration_that_is_no_number_of_steps_is_refused(
    numpy_backend: None, duration: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        iso.simulate(network(), duration)


def test_without_dt_the_error_says_how_to_set_it() -> None:
    net = iso.init_all_states(iso.LIF(3, V_th=15 * u.mV))
    with iso.environ.context(backend="numpy"), pytest.raises(EnvironError, match=r"dt=0\.1 \* u\.ms"):
        iso.simulate(net, 1 * u.ms)


def test_an_update_with_more_arguments_is_refused(numpy_backend: None) -> None:
    class Driven(iso.Module):
        def update(self, t: Any, x: Any) -> None:
            del t, x

    with pytest.raises(ParameterError, match=r"Driven\.update takes 2 arguments.*for_loop"):
        iso.simulate(iso.init_all_states(Driven()), 1 * u.ms)
