"""The mental-model page of BrainX, block by block and word for word; and its twin with the names of isospike."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import runpy
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike.errors import PlausibilityWarning

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "mental_model.py"

# The code blocks of the page as they stand, below two lines of imports.
IMPORTS = """
from isospike.compat import brainpy, brainstate, braintools
import brainunit as u
"""

STATES = """
neuron = brainpy.state.LIF(100, tau=10. * u.ms, V_th=-50. * u.mV)
brainstate.nn.init_all_states(neuron)   # allocate + reset its States
"""

SHOWN = """
LIF(
  in_size=(100,),
  out_size=(100,),
  spk_reset=soft,
  spk_fun=ReluGrad(alpha=0.3, width=1.0),
  R=Quantity(1., "ohm"),
  tau=Quantity(10., "ms"),
  V_th=Quantity(-50., "mV"),
  V_rest=Quantity(0., "mV"),
  V_reset=Quantity(0., "mV"),
  V_initializer=Constant(value=0. mV),
  V=HiddenState(
    value=Quantity(~float32[100], "mV")
  )
)
"""

CONTEXT = """
with brainstate.environ.context(dt=0.1 * u.ms):
    print('dt =', brainstate.environ.get_dt())
"""

UNITS = """
tau = 10. * u.ms          # membrane time constant
V_threshold = -50. * u.mV  # spike threshold
current = 20. * u.mA       # input current

# Units flow straight into model construction.
neuron = brainpy.state.LIF(100, tau=tau, V_th=V_threshold)
"""

COMPOSE = """
pre = brainpy.state.LIF(100, tau=10. * u.ms, V_th=-50. * u.mV)
post = brainpy.state.LIF(50, tau=10. * u.ms, V_th=-50. * u.mV)

proj = brainpy.state.AlignPostProj(
    comm=brainstate.nn.EventFixedProb(100, 50, conn_num=0.1, conn_weight=0.5 * u.mS),
    syn=brainpy.state.Expon.desc(50, tau=5. * u.ms),
    out=brainpy.state.COBA.desc(E=0. * u.mV),
    post=post,
)
"""

DRIVE = """
brainstate.nn.init_all_states(neuron)

def step(t):
    with brainstate.environ.context(t=t):
        neuron(current)
        return neuron.get_spike()

with brainstate.environ.context(dt=0.1 * u.ms):
    times = u.math.arange(0. * u.ms, 200. * u.ms, brainstate.environ.get_dt())
    spikes = brainstate.transform.for_loop(step, times)

print('spikes shape:', spikes.shape)   # [time, neuron]
"""


class Page:
    """Runs blocks one after the other in one namespace, as a notebook does."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {"__name__": "page"}
        self.run(IMPORTS)

    def run(self, block: str) -> tuple[Any, str, list[str]]:
        """Return the value of the last expression, what was printed, and the warnings about plausibility."""
        body = ast.parse(block).body
        last = ast.Expression(body.pop().value) if isinstance(body[-1], ast.Expr) else None
        printed = io.StringIO()
        with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(printed):
            warnings.simplefilter("always", PlausibilityWarning)
            exec(compile(ast.Module(body, []), "page", "exec"), self.names)
            value = None if last is None else eval(compile(last, "page", "eval"), self.names)
        return value, printed.getvalue(), [str(w.message) for w in caught]


@pytest.fixture
def page(backend_name: str) -> Iterator[Page]:
    pytest.importorskip("jax", reason="brainunit needs jax")
    with iso.environ.context(backend=backend_name):
        yield Page()


def as_tuples(text: str) -> str:
    """Return what was printed with shapes as tuples, which those of torch are by another name."""
    return re.sub(r"torch\.Size\(\[(.*?)\]\)", r"(\1)", text)


def check_shown(text: str) -> None:
    """Check that a printed cell has the lines of the page, in their order."""
    lines = iter(text.splitlines())
    for expected in SHOWN.strip().replace("~", "").splitlines():
        assert expected in lines, expected  # in this order: the iterator does not go back


def test_initialising_shows_the_module_itself_as_on_the_page(page: Page) -> None:
    shown, _, _ = page.run(STATES)
    assert shown is page.names["neuron"]
    check_shown(repr(shown))


def test_the_step_size_prints_as_on_the_page(page: Page) -> None:
    assert page.run(CONTEXT)[1] == "dt = 0.1 ms\n"


def test_cells_whose_reset_lies_above_their_threshold_are_pointed_out_when_they_are_built(page: Page) -> None:
    told = [page.run(block)[2] for block in (STATES, CONTEXT, UNITS, COMPOSE, DRIVE)]
    assert [len(t) for t in told] == [1, 0, 1, 2, 0]
    for text in (text for t in told for text in t):
        assert "LIF(V_th=-50" in text
        assert "V_reset" in text


def test_the_projection_delivers_to_as_many_targets_as_it_says(page: Page) -> None:
    page.run(UNITS)
    page.run(COMPOSE)
    page.run("brainstate.nn.init_all_states(pre)\nbrainstate.nn.init_all_states(proj)")
    page.names["ones"] = np.ones(100)
    page.run("with brainstate.environ.context(dt=0.1 * u.ms):\n    proj(ones)\n    post()")
    g = np.asarray(page.names["proj"].syn.g.value.mantissa)
    assert g.shape == (50,)
    assert g.sum() == 100 * 5 * 0.5
    assert (np.diff(page.names["proj"].comm.csr.indptr) == 5).all()


def test_a_driven_pre_population_reaches_the_target_through_the_projection(page: Page) -> None:
    page.run(COMPOSE)
    page.run(
        """
brainstate.nn.init_all_states(pre)
brainstate.nn.init_all_states(proj)

def both(t):
    with brainstate.environ.context(t=t):
        proj(pre.get_spike())
        pre(20. * u.mA)
        post()
        return proj.syn.g.value.sum()

with brainstate.environ.context(dt=0.1 * u.ms):
    g = brainstate.transform.for_loop(both, u.math.arange(0. * u.ms, 10. * u.ms, 0.1 * u.ms))
"""
    )
    g = np.asarray(page.names["g"].mantissa)
    assert g.shape == (100,)
    assert g[-1] > g[0] > 0


def test_the_loop_returns_spikes_of_time_and_neuron(page: Page) -> None:
    page.run(UNITS)
    assert as_tuples(page.run(DRIVE)[1]) == "spikes shape: (2000, 100)\n"
    assert set(np.unique(np.asarray(page.names["spikes"]))) <= {0.0, 1.0}


def test_a_cell_with_sound_parameters_spikes_at_the_rate_of_its_f_i_curve(page: Page) -> None:
    told = page.run(
        "current = 25. * u.mA\nneuron = brainpy.state.LIF(100, tau=10. * u.ms, V_th=20. * u.mV, spk_reset='hard')"
    )
    assert told[2] == []
    page.run(DRIVE)
    period = int(np.ceil(10 * np.log(25 / 5) / 0.1))
    assert np.asarray(page.names["spikes"]).sum() == 100 * (2000 // period)


def test_the_mental_model_prints_what_the_page_prints_and_a_network_in_irregular_activity(
    backend_name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ISOSPIKE_BACKEND", backend_name)
    names = runpy.run_path(str(EXAMPLE))
    printed = as_tuples(capsys.readouterr().out)
    check_shown(printed)
    assert "\ndt = 0.1 ms\n" in printed
    assert "LIF(tau=...) is a quantity in mV" in printed
    assert "spikes shape: (2000, 100)\n" in printed
    rates = names["result"].rates().set_index("group")
    assert 10 < rates.loc["E", "rate_hz"] < 40
    assert rates.loc["E", "cv_isi"] > 0.5
