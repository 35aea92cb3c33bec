from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import isospike as iso
from isospike import environ
from isospike import units as u
from isospike.config.quantities import parse_quantity, quantity_text
from isospike.errors import StateError, UnitError
from isospike.graph.aval import dtype_name
from isospike.state import ShortTermState

X = np.array([1.0, -2.0, 4.0])
# One row per line of the design's table: an expression over x (mV), a current i (pA) and bare spikes s.
ROWS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "spikes times quantity": lambda x, i, s: s * (0.5 * u.mS),
    "quantity times spikes": lambda x, i, s: (0.5 * u.mS) * s,
    "spikes times unit": lambda x, i, s: s * u.mS,
    "unit times spikes": lambda x, i, s: u.mS * s,
    "spikes over quantity": lambda x, i, s: s / (2 * u.ms),
    "spikes over unit": lambda x, i, s: s / u.ms,
    "quantity over spikes": lambda x, i, s: (2 * u.ms) / (s + 1),
    "sum": lambda x, i, s: x + x,
    "mixed scales right": lambda x, i, s: x + 1 * u.volt,
    "mixed scales left": lambda x, i, s: 1 * u.volt - x,
    "product": lambda x, i, s: x * i,
    "quotient": lambda x, i, s: x / i,
    "ohm's law": lambda x, i, s: x / (100 * u.Mohm) + i,
    "number times": lambda x, i, s: 2 * x - x * 0.5,
    "numpy scalar times": lambda x, i, s: np.float64(2) * x,
    "numpy array times": lambda x, i, s: X * x,
    "times numpy array": lambda x, i, s: x * X,
    "times unit": lambda x, i, s: x * u.ms,
    "over unit": lambda x, i, s: x / u.ms,
    "power": lambda x, i, s: x**2,
    "fractional power": lambda x, i, s: abs(x) ** 0.5,
    "negative": lambda x, i, s: -x,
    "absolute": lambda x, i, s: abs(x),
    "less": lambda x, i, s: x < 1.5 * u.mV,
    "greater": lambda x, i, s: 0.0015 * u.volt >= x,
    "equal": lambda x, i, s: x == 1 * u.mV,
    "remainder": lambda x, i, s: x % (3 * u.mV),
    "integer index": lambda x, i, s: x[1],
    "slice": lambda x, i, s: x[1:],
    "new axis": lambda x, i, s: x[None],
    "sum method": lambda x, i, s: x.sum(),
    "mean method": lambda x, i, s: x.mean(),
    "max method": lambda x, i, s: x.max(),
    "min method": lambda x, i, s: x.min(),
    "reshape method": lambda x, i, s: x.reshape((3, 1)),
    "dimensionless ratio": lambda x, i, s: x / (1 * u.volt),
    "ratio to a number": lambda x, i, s: x / (2 * u.mV) + 1,
}


def mantissa_in(x: Any, unit: Any) -> np.ndarray:
    mantissa, given = u.split(x)
    assert u.same_dimension(given, unit), f"{u.unit_name(given)} is not {u.unit_name(unit)}"
    return np.asarray(mantissa) * u.scale_factor(given, unit)


# A method of brainunit's own Quantity hands the symbol to JAX; another test checks that TraceError says what to write.
CASES = [(r, k) for r in ROWS for k in ("traced", "state", "plain") if not (k == "plain" and r.endswith("method"))]


@pytest.mark.parametrize(("row", "kind"), CASES)
def test_expressions_keep_their_unit_as_brainunit_computes_it(row: str, kind: str, backend: str) -> None:
    expression = ROWS[row]
    plain = u.engine().Quantity
    expected = expression(plain(X, unit=u.mV), plain(X, unit=u.pA), np.array([1.0, 0.0, 1.0]))
    with environ.context(precision="float64"):
        x, i, s = (ShortTermState(v) for v in (X * u.mV, X * u.pA, np.array([1.0, 0.0, 1.0])))
        if kind == "traced":
            result = iso.transform.jit(expression)(x.value, i.value, s.value)
        elif kind == "state":
            result = expression(x.value, i.value, s.value)
        else:
            # A brainunit Quantity of the user's own around the symbol.
            result = iso.transform.jit(lambda v, c, b: expression(plain(u.split(v)[0], unit=u.mV), c, b))(
                x.value, i.value, s.value
            )
    unit = u.split(expected)[1]
    np.testing.assert_allclose(mantissa_in(result, unit), u.split(expected)[0], rtol=1e-12)


def test_a_mixed_scale_puts_its_factor_into_the_graph(trace: Any) -> None:
    from isospike.graph.aval import Aval

    volts = u.quantity(trace.symbol(Aval((3,), "float32")), u.volt)
    result = 1 * u.mV + volts
    assert [n.op.name for n in trace.nodes] == ["multiply", "add"]
    assert 1000.0 in trace.hosts.values()
    assert u.split(result)[1] is u.mV


def test_astype_keeps_the_unit(backend: str) -> None:
    result = iso.transform.jit(lambda x: x.astype("int32"))(X * u.mV)
    assert u.split(result)[1] is u.mV
    assert dtype_name(u.split(result)[0].dtype) == "int32"


def test_an_augmented_assignment_rebinds_and_leaves_the_state_alone(backend: str) -> None:
    state = ShortTermState(X * u.mV)
    value = state.value
    value += 1 * u.mV
    value *= 2.0
    np.testing.assert_array_equal(u.split(value)[0], 2 * (X + 1))
    np.testing.assert_array_equal(u.split(state.value)[0], X)


def test_an_augmented_assignment_in_a_step_leaves_the_state_alone(backend: str) -> None:
    state = ShortTermState(X * u.mV)

    def step() -> Any:
        value = state.value
        value += 1 * u.mV
        return value

    np.testing.assert_array_equal(u.split(iso.transform.for_loop(step, length=2))[0], [X + 1, X + 1])
    np.testing.assert_array_equal(u.split(state.value)[0], X)


@pytest.mark.parametrize("value", [X * u.mV, X], ids=["quantity", "array"])
def test_a_write_into_the_array_of_a_state_raises_or_leaves_the_state_alone(value: Any, backend: str) -> None:
    state = ShortTermState(value)
    iso.transform.for_loop(lambda: setattr(state, "value", state.value * 1.0), length=1)
    # An array of torch cannot be read-only; what is handed out is a copy.
    writable = backend == "torch" and value is X
    refused = pytest.raises((ValueError, TypeError, StateError), match=r"state\.value = |read-only|immutable")
    with nullcontext() if writable else refused:
        state.value[0] = value[1]
    np.testing.assert_array_equal(u.split(state.value)[0], X)


def test_a_result_of_the_users_own_can_be_written_in_place(numpy_backend: None) -> None:
    result = iso.transform.for_loop(lambda x: x, X * u.mV)
    result[1] = 0.007 * u.volt
    np.testing.assert_array_equal(u.split(result)[0], [1, 7, 4])
    with pytest.raises(UnitError, match="ms, expected a quantity in mV"):
        result[1] = 1 * u.ms


def test_units_are_the_objects_of_brainunit() -> None:
    brainunit = pytest.importorskip("brainunit")
    for name in ("mV", "ms", "nS", "pA", "Mohm", "Hz", "second", "Unit"):
        assert getattr(u, name) is getattr(brainunit, name)
    assert issubclass(u.Quantity, brainunit.Quantity)
    assert u.is_quantity(brainunit.Quantity(1.0, unit=brainunit.mV))
    with pytest.raises(AttributeError, match="no unit or name 'mVV'"):
        _ = u.mVV


def test_numbers_are_no_quantities_and_load_no_unit_library() -> None:
    code = "import sys; from isospike.units import split; split(1.0); assert 'saiunit' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


FACTORS = [
    ("mV", "volt", 1e-3),
    ("volt", "mV", 1e3),
    ("ms", "second", 1e-3),
    ("uS*mV", "nA", 1.0),
    ("nS*mV", "mA", 1e-9),
    ("nS*mV", "pA", 1.0),
    ("Mohm*pA", "mV", 1e-3),
    ("minute", "ms", 60000.0),
    ("ms", "minute", 1 / 60000),
    ("mV/ms", "volt/second", 1.0),
    ("uF/cm^2", "F/m^2", 1e-2),
]


@pytest.mark.parametrize(("given", "wanted", "factor"), FACTORS)
def test_scale_factors_are_correctly_rounded(given: str, wanted: str, factor: float) -> None:
    assert u.scale_factor(u.parse_unit(given), u.parse_unit(wanted)) == factor


def test_rescaling_is_exact_in_decimals() -> None:
    written = [float(f"{k}e-7") for k in range(1, 3000, 7)]
    expected = [float(f"{k}e-4") for k in range(1, 3000, 7)]
    np.testing.assert_array_equal(u.rescale(written, u.second, u.ms), expected)
    np.testing.assert_array_equal(u.rescale(expected, u.ms, u.second), written)
    assert float(u.rescale(2.0, u.minute, u.ms)) == 120000.0
    assert [float(x) for x in u.rescale([math.inf, -math.inf, 0.0], u.mV, u.volt)] == [
        math.inf,
        -math.inf,
        0.0,
    ]
    assert math.isnan(u.rescale(math.nan, u.mV, u.volt))


def test_many_values_are_rescaled_within_a_rounding_of_their_decimals_and_fast() -> None:
    written = np.arange(1, 10**6 + 1) * 1e-7
    start = time.perf_counter()
    found = u.rescale(written, u.second, u.ms)
    back = u.rescale(found, u.ms, u.second)
    assert time.perf_counter() - start < 0.1
    few = u.rescale(written[:1000], u.second, u.ms)
    np.testing.assert_array_max_ulp(found[:1000], few, 1)
    np.testing.assert_array_max_ulp(back, written, 1)


@pytest.mark.parametrize("unit", ["mV", "mV / ms", "mS / cm^2", "mV^0.5", "V", "kHz", "mV / (ms * nS)"])
def test_a_unit_is_parsed_from_its_own_name(unit: str) -> None:
    assert u.unit_name(u.parse_unit(unit)) == unit


ELECTRICAL = ("mV", "volt", "nS", "uS", "mS", "siemens", "pA", "nA", "uA", "mA", "amp", "pF", "uF", "Mohm", "ohm")
NAMES = (*ELECTRICAL, "ms", "second", "Hz", "kHz", "cm", "um", "mM", "uM")
FACTORS_OF_UNITS = st.tuples(st.sampled_from(NAMES), st.sampled_from([-3, -2, -1, -0.5, 0.5, 1, 1.5, 2, 3]))


@given(st.lists(FACTORS_OF_UNITS, min_size=1, max_size=4), st.booleans())
def test_every_unit_is_read_from_its_name_alone_and_after_a_number(factors: list[Any], inverse: bool) -> None:
    unit = math.prod((getattr(u, name) ** power for name, power in factors[1:]), start=getattr(u, factors[0][0]))
    unit = u.engine().UNITLESS / unit if inverse else unit
    assume(not unit.dim.is_dimensionless)
    for read in (u.parse_unit(u.unit_name(unit)), u.split(parse_quantity(quantity_text(u.quantity(2.0, unit))))[1]):
        assert u.same_dimension(read, unit)
        assert u.scale_factor(read, unit) == 1.0


def test_a_unit_whose_sign_is_no_letter_of_ascii_has_its_name() -> None:
    assert [u.unit_name(unit) for unit in (u.angstrom, u.um**2 / u.cm)] == ["angstrom", "angstrom"]


@pytest.mark.parametrize("text", ["1 / mV", "1 / pA", "1 / cm^2"])
def test_an_inverse_keeps_the_name_of_its_unit(text: str) -> None:
    assert u.unit_name(u.parse_unit(text)) == u.unit_name(u.parse_unit(text.replace(" ", ""))) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("mV/ms", "8 * u.mV / u.ms"),
        ("1/ms", "8 / u.ms"),
        ("1 / mV", "8 / u.mV"),
        ("mS / cm^2", "8 * u.mS / u.cm**2"),
        ("mS/cm2", "8 * u.mS / u.cm2"),
        ("mV^0.5", "8 * u.mV**0.5"),
        ("mV / (ms * nS)", "8 * u.mV / (u.ms * u.nS)"),
        ("V / s", "8 * u.volt / u.second"),
        ("F", "8 * u.farad"),
        ("1", "8"),
    ],
)
def test_a_unit_as_code_is_that_unit_when_it_is_run(text: str, code: str) -> None:
    assert u.as_code(8.0, text) == code
    number, unit = u.split(eval(code, {"u": u}))
    assert u.same_dimension(unit, u.parse_unit(text))
    assert number * u.scale_factor(unit, u.parse_unit(text)) == 8.0


@pytest.mark.parametrize(
    "text",
    ["", "mVolts", "2*mV", "mV+mV", "__class__", "mV.dim", "Quantity", "mV^x", "(", "f(mV)", "mV^'a'", "mV^(1j)"],
)
def test_what_is_no_unit_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UnitError, match=r"is not a unit that isospike knows; write for example 'ms'"):
        u.parse_unit(text)


def test_convert_names_the_value_and_both_units() -> None:
    assert u.convert(0.02 * u.volt, u.mV, what="E") == 20.0
    assert u.convert(3, None, what="n") == 3
    with pytest.raises(UnitError, match=r"the weight has the unit ms, expected a quantity in nS, such as 1 \* u\.nS"):
        u.convert(1 * u.ms, u.nS, what="the weight")
    with pytest.raises(UnitError, match="the count has the unit mV, expected a plain number"):
        u.convert(1 * u.mV, None, what="the count")


def test_a_dimensionless_ratio_becomes_a_plain_number_with_its_scale() -> None:
    assert u.quantity(5.0, u.mV / u.volt) == 0.005
    assert u.quantity(5.0, None) == 5.0
    assert not u.is_quantity(2 * u.mV / (4 * u.mV))


@pytest.mark.parametrize("traced", [True, False])
def test_a_unit_error_names_both_units_and_the_line(traced: bool, numpy_backend: None) -> None:
    def add(x: Any) -> Any:
        return x + 1 * u.mA

    with pytest.raises(UnitError, match=r"mV and one in mA in test_units\.py:\d+"):
        (iso.transform.jit(add) if traced else add)(ShortTermState(X * u.mV).value)


def test_a_quantity_prints_as_brainunit_prints_it() -> None:
    value = ShortTermState(1.5 * u.mV).value
    assert (str(value), repr(value), f"{value:.2f}") == ("1.5 mV", 'Quantity(1.5, "mV")', "1.50 mV")


def test_a_quantity_over_a_symbol_prints_without_data(trace: Any) -> None:
    from isospike.graph.aval import Aval

    value = u.quantity(trace.symbol(Aval((1000,), "float32")), u.mV)
    assert repr(value) == str(value) == 'Quantity(Symbol(float32[1000]), "mV")'


def test_numpy_functions_of_reduction_work_on_a_quantity(numpy_backend: None) -> None:
    result = iso.transform.jit(lambda x: (np.sum(x), np.mean(x), np.max(x)))(X * u.mV)
    assert [u.split(r)[1] for r in result] == [u.mV] * 3
    assert [float(u.split(r)[0]) for r in result] == [3, 1, 4]
