"""SpikeTime: each spike in its step, whatever the order, the run and its pieces."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.config import load
from isospike.errors import ParameterError, PlausibilityWarning, ShapeError, UnitError

Host = Callable[[Any], np.ndarray]
TIMES, CELLS = np.array([1.2, 0.0, 0.7, 0.3, 1.3, 0.1]), np.array([1, 3, 1, 0, 1, 3])


def make(size: Any = 5, times: Any = TIMES * u.ms, indices: Any = CELLS, batch_size: int | None = None) -> Any:
    return iso.init_all_states(iso.SpikeTime(size, times, indices), batch_size=batch_size)


def raster(cell: Any, n_steps: int, host: Host) -> np.ndarray:
    return host(iso.transform.for_loop(lambda: cell(), length=n_steps))


def expected(n_steps: int = 20) -> np.ndarray:
    found = np.zeros((n_steps, 5))
    found[np.rint(TIMES / 0.1).astype(int), CELLS] = 1
    return found


def test_each_spike_is_in_its_step(backend: str, host: Host) -> None:
    assert (raster(make(), 20, host) == expected()).all()


def test_no_order_of_the_spikes_matters(backend: str, host: Host) -> None:
    order = np.random.default_rng(0).permutation(6)
    assert (raster(make(times=TIMES[order] * u.ms, indices=CELLS[order]), 20, host) == expected()).all()


def test_a_long_train_meets_every_step_that_it_names(backend: str, host: Host) -> None:
    steps = np.sort(np.random.default_rng(1).choice(30_000, 4000, replace=False))
    with iso.environ.context(precision="float32"):
        cell = make(1, steps * 0.1 * u.ms, np.zeros(4000, int))
        assert np.flatnonzero(raster(cell, 30_000, host)[:, 0]).tolist() == steps.tolist()


def test_a_run_in_pieces_is_the_whole_run(backend: str, host: Host) -> None:
    cell = make()
    assert (np.concatenate([raster(cell, n, host) for n in (1, 6, 13)]) == expected()).all()


def test_reset_starts_the_trains_again(backend: str, host: Host) -> None:
    cell = make()
    raster(cell, 9, host)
    iso.reset_all_states(cell)
    assert (raster(cell, 20, host) == expected()).all()


def test_another_dt_has_other_steps(backend: str, host: Host) -> None:
    cell = make()
    with iso.environ.context(dt=0.05 * u.ms):
        assert np.flatnonzero(raster(cell, 40, host)[:, 1]).tolist() == [14, 24, 26]


def test_a_batch_has_the_spikes_in_each_entry(backend: str, host: Host) -> None:
    found = raster(make(batch_size=3), 20, host)
    assert found.shape == (20, 3, 5)
    assert (found == expected()[:, None]).all()


def test_cells_of_several_axes_count_along_the_last(numpy_backend: None, host: Host) -> None:
    found = raster(make((2, 2), [0.0, 0.1] * u.ms, [1, 2]), 2, host)
    assert found[0].tolist() == [[0, 1], [0, 0]]
    assert found[1].tolist() == [[0, 0], [1, 0]]


def test_no_spikes_are_silence(backend: str, host: Host) -> None:
    assert raster(make(times=np.zeros(0) * u.ms, indices=np.zeros(0, int)), 5, host).sum() == 0


def test_it_drives_a_projection(backend: str, host: Host) -> None:
    source, post = iso.SpikeTime(1, [0.2] * u.ms, [0]), iso.LI(1, tau=10 * u.ms)
    proj = iso.init_all_states(iso.DeltaProj(comm=iso.AllToAll(1, 1, 3 * u.mV), post=post))
    iso.init_all_states(source)

    def step() -> Any:
        proj(source())
        return post()

    V = host(iso.transform.for_loop(step, length=5))[:, 0]
    np.testing.assert_allclose(V, [0.0, 0.0, 3.0, 3.0 * np.exp(-0.01), 3.0 * np.exp(-0.02)], rtol=1e-6)


FILE = """
[run]
dt = "0.1 ms"
duration = "2 ms"
backend = "numpy"
[populations.given]
model = "SpikeTime"
size = 5
times = ["1.2 ms", "0 ms", "0.7 ms", "0.3 ms", "1.3 ms", "0.1 ms"]
indices = [1, 3, 1, 0, 1, 3]
"""


def test_a_network_file_may_hold_the_spikes(tmp_path: Path) -> None:
    (tmp_path / "net.toml").write_text(FILE)
    plan = load(tmp_path / "net.toml")
    with iso.environ.context(**plan.environment()):
        network, _ = plan.build()
        spikes = iso.simulate(iso.init_all_states(network), 2 * u.ms).spikes
    assert sorted(zip(spikes["neuron"], np.rint(spikes["time"] / 0.1), strict=True)) == sorted(
        zip(CELLS, np.rint(TIMES / 0.1), strict=True)
    )


def test_exact_numerics_has_the_same_bits_on_every_backend(same_bits: Any) -> None:
    times = np.linspace(0, 19, 77).round(1)
    for run in same_bits(lambda: iso.SpikeTime(7, times * u.ms, np.arange(77) % 7), lambda cell: cell()).values():
        assert run["output"].sum() == 77


def test_a_batch_of_one_has_the_bits_of_no_batch(backend: str, batch_of_one: Any) -> None:
    batch_of_one(lambda: iso.SpikeTime(5, TIMES * u.ms, CELLS), lambda cell: cell(), 20)


def test_a_time_between_steps_is_rounded_with_a_warning(numpy_backend: None, host: Host) -> None:
    cell = make(1, [0.26] * u.ms, [0])
    with pytest.warns(PlausibilityWarning, match=r"SpikeTime\.times is 2\.6 steps.*rounded to 3"):
        assert np.flatnonzero(raster(cell, 5, host)[:, 0]).tolist() == [3]


def test_two_spikes_of_a_cell_in_one_step_are_refused(numpy_backend: None) -> None:
    cell = make(2, [0.1, 0.3, 0.1, 0.3] * u.ms, [0, 1, 1, 1])
    with pytest.raises(ParameterError, match=r"cell 1 spikes twice in step 3 of dt = 0\.1.*smaller dt"):
        cell()


@pytest.mark.parametrize(
    ("times", "indices", "error", "message"),
    [
        ([1.0, 2.0], [0, 1], UnitError, r"times=\.\.\.\) is in 1 \(dimensionless\).*times=\[1, 2\.5\] \* u\.ms"),
        ([1.0, 2.0] * u.mV, [0, 1], UnitError, r"in mV"),
        ([1.0, 2.0] * u.ms, [0], ShapeError, r"shapes \(2,\) and \(1,\)"),
        (1.0 * u.ms, 0, ShapeError, r"shapes \(\) and \(\)"),
        ([1.0, -2.0] * u.ms, [0, 1], ParameterError, r"holds -2 ms, expected times from 0 ms on"),
        ([1.0, np.nan] * u.ms, [0, 1], ParameterError, r"holds nan ms"),
        ([1.0, 2.0] * u.ms, [0, 5], ParameterError, r"from 0 to 5, expected whole numbers from 0 to 4"),
        ([1.0, 2.0] * u.ms, [-1, 0], ParameterError, r"from -1 to 0"),
        ([1.0, 2.0] * u.ms, [0.0, 1.0], ParameterError, r"holds float64 numbers"),
    ],
)
def test_wrong_spikes_are_refused(times: Any, indices: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=r"SpikeTime.*" + message):
        iso.SpikeTime(5, times, indices)
