"""Expon: exact decay, events visible undecayed, and the unit of whatever weights arrive."""

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


def project(weight: Any, **parameters: Any) -> Any:
    """Return an initialised projection of one cell onto two, and its target."""
    post = iso.LIF(2, V_th=100 * u.mV)
    out = iso.COBA.desc(E=0 * u.mV)
    syn = iso.Expon.desc(**parameters)
    return iso.init_all_states(iso.AlignPostProj(comm=iso.AllToAll(1, 2, weight), syn=syn, out=out, post=post))


def test_decay_is_exponential(backend: str, host: Host) -> None:
    tau = np.array([0.5, 5.0, 80.0])
    cell = iso.init_all_states(iso.Expon(3, tau=tau * u.ms, g_initializer=2.5 * u.mS))
    g = host(iso.transform.for_loop(lambda: cell(), length=1000))
    n = np.arange(1, 1001)[:, None]
    np.testing.assert_allclose(g, 2.5 * np.exp(-n * 0.1 / tau), rtol=1e-12)


def test_an_event_is_seen_undecayed_in_the_step_in_which_it_is_delivered(backend: str, host: Host) -> None:
    proj = project(0.7 * u.nS, tau=5 * u.ms, g_initializer=3 * u.nS)
    proj(np.ones(1))
    proj.post()
    np.testing.assert_allclose(host(proj.syn.g.value), [3 * np.exp(-0.02) + 0.7] * 2, rtol=1e-15)


def test_events_add_up(backend: str, host: Host) -> None:
    proj = project(0.7 * u.nS, tau=5 * u.ms)
    events = np.random.default_rng(2).integers(0, 4, 200).astype(float)

    def step(x: Any) -> Any:
        proj(x)
        proj.post()
        return proj.syn.g.value

    g = host(iso.transform.for_loop(step, events[:, None]))[:, 0]
    kernel = np.exp(-np.arange(200) * 0.1 / 5)
    np.testing.assert_allclose(g, 0.7 * np.convolve(events, kernel)[:200], rtol=1e-12, atol=1e-300)


def test_direct_input_is_added_after_the_decay(numpy_backend: None, host: Host) -> None:
    cell = iso.init_all_states(iso.Expon(1, tau=5 * u.ms, g_initializer=3 * u.mS))
    assert host(cell(0.5 * u.mS))[0] == pytest.approx(3 * np.exp(-0.02) + 0.5, rel=1e-15)


@pytest.mark.parametrize(
    ("weight", "unit"),
    [(0.7 * u.nS, u.nS), (0.7 * u.mS, u.mS), (7e-10 * u.siemens, u.siemens)],
    ids=["nS", "mS", "S"],
)
def test_zero_has_the_unit_of_the_weights(numpy_backend: None, weight: Any, unit: Any) -> None:
    proj = project(weight)
    assert proj.syn.g.value.unit == unit
    assert not proj.syn.g.value.mantissa.any()


def test_weights_without_unit_give_a_variable_without_unit(numpy_backend: None, host: Host) -> None:
    post = iso.LIF(2, V_th=100 * u.mV)
    out = iso.CUBA.desc(scale=2 * u.mA)
    proj = iso.AlignPostProj(comm=iso.AllToAll(1, 2, 0.5), syn=iso.Expon.desc(), out=out, post=post)
    iso.init_all_states(proj)
    proj(np.ones(1))
    post()
    assert proj.syn.g.value.tolist() == [0.5, 0.5]
    np.testing.assert_allclose(host(post.V.value), 1 - np.exp(-0.1 / 5), rtol=1e-14)


@pytest.mark.parametrize("start", [3.0, 3 * u.mV])
def test_an_initial_value_of_another_dimension_is_refused(numpy_backend: None, start: Any) -> None:
    with pytest.raises(UnitError, match=r"Expon\.g.*g_initializer=Constant\(value=3\..*nS"):
        project(0.7 * u.nS, g_initializer=start)


@pytest.mark.parametrize(("tau", "error"), [(0 * u.ms, ParameterError), (5 * u.mV, UnitError), (5.0, UnitError)])
def test_a_wrong_time_constant_is_refused_when_it_is_built(tau: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"Expon\(tau=\.\.\.\)"):
        iso.Expon(3, tau=tau)
