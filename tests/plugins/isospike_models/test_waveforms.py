"""Inputs that change in time, held against their formulas; Brownian motion and changing Poisson trains, theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning, ShapeError, UnitError

Host = Callable[[Any], np.ndarray]
MAKE: dict[str, Callable[[], Any]] = {
    "StepInput": lambda: iso.StepInput(3, [1.0, 2.0] * u.nA, [0.5, 1.2] * u.ms),
    "SectionInput": lambda: iso.SectionInput(3, [1.0, 2.0] * u.nA, [0.5, 0.7] * u.ms),
    "RampInput": lambda: iso.RampInput(3, start=-1 * u.nA, end=2 * u.nA, t_start=0.5 * u.ms, t_end=1.5 * u.ms),
    "SinusoidInput": lambda: iso.SinusoidInput(3, amplitude=2 * u.nA, frequency=300 * u.Hz, phase=0.5),
    "WienerProcess": lambda: iso.WienerProcess(3, sigma=2 * u.nA),
    "InhomogeneousPoisson": lambda: iso.InhomogeneousPoisson(3, [4000.0, 1000.0] * u.Hz, [0.5, 1.2] * u.ms),
}
T = np.arange(25) * 0.1
FORMULAS: dict[str, Callable[[], np.ndarray]] = {
    "StepInput": lambda: np.select([T > 1.15, T > 0.45], [2.0, 1.0], 0.0),
    "SectionInput": lambda: np.select([T < 0.45, T < 1.15], [1.0, 2.0], 0.0),
    "RampInput": lambda: np.interp(T, [0.5, 1.5], [-1.0, 2.0]),
    "SinusoidInput": lambda: 2 * np.sin(2 * np.pi * 0.3 * T + 0.5),
}


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64", seed=3):
        yield


def values(source: Any, n_steps: int, host: Host, batch_size: int | None = None) -> np.ndarray:
    iso.init_all_states(source, batch_size)
    return host(iso.transform.for_loop(lambda: source(), length=n_steps))


@pytest.mark.parametrize("name", FORMULAS)
def test_a_waveform_is_its_formula(backend: str, host: Host, name: str) -> None:
    source = MAKE[name]()
    got = values(source, 25, host)
    assert source().unit == u.nA
    np.testing.assert_allclose(got, np.broadcast_to(FORMULAS[name]()[:, None], (25, 3)), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", MAKE)
def test_cutting_a_run_into_pieces_changes_nothing(backend: str, host: Host, name: str) -> None:
    whole, source = values(MAKE[name](), 25, host), iso.init_all_states(MAKE[name]())
    parts = [host(iso.transform.for_loop(lambda: source(), length=n)) for n in (1, 13, 11)]
    assert (np.concatenate(parts) == whole).all()


@pytest.mark.parametrize("batch_size", [None, 2])
@pytest.mark.parametrize("name", FORMULAS)
def test_time_begins_again_at_a_reset(backend: str, host: Host, name: str, batch_size: int | None) -> None:
    source = MAKE[name]()
    whole = values(source, 25, host, batch_size)
    iso.reset_all_states(source)
    assert (host(iso.transform.for_loop(lambda: source(), length=25)) == whole).all()
    assert int(host(source.clock.value)) == 50


@pytest.mark.parametrize("name", FORMULAS)
def test_time_begins_again_at_a_reset_inside_a_compiled_step(backend: str, host: Host, name: str) -> None:
    source = iso.init_all_states(MAKE[name]())

    @iso.transform.jit
    def run() -> Any:
        iso.reset_all_states(source, batch_size=2)
        return iso.transform.for_loop(lambda: source(), length=25)

    first, second = host(run()), host(run())
    np.testing.assert_allclose(first, np.broadcast_to(FORMULAS[name]()[:, None], (25, 3)), rtol=1e-12, atol=1e-13)
    assert (first == second).all()


def test_changing_rates_begin_again_at_a_reset_and_their_draws_do_not(backend: str, host: Host) -> None:
    source = MAKE["InhomogeneousPoisson"]()
    first = values(source, 25, host)
    iso.reset_all_states(source)
    again = host(iso.transform.for_loop(lambda: source(), length=25))
    assert again[5:].any()
    assert not again[:5].any()
    assert (again != first).any()


def test_a_run_goes_on_from_a_checkpoint_after_a_reset(numpy_backend: None, host: Host, tmp_path: Path) -> None:
    source, other = (iso.init_all_states(MAKE["RampInput"]()) for _ in range(2))
    for n_steps in (9, 7):
        iso.reset_all_states(source)
        iso.transform.for_loop(lambda: source(), length=n_steps)
    iso.load_checkpoint(iso.save_checkpoint(tmp_path / "ramp.safetensors", source), other)
    assert (host(other()) == host(source())).all()


@pytest.mark.parametrize("name", FORMULAS)
def test_examples_of_vmap_see_the_same_waveform(backend: str, host: Host, name: str) -> None:
    source = MAKE[name]()
    whole = values(source, 25, host, batch_size=2)
    iso.reset_all_states(source)
    run = iso.transform.vmap(lambda: iso.transform.for_loop(lambda: source(), length=25), states=source.states())
    assert (host(run()) == whole).all()


@pytest.mark.parametrize("name", MAKE)
def test_values_do_not_depend_on_how_dt_is_spelled(numpy_backend: None, host: Host, name: str) -> None:
    plain = values(MAKE[name](), 25, host)
    with iso.environ.context(dt=1e-4 * u.second):
        np.testing.assert_allclose(values(MAKE[name](), 25, host), plain, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", MAKE)
def test_exact_numerics_has_the_same_bits_on_every_backend(same_bits: Any, name: str) -> None:
    runs = same_bits(MAKE[name], lambda source: source())
    assert np.ptp(runs["float32"]["output"]) > 0


@pytest.mark.parametrize("name", MAKE)
def test_float32_is_near_float64(numpy_backend: None, host: Host, name: str) -> None:
    double = values(MAKE[name](), 200, host)
    with iso.environ.context(precision="float32"):
        single = values(MAKE[name](), 200, host)
    assert single.dtype == "float32"
    np.testing.assert_allclose(single, double, rtol=1e-4, atol=1e-3)


def test_each_cell_may_have_its_own_values(backend: str, host: Host) -> None:
    amplitudes = np.arange(12.0).reshape(2, 2, 3)
    got = values(iso.StepInput((2, 3), amplitudes * u.mA, [0.0, 0.2] * u.ms), 4, host)
    assert (got == amplitudes[[0, 0, 1, 1]]).all()
    each = iso.RampInput(2, end=[1.0, 2.0] * u.mA, t_end=[0.2, 0.4] * u.ms)
    np.testing.assert_allclose(values(each, 5, host), [[0, 0], [0.5, 0.5], [1, 1], [1, 1.5], [1, 2]])


def test_an_oscillation_keeps_its_phase_in_a_long_run(numpy_backend: None, host: Host) -> None:
    source = MAKE["SinusoidInput"]()
    iso.init_all_states(source)
    source.clock.replace(np.int32(10_000_000))
    assert host(source())[0] == pytest.approx(2 * np.sin(0.5), abs=1e-6)  # 300 000 whole turns


def test_a_ramp_is_trained_by_its_ends(host: Host) -> None:
    pytest.importorskip("jax")
    with iso.environ.context(backend="jax", dt=0.1 * u.ms):
        end = iso.ParamState(2.0 * u.nA)
        source = iso.init_all_states(iso.RampInput(1, end=end, t_end=1 * u.ms))
        loss = lambda: iso.math.sum(iso.transform.for_loop(lambda: source(), length=11)) / u.nA  # noqa: E731
        (slope,) = iso.transform.grad(loss, [end])()
    np.testing.assert_allclose(host(slope), 5.5, rtol=1e-12)


@pytest.mark.parametrize("dt", [0.1, 1.0])
def test_brownian_motion_spreads_as_the_root_of_time_whatever_dt(numpy_backend: None, host: Host, dt: float) -> None:
    with iso.environ.context(dt=dt * u.ms):
        x = values(iso.WienerProcess(20_000, sigma=3 * u.pA, tau=2 * u.ms), round(8 / dt), host)
    limit = 4 / np.sqrt(20_000)
    middle, last = x[round(2 / dt) - 1], x[-1]
    np.testing.assert_allclose([middle.std(), last.std()], [3, 6], rtol=limit)
    assert middle.mean() == pytest.approx(0, abs=3 * limit)
    # Increments are independent: the covariance of two times is the variance of the first.
    assert (middle * last).mean() == pytest.approx(9, abs=9 * 4 / np.sqrt(20_000) * np.sqrt(5))


def test_a_batch_has_noise_of_its_own_in_each_row(backend: str, host: Host) -> None:
    for name in ("WienerProcess", "InhomogeneousPoisson"):
        x = values(MAKE[name](), 25, host, batch_size=2)
        assert x.shape == (25, 2, 3)
        assert (x[:, 0] != x[:, 1]).any()
        assert (x[:, 0] == values(MAKE[name](), 25, host)).all()


def test_rates_are_those_of_each_section_and_train(numpy_backend: None, host: Host) -> None:
    rates = np.array([[0.0, 100.0], [2000.0, 500.0], [50.0, 0.0]])
    per_cell = np.repeat(rates, 500, axis=1)
    x = values(iso.InhomogeneousPoisson(1000, per_cell * u.Hz, [1.0, 3.0, 10.0] * u.ms), 200, host)
    assert not x[:10].any()
    for section, steps in enumerate((slice(10, 30), slice(30, 100), slice(100, 200))):
        for half, cells in enumerate((slice(0, 500), slice(500, 1000))):
            part, p = x[steps, cells], 1 - np.exp(-rates[section, half] * 1e-4)
            assert abs(part.sum() - part.size * p) <= 4 * np.sqrt(part.size * p * (1 - p))


def test_one_section_is_a_poisson_input(numpy_backend: None, host: Host) -> None:
    changing = iso.init_all_states(iso.InhomogeneousPoisson(50, [700.0] * u.Hz, [0.0] * u.ms), name="same")
    steady = iso.init_all_states(iso.PoissonInput(50, rate=700 * u.Hz), name="same")
    first, second = (host(iso.transform.for_loop(lambda s=s: s(), length=200)) for s in (changing, steady))
    assert first.any()
    assert (first == second).all()
    assert (host(changing.get_spike()) == first[-1]).all()


def test_a_time_between_steps_is_rounded_with_a_warning(numpy_backend: None, host: Host) -> None:
    with pytest.warns(PlausibilityWarning, match=r"StepInput\.times is 2\.4 steps"):
        got = values(iso.StepInput(1, [1.0] * u.mA, [0.24] * u.ms), 4, host)
    assert got[:, 0].tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: iso.StepInput(2, [1.0] * u.mA, [1.0] * u.mV), UnitError, r"StepInput\(times=\.\.\.\) is in mV"),
        (lambda: iso.StepInput(2, [1.0, 2.0] * u.mA, [2.0, 1.0] * u.ms), ParameterError, "from 0 ms on that rise"),
        (lambda: iso.StepInput(2, [1.0] * u.mA, [1.0, 2.0] * u.ms), ShapeError, r"\(1,\), expected \(2,\) or \(2, 2\)"),
        (lambda: iso.StepInput(2, [np.nan] * u.mA, [1.0] * u.ms), ParameterError, "NaN"),
        (lambda: iso.SectionInput(2, [1.0] * u.mA, [0.0] * u.ms), ParameterError, r"durations.*positive times"),
        (lambda: iso.RampInput(2, t_start=5 * u.ms, t_end=5 * u.ms), ParameterError, r"RampInput\(t_start=5.*after"),
        (lambda: iso.RampInput(2, start=1 * u.mV, end=1 * u.mA), UnitError, r"RampInput.*mV.*mA|RampInput.*mA.*mV"),
        (lambda: iso.SinusoidInput(2, frequency=1 * u.ms), UnitError, r"SinusoidInput\(frequency"),
        (lambda: iso.WienerProcess(2, sigma=-1 * u.mA), ParameterError, r"WienerProcess\(sigma=\.\.\.\) is -1"),
        (lambda: iso.InhomogeneousPoisson(2, [1.0] * u.mA, [0.0] * u.ms), UnitError, r"rates=\.\.\.\) is in mA"),
        (lambda: iso.InhomogeneousPoisson(2, [-1.0] * u.Hz, [0.0] * u.ms), ParameterError, "holds -1"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused_when_it_is_built(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


def test_a_rate_too_high_for_dt_is_refused(numpy_backend: None) -> None:
    source = iso.init_all_states(iso.InhomogeneousPoisson(2, [20_000.0] * u.Hz, [0.0] * u.ms))
    with pytest.raises(ParameterError, match=r"2 spikes in a step.*lower the rates or dt"):
        source()
