"""DualExpon: its closed form and its peak."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, UnitError

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def respond(events: np.ndarray, weight: Any = 0.7 * u.nS, **parameters: Any) -> np.ndarray:
    """Return the conductance (in the unit of the weight) of a cell that receives events."""
    post = iso.LIF(1, V_th=100 * u.mV)
    syn = iso.DualExpon.desc(**{"tau_decay": 5 * u.ms, "tau_rise": 0.8 * u.ms, **parameters})
    comm = iso.OneToOne(1, weight)
    proj = iso.init_all_states(iso.AlignPostProj(comm=comm, syn=syn, out=iso.COBA.desc(), post=post))

    def step(x: Any) -> Any:
        proj(x)
        post()
        return proj.syn.conductance()

    return np.asarray(u.split(iso.transform.for_loop(step, events[:, None]))[0])[:, 0]


def closed_form(t: np.ndarray, decay: float = 5.0, rise: float = 0.8) -> np.ndarray:
    """Return the difference of exponentials, scaled to a peak of 1 that is looked for numerically."""
    fine = np.linspace(0, 20, 2_000_001)
    return (np.exp(-t / decay) - np.exp(-t / rise)) / (np.exp(-fine / decay) - np.exp(-fine / rise)).max()


@pytest.mark.parametrize("dt", [0.02, 0.1, 2.0])
def test_response_to_an_event_is_the_closed_form_whatever_the_step(backend: str, dt: float) -> None:
    with iso.environ.context(dt=dt * u.ms):
        g = respond(np.eye(1, 200)[0])
    np.testing.assert_allclose(g, 0.7 * closed_form(np.arange(200) * dt), rtol=1e-11, atol=1e-16)


def test_peak_is_the_weight_at_the_time_of_the_formula(numpy_backend: None) -> None:
    with iso.environ.context(dt=0.001 * u.ms):
        g = respond(np.eye(1, 4000)[0])
    assert g.max() == pytest.approx(0.7, rel=1e-7)
    assert g.argmax() * 0.001 == pytest.approx(5 * 0.8 / (5 - 0.8) * np.log(5 / 0.8), abs=0.001)


def test_a_rise_slower_than_the_decay_is_the_same_response(numpy_backend: None) -> None:
    events = np.eye(1, 100)[0]
    swapped = respond(events, tau_decay=0.8 * u.ms, tau_rise=5 * u.ms)
    np.testing.assert_allclose(swapped, respond(events), rtol=1e-12, atol=1e-16)


def test_a_factor_of_one_gives_the_bare_difference(numpy_backend: None) -> None:
    t = np.arange(50) * 0.1
    g = respond(np.eye(1, 50)[0], A=1.0)
    np.testing.assert_allclose(g, 0.7 * (np.exp(-t / 5) - np.exp(-t / 0.8)), rtol=1e-12, atol=1e-16)


def test_equal_synapses_share_one_and_another_factor_none(numpy_backend: None) -> None:
    post = iso.LIF(2, V_th=100 * u.mV)
    first, same, other = (
        iso.AlignPostProj(
            comm=iso.AllToAll(1, 2, 1 * u.nS), syn=iso.DualExpon.desc(A=A), out=iso.COBA.desc(), post=post
        ).syn
        for A in (None, None, 1.0)
    )
    assert first is same
    assert first is not other


def test_equal_time_constants_are_refused_with_their_limit() -> None:
    with pytest.raises(ParameterError, match=r"DualExpon\(tau_decay=5\. ms, tau_rise=5\. ms\).*iso\.Alpha"):
        iso.DualExpon(2, tau_decay=5 * u.ms, tau_rise=0.005 * u.second)


@pytest.mark.parametrize(("tau", "error"), [(0 * u.ms, ParameterError), (5 * u.mV, UnitError), (5.0, UnitError)])
@pytest.mark.parametrize("name", ["tau_decay", "tau_rise"])
def test_a_wrong_time_constant_is_refused(name: str, tau: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=rf"DualExpon\({name}=\.\.\.\)"):
        iso.DualExpon(3, **{name: tau})
