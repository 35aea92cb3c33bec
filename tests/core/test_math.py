from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ, math
from isospike import units as u
from isospike.errors import ShapeError, UnitError
from isospike.graph.aval import dtype_name

V, W = np.array([[-1.5, 0.25, 3.0], [2.5, -0.5, 1.0]]), np.array([1.0, 2.0, -4.0])
UNITS: dict[str, tuple[Callable[..., Any], Callable[..., Any], str]] = {
    # what is computed, of V in mV and W in V; the same of bare numbers in mV; the unit of the result
    "add": (lambda v, w: v + w, lambda v, w: v + w, "mV"),
    "subtract": (lambda v, w: v - w, lambda v, w: v - w, "mV"),
    "maximum": (math.maximum, np.maximum, "mV"),
    "where": (lambda v, w: math.where(v > w, v, w), np.maximum, "mV"),
    "clip": (lambda v, w: math.clip(v, -1 * u.mV, 2 * u.mV), lambda v, w: np.clip(v, -1, 2), "mV"),
    "remainder": (math.remainder, np.remainder, "mV"),
    "floor_divide": (math.floor_divide, np.floor_divide, ""),
    "less": (math.less, np.less, ""),
    "equal": (lambda v, w: math.equal(v, v), lambda v, w: v == v, ""),
    "multiply": (math.multiply, lambda v, w: v * w / 1e3, "mV*volt"),
    "divide": (math.divide, lambda v, w: v / (w / 1e3), "mV/volt"),
    "square": (lambda v, w: math.square(v), lambda v, w: v * v, "mV*mV"),
    "pow": (lambda v, w: v**3, lambda v, w: v**3, "mV*mV*mV"),
    "sqrt": (lambda v, w: math.sqrt(v * v), lambda v, w: abs(v), "mV"),
    "exp": (lambda v, w: math.exp(v / w), lambda v, w: np.exp(v / w), ""),
    "sign": (lambda v, w: math.sign(v), lambda v, w: np.sign(v), ""),
    "sum": (lambda v, w: math.sum(v), lambda v, w: v.sum(), "mV"),
    "mean": (lambda v, w: math.mean(v, axis=0), lambda v, w: v.mean(0), "mV"),
    "max": (lambda v, w: math.max(v, axis=1, keepdims=True), lambda v, w: v.max(1, keepdims=True), "mV"),
    "min": (lambda v, w: math.min(v, axis=-1), lambda v, w: v.min(-1), "mV"),
    "any": (lambda v, w: math.any(v > w), lambda v, w: (v > w).any(), ""),
    "all": (lambda v, w: math.all(v > -9 * u.mV, axis=0), lambda v, w: (v > -9).all(0), ""),
    "matmul": (math.matmul, lambda v, w: v @ w / 1e3, "mV*volt"),
    "reshape": (lambda v, w: math.reshape(v, (3, -1)), lambda v, w: v.reshape(3, 2), "mV"),
    "permute_dims": (lambda v, w: math.permute_dims(v, (1, -2)), lambda v, w: v.T, "mV"),
    "expand_dims": (lambda v, w: math.expand_dims(v, axis=1), lambda v, w: v[:, None], "mV"),
    "squeeze": (lambda v, w: math.squeeze(v[:1], 0), lambda v, w: v[0], "mV"),
    "concat": (lambda v, w: math.concat([v[0], w]), lambda v, w: np.concatenate([v[0], w]), "mV"),
    "stack": (lambda v, w: math.stack([v[0], w], axis=1), lambda v, w: np.stack([v[0], w], axis=1), "mV"),
    "broadcast_to": (
        lambda v, w: math.broadcast_to(v[0], (2, 3)),
        lambda v, w: np.broadcast_to(v[0], (2, 3)),
        "mV",
    ),
    "take": (lambda v, w: math.take(v, np.array([2, 0]), axis=1), lambda v, w: v[:, [2, 0]], "mV"),
    "zeros_like": (lambda v, w: math.zeros_like(v), lambda v, w: np.zeros_like(v), "mV"),
    "astype": (lambda v, w: math.astype(v, math.int32), lambda v, w: v.astype(np.int32), "mV"),
    "round": (lambda v, w: math.round(v), lambda v, w: np.round(v), "mV"),
    "stop_gradient": (lambda v, w: math.stop_gradient(v), lambda v, w: v, "mV"),
}


@pytest.mark.parametrize("traced", [True, False], ids=["traced", "concrete"])
@pytest.mark.parametrize("name", UNITS)
def test_functions_carry_units_and_scales(name: str, traced: bool, numpy_backend: None) -> None:
    function, reference, unit = UNITS[name]
    with environ.context(precision="float64"):
        run = iso.transform.jit(function) if traced else function
        result = run(V * u.mV, W / 1e3 * u.volt)
    expected_unit = u.parse_unit(unit) if unit else None
    mantissa, given = u.split(result)
    assert u.same_dimension(given, expected_unit)
    np.testing.assert_allclose(np.asarray(mantissa) * u.scale_factor(given, expected_unit), reference(V, W), rtol=1e-12)


DIMENSIONLESS = [
    "exp",
    "expm1",
    "exprel",
    "log",
    "log1p",
    "tanh",
    "sinh",
    "cosh",
    "sin",
    "cos",
    "atan",
    "sigmoid",
]


@pytest.mark.parametrize("name", DIMENSIONLESS)
def test_a_function_of_numbers_refuses_a_unit_and_shows_the_division(name: str) -> None:
    with pytest.raises(UnitError, match=r"x / \(u\.mV / u\.ms\)"):
        getattr(math, name)(1 * u.mV / u.ms)
    with pytest.raises(UnitError, match=rf"{name} needs a dimensionless .* mV in test_math\.py:\d+: .* x / u\.mV"):
        getattr(math, name)(1 * u.mV)
    assert float(getattr(math, name)(500 * u.mV / u.volt)) == pytest.approx(float(getattr(math, name)(0.5)))


@pytest.mark.parametrize("name", ["add", "maximum", "less", "where", "concat"])
def test_two_dimensions_in_one_expression_are_named_with_their_line(name: str) -> None:
    a, b = np.ones(2) * u.mV, np.ones(2) * u.mA
    calls = {"where": lambda: math.where(True, a, b), "concat": lambda: math.concat([a, b])}
    with pytest.raises(UnitError, match=r"mV and one in mA in test_math\.py:\d+"):
        calls.get(name, lambda: getattr(math, name)(a, b))()


def test_a_literal_zero_joins_any_unit_and_another_number_does_not() -> None:
    assert u.split(math.maximum(-1 * u.mV, 0))[1] is u.mV
    assert bool(math.greater(1 * u.mV, 0.0))
    with pytest.raises(UnitError, match="mV and one in 1"):
        math.add(1 * u.mV, 1.0)
    with pytest.raises(UnitError, match="mV and one in 1"):
        math.add(1 * u.mV, np.zeros(3))


def test_a_power_of_a_unit_needs_a_plain_number() -> None:
    with pytest.raises(UnitError, match="plain number as exponent"):
        math.pow(2 * u.mV, np.array([1, 2]))
    with pytest.raises(UnitError, match="an exponent"):
        math.pow(2.0, 1 * u.mV)


@pytest.mark.parametrize("n", range(1, 9))
def test_a_small_integer_power_is_a_chain_of_products(n: int, numpy_backend: None) -> None:
    x = np.array([1.1, -2.3, 0.0], np.float32)
    np.testing.assert_allclose(iso.transform.jit(lambda y: y**n)(x), x**n, rtol=5e-7)
    assert iso.transform.jit(lambda y: y**n)(np.int32(3)) == 3**n


@pytest.mark.parametrize("exponent", [0, -1, 0.5, 2.5])
def test_other_powers_are_those_of_numpy(exponent: float, numpy_backend: None) -> None:
    x = np.array([1.1, 2.3])
    np.testing.assert_allclose(iso.transform.jit(lambda y: y**exponent)(x), x**exponent, rtol=5e-7)


def test_arange_computes_from_integers_and_ends_before_its_stop() -> None:
    times = math.arange(0 * u.ms, 200 * u.ms, 0.1 * u.ms)
    assert times.shape == (2000,)
    assert u.split(times)[1] is u.ms
    np.testing.assert_array_equal(u.split(times)[0], np.arange(2000) * 0.1)
    assert math.arange(0 * u.ms, 1 * u.second, 0.1 * u.ms).shape == (10000,)
    assert math.arange(5).dtype.kind == "i"
    np.testing.assert_array_equal(math.arange(1.0, 2.0, 0.25), [1, 1.25, 1.5, 1.75])
    assert math.arange(3, 1).shape == (0,)
    assert u.split(math.arange(3 * u.ms))[0].tolist() == [0, 1, 2]
    with pytest.raises(UnitError, match="make a range of"):
        math.arange(0 * u.ms, 1 * u.mV, 1 * u.ms)
    with pytest.raises(UnitError, match="the step of arange"):
        math.arange(0 * u.ms, 1 * u.ms, 0.1)


def test_constructors_use_the_working_precision() -> None:
    for precision in ("float32", "float64"):
        with environ.context(precision=precision):
            arrays = [math.zeros(3), math.ones((2, 2)), u.split(math.full(3, 2 * u.mV))[0]]
        assert [a.dtype.name for a in arrays] == [precision] * 3
    assert math.zeros(3, dtype=math.bool).dtype == bool


@pytest.mark.parametrize(
    "call",
    [
        lambda: math.sum(2.0),
        lambda: math.mean([1.0, 3.0]),
        lambda: math.reshape(2.0, (1,))[0],
        lambda: math.max([2, 1]),
    ],
)
def test_numbers_and_lists_count_as_arrays(call: Callable[[], Any]) -> None:
    assert float(call()) == 2.0


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: math.sum(x, axis=2), "axis 2 is out of range"),
        (lambda x: math.reshape(x, (4, -1)), "number of elements differs"),
        (lambda x: math.permute_dims(x, (0, 0)), "each of its axes once"),
        (lambda x: math.broadcast_to(x, (3,)), "cannot be repeated"),
        (lambda x: math.squeeze(x, 0), "number of elements differs"),
    ],
)
def test_impossible_shapes_are_refused_while_tracing(
    call: Callable[[Any], Any], words: str, numpy_backend: None
) -> None:
    with pytest.raises(ShapeError, match=words):
        iso.transform.jit(call)(V)


def test_sums_of_booleans_count_in_int32(backend: str) -> None:
    count = iso.transform.jit(lambda x: math.sum(x > 0))(V)
    assert dtype_name(count.dtype) == "int32"
    assert int(count) == 4


def test_every_public_name_exists_and_is_documented() -> None:
    for name in math.__all__:
        value = getattr(math, name)
        assert not callable(value) or value.__doc__, name
    assert sorted(math.__all__) == list(math.__all__)


def test_float64_results_of_jax_keep_their_precision_outside_a_step() -> None:
    jax = pytest.importorskip("jax")
    with environ.context(precision="float64", backend="jax"):
        x = iso.transform.jit(lambda x: x * 1.0)(np.full(3, 0.1) * u.mV)
    assert isinstance(x.mantissa, jax.Array)
    for y in (x * 2, x / u.mV, x.mean(), iso.math.exp(x / (1 * u.mV)), x + x):
        assert u.split(y)[0].dtype == "float64"
    np.testing.assert_array_equal(np.asarray((x * 3).mantissa), np.full(3, 0.1) * 3)


@pytest.mark.parametrize("name", ["max", "min"])
def test_there_is_no_largest_of_nothing(name: str) -> None:
    with pytest.raises(ShapeError, match=rf"{name} of an array of shape \(0, 2\) over axes \(0,\) has no element"):
        iso.transform.jit(lambda x: getattr(math, name)(x, axis=0))(np.zeros((0, 2)))


def test_positions_are_whole_numbers_inside_of_the_axis() -> None:
    x = np.zeros(3)
    for index, words in [
        (np.array([7]), "position 7 is out of range for an axis of size 3"),
        (np.array([-4, 0]), "position -4 is out of range"),
        (np.array([True, False, True, True]), "position 3 is out of range"),
        (np.array([1.0]), r"expected whole ones: iso\.math\.astype"),
    ]:
        with pytest.raises(ShapeError, match=words):
            iso.transform.jit(lambda y, i=index: y[i])(x)
    with pytest.raises(ShapeError, match=r"write iso\.math\.where\(mask, x, 0\)"):
        iso.transform.jit(lambda y: y[y > 0])(x)
    with pytest.raises(ShapeError, match="no element to choose"):
        iso.transform.jit(lambda y, i: math.take(y, i))(np.zeros(0), np.array([0]))
    assert iso.transform.jit(lambda y: y[np.zeros(0, int)])(x).shape == (0,)


def test_an_axis_is_named_once() -> None:
    with pytest.raises(ShapeError, match=r"axis=\(0, -2\) names an axis of an array of 2 axes twice"):
        math.sum(np.zeros((2, 2)), axis=(0, -2))
