"""cond and switch run the branch that a traced value names, and leave the States of the others alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ShapeError, StateError, TraceError, UnitError

pytestmark = pytest.mark.usefixtures("backend")
cond, switch = iso.transform.cond, iso.transform.switch


def host(x: Any) -> np.ndarray:
    return np.asarray(u.split(x)[0])


@pytest.mark.parametrize("pred", [True, False, np.asarray(True), np.asarray(False)])
def test_one_of_two_functions_is_called(pred: Any) -> None:
    assert float(host(cond(pred, lambda x: 2 * x, lambda x: -x, 3.0))) == (6.0 if pred else -3.0)


def test_each_entry_of_a_loop_goes_its_own_way() -> None:
    got = iso.transform.for_loop(lambda x: cond(x > 2, lambda: x * 2, lambda: x), np.arange(5.0))
    assert host(got).tolist() == [0, 1, 2, 6, 8]


def test_a_state_that_one_branch_writes_keeps_its_value_in_the_other() -> None:
    state, other = iso.ShortTermState(1.0 * u.mV), iso.ShortTermState(5)

    def up(x: Any) -> Any:
        state.value = state.value * 2
        return x

    def aside(x: Any) -> Any:
        other.value = other.value + 1
        return -x

    for pred, expected in ((True, (2.0, 5)), (False, (2.0, 6)), (True, (4.0, 6))):
        cond(pred, up, aside, 1.0)
        assert (float(host(state.value)), int(host(other.value))) == expected


def test_branches_read_the_states_before_the_choice() -> None:
    x = iso.ShortTermState(1)

    def plus(n: int) -> Any:
        def branch() -> Any:
            x.value = x.value + n
            return x.value

        return branch

    def step() -> Any:
        return switch(x.value - 1, [plus(1), plus(10), plus(100)])

    assert host(iso.transform.for_loop(step, length=3)).tolist() == [2, 12, 112]


def test_a_position_beyond_the_ends_is_the_end() -> None:
    branches = [lambda: 1.0, lambda: 2.0, lambda: 3.0]
    assert [float(host(switch(i, branches))) for i in (-4, 0, 1, 2, 9)] == [1, 1, 2, 3, 3]


def test_results_take_unit_and_dtype_that_serve_both() -> None:
    got = [cond(p, lambda: (1 * u.mV, 1), lambda: (1 * u.volt, 0.5)) for p in (True, False)]
    assert [float(host(v)) for v, _ in got] == [1.0, 1000.0]
    assert [float(host(n)) for _, n in got] == [1.0, 0.5]
    assert got[1][0].unit == u.mV


def test_only_the_chosen_branch_runs_its_loop() -> None:
    def long() -> Any:
        return iso.transform.while_loop(lambda x: x >= 0.0, lambda x: x + 0.0, 1.0)  # for ever

    assert float(host(cond(False, long, lambda: 2.0))) == 2.0


def test_branches_that_do_not_match_are_refused() -> None:
    with pytest.raises(TraceError, match="different structure"):
        cond(True, lambda: (1.0, 2.0), lambda: 1.0)
    with pytest.raises(ShapeError, match=r"return shapes \(2,\) and \(3,\)"):
        cond(True, lambda: np.zeros(2), lambda: np.zeros(3))
    with pytest.raises(UnitError, match="a branch of cond"):
        cond(True, lambda: 1 * u.mV, lambda: 1 * u.ms)
    with pytest.raises(ShapeError, match="expected one value"):
        cond(np.array([True, False]), lambda: 1.0, lambda: 2.0)
    with pytest.raises(TraceError, match="there is no branch"):
        switch(0, [])


def test_a_branch_that_gives_a_state_another_shape_is_refused() -> None:
    state = iso.ShortTermState(1.0)

    def reshaped() -> Any:
        state.replace(np.ones(2))
        return 1.0

    with pytest.raises(StateError, match=r"holds float32\[\] before a step and float32\[2\] after it"):
        cond(True, reshaped, lambda: 2.0)


def test_both_branches_have_their_gradient(backend: str) -> None:
    if not iso.select.get_backend(backend).capabilities["gradient"].claimed:
        pytest.skip(f"{backend} has no gradient")
    slope = iso.transform.grad(lambda x: cond(x > 0, lambda: x * x, lambda: -x))
    assert [float(slope(x)) for x in (3.0, -3.0)] == [6.0, -1.0]


def test_exact_numerics_go_into_branches(backend: str) -> None:
    with iso.environ.context(numerics="exact"):
        got = cond(True, lambda x: iso.math.exp(x), lambda x: x, np.linspace(-1, 1, 9).astype("float32"))
    with iso.environ.context(backend="numpy", engine=None, numerics="exact"):
        expected = iso.transform.jit(iso.math.exp)(np.linspace(-1, 1, 9).astype("float32"))
    assert host(got).tobytes() == host(expected).tobytes()
