"""Schemes, time, noise and start: the numbers that a text gives, against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError

pytestmark = pytest.mark.usefixtures("numpy_backend")
OSCILLATOR = "dx/dt = omega*y : 1; dy/dt = -omega*x : 1"


def ran(recorded: Any, equations: str, n_steps: int, dt_ms: float = 0.1, size: int = 1, **given: Any) -> Any:
    cls = iso.neurons.from_equations(equations, **given)
    with iso.environ.context(dt=dt_ms * u.ms, precision="float64"):
        return recorded(iso.init_all_states(cls(size)), lambda cell: cell(), n_steps)


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("rk2", 2), ("rk4", 4)])
def test_a_scheme_has_its_order_on_a_coupled_system(recorded: Any, method: str, order: int) -> None:
    errors = []
    for dt in (0.1, 0.05):
        run = ran(
            recorded, OSCILLATOR, round(2 / dt), dt, method=method, omega=1 / u.ms, x_initializer=1.0, y_initializer=0.0
        )
        errors.append(np.hypot(run["x"][-1, 0] - np.cos(2.0), run["y"][-1, 0] + np.sin(2.0)))
    assert errors[0] / errors[1] == pytest.approx(2.0**order, rel=0.1)


def test_exponential_euler_is_exact_for_a_linear_equation(recorded: Any) -> None:
    run = ran(recorded, "dx/dt = (1 - x)/tau : 1", 30, 0.5, tau=2 * u.ms)
    np.testing.assert_allclose(run["x"][:, 0], 1 - np.exp(-0.25 * np.arange(1, 31)), rtol=1e-14)


def test_the_long_name_of_exponential_euler_is_known_too() -> None:
    cls = iso.neurons.from_equations("dx/dt = -x/ms : 1", method="exponential_euler")
    assert cls(1).method == "exp_euler"
    assert cls(1, method="euler").method == "euler"
    assert (
        iso.neurons.from_equations("dx/dt = -x/ms : 1", method="rk4")(1, method="exponential_euler").method
        == "exp_euler"
    )


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("rk2", 2), ("rk4", 4)])
def test_a_slope_that_depends_on_time_is_taken_at_the_time_of_its_stage(recorded: Any, method: str, order: int) -> None:
    errors = []
    for dt in (0.2, 0.1):
        run = ran(recorded, "dx/dt = cos(omega*t)/ms : 1", round(4 / dt), dt, method=method, omega=1 / u.ms)
        errors.append(abs(run["x"][-1, 0] - np.sin(4.0)))
    assert errors[0] / errors[1] == pytest.approx(2.0**order, rel=0.1)


def test_time_and_its_step_have_units(recorded: Any) -> None:
    run = ran(recorded, "dx/dt = t/dt/ms : 1", 5, 0.5, method="euler")
    assert run["x"][:, 0].tolist() == [0.0, 0.5, 1.5, 3.0, 5.0]


def test_noise_makes_the_variance_of_an_ornstein_uhlenbeck_process(recorded: Any) -> None:
    equations = "dx/dt = -x/tau + sigma*sqrt(2/tau)*xi : mV"
    run = ran(recorded, equations, 4000, 0.1, size=300, tau=5 * u.ms, sigma=2 * u.mV)
    x = run["x"][500:]
    # Exponential Euler holds the noise over a step: the variance is right to order dt / tau.
    assert x.std() == pytest.approx(2.0, rel=0.02)
    assert abs(x.mean()) < 0.05
    later = np.corrcoef(x[:-50].ravel(), x[50:].ravel())[0, 1]
    assert later == pytest.approx(np.exp(-1.0), abs=0.03)


def test_noise_by_one_name_is_one_process_and_by_two_names_two(recorded: Any) -> None:
    terms = "da/dt = xi/sqrt(ms) : 1; db/dt = xi/sqrt(ms) : 1; dc/dt = xi_c/sqrt(ms) : 1"
    run = ran(recorded, terms, 200, size=50, method="euler")
    steps = {name: np.diff(run[name], axis=0).ravel() for name in "abc"}
    assert (steps["a"] == steps["b"]).all()
    assert steps["a"].std() == pytest.approx(np.sqrt(0.1), rel=0.03)
    assert abs(np.corrcoef(steps["a"], steps["c"])[0, 1]) < 0.05


def test_noise_is_new_in_each_step_and_cell_and_the_same_in_each_run(recorded: Any) -> None:
    runs = [ran(recorded, "dx/dt = xi/sqrt(ms) : 1", 50, size=4)["x"] for _ in range(2)]
    assert (runs[0] == runs[1]).all()
    assert len(np.unique(np.diff(runs[0], axis=0))) == 49 * 4


def test_a_sub_expression_that_is_constant_over_a_step_is_taken_at_its_beginning(recorded: Any) -> None:
    squared = "q = x**2 : 1 {flag}; dx/dt = (1 - q)/ms : 1"
    held, free = (
        ran(recorded, squared.format(flag=flag), 10, 0.5, x_initializer=0.5)["x"] for flag in ("(constant over dt)", "")
    )
    euler = ran(recorded, squared.format(flag=""), 10, 0.5, x_initializer=0.5, method="euler")["x"]
    assert (held == euler).all()
    assert not (free == euler).any()


def test_initial_values_may_be_expressions_of_parameters_and_other_states() -> None:
    equations = "slow = gain*v : mV; dv/dt = -v/ms : mV; dw/dt = (slow - w)/ms : mV"
    cls = iso.neurons.from_equations(
        equations, gain=0.5, v_initializer=iso.Normal(-60 * u.mV, 5 * u.mV), w_initializer="slow + 1 * mV"
    )
    with iso.environ.context(precision="float64"):
        for batch in (None, 3):
            cells = iso.init_all_states(cls(4, gain=np.array([0.1, 0.2, 0.3, 0.4])), batch_size=batch)
            v, w = (np.asarray(u.split(s.value)[0]) for s in (cells.v, cells.w))
            assert w.shape == (4,) if batch is None else (3, 4)
            np.testing.assert_allclose(w, np.array([0.1, 0.2, 0.3, 0.4]) * v + 1.0)
        assert iso.init_all_states(cls(2, w_initializer="0.002 * volt")).w.value[0] == 2 * u.mV


def test_the_current_reaches_only_equations_that_name_it(recorded: Any) -> None:
    silent = iso.init_all_states(iso.neurons.from_equations("dv/dt = -v/ms : mV")(2))
    silent()
    with pytest.raises(ParameterError, match="is given a current, but its equations have no I: write it"):
        silent(1 * u.mA)


def test_the_unit_of_the_current_is_declared_and_the_potential_chosen(recorded: Any) -> None:
    cls = iso.neurons.from_equations(
        "I : nA; dw/dt = R*I/tau - w/tau : mV; dv/dt = (w - v)/tau : mV",
        R=10 * u.Mohm, tau=5 * u.ms, potential="v",
    )  # fmt: skip
    assert (cls.input_unit, cls.delta_unit) == ("nA", "mV")
    cell = iso.init_all_states(cls(1))
    cell.add_delta_input(3 * u.mV)
    cell(0 * u.nA)
    assert u.split(cell.v.value)[0] == pytest.approx(3.0)
    assert u.split(cell.w.value)[0] == 0.0
