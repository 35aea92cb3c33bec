"""A case for every model that is bundled, and the error for one that needs its own."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import registry
from isospike import units as u
from isospike.dynamics import Dynamics
from isospike.errors import ParameterError
from isospike_conformance import model_case as module
from isospike_conformance.case import Case
from isospike_conformance.compare import Record, find_divergence
from isospike_conformance.model_case import model_case
from isospike_conformance.running import Running
from isospike_conformance.usage import SPREAD
from isospike_conformance.way import REFERENCE, Way

KINDS = ("neurons", "synapses", "outputs", "inputs", "projections", "connectivity")
MODELS = {name: kind for kind in KINDS for name in registry.names(kind)}
every_model = pytest.mark.parametrize("name", MODELS)


@cache
def case_of(name: str) -> Case:
    return model_case(registry.resolve(MODELS[name], name), name)


@cache
def reference(name: str, precision: str) -> Record:
    return Running(case_of(name), REFERENCE, precision).run(50)


@every_model
def test_every_model_takes_part_in_its_case_and_moves(name: str) -> None:
    cls = registry.resolve(MODELS[name], name)
    running = Running(case_of(name), REFERENCE)
    assert any(type(m) is cls for m in running.module.modules().values())
    record = reference(name, "float32")
    assert all(np.isfinite(t.values).all() for t in record.states.values())
    moving = [path for path, t in record.states.items() if (t.values[0] != t.values[-1]).any()]
    assert any(path.startswith(("cells.", "joint.")) for path in moving)


@every_model
@pytest.mark.parametrize("precision", ["float32", pytest.param("float64", marks=pytest.mark.slow)])
def test_fifty_exact_steps_of_every_model_have_the_bits_of_the_reference(name: str, precision: str) -> None:
    pytest.importorskip("jax")
    report = find_divergence(reference(name, precision), Running(case_of(name), Way("jax", "xla"), precision).run(50))
    assert report.passed, str(report)


@every_model
def test_a_batch_of_one_has_the_bits_of_a_run_without_batch(name: str) -> None:
    batched = Running(replace(case_of(name), batch_size=1), REFERENCE).run(50)
    for path, trace in reference(name, "float32").states.items():
        got = batched.states[path].values
        axis = next(i for i in range(1, got.ndim) if np.delete(got.shape, i).tolist() == list(trace.values.shape))
        np.testing.assert_array_equal(np.squeeze(got, axis), trace.values, path)


@pytest.mark.parametrize("name", [n for n, kind in MODELS.items() if kind == "neurons"])
def test_some_currents_make_a_neuron_spike_and_others_do_not_or_less(name: str) -> None:
    if registry.resolve("neurons", name).spike is Dynamics.spike:
        pytest.skip("a readout does not spike")
    _, neurons = Running(case_of(name), REFERENCE).run(500).spikes["cells"]
    counts = np.bincount(neurons, minlength=len(SPREAD))
    assert counts.min() <= 1 < counts.max() or counts.min() == 0 < counts.max()


class Odd(Dynamics):
    """An input that needs to be told something."""

    def __init__(self, in_size: int, secret: Any) -> None:
        super().__init__(in_size)

    def update(self) -> Any:
        return 1.0 * u.mA


def test_a_model_that_needs_more_is_an_error_that_shows_how_to_offer_a_case() -> None:
    with pytest.raises(ParameterError, match="'secret'") as caught:
        model_case(Odd, "Odd")
    text = str(caught.value)
    assert "def isospike_conformance_cases" in text
    assert """CASE = Case('Odd'""" in text
    with pytest.raises(ParameterError, match="neither a part of a network nor an input"):
        model_case(iso.Network, "Network")


def test_a_case_that_a_plugin_offers_under_the_name_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    offered = Case("Odd", "Catches nothing.", lambda: None)  # type: ignore[arg-type,return-value]
    monkeypatch.setattr(module.registry, "names", lambda kind: ["Odd"])
    monkeypatch.setattr(module.registry, "resolve", lambda kind, name: offered)
    assert model_case(Odd, "Odd") is offered
