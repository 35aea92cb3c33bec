"""while_loop runs as long as its condition holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ShapeError, StateError, TraceError

pytestmark = pytest.mark.usefixtures("backend")
while_loop = iso.transform.while_loop


def host(x: Any) -> np.ndarray:
    return np.asarray(u.split(x)[0])


def test_it_stops_at_the_first_carry_that_fails() -> None:
    assert float(host(while_loop(lambda x: x < 100.0, lambda x: 2 * x, 1.0))) == 128.0


def test_it_may_run_never() -> None:
    assert float(host(while_loop(lambda x: x < 0.0, lambda x: 2 * x, 1.0))) == 1.0


def test_carries_may_be_nested_and_have_units() -> None:
    last = while_loop(
        lambda c: c["v"] < 1 * u.volt, lambda c: {"v": 10 * c["v"], "n": c["n"] + 1}, {"v": 1 * u.mV, "n": 0}
    )
    assert float(host(last["v"])) == 1000.0
    assert int(host(last["n"])) == 3


def test_the_body_writes_states_and_the_condition_reads_them() -> None:
    count = iso.ShortTermState(0)

    def body(x: Any) -> Any:
        count.value = count.value + 1
        return x + 1.0

    assert float(host(while_loop(lambda x: count.value < 5, body, 0.0))) == 5.0
    assert int(host(count.value)) == 5


def test_it_runs_inside_a_loop_over_time() -> None:
    def step(x: Any) -> Any:
        return while_loop(lambda y: y < 10.0, lambda y: y * 2.0, x)

    assert host(iso.transform.for_loop(step, np.array([1.0, 3.0, 20.0]))).tolist() == [16.0, 12.0, 20.0]


def test_a_condition_that_writes_or_is_no_boolean_is_refused() -> None:
    state = iso.ShortTermState(0)

    def writes(x: Any) -> Any:
        state.value = state.value + 1
        return x < 1.0

    with pytest.raises(StateError, match="the condition of while_loop writes"):
        while_loop(writes, lambda x: x, 0.0)
    for wrong in (lambda x: x, lambda x: x < np.ones(2)):
        with pytest.raises(ShapeError, match="expected one boolean"):
            while_loop(wrong, lambda x: x, 0.0)


def test_its_gradient_is_refused_with_the_way_out() -> None:
    with pytest.raises(TraceError, match=r"has no gradient, .* write iso\.transform\.scan"):
        iso.transform.grad(lambda x: while_loop(lambda y: y < 9.0, lambda y: 2 * y, x))(1.0)
