from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike import units as u
from isospike.errors import ShapeError, StateError, TraceError
from isospike.transform import cache_info, for_loop, jit


def compiled(function: Callable[[], Any]) -> int:
    before = cache_info().compiles
    function()
    return cache_info().compiles - before


def traced(function: Callable[[], Any]) -> int:
    before = cache_info().traces
    function()
    return cache_info().traces - before


def neuron(**parameters: Any) -> Any:
    return iso.init_all_states(iso.LIF(3, V_th=5 * u.mV, **{"tau": 10 * u.ms, **parameters}))


CURRENT = 12.345 * u.mA


def test_a_leaky_neuron_follows_the_closed_form(backend: str) -> None:
    cell = iso.init_all_states(iso.LIF(2, tau=10 * u.ms, V_th=100 * u.mV))
    with environ.context(precision="float64"):
        iso.init_all_states(cell)
        voltage = for_loop(lambda: (cell(CURRENT), cell.V.value)[1], length=500)
    expected = 12.345 * (1 - np.exp(-0.1 * np.arange(1, 501) / 10))
    np.testing.assert_allclose(np.asarray(u.split(voltage)[0])[:, 0], expected, rtol=1e-12)


@pytest.mark.parametrize("length", [1, 5, 64, 65, 1024, 1500])
def test_chunks_do_not_change_a_bit(length: int, numpy_backend: None) -> None:
    whole, single = neuron(), neuron()
    inputs = np.linspace(0, 40, length).astype(np.float32)
    spikes = for_loop(lambda x: whole(x * u.mA), inputs)
    one_by_one = [np.asarray(single(x * u.mA)) for x in inputs]
    np.testing.assert_array_equal(spikes, one_by_one)
    assert u.split(whole.V.value)[0].tobytes() == u.split(single.V.value)[0].tobytes()
    assert int(whole.clock.value) == int(single.clock.value) == length


def test_two_halves_equal_the_whole_bit_for_bit(backend: str) -> None:
    whole, halves = neuron(), neuron()
    together = for_loop(lambda: whole(CURRENT), length=300)
    parts = [for_loop(lambda: halves(CURRENT), length=n) for n in (130, 170)]
    assert np.asarray(together).sum() > 0
    np.testing.assert_array_equal(together, np.concatenate(parts))
    np.testing.assert_array_equal(u.split(whole.V.value)[0], u.split(halves.V.value)[0])


def test_the_second_call_compiles_and_traces_nothing(backend: str) -> None:
    cell = neuron()

    def step() -> Any:
        return cell(CURRENT)

    def run() -> Any:
        return for_loop(step, length=20)

    run()
    assert (compiled(run), traced(run)) == (0, 0)


def test_a_new_lambda_and_another_length_of_the_class_compile_nothing(backend: str) -> None:
    cell = neuron()
    for_loop(lambda: cell(CURRENT), length=40)
    assert compiled(lambda: for_loop(lambda: cell(CURRENT), length=64)) == 0
    assert compiled(lambda: for_loop(lambda: cell(CURRENT), length=17)) == 0


def test_another_network_of_the_same_structure_compiles_nothing(backend: str) -> None:
    first, second = neuron(), neuron(tau=7 * u.ms)
    for_loop(lambda: first(CURRENT), length=20)
    assert compiled(lambda: for_loop(lambda: second(CURRENT), length=20)) == 0


def test_a_sweep_over_a_parameter_compiles_once_and_uses_each_value(backend: str) -> None:
    cell = neuron()

    def final(tau: float) -> float:
        iso.init_all_states(cell)
        cell.tau = tau * u.ms
        for_loop(lambda: cell(4 * u.mA), length=30)
        return float(u.split(cell.V.value)[0][0])

    final(9.0)
    values = [10.0, 0.1, 5.0, 1.0, 20.0]  # 0.1 is also dt, 5 also the threshold, 1 also the resistance
    before = cache_info().compiles
    results = [final(tau) for tau in values]
    assert cache_info().compiles == before
    np.testing.assert_allclose(results, [4 * (1 - np.exp(-3 / tau)) for tau in values], rtol=1e-5)


@pytest.mark.parametrize(("first", "second"), [(iso.math.exp, iso.math.log), (iso.math.less, iso.math.greater)])
def test_two_steps_that_differ_in_a_function_only_are_two_programs(
    first: Any, second: Any, numpy_backend: None
) -> None:
    def make(function: Any) -> Any:
        arguments = 1 if function in (iso.math.exp, iso.math.log) else 2
        return lambda x: function(*(x, 1.5)[:arguments])

    a, b = (for_loop(make(f), np.array([1.0, 2.0])) for f in (first, second))
    assert not np.array_equal(a, b)


def test_changes_outside_a_step_are_seen(numpy_backend: None) -> None:
    gains = [2.0]

    def step(x: Any) -> Any:
        return x * gains[0]

    for_loop(step, np.ones(2))
    gains[0] = 3.0
    np.testing.assert_array_equal(for_loop(step, np.ones(2)), [3, 3])


class Settings:
    """A namespace of settings that a step reads."""

    gain = 2.0


def test_changes_inside_a_class_that_a_step_reads_are_seen(
    numpy_backend: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(x: Any) -> Any:
        return x * Settings.gain

    for_loop(step, np.ones(2))
    monkeypatch.setattr(Settings, "gain", 3.0)
    np.testing.assert_array_equal(for_loop(step, np.ones(2)), [3, 3])


def test_nested_results_keep_structure_and_units(backend: str) -> None:
    result = for_loop(lambda x: {"v": x * u.mV, "pair": (x, None, [1.0 * u.ms])}, np.arange(3.0))
    assert u.split(result["v"])[1] is u.mV
    np.testing.assert_array_equal(u.split(result["v"])[0], [0, 1, 2])
    np.testing.assert_array_equal(u.split(result["pair"][2][0])[0], [1, 1, 1])
    assert result["pair"][1] is None


def test_inputs_are_nested_too(backend: str) -> None:
    result = for_loop(
        lambda x, y: x["a"] * y[0] + y[1], {"a": np.arange(3.0)}, (np.ones(3) * u.mV, np.ones((3, 2)) * u.mV)
    )
    np.testing.assert_array_equal(u.split(result)[0], [[1, 1], [2, 2], [3, 3]])


def test_a_loop_in_a_loop(backend: str) -> None:
    state = iso.ShortTermState(0.0)

    def inner(y: Any) -> Any:
        state.value = state.value + y
        return state.value

    result = for_loop(lambda x: for_loop(inner, np.array([1.0, 2.0])) * x, np.array([1.0, 10.0]))
    np.testing.assert_array_equal(result, [[1, 3], [40, 60]])
    assert float(state.value) == 6.0


def test_an_inner_loop_takes_traced_inputs_and_runs_as_long_as_they_are(backend: str) -> None:
    result = for_loop(lambda row: for_loop(lambda x: 2 * x, row), np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(result, [[0, 2, 4], [6, 8, 10]])


def test_a_loop_in_jit_advances_the_states(backend: str) -> None:
    cell, reference = neuron(), neuron()
    result = jit(lambda a: for_loop(lambda: cell(a * u.mA), length=50))(12.345)
    np.testing.assert_array_equal(result, for_loop(lambda: reference(CURRENT), length=50))
    assert int(cell.clock.value) == 50


def test_jit_in_a_loop_is_part_of_it(backend: str) -> None:
    np.testing.assert_array_equal(for_loop(jit(lambda x: 2 * x), np.arange(3.0)), [0, 2, 4])


def test_a_loop_of_no_steps_changes_nothing_and_has_the_right_shape(backend: str) -> None:
    cell = neuron()
    before = np.asarray(u.split(cell.V.value)[0])
    times = iso.math.arange(0 * u.ms, 0 * u.ms, 0.1 * u.ms)
    spikes, voltage = for_loop(lambda t: (cell(CURRENT), cell.V.value), times)
    assert spikes.shape == u.split(voltage)[0].shape == (0, 3)
    assert u.split(voltage)[1] is u.mV
    np.testing.assert_array_equal(u.split(cell.V.value)[0], before)
    assert for_loop(lambda: None, length=0) is None


@pytest.mark.parametrize(
    ("xs", "options", "words"),
    [
        ((), {}, r"no inputs and no length.*length=1000"),
        ((np.ones(3), np.ones(4)), {}, r"lengths \[3, 4\]"),
        ((np.ones(3),), {"length": 4}, r"lengths \[3, 4\]"),
        ((1.0,), {}, r"without a time axis.*functools\.partial"),
        ((), {"length": -1}, "cannot be negative"),
    ],
)
def test_lengths_that_do_not_fit_are_refused(xs: Any, options: Any, words: str, numpy_backend: None) -> None:
    with pytest.raises(ShapeError, match=words):
        for_loop(lambda *x: None, *xs, **options)


@pytest.mark.parametrize("length", [2.5, True, "3"])
def test_a_length_is_an_integer(length: Any, numpy_backend: None) -> None:
    with pytest.raises(ShapeError, match="length"):
        for_loop(lambda: None, length=length)


def test_numpy_integers_are_lengths(numpy_backend: None) -> None:
    assert for_loop(lambda: 1.0, length=np.int64(3)).shape == (3,)


def test_a_callable_hears_of_the_progress(backend: str) -> None:
    heard: list[tuple[int, int]] = []
    for_loop(lambda x: x, np.zeros(2500), pbar=lambda done, total: heard.append((done, total)))
    assert heard[-1] == (2500, 2500)
    assert [d for d, _ in heard] == sorted({d for d, _ in heard})
    assert len(heard) >= 3


def test_an_interrupt_keeps_the_finished_chunks(backend: str) -> None:
    state = iso.ShortTermState(0)

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        for_loop(lambda: setattr(state, "value", state.value + 1), length=5000, pbar=stop)
    assert int(state.value) == 1024


def test_a_value_read_before_a_loop_is_the_same_after_it(backend: str) -> None:
    cell = neuron(V_initializer=iso.Constant(np.array([1.0, 2.0, 3.0]) * u.mV))
    first = cell.V.value
    for_loop(lambda: cell(CURRENT), length=2000)
    second = cell.V.value
    kept = np.array(u.split(second)[0])
    for_loop(lambda: cell(CURRENT), length=2000)
    np.testing.assert_array_equal(u.split(first)[0], [1, 2, 3])
    np.testing.assert_array_equal(u.split(second)[0], kept)


def test_a_result_is_the_users_own(backend: str) -> None:
    state = iso.ShortTermState(np.ones(2))
    results = [jit(lambda: state.value)(), for_loop(lambda: state.value, length=1)[0]]
    for result in results:
        if isinstance(result, np.ndarray):
            result[...] = 7
    np.testing.assert_array_equal(state.value, [1, 1])


def test_a_state_does_not_share_the_array_of_an_argument(backend: str) -> None:
    state, given = iso.ShortTermState(np.zeros(2)), np.ones(2, np.float32)
    jit(lambda x: setattr(state, "value", x))(given)
    given[...] = 7
    np.testing.assert_array_equal(state.value, [1, 1])


def test_a_state_that_changes_its_unit_or_shape_is_named(backend: str) -> None:
    class Net(iso.Module):
        def init_state(self, batch_size: int | None = None) -> None:
            self.V = iso.HiddenState(np.zeros(3) * u.mV)

        def update(self) -> None:
            self.V.value = self.V.value / u.ms

    net = iso.init_all_states(Net())
    with pytest.raises(
        iso.errors.UnitError, match=r"State 'Net\.V' is in mV .* value in mV / ms in Net at test_loop\.py:\d+"
    ):
        for_loop(net, length=2)


def test_a_state_made_in_a_step_is_refused(numpy_backend: None) -> None:
    with pytest.raises(StateError, match="init_state"):
        for_loop(lambda: iso.ShortTermState(np.zeros(2)).value, length=2)


@pytest.mark.parametrize("result", ["text", object(), {"a": "b"}])
def test_a_step_returns_arrays(result: Any, numpy_backend: None) -> None:
    with pytest.raises(TraceError, match="return arrays, quantities, or dicts and tuples"):
        for_loop(lambda: result, length=2)


def test_an_if_on_a_traced_value_is_refused(numpy_backend: None) -> None:
    with pytest.raises(TraceError, match=r"iso\.math\.where"):
        for_loop(lambda x: 1.0 if x > 0 else 0.0, np.ones(3))


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_times_that_are_no_grid_pass_through(precision: str, backend: str) -> None:
    times = np.array([0.0, 0.13, 0.5, 7.25])
    with environ.context(precision=precision):
        result = for_loop(lambda t: t, times * u.ms)
    np.testing.assert_array_equal(u.split(result)[0], times.astype(precision))


def test_times_in_the_environment_reach_the_model(backend: str) -> None:
    def step(t: Any) -> Any:
        with environ.context(t=t):
            return environ.get("t") / (1 * u.ms)

    np.testing.assert_allclose(
        for_loop(step, iso.math.arange(0 * u.ms, 0.5 * u.ms, 0.1 * u.ms)), [0, 0.1, 0.2, 0.3, 0.4], rtol=1e-6
    )


def test_an_empty_inner_loop_has_the_right_shape(backend: str) -> None:
    assert for_loop(lambda x: for_loop(lambda: x, length=0), np.arange(4.0)).shape == (4, 0)
