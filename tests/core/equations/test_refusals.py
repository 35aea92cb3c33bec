"""What is no model is refused, with the offending piece marked and the cure; nothing of a text is ever run."""

from __future__ import annotations

import re
import time
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

import isospike as iso
from isospike import units as u
from isospike.errors import IsospikeError, ParameterError, UnitError

LEAKY = "dv/dt = (E_L - v + R*I) / tau : mV"


def marked(error: BaseException) -> str:
    """Return what the carets of a message stand under."""
    *_, line, carets = str(error).split("\n")
    return line[carets.index("^") : carets.rindex("^") + 1]


# The equations, the piece that is marked, and what is said of it.
REFUSED = {
    "unknown name": ("dv/dt = (E_L - v) / tauu : mV", "tauu", "Did you mean 'tau'"),
    "unit of one letter": ("dv/dt = (E_L - v + 1*V) / tau : mV", "V", "volt"),
    "unknown function": ("dv/dt = expp(v/mV)*mV/ms : mV", "expp", "Did you mean 'exp'"),
    "import": ("dv/dt = __import__(v) : mV", "__import__", "no function '__import__'"),
    "builtin": ("dv/dt = eval(v) : mV", "eval", "no function 'eval'"),
    "text": ("dv/dt = __import__('os') : mV", "'", "a text has no place"),
    "attribute": ("dv/dt = v.__class__ : mV", ".", "no attributes"),
    "index": ("dv/dt = v[0]/tau : mV", "[", "leave out indices"),
    "lambda": ("dv/dt = lambda x: x : mV", "x", "expected ':'"),
    "walrus": ("dv/dt = (v := 1) : mV", ":", "close the parenthesis"),
    "call of a call": ("dv/dt = exp(v/mV)(v) : mV", "(", "expected ':'"),
    "Greek": ("dv/dt = (E_L - v) / τ : mV", "τ", "GREEK SMALL LETTER TAU"),
    "Cyrillic": ("dv/dt = (E_L - v) / t\u0430u : mV", "\u0430", "CYRILLIC SMALL LETTER A"),
    "minus sign": ("dv/dt = (E_L \u2212 v) / tau : mV", "\u2212", "MINUS SIGN"),
    "full-width": ("dv/dt = \uff45\uff58\uff50(v) : mV", "\uff45", "FULLWIDTH"),
    "zero": ("dv/dt = (E_L - v) / tau\0 : mV", " ", "'\\x00' has no meaning"),
    "open parenthesis": ("dv/dt = ((E_L - v) / tau : mV", ":", "close the parenthesis"),
    "two operators": ("dv/dt = (E_L * / v) : mV", "/", "a number, a name"),
    "number and name": ("dv/dt = (E_L - v + 5mV) / tau : mV", "5mV", "write 5*mV"),
    "caret": ("dv/dt = v^2/tau : mV", "^", "write x**2"),
    "no unit": ("dv/dt = (E_L - v) / tau", "", "expected ':' and the unit of v"),
    "no such unit": ("dv/dt = (E_L - v) / tau : mVolt", "mVolt", "not a unit"),
    "large unit": ("dv/dt = 1/ms : mV**1000", "1000", "at most 10"),
    "long unit": ("dv/dt = 1/ms : " + "*".join(["mV"] * 25), "*".join(["mV"] * 21)[:60], "more than 20 factors"),
    "no such flag": ("dv/dt = -v/tau : mV (unless tired)", "(unless tired)", "(unless refractory)"),
    "flag of a parameter": ("I : nA; g : 1 (shared); dv/dt = -v/tau : mV", "(shared)", "it may have (constant)"),
    "flag of another kind": ("x = 1 : 1 (unless refractory)", "(unless refractory)", "(constant over dt)"),
    "no equation": ("x = 1 : 1", "x = 1 : 1", "no differential equation"),
    "nothing": ("", "", "no differential equation"),
    "not d/dt": ("dv/ds = 1 : mV", "dv", "dx/dt = ... : unit"),
    "twice": ("dv/dt = -v/tau : mV\nv = 2*mV : mV", "v", "defined twice"),
    "a unit": ("dms/dt = 1/ms : 1", "ms", "two meanings"),
    "a function": ("dexp/dt = 1/ms : 1", "exp", "the name of a function"),
    "an attribute": ("dupdate/dt = 1/ms : 1", "update", "an attribute"),
    "a size": ("in_size : 1", "in_size", "an attribute"),
    "a keyword": ("lambda : mV", "lambda", "a word of Python"),
    "a derived name": ("dv_before/dt = 1/ms : 1", "v_before", "an attribute"),
    "time": ("dt/dt = 1 : 1", "t", "time"),
    "the input": ("dI/dt = 1*mA/ms : mA", "I", "input current"),
    "constant input": ("I : nA (constant); dv/dt = R*I/tau : mV", "I", "or name the constant I_0"),
    "circle": ("a = b : 1\nb = a : 1\ndv/dt = a/ms : 1", "a", "cannot need each other"),
    "overflow": ("dv/dt = 1e999*v/tau : mV", "1e999", "larger than any float64"),
    "huge power": ("dv/dt = v*2**1e9/tau : mV", "1e9", "not between -64 and 64"),
    "tower": ("dv/dt = v*9**9**9/tau : mV", "9**9", "not between -64 and 64"),
    "pole": ("dv/dt = v*(1/0)/tau : mV", "(1/0)", "expected a finite number"),
    "condition": ("dv/dt = (v > 1*mV)*mV/ms : mV", "(v > 1*mV)", "is a condition"),
    "chain": ("dv/dt = where(1*mV < v < 2*mV, 1, 2)*mV/ms : mV", "<", "write a < b and b < c"),
    "too few": ("dv/dt = max(v)/tau : mV", "max(v)", "takes 2 arguments"),
    "sum of units": ("dv/dt = (E_L - v + tau) / tau : mV", "(E_L - v + tau)", "which + cannot join"),
    "zero of no unit": ("dw/dt = 0 : mV; dv/dt = -v/tau : mV", "0", "dw/dt is in mV / ms"),
    "not per time": ("dv/dt = E_L - v : mV", "E_L - v", "divide by a time constant"),
    "exp of volts": ("dv/dt = exp(v)*mV/ms : mV", "exp(v)", "a number without a unit"),
    "power of units": ("dv/dt = v**v/tau : mV", "v**v", "plain number"),
    "sub-expression": ("x = v : ms\ndv/dt = -v/tau : mV", "v", "x is declared in ms"),
    "noise squared": ("dv/dt = xi*xi*mV : mV", "xi", "white noise is a term"),
    "noise in a function": ("dv/dt = sin(xi*sqrt(1*ms))*mV/ms : mV", "xi", "white noise is a term"),
    "noise by name": ("x = xi : ms**-1\ndv/dt = x*mV : mV", "xi", "the differential equation itself"),
    "held for nothing": ("dv/dt = -v/tau : mV (unless refractory)", "v", "refractory=2 * u.ms"),
    "constant current": ("x = R*I : mV (constant over dt)\ndv/dt = (x - v)/tau : mV", "x", "input current"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_equations_are_refused_with_the_piece_marked(leaky: Any, name: str) -> None:
    text, piece, said = REFUSED[name]
    with pytest.raises((ParameterError, UnitError)) as caught:
        leaky(text)
    message = str(caught.value)
    assert said in message
    assert message.startswith("from_equations(equations=...)")
    if piece:
        assert marked(caught.value) == piece


OTHERS = {
    "threshold unit": ({"threshold": "v > tau"}, "v > tau", "which > cannot join"),
    "threshold number": ({"threshold": "v - V_th"}, "v - V_th", "expected a condition"),
    "threshold of no State": ({"threshold": "V_r > V_th"}, "V_r > V_th", "depends on no State"),
    "threshold of the input": ({"threshold": "v > R*I"}, "I", "only while a step is integrated"),
    "threshold of noise": ({"threshold": "v > V_th + xi*mV*sqrt(ms)"}, "xi", "is white noise"),
    "threshold of time": (
        {"threshold": "v > V_th and t > 2*ms"},
        "t",
        "count the time in a State, as in ds/dt = 1 : ms",
    ),
    "threshold of time by name": (
        {"threshold": "v > edge", "equations": f"late = V_th*exp(-t/tau) : mV; edge = late + 1*mV : mV; {LEAKY}"},
        "edge",
        "count the time in a State",
    ),
    "threshold equality": ({"threshold": "v == V_th"}, "=", "for equality write a <= b and a >= b"),
    "reset of a parameter": ({"reset": "V_r = v"}, "V_r", "is no State"),
    "reset in another unit": ({"reset": "v = tau"}, "tau", "v = tau needs one in mV"),
    "reset condition": ({"reset": "v = v > V_th"}, "v > V_th", "is a condition"),
    "reset of noise": ({"reset": "v = V_r + xi*mV*sqrt(ms)"}, "xi", "is white noise"),
    "reset without end": ({"reset": "v = V_r w += 1"}, "w", "one assignment a line"),
    "scale in another unit": ({"scale": "2 * ms"}, "2 * ms", "measures v > V_th, which is in mV"),
    "scale of time by name": (
        {"scale": "late", "equations": f"late = V_th*exp(-t/tau) : mV; {LEAKY}"},
        "late",
        "made of parameters",
    ),
    "scale that changes": ({"scale": "v - V_th"}, "v", "made of parameters"),
    "start that needs the input": ({"v_initializer": "R*I"}, "I", "only while a step"),
    "start in another unit": ({"v_initializer": "tau * 2"}, "tau * 2", "v is in mV"),
    "start of noise": ({"v_initializer": "xi*mV*sqrt(ms)"}, "xi", "is white noise"),
    "start of itself": ({"v_initializer": "v * 2"}, "v", "not there yet"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_texts_are_refused_with_the_piece_marked(leaky: Any, name: str) -> None:
    given, piece, said = OTHERS[name]
    with pytest.raises((ParameterError, UnitError)) as caught:
        leaky(**given)
    assert said in str(caught.value)
    assert marked(caught.value) == piece
    assert str(caught.value).startswith(f"from_equations({next(iter(given))}=...)")


ARGUMENTS = {
    "value that nothing reads": ({"tauu": 1 * u.ms}, r"tauu=\.\.\.\).* uses 'tauu'\. Did you mean 'tau'"),
    "text as a value": ({"tau": "20 ms"}, r"tau=\.\.\.\) is '20 ms', expected a finite number"),
    "array": ({"tau": [1.0, 2.0] * u.ms}, r"give arrays .* when you make cells, as in Cell\(100, tau=\.\.\.\)"),
    "value of a State": ({"v": 1 * u.mV}, r"'v' is a State, whose initial value is given as v_initializer=\.\.\."),
    "value of an attribute": ({"update": 1}, r"'update' is an attribute"),
    "value of the input": ({"I": 1 * u.nA}, r"I=\.\.\.\): I is the input current: call the cells .* the constant I_0"),
    "value of the declared input": (
        {"equations": f"I : nA; {LEAKY}", "I": 1 * u.nA},
        r"I=\.\.\.\): I is the input current: call the cells with it",
    ),
    "start in another unit": (
        {"v_initializer": 3 * u.nA},
        r"v_initializer=\.\.\.\) is Constant\(value=3\. nA\), expected .* in mV: write v_initializer=0 \* u\.mV",
    ),
    "drawn start in another unit": (
        {"v_initializer": iso.Normal(1 * u.nA, 1 * u.nA)},
        r"v_initializer=\.\.\.\) is Normal\(.*expected values that can be read in mV",
    ),
    "scheme that is no name": ({"method": []}, r"no scheme \[\]\. There are exp_euler"),
    "unknown scheme": ({"method": "rk5"}, r"no scheme 'rk5'\. Did you mean 'rk4'"),
    "unknown potential": ({"potential": "w"}, r"no State 'w'\. The States are v"),
    "reset without threshold": ({"threshold": None}, r"reset=\.\.\.\) says what happens at a threshold"),
    "surrogate without threshold": (
        {"threshold": None, "reset": None, "spk_fun": iso.ReluGrad(), "V_th": None, "V_r": None},
        r"spk_fun=\.\.\.\): without a threshold nothing spikes",
    ),
    "refractory in volts": ({"refractory": 1 * u.mV}, r"tau_ref is in mV, expected a time"),
    "refractory of nothing": ({"refractory": "5 ms"}, r"'5 ms' is no parameter"),
    "no text": ({"reset": 5}, r"reset=\.\.\.\) is 5, expected a text"),
}


@pytest.mark.parametrize("name", ARGUMENTS)
def test_arguments_are_refused_by_their_name(leaky: Any, name: str) -> None:
    given, said = ARGUMENTS[name]
    with pytest.raises((ParameterError, UnitError), match=said):
        leaky(**given)


def test_a_value_in_another_unit_than_its_declaration_is_refused(leaky: Any) -> None:
    with pytest.raises(
        UnitError, match=r"tau=\.\.\.\) is in mV, but the equations declare tau : ms: write tau=20 \* u"
    ):
        leaky(f"tau : ms\n{LEAKY}", tau=20 * u.mV)


def test_a_parameter_without_a_value_is_asked_for_when_cells_are_made(leaky: Any) -> None:
    cls = leaky(f"tau : ms\n{LEAKY}", tau=None)
    with pytest.raises(ParameterError, match=r"EquationNeuron\(tau=\.\.\.\) is missing: it has no default"):
        cls(3)
    with pytest.raises(UnitError, match=r"tau=\.\.\.\) is a quantity in mV .*write tau=1 \* u\.ms"):
        cls(3, tau=1 * u.mV)


def test_cells_are_not_given_the_input_current_as_a_parameter(leaky: Any) -> None:
    with pytest.raises(ParameterError, match=r"EquationNeuron\(I=\.\.\.\): I is the input current: call the cells"):
        leaky(f"I : nA\n{LEAKY}")(3, I=1 * u.nA)


def test_cells_are_not_given_a_start_in_another_unit(leaky: Any) -> None:
    cls = leaky(f"{LEAKY}; dm/dt = -m/ms : 1")
    with pytest.raises(UnitError, match=r"EquationNeuron\(m_initializer=\.\.\.\) is .*in 1: write m_initializer=0"):
        cls(3, m_initializer=1 * u.mV)


def test_a_line_is_named_where_there_are_several(leaky: Any) -> None:
    with pytest.raises(ParameterError, match=r"equations=\.\.\.\), line 3: 'x' means nothing") as caught:
        leaky(f"# one\n{LEAKY}\ndw/dt = x/tau : 1")
    assert marked(caught.value) == "x"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 10**6,
        "(" * 9_000,
        "dv/dt = " + "(" * 4_000 + "v" + ")" * 4_000 + "/tau : mV",
        "dv/dt = " + "-" * 9_000 + "v/tau : mV",
        "dv/dt = " + "not " * 2_000 + "v : mV",
        "dv/dt = " + "+".join("v" * 4_000) + " : mV",
        "dv/dt = " + "**".join("2" * 3_000) + " : mV",
        "dv/dt = " + "exp(" * 2_000 + "v" + ")" * 2_000 + " : mV",
        "dv/dt = " + "9" * 9_000 + "*v/tau : mV",
        "dv/dt = v : " + "/".join(["ms"] * 3_000),
        "dv/dt = v : mV " + "(" * 9_000,
    ],
    ids=lambda text: f"{text[:20]}... {len(text)}",
)
def test_texts_of_any_length_and_depth_are_refused_at_once(leaky: Any, text: str) -> None:
    start = time.process_time()
    with pytest.raises(ParameterError) as caught:
        leaky(text)
    assert time.process_time() - start < 2.0
    assert len(str(caught.value)) < 1_000
    assert str(caught.value).endswith("^")


def test_a_long_chain_of_sub_expressions_is_computed_without_deep_recursion(numpy_backend: None, leaky: Any) -> None:
    lines = ["x0 = v : mV", *(f"x{i} = x{i - 1} : mV" for i in range(1, 400))]
    cell = leaky("\n".join([*lines, "dv/dt = (E_L - x399 + R*I) / tau : mV"]))(2)
    iso.init_all_states(cell)(0.2 * u.nA)
    other = leaky()(2)
    iso.init_all_states(other)(0.2 * u.nA)
    assert (cell.v.value == other.v.value).all()


SIGNS = [*"()+-*/,=:;\n<#.'[]12", "**", ">="]
NAMES = ["dv/dt", "dw/dt", "v", "w", "E_L", "R", "I", "tau", "V_th", "mV", "ms", "xi", "t", "dt", "exp", "where"]
OTHERS_STILL = ["and", "or", "not", "0.5", "1e9", "__import__", "lambda", "(unless refractory)"]
WORDS = st.sampled_from([*SIGNS, *NAMES, *OTHERS_STILL])


@hypothesis.given(st.text(max_size=60) | st.lists(WORDS, max_size=25).map(" ".join))
@hypothesis.example("dv/dt = v : mV")
@hypothesis.settings(max_examples=250)
def test_any_text_is_a_model_or_refused_by_an_error_of_isospike(text: str) -> None:
    for given in ({"equations": text}, {**LEAK, "threshold": text}, {**LEAK, "threshold": "v > E_L", "reset": text}):
        made_or_refused(**given)


TERMS = st.recursive(
    st.sampled_from(["v", "E_L", "R*I", "tau", "mV", "ms", "0", "1", "2*mV", "v/mV", "t", "xi"]),
    lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(" ".join) | inner.map("abs({})".format),
    max_leaves=4,
)


@pytest.mark.parametrize("start", ["E_L / 0", "E_L / (1 - 1)", "0*mV / 0"])
def test_an_initial_value_that_is_not_finite_is_refused_when_it_is_made(start: str) -> None:
    cells = made_or_refused(**LEAK, v_initializer=start)(2)
    with pytest.raises(ParameterError, match=r"v would start at (-inf|nan) mV, expected finite values"):
        iso.init_all_states(cells)


@pytest.mark.filterwarnings("ignore:.*cells start where:isospike.errors.PlausibilityWarning")
@hypothesis.given(TERMS, TERMS, TERMS)
@hypothesis.example("v", "E_L / 0", "v")
@hypothesis.example("v", "v", "E_L / 0")
@hypothesis.settings(max_examples=100)
def test_what_is_accepted_takes_a_step(slope: str, edge: str, after: str) -> None:
    for given in (
        {"equations": f"dv/dt = ({slope})/tau : mV"},
        {"equations": f"x = {slope} : mV; dv/dt = (x + {after})/tau : mV"},
        {**LEAK, "threshold": f"v > {edge}", "reset": f"v = {after}"},
        {**LEAK, "v_initializer": after},
    ):
        cls = made_or_refused(**given)
        if cls is None:
            continue
        with iso.environ.context(backend="numpy", dt=0.1 * u.ms):
            try:
                iso.init_all_states(cls(2))()
            except ParameterError as error:
                assert re.search("a reset would change nothing|expected finite values", str(error))  # noqa: PT017


LEAK = {"equations": LEAKY, "E_L": -60 * u.mV, "R": 100 * u.Mohm, "tau": 20 * u.ms}


def made_or_refused(**given: Any) -> Any:
    """Return the class, with values for the parameters that it uses, or ``None`` where it is refused."""
    texts = " ".join(value for value in given.values() if isinstance(value, str))
    used = {k: v for k, v in {**LEAK, "V_th": -50 * u.mV}.items() if re.search(rf"\b{k}\b", texts)}
    try:
        return iso.neurons.from_equations(**{**used, **given})
    except IsospikeError as error:
        assert str(error).startswith("from_equations(")  # noqa: PT017
        return None
