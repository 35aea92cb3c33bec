"""What is kept between calls is never used where it would be wrong."""

from __future__ import annotations

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike import units as u
from isospike.errors import StateError
from isospike.transform import cache_info, for_loop, jit
from isospike.transform.cached import Recent
from isospike.transform.fingerprint import token

GAIN = 1.0


class Gain(iso.Module):
    """Multiplies by a global, by an entry of a list and by an array."""

    def __init__(self) -> None:
        self.gains = [1.0, 2.0]
        self.mask = np.ones(2)

    def init_state(self, batch_size: int | None = None) -> None:
        self.x = iso.ShortTermState(np.ones(2))

    def update(self):
        return self.x.value * GAIN * self.gains[0] * self.mask


CHANGES = [
    lambda m, patch: patch.setitem(globals(), "GAIN", 7.0),
    lambda m, patch: m.gains.__setitem__(0, 7.0),
    lambda m, patch: m.mask.__setitem__(slice(None), 7.0),
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("how", ["loop", "call"])
def test_a_change_that_a_module_reads_is_seen(numpy_backend, monkeypatch, change, how):
    module = iso.init_all_states(Gain())
    run = (lambda: for_loop(lambda: module(), length=1)[0]) if how == "loop" else module
    np.testing.assert_array_equal(run(), [1, 1])
    change(module, monkeypatch)
    np.testing.assert_array_equal(run(), [7, 7])


def test_the_sign_of_a_zero_that_a_step_reads_counts(numpy_backend):
    step = [lambda x, z=zero: x * z for zero in (0.0, -0.0)]
    signs = [np.signbit(for_loop(f, np.ones(1))[0]) for f in step]
    assert signs == [False, True]


def test_the_step_of_the_environment_is_an_input(backend):
    class Counter(iso.Module):
        def init_state(self, batch_size=None):
            self.x = iso.ShortTermState(0)

        def update(self):
            self.x.value = self.x.value * 0 + environ.get("i")
            return self.x.value

    counter = iso.init_all_states(Counter())
    before = cache_info().traces
    seen = []
    for i in range(4):
        with environ.context(t=i * 0.1 * u.ms, i=i):
            seen.append(int(counter()))
    assert seen == [0, 1, 2, 3]
    assert cache_info().traces == before + 1


def test_jit_in_a_loop_over_time_is_traced_once(backend):
    cell = iso.init_all_states(iso.LIF(3, tau=10 * u.ms, V_th=20 * u.mV))
    step = jit(lambda: cell(25 * u.mA))
    before = cache_info().traces
    for i in range(5):
        with environ.context(t=i * 0.1 * u.ms):
            step()
    assert cache_info().traces == before + 1


def test_a_buffer_that_is_written_after_the_call_changes_nothing(backend):
    total = iso.ShortTermState(np.zeros(2000))

    def step(x):
        total.value = total.value + x
        return iso.math.sum(total.value)

    for _ in range(3):
        total.value = np.zeros(2000)
        x = np.ones((1024, 2000), np.float32)
        result = for_loop(step, x)
        x[:] = 0
        np.testing.assert_allclose(np.asarray(result), np.arange(1, 1025) * 2000.0)


def test_a_value_read_while_a_loop_runs_outlives_it(backend):
    state = iso.ShortTermState(np.zeros(3))

    def step():
        state.value = state.value + 1.0

    kept = []
    for_loop(step, length=3000, pbar=lambda done, total: kept.append((done, state.value)))
    assert len(kept) == 3
    for done, value in kept:
        np.testing.assert_array_equal(np.asarray(value), np.full(3, float(done)))


def test_states_of_another_precision_are_refused_with_the_cure(backend):
    cell = iso.init_all_states(iso.LIF(3, tau=10 * u.ms, V_th=20 * u.mV))
    with (
        environ.context(precision="float64"),
        pytest.raises(StateError, match=r"initialised in float32.*init_all_states"),
    ):
        for_loop(lambda x: cell(x * u.mA), np.ones((2, 3)))


def test_the_oldest_value_is_forgotten():
    recent: Recent[int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert [recent.get(k) for k in "abc"] == [1, None, 3]


class Settings:
    """An object whose changes cannot be seen."""

    gain = 1.0


SETTINGS = Settings()


class Configured(iso.Module):
    def init_state(self, batch_size: int | None = None) -> None:
        self.x = iso.ShortTermState(np.ones(2))

    def update(self):
        return self.x.value * SETTINGS.gain


def test_a_module_that_reads_an_object_of_the_user_is_traced_at_every_call(numpy_backend, monkeypatch):
    module = iso.init_all_states(Configured())
    np.testing.assert_array_equal(module(), [1, 1])
    monkeypatch.setattr(SETTINGS, "gain", 3.0)
    np.testing.assert_array_equal(module(), [3, 3])


def test_a_key_keeps_alive_what_it_names_by_identity():
    array = np.arange(3.0)
    array.flags.writeable = False
    key = token(array)
    assert key == token(array)
    assert any(held is array for held in key.held)
