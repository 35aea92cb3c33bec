"""The page of every model says what it computes, what it takes, and where that comes from; the command prints it."""

from __future__ import annotations

import inspect
import re

import pytest

from isospike import registry
from isospike.cli.models import show_model
from isospike.config.part import accepted
from isospike.parameter import Parameter

NAMES = [(kind, name) for kind in registry.MODEL_KINDS for name in registry.names(kind)]
BUNDLED = [(k, n) for k, n in NAMES if registry.resolve(k, n).__module__.startswith("isospike_models")]
every_page = pytest.mark.parametrize(("kind", "name"), BUNDLED, ids=[name for _, name in BUNDLED])
# What happens in a step, or at an event, is for these to tell; the others are functions.
WITH_STEPS = ("neurons", "synapses", "projections", "inputs", "encoders", "readouts")
# What has no source, as its equation is all there is to it.
PLAIN = {"CurrentProj", "Instant", "Linear", "Constant", "Normal", "TruncatedNormal", "Uniform"}
PLAIN |= {"ConstantInput", "RampInput", "SectionInput", "SinusoidInput", "SpikeTime", "StepInput"}


def page(kind: str, name: str) -> str:
    return inspect.getdoc(registry.resolve(kind, name)) or ""


def entry(text: str, parameter: str) -> tuple[str, str] | None:
    """Return what the table of parameters says of one: its type, and its meaning."""
    row = rf"^(?:\*{{0,2}}\w+, )*\*{{0,2}}{parameter}(?:, \w+)*(?: : (.*))?\n((?:    .*\n?)+)"
    found = re.search(row, text, re.MULTILINE)
    return None if found is None else (found[1] or "", found[2])


@every_page
def test_it_has_the_equation(kind: str, name: str) -> None:
    assert ":math:" in page(kind, name) or ".. math::" in page(kind, name)


@every_page
def test_it_has_the_source(kind: str, name: str) -> None:
    assert ("References\n----------\n" in page(kind, name)) == (name not in PLAIN)


@pytest.mark.parametrize("name", [n for k, n in BUNDLED if k in WITH_STEPS])
def test_it_says_what_happens_in_a_step(name: str) -> None:
    (kind,) = [k for k, n in BUNDLED if n == name]
    assert re.search(r"\bsteps?\b", page(kind, name))


@pytest.mark.parametrize("name", registry.names("neurons"))
def test_the_page_of_a_neuron_says_when_it_spikes(name: str) -> None:
    assert re.search(r"\bspikes?\b.*\bstep|\bcrosse[sd]\b", page("neurons", name), re.DOTALL)


@every_page
def test_it_lists_every_parameter_with_unit_and_default(kind: str, name: str) -> None:
    text = page(kind, name)
    for parameter, declared in accepted(registry.resolve(kind, name)).items():
        row = entry(text, parameter)
        assert row is not None, parameter
        if isinstance(declared, Parameter) and "As in `" not in row[1]:
            units = ["Quantity" if declared.any_unit else f"Quantity, {declared.unit}", "Quantity, 1/(mM ms)"]
            assert row[0].startswith(tuple(units) if declared.unit or declared.any_unit else "float"), parameter
            assert f"{declared.default:g}" in row[1], parameter


@every_page
def test_the_command_prints_it_with_a_table_of_the_declared_parameters(
    kind: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show_model(name)
    shown = capsys.readouterr().out
    assert page(kind, name) in shown
    declared = {k: f for k, f in accepted(registry.resolve(kind, name)).items() if isinstance(f, Parameter)}
    for parameter, field in declared.items():
        unit = re.escape(field.unit or "1")
        assert re.search(rf"^{parameter} +{unit} .*{field.default:g}", shown, re.MULTILINE), parameter
