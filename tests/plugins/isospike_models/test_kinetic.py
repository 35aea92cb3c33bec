"""AMPA, GABAa, BioNMDA and NMDA: their equations, solved by scipy, and what saturation means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning, UnitError

Host = Callable[[Any], np.ndarray]
SPIKES_MS = (0.5, 1.0, 4.0, 4.2, 12.0)  # some of them within the pulse of another
DURATION_MS = 20.0
# alpha and beta of binding, concentration, duration of the pulse: the defaults, as the references state them.
PULSED = {"AMPA": (0.98, 0.18, 0.5, 0.5), "GABAa": (0.53, 0.18, 1.0, 1.0), "BioNMDA": (1.0, 0.5, 1.0, 0.5)}


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def simulated(name: str, dt: float, spikes: tuple[float, ...] = SPIKES_MS) -> np.ndarray:
    """Return g at the ends of the steps."""
    given = np.zeros((round(DURATION_MS / dt), 1))
    given[[round(t / dt) for t in spikes]] = 1
    with iso.environ.context(dt=dt * u.ms):
        synapse = iso.init_all_states(getattr(iso, name)(1))
        return np.asarray(iso.transform.for_loop(lambda x: synapse(x), given))[:, 0]


def pulses(duration: float) -> list[tuple[float, float]]:
    """Return when transmitter comes and goes, a later spike taking the place of an earlier one."""
    ends = [min(t + duration, after) for t, after in zip(SPIKES_MS, (*SPIKES_MS[1:], np.inf), strict=True)]
    return list(zip(SPIKES_MS, ends, strict=True))


def solved(name: str, t: np.ndarray) -> np.ndarray:
    """Return g at times t, by an adaptive solver that stops at each event."""
    if name == "NMDA":
        events = {time: 1.0 for time in SPIKES_MS}
        edges, T = [], lambda time: 0.0
    else:
        events, on = {}, pulses(PULSED[name][3])
        edges = [edge for pair in on for edge in pair]
        T = lambda time: PULSED[name][2] * any(a <= time < b for a, b in on)  # noqa: E731
    stops = sorted({0.0, *events, *edges, DURATION_MS + 1})
    g, state = np.zeros_like(t), np.zeros(2)
    for start, end in pairwise(stops):
        state = state + np.array([0.0, events.get(start, 0.0)])
        middle = T(0.5 * (start + end))
        solution = solve_ivp(
            lambda _, y, c=middle: rhs(name, y, c), (start, end), state, rtol=1e-11, atol=1e-13, dense_output=True
        )
        inside = (start < t + 1e-9) & (t < end + 1e-9)
        g[inside] = solution.sol(t[inside])[0]
        state = solution.y[:, -1]
    return g


def rhs(name: str, y: np.ndarray, T: float) -> list[float]:
    g, x = y
    if name == "NMDA":
        return [-g / 100.0 + 0.5 * x * (1 - g), -x / 2.0]
    alpha, beta = PULSED[name][:2]
    if name == "BioNMDA":
        return [2.0 * x * (1 - g) - 0.01 * g, alpha * T * (1 - x) - beta * x]
    return [alpha * T * (1 - g) - beta * g, 0.0]


@pytest.mark.parametrize("name", ["AMPA", "GABAa"])
def test_a_step_is_exact_whatever_its_size(backend: str, name: str) -> None:
    for dt in (0.1, 0.02):
        g = simulated(name, dt)
        np.testing.assert_allclose(g, solved(name, (np.arange(g.size) + 1) * dt), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(("name", "offset"), [("BioNMDA", 1), ("NMDA", 0)])
def test_the_error_falls_with_the_square_of_the_step(numpy_backend: None, name: str, offset: int) -> None:
    # A spike of NMDA acts from the step after it on, a pulse from its own step on.
    errors = []
    for dt in (0.1, 0.05, 0.025):
        g = simulated(name, dt)
        errors.append(abs(g - solved(name, (np.arange(g.size) + offset) * dt)).max())
    assert errors[0] < 1e-3
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.1)


@pytest.mark.parametrize("name", ["BioNMDA", "NMDA"])
def test_backends_agree(backend: str, name: str) -> None:
    g = simulated(name, 0.1)
    with iso.environ.context(backend="numpy", engine=None):
        np.testing.assert_allclose(g, simulated(name, 0.1), rtol=1e-12)


@pytest.mark.parametrize("name", [*PULSED, "NMDA"])
def test_no_train_of_spikes_opens_more_than_all_channels(backend: str, name: str) -> None:
    g = simulated(name, 0.1, tuple(np.arange(0.0, 19.0, 0.1)))
    assert g.max() <= 1
    assert g.max() > 0.5


@pytest.mark.parametrize("weight", [2 * u.nS, 0.002 * u.uS, 2e-6 * u.mS])
def test_the_weight_is_the_conductance_with_all_channels_open(backend: str, host: Host, weight: Any) -> None:
    post = iso.LIF(1, R=100 * u.Mohm, V_th=400 * u.mV)
    out = iso.COBA.desc(E=10 * u.mV)
    proj = iso.AlignPreProj(comm=iso.OneToOne(1, weight), syn=iso.AMPA.desc(), out=out, post=post)
    iso.init_all_states(proj)

    def step(x: Any) -> Any:
        proj(x)
        post()
        return proj.syn.g.value, proj.inlet.g.value

    fraction, g = iso.transform.for_loop(step, np.ones((50, 1)))
    in_nS = u.quantity(host(g), g.unit).to_decimal(u.nS)
    np.testing.assert_allclose(in_nS, 2 * host(fraction), rtol=1e-12)


def test_a_spike_during_a_pulse_starts_its_duration_anew(numpy_backend: None, host: Host) -> None:
    synapse = iso.init_all_states(iso.AMPA(1))
    left = []
    for spike in (1, 0, 1, 0, 0, 0, 0, 0, 0):
        synapse(np.array([float(spike)]))
        left.append(int(host(synapse.left.value)[0]))
    assert left == [4, 3, 4, 3, 2, 1, 0, 0, 0]


def test_a_duration_off_the_grid_is_told(numpy_backend: None) -> None:
    synapse = iso.init_all_states(iso.AMPA(1, T_dur=0.54 * u.ms))
    with pytest.warns(PlausibilityWarning, match=r"AMPA\.T_dur is 5\.4 steps.*rounded to 5"):
        synapse(np.ones(1))


@pytest.mark.parametrize("name", [*PULSED, "NMDA"])
def test_one_synapse_cannot_stand_for_many(name: str) -> None:
    syn = getattr(iso, name).desc()
    comm, out, post = iso.OneToOne(2, 1 * u.nS), iso.COBA.desc(), iso.LIF(2)
    with pytest.raises(ParameterError, match=rf"AlignPostProj\(syn={name}\).*AlignPreProj\(syn={name}\.desc"):
        iso.AlignPostProj(comm=comm, syn=syn, out=out, post=post)
    with pytest.raises(ParameterError, match=rf"AlignPreProj\(syn={name}, stp=STP\).*leave out stp"):
        iso.AlignPreProj(comm=comm, syn=syn, out=out, post=post, stp=iso.STP.desc())


@pytest.mark.parametrize(
    ("name", "given", "error"),
    [
        ("AMPA", {"alpha": 0.98}, UnitError),
        ("AMPA", {"alpha": 0.98 / u.ms}, UnitError),
        ("GABAa", {"beta": 0 / u.ms}, ParameterError),
        ("BioNMDA", {"T": 1 * u.mV}, UnitError),
        ("NMDA", {"a": -1 / u.ms}, ParameterError),
        ("NMDA", {"tau_rise": 2.0}, UnitError),
    ],
)
def test_a_wrong_rate_is_refused(name: str, given: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=rf"{name}\({next(iter(given))}=\.\.\.\)"):
        getattr(iso, name)(2, **given)
