from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike import units as u
from isospike.errors import TraceError
from isospike.transform.arguments import as_step, describe

pytestmark = pytest.mark.usefixtures("numpy_backend")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("start", [0, 7, 999_000])
@pytest.mark.parametrize(("unit", "dt"), [("ms", 0.1), ("second", 1e-4), ("us", 100.0)])
def test_a_grid_of_times_is_kept_as_integers_whatever_its_scale(dtype: Any, start: int, unit: str, dt: float) -> None:
    times = ((start + np.arange(1000)) * dt).astype(dtype) * u.parse_unit(unit)
    steps = as_step(times)
    assert steps is not None
    assert steps.dtype == np.int32
    np.testing.assert_array_equal(steps, start + np.arange(1000))


def test_float32_times_near_100_seconds_do_drift_and_are_recognised() -> None:
    times = np.arange(100.0, 100.1, 1e-4, dtype=np.float64).astype(np.float32)
    assert np.ptp(np.diff(times)) > 5e-6, "the times are not what this test is about"
    steps = as_step(times * u.second)
    assert steps is not None
    assert steps[0] == 1_000_000
    assert (np.diff(steps) == 1).all()


def test_times_of_another_library_are_recognised() -> None:
    jnp = pytest.importorskip("jax.numpy")
    np.testing.assert_array_equal(as_step(jnp.arange(3) * np.float32(0.1) * u.ms), [0, 1, 2])


@pytest.mark.parametrize(
    "times",
    [
        np.array([0.0, 0.1, 0.25]) * u.ms,
        np.array([0.0, 0.2, 0.4]) * u.ms,
        np.array([0.05, 0.15]) * u.ms,
        np.array([0.0, 0.1, 0.1]) * u.ms,
        np.array([0.0, np.nan]) * u.ms,
        np.array([0.0, 0.1]) * u.mV,
        np.array([0.0, 0.1]),
        np.array([]) * u.ms,
        np.array([0.0, 0.1 + 1e-6]) * u.ms,
        np.array([3e9]) * u.ms,
    ],
)
def test_what_is_no_grid_of_dt_stays_floating(times: Any) -> None:
    assert as_step(times) is None
    (leaf,) = describe((times,), stacked=True)[0].leaves
    assert not leaf.is_step
    assert leaf.aval.dtype == "float32"


def test_without_dt_there_is_no_grid() -> None:
    with environ.context():
        assert as_step(np.arange(3) * 0.2 * u.ms) is None


def test_a_single_time_is_a_step_too() -> None:
    (leaf,), (step,) = (lambda s, a: (s.leaves, a))(*describe((0.3 * u.ms,)))
    assert leaf.is_step
    assert int(step) == 3


def test_signatures_are_equal_for_equal_shapes_dtypes_and_units() -> None:
    first, _ = describe(({"a": np.ones(3) * u.mV, "b": (1, None)}, 2.0))
    same, _ = describe(({"a": np.zeros(3) * u.mV, "b": (5, None)}, 7.0))
    assert first == same
    assert hash(first) == hash(same)
    others = [
        ({"a": np.ones(4) * u.mV, "b": (1, None)}, 2.0),
        ({"a": np.ones(3) * u.volt, "b": (1, None)}, 2.0),
        ({"a": np.ones(3) * u.mV, "b": (1.0, None)}, 2.0),
    ]
    assert all(describe(o)[0] != first for o in others)


@pytest.mark.parametrize("value", ["text", object(), len, 1j])
def test_what_is_no_array_is_refused_with_the_cure(value: Any) -> None:
    with pytest.raises(TraceError, match=r"pass arrays, numbers or quantities, .* functools\.partial"):
        describe((value,))


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1, "int32"),
        (1.5, "float32"),
        (True, "bool"),
        (np.float64(2), "float32"),
        (np.arange(3), "int32"),
        (np.uint16(3), "uint32"),
    ],
)
def test_arguments_come_in_the_working_dtypes(value: Any, dtype: str) -> None:
    assert describe((value,))[0].leaves[0].aval.dtype == dtype
    assert iso.transform.jit(lambda x: x + 0 if dtype != "bool" else x)(value).dtype == dtype


def test_float64_arguments_keep_their_bits_in_float64() -> None:
    with environ.context(precision="float64"):
        assert iso.transform.jit(lambda x: x)(0.1) == 0.1
