from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike import units as u
from isospike.errors import LeakedSymbolError, ParameterError, StateError, UnitError
from isospike.graph.aval import dtype_name
from isospike.state import HiddenState, LongTermState, ParamState, ShortTermState, State

for_loop, jit = iso.transform.for_loop, iso.transform.jit


def test_the_kinds_are_told_apart() -> None:
    assert issubclass(HiddenState, ShortTermState)
    assert issubclass(ParamState, LongTermState)
    assert not issubclass(LongTermState, ShortTermState)


@pytest.mark.parametrize(
    ("value", "spec"),
    [
        (np.zeros(3), "float32[3]"),
        (1.5, "float32[]"),
        (2, "int32[]"),
        (True, "bool[]"),
        (np.zeros((2, 3)) * u.mV, "float32[2, 3] in mV"),
        (np.arange(3, dtype=np.uint8), "uint32[3]"),
        (None, "nothing"),
        ({"a": 1.0 * u.mV, "b": (2, None)}, "float32[] in mV, int32[]"),
    ],
)
def test_a_value_is_held_in_the_working_dtypes(value: Any, spec: str) -> None:
    assert str(State(value).spec) == spec


def test_the_precision_of_the_environment_is_taken_when_a_state_is_made(backend: str) -> None:
    with environ.context(precision="float64"):
        state = HiddenState(np.full(3, 0.1) * u.mV)
        result = for_loop(lambda: setattr(state, "value", state.value * 3) or state.value, length=2)
    assert dtype_name(u.split(result)[0].dtype) == "float64"
    np.testing.assert_array_equal(np.asarray(u.split(state.value)[0]), 0.1 * 3 * 3)


def test_a_value_is_a_copy(backend: str) -> None:
    given = np.ones(2, np.float32)
    state = State(given)
    given[0] = 5
    np.testing.assert_array_equal(state.value, [1, 1])
    state.value = given
    given[1] = 7
    np.testing.assert_array_equal(state.value, [5, 1])


def test_a_value_of_another_scale_is_converted() -> None:
    state = State(np.zeros(2) * u.mV)
    state.value = np.array([0.001, 0.002]) * u.volt
    np.testing.assert_allclose(u.split(state.value)[0], [1, 2], rtol=1e-7)
    assert u.split(state.value)[1] is u.mV


def test_a_scalar_fills_the_state() -> None:
    state = State(np.zeros(3) * u.mV)
    state.value = 2 * u.mV
    np.testing.assert_array_equal(u.split(state.value)[0], [2, 2, 2])


MISFITS: list[tuple[Any, Any, type[Exception], str]] = [
    (
        np.zeros(3),
        np.zeros(4),
        StateError,
        r"'net\.x' holds float32\[3\] but is assigned float(32|64)\[4\].*init_state",
    ),
    (
        np.zeros(3) * u.mV,
        np.zeros(3),
        UnitError,
        r"'net\.x' is in mV but is assigned a value in 1 \(dimensionless\)",
    ),
    (np.zeros(3) * u.mV, np.zeros(3) * u.mA, UnitError, r"'net\.x' is in mV but is assigned a value in mA"),
    (0, 0.5, StateError, r"holds int32\[\] but is assigned float(32|64)\[\].*iso\.math\.astype"),
    (True, 1, StateError, r"holds bool\[\] but is assigned int32\[\]"),
    ({"a": 1.0}, {"b": 1.0}, StateError, "of another structure"),
    (1.0, (1.0, 2.0), StateError, "of another structure"),
    (1.0, None, StateError, "of another structure"),
]


@pytest.mark.parametrize("inside", [False, True], ids=["outside", "in a step"])
@pytest.mark.parametrize(("held", "given", "error", "words"), MISFITS, ids=str)
def test_a_value_that_does_not_fit_is_refused_by_name(
    held: Any, given: Any, error: Any, words: str, inside: bool, numpy_backend: None
) -> None:
    state = State(held, name="net.x")

    def write() -> None:
        state.value = given

    with pytest.raises(error, match=rf"(?s)State {words}" if words.startswith("'") else words) as caught:
        for_loop(write, length=1) if inside else write()
    assert "test_state.py:" in str(caught.value)
    assert state.spec == State(held).spec


def test_lower_kinds_are_cast_up_in_a_step(backend: str) -> None:
    potential, count, flag = State(np.zeros(2)), State(0), State(np.array([True, False]))

    def step() -> None:
        potential.value = flag.value
        count.value = flag.value[0]

    for_loop(step, length=1)
    assert [dtype_name(s.value.dtype) for s in (potential, count)] == ["float32", "int32"]
    np.testing.assert_array_equal(potential.value, [1, 0])
    assert int(count.value) == 1


@pytest.mark.parametrize("value", ["text", object(), 1j, [1.0, "a"]])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(StateError, match="a State holds numbers, arrays, quantities"):
        State(value, name="s")


def test_an_integer_beyond_32_bits_is_refused() -> None:
    with pytest.raises(StateError, match="beyond 32 bits"):
        State(2**40)


def test_replace_takes_any_shape_dtype_and_unit() -> None:
    state = State(np.zeros(3) * u.mV)
    state.replace({"a": 1, "b": np.zeros(2) * u.ms})
    assert str(state.spec) == "int32[], float32[2] in ms"


def test_a_value_is_read_only() -> None:
    state = State(np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        state.value[0] = 1.0
    assert state.value is not state.value


def test_a_number_beside_a_value_is_weak_outside_a_step_too(backend: str) -> None:
    state = State(np.ones(2) * u.mV)
    for_loop(lambda: setattr(state, "value", state.value * 2.0), length=1)
    for value in (
        state.value * 0.5,
        2 * state.value,
        state.value / 3.0,
        iso.math.where(True, state.value, 1.5 * u.mV),
    ):
        assert dtype_name(u.split(value)[0].dtype) == "float32"


def test_dicts_and_tuples_go_through_a_loop(backend: str) -> None:
    state = State({"g": np.ones(2) * u.nS, "n": (0, 1.0)})

    def step() -> Any:
        g, (n, x) = state.value["g"], state.value["n"]
        state.value = {"g": g * 2, "n": (n + 1, x / 2)}
        return g

    result = for_loop(step, length=3)
    np.testing.assert_array_equal(u.split(result)[0], [[1, 1], [2, 2], [4, 4]])
    assert u.split(state.value["g"])[1] is u.nS
    assert [int(state.value["n"][0]), float(state.value["n"][1])] == [3, 0.125]


def test_the_text_tells_kind_shape_and_unit() -> None:
    assert repr(HiddenState(np.zeros(3) * u.mV)) == 'HiddenState(value=Quantity(float32[3], "mV"))'
    assert repr(State()) == "State(value=None)"


def test_a_state_cannot_take_a_leaked_symbol(numpy_backend: None) -> None:
    kept: list[Any] = []
    jit(lambda x: kept.append(x) or x)(1.0)
    state = State(1.0)
    for write in (
        lambda: setattr(state, "value", kept[0]),
        lambda: for_loop(lambda: setattr(state, "value", kept[0]), length=1),
    ):
        with pytest.raises(LeakedSymbolError, match=r"in test_state\.py:\d+"):
            write()
    assert float(state.value) == 1.0


def test_an_error_in_a_step_leaves_the_states_untouched(backend: str) -> None:
    state = State(1.0)

    def fail() -> None:
        state.value = state.value + 1
        raise RuntimeError

    for run in (lambda: for_loop(fail, length=3), lambda: jit(fail)()):
        with pytest.raises(RuntimeError):
            run()
        assert float(state.value) == 1.0
        assert not isinstance(state.value, str)


def test_a_state_that_is_only_read_may_change_its_shape_between_calls(backend: str) -> None:
    state = State(np.ones(2))
    double = jit(lambda: state.value * 2)
    np.testing.assert_array_equal(double(), [2, 2])
    state.replace(np.ones(3) * u.mV)
    np.testing.assert_array_equal(u.split(double())[0], [2, 2, 2])
    assert u.split(double())[1] is u.mV


def test_a_read_in_a_step_sees_the_write_before_it(backend: str) -> None:
    state = State(1.0)

    def step() -> Any:
        before = state.value
        state.value = before + 1
        return before, state.value

    before, after = for_loop(step, length=2)
    np.testing.assert_array_equal(before, [1, 2])
    np.testing.assert_array_equal(after, [2, 3])


@pytest.mark.parametrize("state", [HiddenState(-60 * u.mV), ParamState(10 * u.ms), ShortTermState(3 * u.mV)])
def test_an_integer_with_a_unit_and_a_dynamic_variable_are_held_as_floats(state):
    assert state.spec.avals[0].dtype == "float32"
    state.value = state.value * 1.5


def test_a_count_stays_an_integer():
    assert ShortTermState(0).spec.avals[0].dtype == "int32"
    assert HiddenState(np.array([True, False])).spec.avals[0].dtype == "bool"


def test_an_unsigned_integer_beyond_int32_is_refused():
    state = ShortTermState(0)
    with pytest.raises(ParameterError, match="4000000000, which does not fit into int32"):
        state.value = np.uint32(4_000_000_000)
