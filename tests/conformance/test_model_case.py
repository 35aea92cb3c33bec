"""A case for every model that is offered, and what each promises in it, in one program for all of them."""

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
from isospike_conformance.way import REFERENCE, Way, ways_of

STEPS = 50
WITHOUT_DYNAMICS = ("surrogates", "initialisers")  # parts of other models, and judged in them
KINDS = [kind for kind in registry.MODEL_KINDS if kind not in WITHOUT_DYNAMICS]
MODELS = {name: kind for kind in KINDS for name in registry.names(kind)}
# One engine of each backend that starts soon; the others are judged by slow tests.
SOON = {"jax": "xla", "torch": "eager"}
WAYS = [Way(name, SOON.get(name)) for name in registry.names("backends") if registry.installed(name)]
OTHERS = [way for way in WAYS if way.backend != REFERENCE.backend]
every_model = pytest.mark.parametrize("name", MODELS)
on_others = pytest.mark.parametrize("way", OTHERS, ids=lambda way: way.name)


class Together(iso.Module):
    """The cases of all models in one program, which is compiled much sooner than a program for each."""

    def __init__(self) -> None:
        self.models = {name: case_of(name).build() for name in MODELS}

    def update(self) -> None:
        """Advance each by one step."""
        for name, built in self.models.items():
            case_of(name).step(built)


TOGETHER = Case("together", "Catches an operation of any model that rounds in another way.", Together)


@cache
def case_of(name: str) -> Case:
    return model_case(registry.resolve(MODELS[name], name), name)


@cache
def together(way: Way, precision: str = "float32", batch_size: int | None = None) -> Record:
    return Running(replace(TOGETHER, batch_size=batch_size), way, precision).run(STEPS)


def part(name: str, record: Record) -> Record:
    """Return what the record of all models says of one."""
    start = f"models.{name}."
    states, spikes = ({k: v for k, v in m.items() if k.startswith(start)} for m in (record.states, record.spikes))
    return Record(record.label, record.steps, states, spikes)


def same_bits(name: str, reference: Record, record: Record) -> None:
    report = find_divergence(part(name, reference), part(name, record))
    assert report.passed, str(report)


def test_one_step_is_the_same_for_all_models() -> None:
    assert {case_of(name).dt_ms for name in MODELS} == {TOGETHER.dt_ms}


@every_model
def test_every_model_takes_part_in_its_case_and_moves(name: str) -> None:
    cls = registry.resolve(MODELS[name], name)
    assert any(type(m) is cls for m in Running(case_of(name), REFERENCE).module.modules().values())
    record = part(name, together(REFERENCE))
    assert all(np.isfinite(t.values).all() for t in record.states.values())
    moving = [path for path, t in record.states.items() if (t.values[0] != t.values[-1]).any()]
    assert any(".cells." in path or ".joint." in path for path in moving)


@on_others
@every_model
def test_exact_steps_of_every_model_have_the_bits_of_the_reference(name: str, way: Way) -> None:
    same_bits(name, together(REFERENCE), together(way))


@pytest.mark.slow
@on_others
@every_model
def test_exact_steps_of_every_model_have_these_bits_in_float64_too(name: str, way: Way) -> None:
    same_bits(name, together(REFERENCE, "float64"), together(way, "float64"))


@pytest.mark.slow
@on_others
@every_model
def test_exact_steps_of_every_model_have_these_bits_on_every_engine(name: str, way: Way) -> None:
    for other in ways_of(way.backend):
        same_bits(name, together(REFERENCE), together(other))


@pytest.mark.slow
@on_others
@every_model
def test_exact_steps_of_every_model_have_these_bits_in_a_program_of_its_own(name: str, way: Way) -> None:
    reference, record = (Running(case_of(name), on).run(STEPS) for on in (REFERENCE, way))
    report = find_divergence(reference, record)
    assert report.passed, str(report)


def quick_ways() -> list[Any]:
    """Return the ways, those slow that compile another program for a batch."""
    return [way if way.backend in ("numpy", "torch") else pytest.param(way, marks=pytest.mark.slow) for way in WAYS]


@pytest.mark.parametrize("way", quick_ways(), ids=lambda way: way.name)
@every_model
def test_a_batch_of_one_has_the_bits_of_a_run_without_batch(name: str, way: Way) -> None:
    batched = part(name, together(way, batch_size=1)).states
    for path, trace in part(name, together(REFERENCE)).states.items():
        got = batched[path].values
        axis = next(i for i in range(1, got.ndim) if np.delete(got.shape, i).tolist() == list(trace.values.shape))
        np.testing.assert_array_equal(np.squeeze(got, axis), trace.values, path)


@every_model
def test_float32_stays_near_float64(name: str) -> None:
    single, double = (part(name, together(REFERENCE, p)) for p in ("float32", "float64"))
    for path, trace in double.states.items():
        near, far = single.states[path].values, trace.values
        if far.dtype.kind != "f":
            continue
        assert (near.dtype, far.dtype) == ("float32", "float64"), path
        # A spike that comes a step sooner or later moves a few values far, and the median hardly.
        assert np.median(np.abs(near - far)) <= 1e-5 * np.abs(far).max(), path
    for path, (_, neurons) in double.spikes.items():
        counts = [np.bincount(n, minlength=100) for n in (single.spikes[path][1], neurons)]
        assert np.abs(counts[0] - counts[1]).max() <= 1, path


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
