"""Izhikevich: its published program, its equations, its reset, its units and its checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning, UnitError

Host = Callable[[Any], np.ndarray]
RATE = u.mV / u.ms
# Table of figure 2 of the paper: a, b, c, d.
CELLS = {
    "regular": (0.02, 0.2, -65.0, 8.0),
    "intrinsic": (0.02, 0.2, -55.0, 4.0),
    "chattering": (0.02, 0.2, -50.0, 2.0),
    "fast": (0.1, 0.2, -65.0, 2.0),
    "low_threshold": (0.02, 0.25, -65.0, 2.0),
}
EACH = dict(zip("abcd", np.array(list(CELLS.values())).T, strict=True))


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def cells(**parameters: Any) -> Any:
    """Return one cell of each kind of the paper."""
    unit = {"a": u.ms**-1, "b": u.ms**-1, "c": u.mV, "d": RATE}
    return iso.Izhikevich(5, **{name: EACH[name] * unit[name] for name in "abcd"}, **parameters)


def drive(cell: Any) -> Any:
    return cell(10.0 * RATE)


def program(n_steps: int, dt: float, scheme: str) -> dict[str, np.ndarray]:
    """Return what the published program, in a loop over NumPy arrays, keeps of V, u and the spikes."""
    v, kept = np.full(5, -65.0), []
    r = EACH["b"] * v
    for _ in range(n_steps):
        fired = v >= 30
        v, r = np.where(fired, EACH["c"], v), r + np.where(fired, EACH["d"], 0.0)
        if scheme == "euler":
            slope = EACH["a"] * (EACH["b"] * v - r)
            v, r = v + dt * (0.04 * v**2 + 5 * v + 140 - r + 10), r + dt * slope
        else:
            v = v + 0.5 * dt * (0.04 * v**2 + 5 * v + 140 - r + 10)
            v = v + 0.5 * dt * (0.04 * v**2 + 5 * v + 140 - r + 10)
            r = r + dt * EACH["a"] * (EACH["b"] * v - r)
        kept.append((v, r, v >= 30))
    V, recovery, output = (np.array(x) for x in zip(*kept, strict=True))
    return {"V": V, "u": recovery, "output": output}


@pytest.mark.parametrize(("dt", "scheme"), [(1.0, "two_half_steps"), (0.25, "two_half_steps"), (0.1, "euler")])
def test_a_run_is_that_of_the_published_program(backend: str, recorded: Any, dt: float, scheme: str) -> None:
    n_steps = round(60 / dt)  # chaos at dt = 1 ms lets roundings grow
    with iso.environ.context(dt=dt * u.ms):
        run = recorded(iso.init_all_states(cells(method=scheme)), drive, n_steps)
    expected = program(n_steps, dt, scheme)
    assert (expected["output"].sum(axis=0) > 0).all()
    for name in ("V", "u", "output"):
        np.testing.assert_allclose(run[name], expected[name], rtol=1e-7, atol=1e-7, err_msg=name)


def test_spikes_in_a_second_are_those_of_the_scheme_of_2003(backend: str, host: Host) -> None:
    cell = iso.init_all_states(cells())
    with iso.environ.context(dt=1 * u.ms):
        count = host(iso.transform.for_loop(lambda: drive(cell), length=1000)).sum(axis=0)
    # Steps of 1 ms make a chaotic map of the equations: the published program gives 63 fast spikes, and 61 to 70 when
    # its initial potential is moved by 1e-9 mV, as another rounding would.
    assert 60 <= count[3] <= 71
    assert 19 <= count[0] <= 21  # regular spiking


def test_the_equations_give_other_counts_than_the_scheme_of_2003(numpy_backend: None, host: Host) -> None:
    counts = []
    for scheme in ("two_half_steps", "euler"):
        cell = iso.init_all_states(cells(method=scheme))
        with iso.environ.context(dt=0.01 * u.ms):
            counts.append(host(iso.transform.for_loop(lambda c=cell: drive(c), length=100_000)).sum(axis=0)[3])
    assert counts[0] == pytest.approx(136, abs=1)
    assert counts[1] == pytest.approx(136, abs=1)


def test_reset_sets_V_to_c_and_raises_u_by_d(backend: str, recorded: Any) -> None:
    with iso.environ.context(dt=1 * u.ms):
        run = recorded(iso.init_all_states(cells(V_initializer=29 * u.mV)), drive, 2)
    assert (run["V"][0] >= 30).all()
    V, r = EACH["c"], run["u"][0] + EACH["d"]
    for _ in range(2):
        V = V + 0.5 * (0.04 * V**2 + 5 * V + 140 - r + 10)
    np.testing.assert_allclose(run["V"][1], V, rtol=1e-12)
    np.testing.assert_allclose(run["u"][1], r + EACH["a"] * (EACH["b"] * V - r), rtol=1e-12)


def test_recovery_starts_at_b_V(numpy_backend: None, host: Host) -> None:
    cell = iso.init_all_states(cells(V_initializer=-70 * u.mV))
    np.testing.assert_allclose(host(cell.u.value), -70 * EACH["b"], rtol=1e-15)
    assert u.same_dimension(cell.u.value.unit, RATE)


def test_parameters_may_be_given_in_any_unit(backend: str, host: Host) -> None:
    given = {"a": 20 * u.Hz, "b": 200 * u.Hz, "c": -0.065 * u.volt, "d": 8 * u.volt / u.second}
    runs = []
    for parameters in (given, {}):
        cell = iso.init_all_states(iso.Izhikevich(2, **parameters))
        runs.append(host(iso.transform.for_loop(lambda c=cell: (c(10 * u.volt / u.second), c.V.value)[1], length=300)))
    assert (runs[0] == runs[1]).all()


def test_projections_deliver_rates_of_V(backend: str, host: Host) -> None:
    post = iso.Izhikevich(2)
    comm, syn, out = iso.AllToAll(1, 2, 3 * RATE), iso.Expon.desc(tau=5 * u.ms), iso.CUBA.desc(scale=1.0)
    proj = iso.init_all_states(iso.AlignPostProj(comm=comm, syn=syn, out=out, post=post))
    proj(np.ones(1))
    post()
    V = -65.0
    for _ in range(2):
        V = V + 0.05 * (0.04 * V**2 + 5 * V + 140 + 13 + 3)
    np.testing.assert_allclose(host(post.V.value), [V] * 2, rtol=1e-13)


def test_a_batch_of_one_has_the_bits_of_no_batch_in_forward_euler(backend: str, batch_of_one: Any) -> None:
    batch_of_one(lambda: cells(method="euler", V_initializer=iso.Normal(-65 * u.mV, 5 * u.mV)), drive)


def test_exact_numerics_has_the_same_bits_on_every_backend_in_forward_euler(same_bits: Any) -> None:
    for run in same_bits(lambda: cells(method="euler"), drive).values():
        assert run["output"].any()


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"a": 0.02}, UnitError, r"Izhikevich\(a=\.\.\.\).*without a unit.*write a=0\.02 / u\.ms$"),
        ({"d": 8 * u.mV}, UnitError, r"Izhikevich\(d=\.\.\.\).*mV.*write d=8 \* u\.mV / u\.ms$"),
        ({"a": -1 / u.ms}, ParameterError, r"Izhikevich\(a=\.\.\.\) is -1"),
        ({"c": 30 * u.mV}, ParameterError, r"V_th=30.*c=30.*never end"),
        ({"method": "exp_euler"}, ParameterError, r"'two_half_steps' or 'euler'"),
    ],
)
def test_a_wrong_parameter_is_refused_when_the_cell_is_built(
    parameters: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        iso.Izhikevich(3, **parameters)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"c": 40 * u.mV}, r"c lies above V_th"),
        ({"V_initializer": 31 * u.mV}, r"initial potential 31 mV lies above"),
        ({"a": 20 / u.ms}, r"a.*20 1/ms.*usual range"),
    ],
)
def test_a_likely_slip_warns_when_the_cell_is_built(parameters: dict[str, Any], message: str) -> None:
    with pytest.warns(PlausibilityWarning, match=message):
        iso.Izhikevich(3, **parameters)


def test_a_current_is_no_input(numpy_backend: None) -> None:
    cell = iso.init_all_states(iso.Izhikevich(3))
    with pytest.raises(UnitError, match=r"Izhikevich.*in pA.*expected one in mV/ms.*neuron\(25 \* u\.mV / u\.ms\)"):
        cell(10 * u.pA)
