from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import isospike as iso
from isospike import units as u
from isospike.data import Events, Frames
from isospike.errors import EnvironError, ParameterError, ShapeError, UnitError


def test_a_frame_counts_the_events_of_each_bin_and_address() -> None:
    events = Events([0, 999, 1000, 1000, 2500, 3000], [0, 1, 5, 5, 2, 3], shape=(2, 3))
    frames = Frames([events], 3 * u.ms, dt=1 * u.ms)[0]
    expected = np.zeros((3, 2, 3))
    expected[0, 0, :2] = 1
    expected[1, 1, 2] = 2
    expected[2, 0, 2] = 1
    assert (frames == expected).all()  # the last event lies after the end


@given(st.integers(0, 10**6), st.sampled_from([0.05, 0.1, 0.3, 0.7, 1.0, 2.5]))
def test_an_event_at_the_beginning_of_a_bin_belongs_to_it(step: int, dt_ms: float) -> None:
    step %= 200
    frames = Frames([Events([step * dt_ms * 1000], [0], shape=(1,))], 200 * dt_ms * u.ms, dt=dt_ms * u.ms)[0]
    assert frames[step, 0] == 1


def test_bins_are_steps_of_the_environment() -> None:
    with iso.environ.context(dt=0.5 * u.ms):
        assert Frames([Events([], [], shape=(4,))], 10 * u.ms)[0].shape == (20, 4)
    with pytest.raises(EnvironError, match="dt"):
        Frames([Events([], [], shape=(4,))], 10 * u.ms)


def test_many_recordings_are_stacked_in_the_order_they_are_asked_for() -> None:
    frames = Frames([Events([0], [i], shape=(3,)) for i in range(3)], 2 * u.ms, dt=1 * u.ms)
    assert len(frames) == 3
    assert frames[np.array([2, 0])].shape == (2, 2, 3)
    assert (frames[[2, 0]][:, 0].argmax(-1) == [2, 0]).all()
    assert (frames[1:][1] == frames[2]).all()
    assert (frames[-1] == frames[2]).all()
    with pytest.raises(IndexError):
        frames[3]
    with pytest.raises(ShapeError, match="no recording"):
        frames[[]]


def test_each_recording_is_read_once_for_its_frames() -> None:
    class Files(list[Events]):
        read: ClassVar[list[int]] = []

        def __getitem__(self, index: Any) -> Any:
            self.read.append(index)
            return super().__getitem__(index)

    frames = Frames(Files(Events([0], [i], shape=(3,)) for i in range(3)), 2 * u.ms, dt=1 * u.ms)
    frames[[2, 1]]
    frames[[1, 2]]
    assert Files.read == [2, 0, 1, 1, 2]  # the first one for the shape of all


def test_frames_have_the_working_precision() -> None:
    frames = Frames([Events([0], [0], shape=(1,))], 1 * u.ms, dt=1 * u.ms)
    assert frames[0].dtype == np.float32
    with iso.environ.context(precision="float64"):
        assert frames[0].dtype == np.float64


@pytest.mark.parametrize("name", ["dt", "duration"])
def test_what_is_no_time_is_refused(name: str) -> None:
    times = {"dt": 1 * u.ms, "duration": 5 * u.ms}
    for value, error in ((3 * u.mV, UnitError), (3.0, UnitError), (-1 * u.ms, ParameterError)):
        with pytest.raises(error, match=rf"Frames\({name}"):
            Frames([], **{**times, name: value})


def test_a_duration_of_no_bin_is_refused() -> None:
    with pytest.raises(ParameterError, match="less than one bin of 1000 us"):
        Frames([], 0.1 * u.ms, dt=1 * u.ms)


def test_recordings_of_two_sensors_are_refused() -> None:
    frames = Frames([Events([], [], shape=(4,)), Events([], [], shape=(5,))], 2 * u.ms, dt=1 * u.ms)
    with pytest.raises(ShapeError, match=r"recording 1 has the shape \(5,\) and the first one \(4,\)"):
        frames[[0, 1]]


@pytest.mark.parametrize(
    ("times", "addresses", "message"),
    [
        ([0, -1], [0, 1], "event 1 has the time -1.0"),
        ([0, math.nan], [0, 1], "event 1 has the time nan"),
        ([0, 1], [0, 4], "event 1 has the address 4, expected one of 0 to 3"),
        ([0, 1], [-1, 0], "event 0 has the address -1"),
        ([0, 1], [0, 2**32], "event 1 has the address 4294967296"),
        ([0, 1], [0, 0.5], "event 1 has the address 0.5"),
    ],
)
def test_events_that_cannot_be_are_refused(times: list[float], addresses: list[float], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Events(times, addresses, shape=(4,))


def test_events_with_another_number_of_addresses_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"shapes \(2,\) and \(3,\)"):
        Events([0, 1], [0, 1, 2], shape=(4,))


def test_events_say_how_many_they_are_and_how_long() -> None:
    events = Events([2500.0, 0.0], [1, 0], shape=(2,))
    assert repr(events) == "Events(2 in (2,), 2.5 ms)"
    assert Events([], [], shape=(2,)).duration == 0
