"""IF: it keeps what it receives, and its rate is its input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(size: int = 3, **parameters: Any) -> Any:
    given = {"tau": 8 * u.ms, "R": 2 * u.ohm, "V_th": 15 * u.mV, "V_reset": -5 * u.mV, **parameters}
    return iso.init_all_states(iso.IF(size, **given))


def test_potential_is_the_integral_of_the_current(backend: str, recorded: Any) -> None:
    cell = make(V_th=500 * u.mV, V_initializer=-3 * u.mV)
    current = np.array([-4.0, 0.0, 7.0])
    V = recorded(cell, lambda cell: cell(current * u.mA), 500)["V"]
    np.testing.assert_allclose(V, -3.0 + np.arange(1, 501)[:, None] * 0.1 * 2.0 * current / 8.0, rtol=1e-12)


def test_potential_without_input_stays(backend: str, recorded: Any) -> None:
    V = recorded(make(V_initializer=7 * u.mV), lambda cell: cell(), 100)["V"]
    assert (V == 7.0).all()


def test_rate_with_the_soft_reset_is_the_input_over_the_distance_from_reset_to_threshold(
    backend: str, recorded: Any
) -> None:
    current = np.array([11.3, 40.0, 173.0])
    run = recorded(make(), lambda cell: cell(current * u.mA), 4000)
    received = 400.0 * 2.0 * current / 8.0
    # From 0 mV the first spike takes 15 mV, each further one 20 mV.
    expected = 1 + (received - 15.0) // 20.0
    # V reaches the threshold in the last step whole, or not at all.
    assert (np.abs(run["output"].sum(axis=0) - expected) <= 1).all()
    pending = 20.0 * run["output"][-1]
    np.testing.assert_allclose(run["V"][-1] - pending, received - 20.0 * run["output"].sum(axis=0), atol=1e-9)


def test_hard_reset_drops_the_overshoot(backend: str, recorded: Any) -> None:
    # 0.9 mV a step: 0 to 15.3 mV in 17 steps, -5 to 15.7 mV in 23.
    run = recorded(make(1, spk_reset="hard"), lambda cell: cell(36 * u.mA), 200)
    fired = np.flatnonzero(run["output"][:, 0])
    assert fired[0] == 16
    assert set(np.diff(fired)) == {23}


def test_conductances_of_projections_make_it_leak(backend: str, host: Host) -> None:
    post = iso.IF(1, tau=8 * u.ms, R=2 * u.ohm, V_th=15 * u.mV)
    syn, out = iso.Expon.desc(tau=5 * u.ms), iso.COBA.desc(E=10 * u.mV)
    proj = iso.AlignPostProj(comm=iso.AllToAll(1, 1, 3 * u.siemens), syn=syn, out=out, post=post)
    iso.init_all_states(proj)
    proj(np.ones(1))
    post()
    np.testing.assert_allclose(host(post.V.value), 10.0 - 10.0 * np.exp(-0.1 * 2.0 * 3.0 / 8.0), rtol=1e-12)


def test_a_reset_to_the_threshold_is_refused_and_one_above_it_warns() -> None:
    with pytest.raises(ParameterError, match=r"IF\(V_th=2. mV, V_reset=2. mV\): they are equal"):
        iso.IF(1, V_th=2 * u.mV, V_reset=2 * u.mV)
    with pytest.warns(PlausibilityWarning, match=r"IF\(V_th=2. mV\): V_reset = 3. mV lies above the threshold"):
        iso.IF(1, V_th=2 * u.mV, V_reset=3 * u.mV)
