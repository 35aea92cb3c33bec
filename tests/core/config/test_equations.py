"""A population that a file spells out by its equations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import isospike as iso
from isospike import units as u
from isospike.config import config_hash, load
from isospike.errors import ConfigError
from isospike.network import Network

CELLS = '''
[run]
dt = "0.1 ms"
duration = "1 ms"
backend = "numpy"
[populations.cells]
size = 4
equations = """
gain : 1
dv/dt = (E_L - v + gain*R*I) / tau : mV (unless refractory)
dw/dt = -w / tau : nA
"""
threshold = "v > V_th"
reset = "v = E_L; w += b"
refractory = "2 ms"
E_L = "-60 mV"
R = "100 Mohm"
tau = "20 ms"
V_th = "-50 mV"
b = "1 nA"
gain = [1.0, 2.0, 3.0, 4.0]
v_initializer = { kind = "Uniform", low = "-60 mV", high = "-50 mV" }
w_initializer = "2 * b"
[inputs.drive]
model = "ConstantInput"
target = "cells"
amplitude = "0.2 nA"
'''


def built(tmp_path: Path, *replacements: tuple[str, str]) -> tuple[Network, dict[str, Any]]:
    text = CELLS
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "net.toml"
    path.write_text(text)
    plan = load(path)
    with iso.environ.context(**plan.environment()):
        network, resolved = plan.build()
        assert isinstance(network, Network)
        return iso.init_all_states(network), resolved


def test_it_is_the_population_that_the_same_call_makes_in_python(tmp_path: Path) -> None:
    network, _ = built(tmp_path)
    cls = iso.neurons.from_equations(
        """gain : 1
        dv/dt = (E_L - v + gain*R*I) / tau : mV (unless refractory)
        dw/dt = -w / tau : nA""",
        threshold="v > V_th", reset="v = E_L; w += b", refractory=2 * u.ms, E_L=-60 * u.mV, R=100 * u.Mohm,
        tau=20 * u.ms, V_th=-50 * u.mV, b=1 * u.nA, w_initializer="2 * b",
    )  # fmt: skip
    cells = cls(4, gain=[1.0, 2.0, 3.0, 4.0], v_initializer=iso.Uniform(-60 * u.mV, -50 * u.mV))
    other = Network()
    other.add_population("cells", cells)
    other.add_input("drive", iso.ConstantInput(4, amplitude=0.2 * u.nA), target="cells")
    with iso.environ.context(dt=0.1 * u.ms, backend="numpy"):
        iso.init_all_states(other)
        results = [iso.simulate(net, 50 * u.ms) for net in (network, other)]
    assert results[0].spikes.equals(results[1].spikes)
    assert len(results[0].spikes) > 4


def test_the_hash_is_of_the_model_and_not_of_its_spelling(tmp_path: Path) -> None:
    first, spaced, other, started = (
        config_hash(built(tmp_path, *changes)[1])
        for changes in (
            (),
            (("(E_L - v + gain*R*I) / tau", "(E_L-v+gain*R*I)/tau"), ('"2 * b"', '"2*b"'), ('"v > V_th"', '"v>V_th"')),
            (("gain*R*I", "gain*R*I + E_L - E_L"),),
            (('"2 * b"', '"3 * b"'),),
        )
    )  # fmt: skip
    assert first == spaced
    assert len({first, other, started}) == 3


def test_what_the_result_keeps_says_the_equations(tmp_path: Path) -> None:
    kept = built(tmp_path)[1]["populations"]["cells"]
    assert kept["equations"].splitlines()[0] == "dv/dt = (E_L - v + gain * R * I) / tau : mV (unless refractory)"
    assert (kept["threshold"], kept["reset"]) == ("v > V_th", "v = E_L; w += b")
    assert kept["tau_ref"] == "2.0 ms"
    assert kept["w_initializer"] == {"kind": "Start", "state": "w", "text": "2 * b"}


REFUSED = {
    "unknown name": (("gain*R*I", "gain*R*J"), r"cells\] equations = .*line 2: 'J' means nothing here"),
    "hostile": (("gain*R*I", "__import__(v)"), r"cells\] equations = .*no function '__import__'"),
    "threshold": (('"v > V_th"', '"v > tau"'), r"cells\] threshold = \"v > tau\".*which > cannot join"),
    "reset": (("w += b", "w += v"), r"cells\] reset = .*w \+= v needs one in nA"),
    "input": (("gain = [1.0, 2.0, 3.0, 4.0]", "I = [1.0, 2.0]"), r"cells\] I = .*is the input current.*\[inputs.*I_0"),
    "start": (('"2 * b"', '"2 mV"'), r"cells\] w_initializer = \"2 mV\".*can be read in nA"),
    "value": (('"20 ms"', '"20 nonsense"'), r"cells\] tau = \"20 nonsense\""),
    "slip": (('tau = "20 ms"', 'tauu = "20 ms"'), r"cells\] .*'tau' means nothing here"),
    "no value": (("gain = [1.0, 2.0, 3.0, 4.0]", ""), r"cells\] gain: is missing"),
    "wrong shape": (("[1.0, 2.0, 3.0, 4.0]", "[1.0, 2.0]"), r"cells\] gain = .*has shape \(2,\)"),
    "undeclared array": (
        ("gain : 1", ""),
        r"cells\] equations = .*'gain' means nothing here.* declare it in the equations",
    ),
    "two models": (("size = 4", 'size = 4\nmodel = "LIF"'), r"cells\] equations: there is a model, too"),
    "no model": (("equations = ", "V_reset = "), r"cells\] model: is missing: write model = \"LIFRef\", or equations"),
    "no threshold": (
        (CELLS[CELLS.index("equations") : CELLS.index("[inputs")], 'equations = "dv/dt = -v/ms : 1"\n'),
        r"cells\] threshold: is missing, so no cell would spike",
    ),
    "nothing is held": (
        ('threshold = "v > V_th"\nreset = "v = E_L; w += b"\nrefractory = "2 ms"', ""),
        r"cells\] equations = .*there is no refractory period",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_error_names_table_and_key(tmp_path: Path, name: str) -> None:
    change, said = REFUSED[name]
    with pytest.raises(ConfigError, match=f"(?s){said}"):
        built(tmp_path, change)
