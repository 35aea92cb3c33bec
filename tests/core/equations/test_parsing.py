"""What a text means: precedence is Python's, and how a tree reads is what it was read from."""

from __future__ import annotations

import math

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import isospike as iso
from isospike import units as u
from isospike.equations.evaluate import evaluate
from isospike.equations.nodes import Node
from isospike.equations.parser import read_expression
from isospike.equations.source import Source
from isospike.equations.statements import read_assignments, read_statements

NUMBERS = st.integers(1, 9).map(str)
ATOMS = NUMBERS | st.sampled_from(["a", "b", "c"])


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    binary = st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**"]), inner).map(" ".join)
    return st.one_of(binary, inner.map("({})".format), inner.map("-{}".format), inner.map("abs({})".format))


EXPRESSIONS = st.recursive(ATOMS, joined, max_leaves=12)
VALUES = {"a": 1.5, "b": -2.5, "c": 0.25}


def read(text: str) -> Node:
    return read_expression(Source("text", text))


def value(text: str) -> float:
    with np.errstate(all="ignore"):
        return float(evaluate(read(text), lambda name: VALUES[name.name]))


@hypothesis.given(EXPRESSIONS)
def test_an_expression_has_the_value_that_python_gives_it(text: str) -> None:
    try:
        expected = eval(text, {"abs": abs}, VALUES)
    except (ZeroDivisionError, OverflowError):
        hypothesis.reject()
    hypothesis.assume(isinstance(expected, (int, float)) and abs(expected) < 1e300)
    ours = value(text)
    hypothesis.assume(not math.isnan(ours))  # a root of a negative number, which Python makes complex
    assert math.isclose(ours, expected, rel_tol=1e-9) or abs(expected) < 1e-300


@hypothesis.given(EXPRESSIONS)
def test_a_tree_reads_as_a_text_of_the_same_tree(text: str) -> None:
    once = str(read(text))
    assert str(read(once)) == once
    first, second = value(text), value(once)
    assert first == second or (math.isnan(first) and math.isnan(second))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a-(b-c)", "a - (b - c)"),
        ("(a-b)-c", "a - b - c"),
        ("a/(b*c)", "a / (b * c)"),
        ("(a*b)/c", "a * b / c"),
        ("-a**2", "-a ** 2"),
        ("(-2)**2", "(-2) ** 2"),
        ("(a**b)**c", "(a ** b) ** c"),
        ("a**b**c", "a ** b ** c"),
        ("1e-3*a + .5", "0.001 * a + 0.5"),
        ("not(a<b)and(c>1 or a>=b)", "not a < b and (c > 1 or a >= b)"),
        ("where(a<b,exp(a),min(b,c))", "where(a < b, exp(a), min(b, c))"),
        ("+a", "a"),
    ],
)
def test_a_tree_reads_without_needless_parentheses(text: str, shown: str) -> None:
    assert str(read(text)) == shown


def test_statements_are_parted_by_lines_or_semicolons_but_not_inside_parentheses() -> None:
    text = """
    # a comment; with = : everything
    dv/dt = (E_L
             - v) / tau : mV   # the membrane
    I : nA; x = v**2 : mV**2 (constant over dt)
    dw/dt = -w/tau:1(unless refractory)
    """
    assert [str(s) for s in read_statements(Source("text", text))] == [
        "dv/dt = (E_L - v) / tau : mV",
        "I : nA",
        "x = v ** 2 : mV**2 (constant over dt)",
        "dw/dt = -w / tau : 1 (unless refractory)",
    ]


def test_a_reset_holds_assignments() -> None:
    text = "v=V_r ;w += b\nw*=2;; u -= 1/2"
    assert "; ".join(map(str, read_assignments(Source("text", text)))) == "v = V_r; w += b; w *= 2; u -= 1 / 2"


@pytest.mark.parametrize("text", ["mV", "mV/ms", "1/ms", "mS/cm**2", "nS*mV", "ms**-1", "1", "1*mV", "second"])
def test_a_unit_is_that_of_python(text: str) -> None:
    (statement,) = read_statements(Source("text", f"x : {text}"))
    expected = u.parse_unit(text)
    assert u.same_dimension(statement.unit, None if text == "1" else expected)
    assert u.scale_factor(statement.unit, expected) == 1.0
    assert u.same_dimension(u.parse_unit(statement.unit_text or "1"), expected)


def test_the_same_model_has_one_description_however_it_is_spaced(leaky) -> None:
    texts = (leaky(), leaky("dv/dt=((E_L-v)+(R*I))/tau:mV #leak", threshold="v>V_th", reset=" v=V_r;"))
    first, second = (cls.system.description() for cls in texts)
    assert first == second
    assert first != leaky("dv/dt = (E_L - v - R*I) / tau : mV").system.description()


def test_a_parameter_may_be_called_constant_which_it_is(leaky) -> None:
    equations = "tau : second {flag}; dv/dt = (E_L - v + R*I) / tau : mV"
    flagged, plain = (leaky(equations.format(flag=flag)).system.description() for flag in ("(constant)", ""))
    assert flagged == plain


def test_the_page_of_a_model_shows_its_equations_its_event_and_its_parameters(leaky) -> None:
    cls = leaky("dv/dt = (E_L - v + R*I) / tau : mV (unless refractory)", refractory=2 * u.ms, name="Leaky")
    for piece in (
        "dv/dt = (E_L - v + R * I) / tau : mV (unless refractory)",
        "``v > V_th``",
        "``v = V_r``",
        "``tau_ref``",
        "tau : Quantity, ms\n    20 ms by default.",
        "v_initializer",
        '"exp_euler" by default',
    ):
        assert piece in cls.__doc__, piece
    assert cls.__name__ == "Leaky"
    shown = repr(iso.init_all_states(cls(3)))
    assert shown.startswith("# dv/dt = (E_L - v + R * I) / tau : mV (unless refractory)\nLeaky(\n  in_size=(3,)")
