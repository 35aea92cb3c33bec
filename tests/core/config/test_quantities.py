"""Text is read as a quantity by its grammar, or refused; it is never evaluated."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike import units
from isospike.config.quantities import parse_quantity, parse_time, quantity_text, read_value, shown
from isospike.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("20 ms", 20.0, "ms"),
        ("20ms", 20.0, "ms"),
        (" -50 mV ", -50.0, "mV"),
        ("1e-3 nS", 1e-3, "nS"),
        ("+.5 pA", 0.5, "pA"),
        ("2. Mohm", 2.0, "Mohm"),
        ("2 mV/ms", 2.0, "mV/ms"),
        ("2 mV / ms", 2.0, "mV/ms"),
        ("0.02 1/ms", 0.02, "1/ms"),
        ("0.02  1 / ms", 0.02, "1/ms"),
        ("3 nS*mV", 3.0, "nS*mV"),
        ("1 s", 1.0, "second"),
        ("4 mS/cm^2", 4.0, "mS/cm2"),
        ("4 mS / (ms * mV)", 4.0, "mS/ms/mV"),
        ("4 mV^0.5", 4.0, "mV^0.5"),
        ("2 10^3 * V", 2.0, "kV"),
    ],
)
def test_a_number_and_a_unit_are_that_quantity(text: str, number: float, unit: str) -> None:
    wanted = units.parse_unit(unit)
    assert float(units.convert(parse_quantity(text), wanted, what=text)) == pytest.approx(number, rel=1e-15)


def test_a_number_alone_has_no_unit() -> None:
    assert parse_quantity("1.5") == 1.5


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ms",
        "20 ms ms",
        "20 ms; 1",
        "1 + 1 ms",
        "2 ** 3 ms",
        "0x10 ms",
        "1_000 ms",
        "1e ms",
        "inf ms",
        "nan",
        "\u0662 ms",
        "20 \u00b5S",
        "1e400 ms",
        "1 ms\n2",
        "1 u.ms",
        "1 ms/",
        "(1) ms",
        "1 ms**2",
        "1 furlong",
        "201/ms",
        "2 01/ms",
        "210^3 * V",
        "1 mV/()",
        "1 mV/((ms))",
        "1 (mV/ms)",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_quantity(text)


@given(st.text(max_size=100))
def test_any_text_is_a_quantity_or_a_config_error(text: str) -> None:
    with contextlib.suppress(ConfigError):
        parse_quantity(text)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["ms", "mV", "nS", "Mohm", "mV/ms"]))
def test_written_quantities_are_read_back_bit_for_bit(number: float, unit: str) -> None:
    value = units.quantity(number, units.parse_unit(unit))
    again = parse_quantity(quantity_text(value))
    assert float(units.split(again)[0]) == number
    assert units.same_dimension(units.split(again)[1], units.parse_unit(unit))


@pytest.mark.parametrize("text", ["0 ms", "-1 s", "1", "1 mV"])
def test_a_time_is_positive_and_has_a_unit_of_time(text: str) -> None:
    with pytest.raises(ConfigError, match="positive time"):
        parse_time(text)


def test_a_list_becomes_an_array_in_the_first_unit() -> None:
    value = read_value(["1 ms", "0.002 s"])
    np.testing.assert_allclose(units.convert(value, units.parse_unit("ms"), what="it"), [1.0, 2.0], rtol=1e-15)
    assert read_value([1, 2.5]) == [1, 2.5]
    with pytest.raises(ConfigError, match="entry of the list"):
        read_value(["1 ms", 2])


@pytest.mark.parametrize("raw", [float("nan"), float("inf"), 2**64, None, {}])
def test_a_value_that_is_no_finite_number_is_refused(raw: object) -> None:
    with pytest.raises(ConfigError, match="not a finite number"):
        read_value(raw)


def test_long_values_are_shortened_in_messages() -> None:
    assert len(shown("x" * 10**6)) < 100
    assert len(shown(16**5000)) < 100
