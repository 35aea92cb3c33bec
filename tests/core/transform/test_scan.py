"""scan hands a carry from step to step, in chunks or inside another program, with its units and shapes kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ShapeError, StateError, TraceError, UnitError

pytestmark = pytest.mark.usefixtures("backend")
scan = iso.transform.scan


def host(x: Any) -> np.ndarray:
    return np.asarray(u.split(x)[0])


def running_sum(carry: Any, x: Any) -> tuple[Any, Any]:
    return carry + x, carry


def test_the_carry_goes_from_step_to_step_and_across_chunks() -> None:
    x = np.linspace(0, 1, 3000).astype("float32")  # beyond the largest chunk
    total, sums = scan(running_sum, np.float32(1), x)
    expected = np.float32(1) + np.concatenate([[0], np.cumsum(x, dtype=np.float64)])
    np.testing.assert_allclose(host(sums), expected[:-1], rtol=1e-4)
    np.testing.assert_allclose(host(total), expected[-1], rtol=1e-4)


def test_reverse_starts_with_the_last_entry_and_leaves_results_in_place() -> None:
    total, sums = scan(running_sum, 0.0, np.arange(4.0), reverse=True)
    assert host(total) == 6.0
    assert host(sums).tolist() == [6.0, 5.0, 3.0, 0.0]


def test_a_carry_keeps_its_unit_and_takes_another_scale_of_it() -> None:
    last, steps = scan(lambda v, _: (v + 1 * u.volt, v), 1.0 * u.mV, length=2)
    assert last.unit == u.mV
    assert host(last) == 2001.0
    assert host(steps).tolist() == [1.0, 1001.0]


def test_a_time_on_the_grid_may_be_a_carry() -> None:
    with iso.environ.context(dt=0.1 * u.ms):
        last, _ = scan(lambda t, _: (t * 2.0, None), 0.1 * u.ms, length=3)
    assert host(last) == pytest.approx(0.8)


def test_nested_containers_and_no_inputs() -> None:
    last, results = scan(lambda c, _: ({"a": c["a"] * 0.5, "b": c["b"] + 1}, None), {"a": np.ones(2), "b": 0}, length=3)
    assert host(last["a"]).tolist() == [0.125, 0.125]
    assert host(last["b"]) == 3
    assert results is None


def test_no_step_returns_the_first_carry() -> None:
    last, results = scan(running_sum, 2.0, np.zeros(0))
    assert host(last) == 2.0
    assert host(results).shape == (0,)


def test_scans_nest_and_agree_with_the_same_loops_in_numpy() -> None:
    def outer(carry: Any, x: Any) -> tuple[Any, Any]:
        inner, _ = scan(lambda c, y: (c + y, None), carry, np.arange(3.0))
        return inner * x, inner

    last, inner = scan(outer, 1.0, np.array([1.0, 2.0]))
    assert host(inner).tolist() == [4.0, 7.0]
    assert host(last) == 14.0


def test_states_are_carried_beside_the_carry() -> None:
    count = iso.ShortTermState(0)

    def step(carry: Any, x: Any) -> tuple[Any, Any]:
        count.value = count.value + 1
        return carry + x, count.value

    _, counts = scan(step, 0.0, np.ones(5))
    assert host(counts).tolist() == [1, 2, 3, 4, 5]
    assert int(host(count.value)) == 5


def test_an_equal_scan_is_traced_and_compiled_once() -> None:
    x = np.arange(4.0)
    scan(running_sum, 0.0, x)
    before = iso.transform.cache_info()
    scan(running_sum, 5.0, x + 1)
    assert iso.transform.cache_info() == before


def test_a_carry_that_changes_is_refused_by_what_changed() -> None:
    with pytest.raises(StateError, match=r"the carry of scan' holds float32\[\] but is assigned float32\[2\]"):
        scan(lambda c, x: (np.ones(2) * c, None), 0.0, np.ones(2))
    with pytest.raises(StateError, match="another structure"):
        scan(lambda c, x: ((c, c), None), 0.0, np.ones(2))
    with pytest.raises(UnitError, match="the carry of scan' is in mV but is assigned a value in ms"):
        scan(lambda c, x: (1 * u.ms, None), 0.0 * u.mV, np.ones(2))


def test_a_step_without_a_pair_is_refused() -> None:
    with pytest.raises(TraceError, match="expected a pair: return carry, result"):
        scan(lambda c, x: c + x, 0.0, np.ones(2))


def test_a_scan_without_length_is_refused() -> None:
    with pytest.raises(ShapeError, match="no inputs and no length"):
        scan(running_sum, 0.0)
