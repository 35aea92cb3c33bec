"""STP and STD: what is released, spike by spike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, ShapeError, UnitError

INTERVALS = np.array([300, 5, 12, 1, 700, 40])  # steps between spikes, the first from the start


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def released(release: Any, intervals: np.ndarray = INTERVALS) -> np.ndarray:
    """Return what each spike of a train releases."""
    when = np.cumsum(intervals)
    spikes = np.zeros((when[-1] + 1, 1))
    spikes[when] = 1
    iso.init_all_states(release)
    out = np.asarray(iso.transform.for_loop(lambda x: release(x), spikes))[:, 0]
    assert not out[spikes[:, 0] == 0].any()
    return out[when]


@pytest.mark.parametrize(("U", "tau_f", "tau_d"), [(0.15, 1500.0, 200.0), (0.5, 5.0, 800.0), (1.0, 30.0, 30.0)])
def test_facilitation_and_depression_follow_the_recursion(backend: str, U: float, tau_f: float, tau_d: float) -> None:
    out = released(iso.STP(1, U=U, tau_f=tau_f * u.ms, tau_d=tau_d * u.ms))
    usage, left, expected = 0.0, 1.0, []
    for interval in INTERVALS * 0.1:
        usage *= np.exp(-interval / tau_f)
        left = 1 - (1 - left) * np.exp(-interval / tau_d)
        usage += U * (1 - usage)
        expected.append(usage * left)
        left *= 1 - usage
    np.testing.assert_allclose(out, expected, rtol=1e-12)


def test_the_first_spike_after_rest_releases_U(backend: str) -> None:
    assert released(iso.STP(1))[0] == 0.15


def test_a_regular_train_settles_at_the_fixed_point(numpy_backend: None) -> None:
    U, tau_f, tau_d, interval = 0.3, 50.0, 100.0, 20.0
    out = released(iso.STP(1, U=U, tau_f=tau_f * u.ms, tau_d=tau_d * u.ms), np.full(200, 200))
    f, d = np.exp(-interval / tau_f), np.exp(-interval / tau_d)
    usage = U / (1 - (1 - U) * f)
    left = (1 - d) / (1 - (1 - usage) * d)
    assert out[-1] == pytest.approx(usage * left, rel=1e-10)


def test_without_facilitation_it_is_depression_of_U(backend: str) -> None:
    facilitated = released(iso.STP(1, U=0.4, tau_f=0.1 * u.ms, tau_d=30 * u.ms), np.full(20, 100))
    depressed = released(iso.STD(1, U=0.4, tau=30 * u.ms), np.full(20, 100))
    np.testing.assert_allclose(facilitated, 0.4 * depressed, rtol=1e-12)


@pytest.mark.parametrize(("U", "tau"), [(0.07, 200.0), (0.4, 9.0), (1.0, 20.0)])
def test_depression_follows_the_recursion(backend: str, U: float, tau: float) -> None:
    out = released(iso.STD(1, U=U, tau=tau * u.ms))
    left, expected = 1.0, []
    for interval in INTERVALS * 0.1:
        left = 1 - (1 - left) * np.exp(-interval / tau)
        expected.append(left)
        left *= 1 - U
    assert out[0] == 1
    np.testing.assert_allclose(out, expected, rtol=1e-12)


def test_rest_is_a_fixed_point_to_the_last_bit(backend: str) -> None:
    for release in (iso.STP(1), iso.STD(1)):
        iso.init_all_states(release)
        iso.transform.for_loop(lambda r=release: r(np.zeros(1)), length=300)
        assert np.asarray(release.x.value)[0] == 1


@pytest.mark.parametrize(
    ("name", "given", "error"),
    [
        ("STP", {"U": 1.5}, ParameterError),
        ("STD", {"U": np.array([0.5, 1.5])}, ParameterError),
        ("STD", {"U": -0.1}, ParameterError),
        ("STP", {"tau_f": 5.0}, UnitError),
        ("STP", {"tau_d": 0 * u.ms}, ParameterError),
    ],
)
def test_a_wrong_parameter_is_refused(name: str, given: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error, match=rf"{name}\({next(iter(given))}="):
        getattr(iso, name)(2, **given)


def test_what_is_no_release_or_of_another_size_is_refused() -> None:
    comm, post = iso.OneToOne(2, 1 * u.mV), iso.LIF(2)
    with pytest.raises(ParameterError, match=r"DeltaProj\(stp=\.\.\.\) is Expon.*a Release: pass iso\.STP\.desc"):
        iso.DeltaProj(comm=comm, post=post, stp=iso.Expon.desc())
    with pytest.raises(ShapeError, match=r"DeltaProj\(stp=STP\) has size \(3,\).*\(2,\).*STP\.desc"):
        iso.DeltaProj(comm=comm, post=post, stp=iso.STP(3))
