"""Alpha: its closed form, when events act, and the unit of whatever weights arrive."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, UnitError
from isospike.select import get_backend

Host = Callable[[Any], np.ndarray]
TAU = np.array([0.5, 5.0, 80.0])


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def project(weight: Any, n_post: int = 2, **parameters: Any) -> Any:
    """Return an initialised projection of one cell onto some, and its target."""
    post = iso.LIF(n_post, V_th=100 * u.mV)
    syn, out = iso.Alpha.desc(**parameters), iso.COBA.desc(E=0 * u.mV)
    return iso.init_all_states(iso.AlignPostProj(comm=iso.AllToAll(1, n_post, weight), syn=syn, out=out, post=post))


def respond(proj: Any, events: np.ndarray) -> np.ndarray:
    def step(x: Any) -> Any:
        proj(x)
        proj.post()
        return proj.syn.g.value

    return np.asarray(u.split(iso.transform.for_loop(step, events[:, None]))[0])


@pytest.mark.parametrize("dt", [0.05, 0.1, 3.0])
def test_response_to_an_event_is_the_closed_form_whatever_the_step(backend: str, dt: float) -> None:
    proj = project(0.7 * u.nS, tau=5 * u.ms)
    with iso.environ.context(dt=dt * u.ms):
        g = respond(proj, np.array([1.0, *[0.0] * 300]))
    t = np.arange(301)[:, None] * dt / 5
    np.testing.assert_allclose(g, np.broadcast_to(0.7 * t * np.exp(-t), (301, 2)), rtol=1e-11, atol=1e-300)


def test_peak_is_the_weight_over_e_at_tau(backend: str) -> None:
    g = respond(project(0.7 * u.nS, tau=5 * u.ms), np.array([1.0, *[0.0] * 100]))[:, 0]
    assert g.argmax() == 50
    assert g[50] == pytest.approx(0.7 / np.e, rel=1e-12)


def test_initial_value_decays_without_events(backend: str, host: Host) -> None:
    cell = iso.init_all_states(iso.Alpha(3, tau=TAU * u.ms, g_initializer=2.5 * u.mS))
    g = host(iso.transform.for_loop(lambda: cell(), length=500))
    np.testing.assert_allclose(g, 2.5 * np.exp(-np.arange(1, 501)[:, None] * 0.1 / TAU), rtol=1e-11)


def test_events_add_up(backend: str) -> None:
    events = np.random.default_rng(2).integers(0, 4, 200).astype(float)
    g = respond(project(0.7 * u.nS, tau=5 * u.ms), events)[:, 0]
    t = np.arange(200) * 0.1 / 5
    np.testing.assert_allclose(g, 0.7 * np.convolve(events, t * np.exp(-t))[:200], rtol=1e-11, atol=1e-300)


def test_direct_input_is_added_after_the_decay(numpy_backend: None, host: Host) -> None:
    cell = iso.init_all_states(iso.Alpha(1, tau=5 * u.ms))
    cell(0.5 * u.mS)
    cell(0.25 * u.mS)
    assert host(cell.h.value)[0] == pytest.approx(0.5 * np.exp(-0.02) + 0.25, rel=1e-15)
    assert host(cell.g.value)[0] == pytest.approx(0.5 * 0.02 * np.exp(-0.02), rel=1e-15)


def test_projections_with_equal_synapses_share_one(numpy_backend: None) -> None:
    post = iso.LIF(2, V_th=100 * u.mV)
    out = iso.COBA.desc(E=0 * u.mV)
    first, second, other = (
        iso.AlignPostProj(comm=iso.AllToAll(1, 2, 1 * u.nS), syn=iso.Alpha.desc(tau=tau), out=out, post=post)
        for tau in (5 * u.ms, 0.005 * u.second, 6 * u.ms)
    )
    assert first.syn is second.syn
    assert first.syn is not other.syn


def test_both_variables_have_the_unit_of_the_weights(numpy_backend: None) -> None:
    proj = project(0.7 * u.nS)
    assert proj.syn.g.value.unit == proj.syn.h.value.unit == u.nS


def test_a_time_constant_may_be_trained(backend: str) -> None:
    if not (claim := get_backend(backend).capabilities["gradient"]).claimed:
        pytest.skip(f"{backend}: {claim.reason}")
    tau = iso.ParamState(5.0 * u.ms)
    cell = iso.Alpha(1, tau=tau)

    def loss() -> Any:
        iso.init_all_states(cell)
        cell(0.5 * u.mS)
        return iso.math.sum(iso.transform.for_loop(lambda: cell(), length=30)[-1])

    slope = float(u.split(iso.transform.grad(loss, tau)())[0])
    t = 3.0
    assert slope == pytest.approx(0.5 * np.exp(-t / 5) * (t / 5**2) * (t / 5 - 1), rel=1e-11)


@pytest.mark.parametrize(("tau", "error"), [(0 * u.ms, ParameterError), (5 * u.mV, UnitError), (5.0, UnitError)])
def test_a_wrong_time_constant_is_refused_when_it_is_built(tau: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"Alpha\(tau=\.\.\.\)"):
        iso.Alpha(3, tau=tau)


def test_an_initial_value_of_another_dimension_is_refused(numpy_backend: None) -> None:
    with pytest.raises(UnitError, match=r"Alpha\.g.*g_initializer.*nS"):
        project(0.7 * u.nS, g_initializer=3 * u.mV)
