"""Core and every bundled model keep to the Array API standard: on the strict backend they have the reference's bits."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest

import isospike as iso
from isospike import registry
from isospike import units as u
from isospike_conformance.case import Case
from isospike_conformance.compare import find_divergence
from isospike_conformance.comparison import ensemble
from isospike_conformance.find import find_case
from isospike_conformance.levels import BY_NAME, Level, Outcome, Subject, statistics
from isospike_conformance.plugin import isospike_conformance_cases
from isospike_conformance.references import References
from isospike_conformance.running import Running
from isospike_conformance.suite import Suite, levels_reached
from isospike_conformance.way import REFERENCE, Way, ways_of

STRICT = Way("strict")
KINDS = ("neurons", "synapses", "outputs", "inputs", "projections", "connectivity", "readouts")
MODELS = [name for kind in KINDS if kind in registry.KINDS for name in registry.names(kind)]
CASES = isospike_conformance_cases()
BRIEF = ("lif", "refractory", "expon", "delay", "poisson", "reset", "batch", "hh")
LARGE = ("coba", "cuba", "izhikevich")  # whose levels take minutes each: isospike conform --backend strict --case coba
SHORT = [name for name in (*MODELS, *CASES) if name not in LARGE]
case_of = cache(find_case)
precisions = pytest.mark.parametrize("precision", ["float32", pytest.param("float64", marks=pytest.mark.slow)])


def assert_same(case: Case, precision: str, n_steps: int) -> None:
    reference, strict = (Running(case, way, precision).run(n_steps) for way in (REFERENCE, STRICT))
    report = find_divergence(reference, strict, case=case.name)
    assert report.passed, str(report)


@pytest.mark.parametrize("name", MODELS)
def test_three_exact_steps_of_every_model_have_the_bits_of_the_reference(name: str) -> None:
    assert_same(case_of(name), "float32", 3)


@precisions
@pytest.mark.parametrize("name", BRIEF)
def test_exact_steps_of_a_case_have_the_bits_of_the_reference(name: str, precision: str) -> None:
    assert_same(case_of(name), precision, 5)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", LARGE)
def test_twenty_exact_steps_of_a_large_network_have_the_bits_of_the_reference(name: str, precision: str) -> None:
    assert_same(case_of(name), precision, 20)


def reached(names: Iterable[str], levels: Iterable[str]) -> dict[str, list[str]]:
    findings = list(Suite({name: case_of(name) for name in names}, ways_of("strict"), sorted(levels)).run())
    wrong = [f"{f.level} {f.case} {f.precision}: {f.detail}" for f in findings if f.status == "failed"]
    assert not wrong, "\n".join(wrong)
    return levels_reached(findings)["strict interpreter"]


def test_a_case_goes_on_from_where_it_was_saved_and_from_where_the_reference_was() -> None:
    assert reached(["lif"], ["C"]) == {precision: ["C"] for precision in ("float32", "float64")}


@pytest.fixture(scope="module")
def references() -> Iterator[References]:
    """What the reference makes of cases, and a process for level P."""
    with closing(References()) as references:
        yield references


def judged(name: str, level: Level, references: References) -> Iterator[tuple[str, Outcome]]:
    """Yield what a level says of a case or model in each precision, with what it was asked."""
    assert level.judge is not None
    for precision in level.precisions:
        subject = Subject(ways_of("strict")[0], precision, references, case_of(name), name)
        if level.name in subject.case.levels and level.quick(subject):
            yield f"{level.name} {precision}", level.judge(subject)


def test_another_process_finds_it_too_and_has_the_same_bits(references: References) -> None:
    ((_, outcome),) = judged("delta", BY_NAME["P"], references)
    assert outcome.passed, outcome.detail


def test_all_levels_are_claimed_but_that_of_gradients() -> None:
    able = {name for name, claim in STRICT.instance().capabilities.items() if claim.claimed}
    assert {name for name, level in BY_NAME.items() if able.issuperset(level.needs)} == {*BY_NAME} - {"G"}


@pytest.mark.slow
def test_random_numbers_and_operations_have_the_bits_of_the_reference() -> None:
    assert reached([], ["R", "L0e"]) == {precision: ["R", "L0e"] for precision in ("float32", "float64")}


@pytest.mark.slow
@pytest.mark.parametrize("name", SHORT)
def test_every_level_holds(name: str, references: References) -> None:
    levels = (level for level in BY_NAME.values() if level.judge is not None and level.name not in ("L2", "G"))
    outcomes = dict(pair for level in levels for pair in judged(name, level, references))
    assert {"L0e float32", "L0e float64", "L0f float32", "L1 float64", "C float64", "P float32"} <= {*outcomes}
    wrong = [f"{asked}: {outcome.detail}" for asked, outcome in outcomes.items() if outcome.passed is False]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_what_is_known_to_differ_is_said_in_the_package_and_differs() -> None:
    findings = list(Suite({"izhikevich": case_of("izhikevich")}, ways_of("strict"), ["L0f"]).run())
    found = [(f.level, f.precision, f.status) for f in findings if f.level != "truth"]
    assert found == [("L0f", precision, "known difference") for precision in ("float32", "float64")]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["adex", "izhikevich"])
def test_statistics_are_those_of_the_reference(
    name: str, references: References, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Level L2 asks for 84 s of each network, of which this backend takes an hour and more: its rule, on less.
    monkeypatch.setattr(ensemble, "WARMUP_MS", 20.0)
    brief = replace(BY_NAME["L2"], judge=partial(statistics.judge, seconds=0.2))
    ((_, outcome),) = judged(name, brief, references)
    assert outcome.passed, outcome.detail
    assert outcome.detail.startswith("8 seeds of 0.2 s: ")


def test_it_is_found_as_a_plugin_and_runs_only_where_somebody_asks_for_it() -> None:
    (plugin,) = (p for p in registry.plugins() if p.name == "isospike-strict")
    assert (plugin.distribution, plugin.version, plugin.error) == ("isospike-strict", "0.1.0", None)
    assert registry.installed("strict")
    assert iso.select.choose()[0] != "strict"


def test_a_state_hands_out_a_copy_of_an_array_that_can_be_written_to() -> None:
    with iso.environ.context(backend="strict", dt=0.1 * u.ms):
        cell = iso.init_all_states(iso.LIF(3))
        cell(1 * u.mA)
        value = u.split(cell.V.value)[0]
        assert type(value).__module__.startswith("array_api_strict")
        kept = np.array(value)
        value[...] = 7.0
        assert (np.asarray(u.split(cell.V.value)[0]) == kept).all()


def test_listing_it_imports_no_array_library() -> None:
    code = "import isospike_strict.plugin, sys; sys.exit('array_api_strict' in sys.modules)"
    source = str(Path(__file__).parent / "src")
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": source}, check=True)


@pytest.mark.slow
def test_pip_installs_it_and_isospike_finds_it_there(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target", str(tmp_path)]
    subprocess.run([*pip, str(Path(__file__).parent)], check=True)
    run = subprocess.run(
        [sys.executable, "-m", "isospike", "backends"],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "200"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "strict" in run.stdout
