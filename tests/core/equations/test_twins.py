"""A model that is a text has the bits of the one that is written by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.transform import program

CURRENTS = np.array([0.5, 1.0, 1.5])


@dataclass(frozen=True)
class Twin:
    """A bundled class with its parameters, the same model as a text, and a current that makes both spike."""

    bundled: str
    equations: str
    current: Any
    given: dict[str, Any]
    texts: dict[str, Any]
    names: list[str]

    def both(self) -> tuple[Any, Any]:
        """Return three cells of each."""
        by_hand = getattr(iso, self.bundled)(3, **self.given)
        values = {name: getattr(by_hand, name) for name in self.names}
        return by_hand, iso.neurons.from_equations(self.equations, **self.texts, **values)(3)


def twin(bundled: str, equations: str, current: Any, names: str, **more: Any) -> Twin:
    starts = {f"{state}_initializer": value for state, value in more.pop("starts", {}).items()}
    texts = {k: v for k, v in more.items() if k in ("threshold", "reset", "refractory", "scale", "method")}
    given = {k: v for k, v in more.items() if k not in texts or k == "method"}
    return Twin(bundled, equations, current, given, {**texts, **starts}, names.split())


MV = u.mV
LEAKY = "dV/dt = (V_rest - V + R*I) / tau : mV"
EVENT = {"threshold": "V >= V_th", "reset": "V = V_reset"}
ADAPTING = """
upstroke = delta_T * exp((V - V_T) / delta_T) : mV (constant over dt)
dV/dt = (V_rest - V + upstroke + R*(I - w)) / tau : mV {held}
dw/dt = (a*(V - V_rest) - w) / tau_w : mA
"""
ADEX = {
    "tau": 4 * u.ms,
    "a": 0.1 * u.siemens,
    "threshold": "V >= V_th",
    "reset": "V = V_reset; w += b",
    "starts": {"V": -65 * MV},
}
ADEX_NAMES = "R tau tau_w V_th V_rest V_reset V_T delta_T a b"
SQUID = """
alpha_m = 1/exprel((-40 - V/mV)/10)/ms : 1/ms
beta_m = 4*exp((-65 - V/mV)/18)/ms : 1/ms
alpha_h = 0.07*exp((-65 - V/mV)/20)/ms : 1/ms
beta_h = 1/(1 + exp((-35 - V/mV)/10))/ms : 1/ms
alpha_n = 0.1/exprel((-55 - V/mV)/10)/ms : 1/ms
beta_n = 0.125*exp((-65 - V/mV)/80)/ms : 1/ms
dV/dt = (g_L*(E_L - V) + g_Na*(m**3*h)*(E_Na - V) + g_K*n**4*(E_K - V) + I) / C : mV
dm/dt = alpha_m*(1 - m) - beta_m*m : 1
dh/dt = alpha_h*(1 - h) - beta_h*h : 1
dn/dt = alpha_n*(1 - n) - beta_n*n : 1
I : uA
"""
STEADY = {x: f"alpha_{x} / (alpha_{x} + beta_{x})" for x in "mhn"}

TWINS = {
    "LI": twin("LI", LEAKY, 30 * u.mA, "R tau V_rest", tau=10 * u.ms),
    "LIF soft": twin(
        "LIF", LEAKY, 40 * u.mA, "R tau V_th V_rest V_reset", tau=10 * u.ms, V_th=15 * MV,
        threshold="V >= V_th", reset="V -= V_th - V_reset",
    ),
    "LIF hard": twin(
        "LIF", LEAKY, 40 * u.mA, "R tau V_th V_rest V_reset", tau=10 * u.ms, V_th=15 * MV, spk_reset="hard", **EVENT
    ),
    "LIF euler": twin(
        "LIF", LEAKY, 40 * u.mA, "R tau V_th V_rest V_reset", tau=10 * u.ms, V_th=15 * MV, spk_reset="hard",
        method="euler", **EVENT,
    ),
    "LIFRef": twin(
        "LIFRef", f"{LEAKY} (unless refractory)", 40 * u.mA, "R tau V_th V_rest V_reset", tau=10 * u.ms,
        V_th=15 * MV, spk_reset="hard", tau_ref=2 * u.ms, refractory=2 * u.ms, **EVENT,
    ),
    "QuaIF": twin(
        "QuaIF", "c : 1/mV; dV/dt = (c*(V - V_rest)*(V - V_c) + R*I) / tau : mV", 20 * u.mA,
        "R tau V_th V_rest V_reset V_c c", starts={"V": -65 * MV}, **EVENT,
    ),
    "AdExIF": twin("AdExIF", ADAPTING.format(held=""), 20 * u.mA, ADEX_NAMES, **ADEX),
    "AdExIFRef": twin(
        "AdExIFRef", ADAPTING.format(held="(unless refractory)"), 20 * u.mA, ADEX_NAMES, tau_ref=2 * u.ms,
        refractory=2 * u.ms, **ADEX,
    ),
    "Izhikevich": twin(
        "Izhikevich",
        """dV/dt = 0.04/ms/mV*V**2 + 5/ms*V + 140*mV/ms - u + I : mV
           du/dt = a*(b*V - u) : mV/ms
           I : mV/ms""",
        20 * MV / u.ms, "a b c d V_th", method="euler", threshold="V >= V_th", reset="V = c; u += d",
        starts={"V": -65 * MV, "u": "b * V"},
    ),
    "FitzHughNagumo": twin(
        "FitzHughNagumo",
        """dV/dt = (V - V**3/3 - w + I)/ms : 1
           dw/dt = (V + a - b*w)/tau : 1
           I : 1""",
        1.0, "a b tau V_th", threshold="V >= V_th", scale="1.0", starts={"V": -1.2, "w": "(V + a) / b"},
    ),
    "HH": twin(
        "HH", SQUID, 20 * u.uA, "C g_L g_Na g_K E_L E_Na E_K V_th", threshold="V >= V_th", scale="V_th - E_L",
        starts={"V": -65 * MV, **STEADY},
    ),
}  # fmt: skip
EVERY = pytest.mark.parametrize("name", TWINS)


def runs(name: str, recorded: Any, n_steps: int = 200) -> list[dict[str, np.ndarray]]:
    made = TWINS[name]
    return [recorded(iso.init_all_states(c), lambda cell: cell(CURRENTS * made.current), n_steps) for c in made.both()]


def assert_equal(name: str, by_hand: dict[str, np.ndarray], text: dict[str, np.ndarray]) -> None:
    assert by_hand.keys() == text.keys()
    for state, value in by_hand.items():
        assert text[state].dtype == value.dtype, (name, state)
        assert text[state].tobytes() == value.tobytes(), (name, state)


@EVERY
@pytest.mark.parametrize("numerics", ["exact", "fast"])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_every_state_and_spike_has_the_bits_of_the_bundled_model(
    numpy_backend: None, recorded: Any, name: str, precision: str, numerics: str
) -> None:
    with iso.environ.context(precision=precision, numerics=numerics):
        by_hand, text = runs(name, recorded)
    assert_equal(name, by_hand, text)
    assert name == "LI" or text["output"][:, 1:].any(axis=0).all()


@pytest.mark.parametrize("name", ["LIFRef", "AdExIF", "HH"])
def test_so_it_is_on_every_backend(backend: str, recorded: Any, name: str) -> None:
    with iso.environ.context(numerics="exact"):
        assert_equal(name, *runs(name, recorded))


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_noise_time_and_conditions_have_the_bits_of_the_reference_on_every_backend(
    backend: str, recorded: Any, precision: str
) -> None:
    cls = iso.neurons.from_equations(
        """gain = where(v > E_L and not t < 5*ms, 2, 1) : 1
           dv/dt = (E_L - v + gain*R*I)/tau + sigma*sqrt(2/tau)*xi : mV (unless refractory)
           dw/dt = (clip(v/mV, -80, -40) - w)*abs(sin(t/ms))/tau : 1""",
        threshold="v > V_th or w > 0", reset="v = E_L; w -= 1", refractory=1 * u.ms,
        E_L=-60 * MV, V_th=-55 * MV, R=1 * u.ohm, tau=10 * u.ms, sigma=3 * MV, v_initializer=-60 * MV,
    )  # fmt: skip
    runs = []
    for place in ({"backend": "numpy", "engine": None}, {}):
        with iso.environ.context(**place, numerics="exact", precision=precision, seed=4):
            runs.append(recorded(iso.init_all_states(cls(3)), lambda cell: cell(CURRENTS * 10 * u.mA), 200))
    assert_equal("noise", *runs)
    assert runs[0]["output"].any(axis=0).all()


@pytest.mark.parametrize("name", ["LI", "LIF soft", "LIF hard", "LIF euler"])
def test_the_step_graph_is_the_same_node_by_node(
    numpy_backend: None, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    made, graphs = TWINS[name], []
    finish = program._finish
    monkeypatch.setattr(program, "_finish", lambda *a: (graphs.append(finish(*a)), graphs[-1])[1])
    for cell in made.both():
        iso.init_all_states(cell)(made.current)
    assert len(graphs) == 2
    assert graphs[0].graph.text(origins=False) == graphs[1].graph.text(origins=False)
