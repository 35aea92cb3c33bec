"""Integration schemes: where they are exact, of which order they are, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike import units as u
from isospike.errors import TraceError, UnitError
from isospike.integrate import SCHEMES, integrator

Host = Callable[[Any], np.ndarray]
W = np.array([[0.0, 0.7, -0.4], [-0.3, 0.0, 0.6], [0.5, -0.8, 0.0]])


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


class Ode(iso.Module):
    """One variable under a given derivative."""

    def __init__(self, f: Any, start: Any, scheme: Any = iso.exp_euler) -> None:
        self.f, self.start, self.scheme = f, start, scheme

    def init_state(self, batch_size: int | None = None) -> None:
        self.x = iso.HiddenState(self.start)

    def update(self) -> Any:
        self.x.value = self.scheme(self.f, self.x.value)
        return self.x.value


def solve(ode: Ode, total: float, n_steps: int) -> Any:
    """Return x after so many steps that add up to ``total`` ms."""
    iso.init_all_states(ode)
    with iso.environ.context(dt=total / n_steps * u.ms):
        return iso.transform.for_loop(lambda: ode(), length=n_steps)[-1]


def runge_kutta(f: Callable[[np.ndarray], np.ndarray], x: np.ndarray, total: float, n_steps: int = 4000) -> np.ndarray:
    h = total / n_steps
    for _ in range(n_steps):
        a = f(x)
        b = f(x + h / 2 * a)
        c = f(x + h / 2 * b)
        x = x + h / 6 * (a + 2 * b + 2 * c + f(x + h * c))
    return x


def orders(ode: Ode, exact: np.ndarray, total: float, host: Host) -> np.ndarray:
    errors = [abs(host(solve(ode, total, n)) - exact).max() for n in (50, 100, 200)]
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))


def test_a_linear_equation_is_solved_exactly_whatever_the_step(backend: str, host: Host) -> None:
    ode = Ode(lambda x: (3.0 - x) / (7 * u.ms), np.array([-2.0, 10.0]))
    for n_steps in (1, 7, 100):
        got = host(solve(ode, 20.0, n_steps))
        np.testing.assert_allclose(got, 3 + np.array([-5, 7]) * np.exp(-20 / 7), rtol=1e-13)


def test_a_constant_derivative_is_integrated_exactly(backend: str, host: Host) -> None:
    ode = Ode(lambda x: 2.0 / u.second, np.zeros(3))
    np.testing.assert_allclose(host(solve(ode, 20.0, 8)), 0.04, rtol=1e-14)


def test_growth_is_solved_exactly_too(backend: str, host: Host) -> None:
    ode = Ode(lambda x: x / (5 * u.ms), np.ones(1))
    np.testing.assert_allclose(host(solve(ode, 20.0, 10)), np.exp(4.0), rtol=1e-13)


def test_a_coefficient_may_be_a_state(backend: str, host: Host) -> None:
    class Gated(Ode):
        def init_state(self, batch_size: int | None = None) -> None:
            super().init_state(batch_size)
            self.gate = iso.ShortTermState(np.array([0.5, 2.0]) / u.ms)

        def update(self) -> Any:
            self.x.value = iso.exp_euler(lambda x: self.gate.value * (1.0 - x), self.x.value)
            return self.x.value

    np.testing.assert_allclose(host(solve(Gated(None, np.zeros(2)), 3.0, 4)), 1 - np.exp([-1.5, -6.0]), rtol=1e-13)


def test_an_element_wise_equation_is_solved_to_second_order(backend: str, host: Host) -> None:
    start = np.array([0.1, 0.5, 2.0])
    exact = 1 / (1 + (1 / start - 1) * np.exp(-10.0 / 4))
    ode = Ode(lambda x: x * (1.0 - x) / (4 * u.ms), start)
    np.testing.assert_allclose(runge_kutta(lambda x: x * (1 - x) / 4, start, 10.0), exact, rtol=1e-12)
    np.testing.assert_allclose(orders(ode, exact, 10.0, host), 2.0, atol=0.15)


def test_functions_of_the_variable_are_differentiated(backend: str, host: Host) -> None:
    def by_numpy(x: np.ndarray) -> np.ndarray:
        return np.tanh(1.5 - x) - 0.1 * np.exp(x / 2) * x**2

    def f(x: Any) -> Any:
        return (iso.math.tanh(1.5 - x) - 0.1 * iso.math.exp(x / 2) * x**2) / u.ms

    start = np.array([0.1, 1.0, 2.5])
    exact = runge_kutta(by_numpy, start, 2.0)
    np.testing.assert_allclose(orders(Ode(f, start), exact, 2.0, host), 2.0, atol=0.15)


def test_a_term_that_mixes_cells_counts_as_constant_over_the_step(backend: str, host: Host) -> None:
    start = np.array([0.3, -0.2, 1.0])

    def f(x: Any) -> Any:
        return (-x + iso.math.matmul(iso.math.tanh(x)[None, :], W.T)[0]) / (5 * u.ms)

    one = host(solve(Ode(f, start), 0.5, 1))
    drive = W @ np.tanh(start)
    np.testing.assert_allclose(one, drive + (start - drive) * np.exp(-0.1), rtol=1e-13)
    exact = runge_kutta(lambda x: (-x + W @ np.tanh(x)) / 5, start, 10.0)
    np.testing.assert_allclose(orders(Ode(f, start), exact, 10.0, host), 1.0, atol=0.15)


def test_another_read_of_the_state_counts_as_constant(numpy_backend: None, host: Host) -> None:
    ode = Ode(None, np.array([2.0]))
    ode.f = lambda x: (-x + ode.x.value * 0.5) / (5 * u.ms)
    assert host(solve(ode, 0.5, 1))[0] == pytest.approx(1 + (2 - 1) * np.exp(-0.1), rel=1e-13)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_slope_near_zero_loses_no_digits(backend: str, host: Host, precision: str) -> None:
    with iso.environ.context(precision=precision):
        slopes = np.array([0.0, 1e-12, -1e-9, 1e-6, -1e-4])
        ode = Ode(lambda x: slopes * x * x / u.ms + 1.0 / u.ms, np.full(5, 1.0))
        got = host(solve(ode, 0.1, 1))
    z = 2 * slopes * 0.1
    exact = 1 + 0.1 * (1 + z / 2 + z * z / 6) * (slopes + 1)
    np.testing.assert_allclose(got, exact, rtol=1e-6 if precision == "float32" else 1e-14)


def test_units_of_variable_and_time_may_be_anything_that_fits(backend: str, host: Host) -> None:
    for start, target in (
        (-60.0 * u.mV, -50 * u.mV),
        (-0.06 * u.volt, -50 * u.mV),
        (-60.0 * u.mV, -0.05 * u.volt),
    ):
        ode = Ode(lambda V, target=target: (target - V) / (0.02 * u.second), start)
        V = solve(ode, 10.0, 4)
        np.testing.assert_allclose(host(V) * u.scale_factor(V.unit, u.mV), -50 - 10 * np.exp(-0.5), rtol=1e-13)


@pytest.mark.parametrize("scheme", [iso.exp_euler, iso.euler])
@pytest.mark.parametrize(
    ("f", "named"),
    [(lambda V: -V, "mV"), (lambda V: -V / (20 * u.mV), "dimensionless"), (lambda V: 1 * u.mA / u.ms, "mA")],
)
def test_a_derivative_of_the_wrong_unit_names_both_units(numpy_backend: None, scheme: Any, f: Any, named: str) -> None:
    with pytest.raises(UnitError, match=rf"derivative.*{named}.*expected mV per time"):
        solve(Ode(f, -60 * u.mV, scheme), 1.0, 1)


def test_euler_is_explicit_and_of_first_order(backend: str, host: Host) -> None:
    start = np.array([0.1, 0.5])
    ode = Ode(lambda x: x * (1.0 - x) / (4 * u.ms), start, iso.euler)
    np.testing.assert_allclose(host(solve(ode, 0.5, 1)), start + 0.125 * start * (1 - start), rtol=1e-14)
    exact = 1 / (1 + (1 / start - 1) * np.exp(-10.0 / 4))
    np.testing.assert_allclose(orders(ode, exact, 10.0, host), 1.0, atol=0.15)


def test_a_scheme_is_found_by_its_name() -> None:
    assert {name: integrator(name) for name in SCHEMES} == {"euler": iso.euler, "exp_euler": iso.exp_euler}


def test_outside_a_step_exp_euler_says_where_it_belongs(numpy_backend: None) -> None:
    with pytest.raises(TraceError, match=r"exp_euler.*update\(\)"):
        iso.exp_euler(lambda x: -x / u.ms, np.ones(2))
    with pytest.raises(TraceError, match=r"exp_euler.*constant x.*State"):
        iso.transform.jit(lambda: iso.exp_euler(lambda x: -x / u.ms, np.ones(2)))()


def test_a_function_that_jumps_is_not_taken_as_affine():
    with environ.context(precision="float64", dt=0.1 * u.ms, backend="numpy"):
        state = iso.HiddenState(np.array([0.5, 2.5, 7.25]))

        def step():
            return iso.exp_euler(lambda x: -iso.math.remainder(x, 1.0) / (10 * u.ms), state.value)

        result = np.asarray(iso.transform.jit(step)())
    phi = -np.expm1(-0.01) / 0.01
    np.testing.assert_allclose(
        result, [0.5 - 0.01 * phi * 0.5, 2.5 - 0.01 * phi * 0.5, 7.25 - 0.01 * phi * 0.25], rtol=1e-12
    )
