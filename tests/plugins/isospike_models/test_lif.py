"""LIF: the closed form of its potential, its f-I curve, its resets, its shapes and its checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import (
    ParameterError,
    PlausibilityWarning,
    ShapeError,
    UnitError,
    UnknownAttributeError,
    UnknownNameError,
)
from isospike.select import get_backend

DT = 0.1
Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def potential(cell: Any, current: Any, n_steps: int) -> Any:
    """Return V after each of so many steps under a constant current."""

    def step() -> Any:
        cell(current)
        return cell.V.value

    return iso.transform.for_loop(step, length=n_steps)


def spikes(cell: Any, current: Any, n_steps: int) -> Any:
    return iso.transform.for_loop(lambda: cell(current), length=n_steps)


def by_hand(cell: dict[str, float], current: float, n_steps: int, start: float, reset: str) -> np.ndarray:
    """Reset, integrate exactly, and keep V, in a loop over NumPy scalars."""
    V, kept = start, []
    for _ in range(n_steps):
        if cell["V_th"] <= V:
            V = V - (cell["V_th"] - cell["V_reset"]) if reset == "soft" else cell["V_reset"]
        V_inf = cell["V_rest"] + cell["R"] * current
        V = V_inf + (V - V_inf) * np.exp(-DT / cell["tau"])
        kept.append(V)
    return np.array(kept)


def test_potential_under_constant_current_is_the_closed_form(backend: str, host: Host) -> None:
    cell = iso.LIF(3, tau=12 * u.ms, R=2 * u.ohm, V_rest=-60 * u.mV, V_th=100 * u.mV, V_initializer=-75 * u.mV)
    iso.init_all_states(cell)
    V = host(potential(cell, 3 * u.mA, 2000))
    n = np.arange(1, 2001)[:, None]
    V_inf = -60 + 2 * 3
    np.testing.assert_allclose(V, np.broadcast_to(V_inf + (-75 - V_inf) * np.exp(-n * DT / 12), (2000, 3)), rtol=1e-12)


def test_each_cell_obeys_its_own_parameters(backend: str, host: Host) -> None:
    tau, R, V_rest = np.array([5.0, 12.0, 40.0]), np.array([1.0, 2.0, 0.5]), np.array([-70.0, -60.0, -50.0])
    cell = iso.LIF(
        3,
        tau=tau * u.ms,
        R=R * u.ohm,
        V_rest=V_rest * u.mV,
        V_th=100 * u.mV,
        V_initializer=(V_rest - 5) * u.mV,
    )
    iso.init_all_states(cell)
    current = np.array([10.0, 0.0, 7.0])
    V = host(potential(cell, current * u.mA, 500))
    V_inf = V_rest + R * current
    n = np.arange(1, 501)[:, None]
    np.testing.assert_allclose(V, V_inf + (V_rest - 5 - V_inf) * np.exp(-n * DT / tau), rtol=1e-12)


@pytest.mark.parametrize("reset", ["soft", "hard"])
def test_potential_with_resets_is_that_of_a_loop_by_hand(backend: str, host: Host, reset: str) -> None:
    parameters = {"tau": 8.0, "R": 1.0, "V_rest": -65.0, "V_reset": -68.0, "V_th": -50.0}
    unit = {"tau": u.ms, "R": u.ohm, "V_rest": u.mV, "V_reset": u.mV, "V_th": u.mV}
    cell = iso.LIF(
        1,
        spk_reset=reset,
        V_initializer=-65 * u.mV,
        **{name: value * unit[name] for name, value in parameters.items()},
    )
    iso.init_all_states(cell)
    V = host(potential(cell, 60 * u.mA, 1000))[:, 0]
    expected = by_hand(parameters, 60.0, 1000, -65.0, reset)
    assert (V >= -50).sum() > 20
    np.testing.assert_allclose(V, expected, rtol=1e-12)


@pytest.mark.parametrize("reset", ["soft", "hard"])
def test_soft_reset_keeps_the_overshoot_and_hard_reset_drops_it(numpy_backend: None, host: Host, reset: str) -> None:
    cell = iso.LIF(1, tau=10 * u.ms, V_th=1 * u.mV, V_reset=-2 * u.mV, V_initializer=-1 * u.mV, spk_reset=reset)
    iso.init_all_states(cell)
    cell.add_delta_input(6 * u.mV)
    cell()
    V = host(cell.V.value)[0]
    cell()
    left = V - 3.0 if reset == "soft" else -2.0
    assert pytest.approx(-np.exp(-0.01) + 6.0, rel=1e-14) == V
    assert host(cell.V.value)[0] == pytest.approx(left * np.exp(-0.01), rel=1e-14)


@pytest.mark.parametrize("current", [15.5, 18.0, 25.0, 60.0, 300.0])
def test_period_is_that_of_the_f_i_curve_within_a_step(backend: str, host: Host, current: float) -> None:
    cell = iso.LIF(1, tau=10 * u.ms, V_th=15 * u.mV, V_reset=-5 * u.mV, V_initializer=-5 * u.mV, spk_reset="hard")
    iso.init_all_states(cell)
    fired = np.flatnonzero(host(spikes(cell, current * u.mA, 4000))[:, 0])
    period = 10.0 * np.log((current + 5.0) / (current - 15.0))
    assert len(fired) >= 5
    assert set(np.diff(fired)) == {int(np.ceil(period / DT))}
    assert abs(fired[0] + 1 - period / DT) <= 1.0


def test_a_cell_below_rheobase_never_spikes(backend: str, host: Host) -> None:
    cell = iso.init_all_states(iso.LIF(1, tau=10 * u.ms, V_th=15 * u.mV))
    assert host(spikes(cell, 14.99 * u.mA, 3000)).sum() == 0
    assert host(spikes(cell, 15.01 * u.mA, 3000)).sum() > 0


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_batch_of_one_has_the_bits_of_no_batch(backend: str, host: Host, precision: str) -> None:
    current = np.linspace(0, 60, 7)
    runs = []
    with iso.environ.context(precision=precision):
        for batch_size in (None, 1):
            cell = iso.LIF(7, tau=10 * u.ms, V_th=15 * u.mV, V_initializer=iso.Normal(0 * u.mV, 4 * u.mV))
            iso.init_all_states(cell, batch_size=batch_size)
            runs.append(host(potential(cell, current * u.mA, 300)))
    assert runs[0].dtype == precision
    assert runs[1].shape == (300, 1, 7)
    assert (runs[0] == runs[1][:, 0]).all()


def test_entries_of_a_batch_do_not_mix(backend: str, host: Host) -> None:
    current = np.random.default_rng(1).uniform(0, 50, (3, 5))
    batch = iso.init_all_states(iso.LIF(5, V_th=15 * u.mV), batch_size=3)
    together = host(potential(batch, current * u.mA, 200))
    for i in range(3):
        alone = host(potential(iso.init_all_states(iso.LIF(5, V_th=15 * u.mV)), current[i] * u.mA, 200))
        assert (together[:, i] == alone).all()


def test_axes_of_a_population_only_arrange_its_cells(backend: str, host: Host) -> None:
    current = np.linspace(0, 60, 6)
    sheet = iso.init_all_states(iso.LIF((2, 3), V_th=15 * u.mV, tau=np.arange(5.0, 11.0).reshape(2, 3) * u.ms))
    row = iso.init_all_states(iso.LIF(6, V_th=15 * u.mV, tau=np.arange(5.0, 11.0) * u.ms))
    on_sheet = host(potential(sheet, current.reshape(2, 3) * u.mA, 200))
    assert on_sheet.shape == (200, 2, 3)
    assert (on_sheet.reshape(200, 6) == host(potential(row, current * u.mA, 200))).all()


def test_no_input_is_zero_current_and_any_unit_of_current_will_do(numpy_backend: None, host: Host) -> None:
    cell = iso.LIF(2, V_th=15 * u.mV, V_initializer=3 * u.mV)
    runs = []
    for current in (None, 0 * u.mA, 25 * u.mA, 0.025 * u.amp, 2.5e7 * u.nA):
        iso.init_all_states(cell)
        cell(current)
        runs.append(host(cell.V.value))
    assert (runs[0] == runs[1]).all()
    np.testing.assert_allclose(runs[3:], [runs[2]] * 2, rtol=1e-15)


@pytest.mark.parametrize(("given", "named"), [(25 * u.mV, "mV"), (25.0, "dimensionless"), (1 * u.nS, "nS")])
def test_an_input_of_the_wrong_unit_names_cell_and_units(numpy_backend: None, given: Any, named: str) -> None:
    cell = iso.init_all_states(iso.LIF(4, V_th=15 * u.mV))
    with pytest.raises(UnitError, match=rf"LIF 'LIF'.*{named}.*mA.*25 \* u\.mA"):
        cell(given)


def test_an_input_of_the_wrong_shape_names_cell_and_shapes(numpy_backend: None) -> None:
    cell = iso.init_all_states(iso.LIF(4, V_th=15 * u.mV))
    for shape in ((3,), (2, 4)):
        with pytest.raises(ShapeError, match=r"LIF 'LIF'.*shape \(.*broadcasts to \(4,\)"):
            cell(np.ones(shape) * u.mA)


def test_forward_euler_is_one_explicit_step(backend: str, host: Host) -> None:
    cell = iso.LIF(1, tau=10 * u.ms, V_th=15 * u.mV, V_initializer=4 * u.mV, method="euler")
    iso.init_all_states(cell)
    cell(7 * u.mA)
    assert host(cell.V.value)[0] == pytest.approx(4 + 0.1 * (7 - 4) / 10, rel=1e-14)


def test_a_trainable_time_constant_gives_the_same_potential_and_may_change_without_compiling(
    backend: str, host: Host
) -> None:
    tau = iso.ParamState(10.0 * u.ms)
    cell = iso.init_all_states(iso.LIF(2, tau=tau, V_th=15 * u.mV))
    assert cell.states(iso.ParamState) == {"tau": tau}
    trained = host(potential(cell, 14 * u.mA, 100))
    fixed = iso.init_all_states(iso.LIF(2, tau=10.0 * u.ms, V_th=15 * u.mV))
    np.testing.assert_allclose(trained, host(potential(fixed, 14 * u.mA, 100)), rtol=1e-12)
    tau.value = 20.0 * u.ms
    iso.init_all_states(cell)
    before = iso.transform.cache_info().compiles
    slower = host(potential(cell, 14 * u.mA, 100))
    assert iso.transform.cache_info().compiles == before
    np.testing.assert_allclose(slower[-1], 14 * (1 - np.exp(-10 / 20)), rtol=1e-12)


def test_a_parameter_that_is_assigned_counts_from_the_next_run_on(backend: str, host: Host) -> None:
    cell = iso.LIF(1, tau=10 * u.ms, V_th=15 * u.mV)
    for tau in (10.0, 20.0):
        cell.tau = tau * u.ms
        iso.init_all_states(cell)
        assert host(potential(cell, 14 * u.mA, 50))[-1, 0] == pytest.approx(14 * (1 - np.exp(-5 / tau)), rel=1e-12)


REFUSED = [
    ({"tau": 10 * u.mV}, UnitError, r"LIF\(tau=\.\.\.\).*mV.*ms.*tau=5 \* u\.ms"),
    ({"tau": 10.0}, UnitError, r"LIF\(tau=\.\.\.\).*without a unit.*ms"),
    ({"V_th": 1 * u.ms}, UnitError, r"LIF\(V_th=\.\.\.\).*ms.*mV"),
    ({"R": 1 * u.siemens}, UnitError, r"LIF\(R=\.\.\.\).*ohm"),
    ({"V_initializer": iso.Constant(0 * u.ms)}, UnitError, r"LIF\(V_initializer=\.\.\.\).*ms.*mV"),
    ({"V_initializer": iso.Normal(0 * u.ms, 1 * u.ms)}, UnitError, r"LIF\(V_initializer=\.\.\.\).*ms.*mV"),
    ({"V_initializer": 0.0}, UnitError, r"LIF\(V_initializer=\.\.\.\).*mV"),
    ({"tau": -10 * u.ms}, ParameterError, r"LIF\(tau=\.\.\.\) is -10 ms.*positive"),
    ({"tau": np.nan * u.ms}, ParameterError, r"LIF\(tau=\.\.\.\).*nan"),
    ({"tau": np.ones(7) * u.ms}, ParameterError, r"LIF\(tau=\.\.\.\).*\(7,\).*\(10,\)"),
    ({"spk_reset": "Hard"}, ParameterError, r"LIF\(spk_reset=\.\.\.\) is 'Hard'.*'soft' or 'hard'"),
    ({"method": "rk4"}, ParameterError, r"LIF\(method=\.\.\.\) is 'rk4'"),
    ({"spk_fun": 3}, ParameterError, r"LIF\(spk_fun=\.\.\.\) is 3"),
    ({"Vth": 1 * u.mV}, UnknownNameError, r"no parameter 'Vth'.*'V_th'"),
    ({"V_th": 0 * u.mV}, ParameterError, r"V_th.*V_reset.*equal"),
]


@pytest.mark.parametrize(("parameters", "error", "message"), REFUSED, ids=lambda x: str(x)[:40])
def test_a_wrong_parameter_is_refused_when_the_cell_is_built(
    parameters: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        iso.LIF(10, **{"V_th": 15 * u.mV, **parameters})


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"tau": 10 * u.ms, "V_th": -50 * u.mV},
            r"V_th=-50\. mV\): V_reset = 0\. mV and the initial potential 0\. mV lie above the threshold",
        ),
        ({"V_th": 15 * u.mV, "V_initializer": 16 * u.mV}, r"initial potential 16 mV lies above"),
        ({"V_th": 15 * u.mV, "tau": 10 * u.second}, r"tau.*10000 ms.*slip"),
        ({"V_th": 15 * u.volt}, r"V_th.*15000 mV"),
    ],
)
def test_a_likely_slip_warns_when_the_cell_is_built(parameters: dict[str, Any], message: str) -> None:
    with pytest.warns(PlausibilityWarning, match=message):
        iso.LIF(10, **parameters)


def test_an_initial_potential_of_volts_warns(numpy_backend: None) -> None:
    cell = iso.LIF(10, V_th=15 * u.mV, V_initializer=-65 * u.volt)
    with pytest.warns(PlausibilityWarning, match=r"LIF\.V .*-65000 mV, outside the usual range of -500 to 500 mV"):
        iso.init_all_states(cell)


def test_an_initial_array_of_another_shape_is_refused() -> None:
    cell = iso.LIF(5, V_th=15 * u.mV, V_initializer=np.zeros(4) * u.mV)
    with pytest.raises(ShapeError, match=r"LIF\.V.*\(5,\)"):
        iso.init_all_states(cell)


def test_a_slip_in_an_attribute_is_refused() -> None:
    cell = iso.LIF(5, V_th=15 * u.mV)
    with pytest.raises(UnknownAttributeError, match=r"tauu.*'tau'"):
        cell.tauu = 5


def test_states_that_are_not_initialised_name_the_cure(backend: str) -> None:
    cell = iso.LIF(5, V_th=15 * u.mV)
    for use in (lambda: cell(1 * u.mA), cell.get_spike, lambda: spikes(cell, 1 * u.mA, 3)):
        with pytest.raises(iso.errors.StateError, match=r"'V' is not initialised.*init_all_states"):
            use()


class Detached(iso.LIF):
    """Cells whose reset takes the spikes as constants."""

    def reset(self, V: Any, spikes: Any) -> Any:
        return super().reset(V, iso.math.stop_gradient(spikes))


@pytest.mark.parametrize("kind", ["soft", "hard"])
def test_the_gradient_goes_through_the_reset_unless_the_spikes_are_detached(
    backend: str, host: Host, kind: str
) -> None:
    if not get_backend(backend).capabilities["gradient"].claimed:
        pytest.skip(f"{backend} has no gradients")
    start, span, decay = np.array([13.0, 15.5, 18.0]), 15.0, np.exp(-0.1 / 5)
    x, spikes = (start - 15) / span, start >= 15
    inside = 1.0 * (kind == "soft") + (1.0 - spikes) * (kind == "hard")
    through = (span if kind == "soft" else start) * 0.3 * (1 - abs(x)) / span  # how far a spike lowers V, by its slope
    for cls, expected in ((iso.LIF, inside - through), (Detached, inside)):
        with iso.environ.context(precision="float64"):
            cell = iso.init_all_states(cls(3, tau=5 * u.ms, V_th=span * u.mV, V_reset=0 * u.mV, spk_reset=kind))

            def after(V: Any, cell: Any = cell) -> Any:
                cell.V.value = V
                cell(0 * u.mA)
                return iso.math.sum(cell.V.value)

            slope = iso.transform.grad(after)(start * u.mV)
        np.testing.assert_allclose(host(slope), decay * expected, rtol=1e-9)
