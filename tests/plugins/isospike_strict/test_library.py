"""Core and every bundled model keep to the Array API standard: on the strict backend they have the reference's bits."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import isospike as iso
from isospike import registry
from isospike import units as u
from isospike_conformance.case import Case
from isospike_conformance.compare import find_divergence
from isospike_conformance.levels import BY_NAME
from isospike_conformance.model_case import model_case
from isospike_conformance.plugin import isospike_conformance_cases
from isospike_conformance.running import Running
from isospike_conformance.suite import Suite, levels_reached
from isospike_conformance.way import REFERENCE, Way, ways_of

STRICT = Way("strict")
KINDS = ("neurons", "synapses", "outputs", "inputs", "projections", "connectivity", "readouts")
MODELS = {n: kind for kind in KINDS if kind in registry.KINDS for n in registry.names(kind)}
CASES = isospike_conformance_cases()
BRIEF = ("lif", "refractory", "expon", "delay", "poisson", "reset", "batch", "hh")
precisions = pytest.mark.parametrize("precision", ["float32", pytest.param("float64", marks=pytest.mark.slow)])


@cache
def case_of(name: str) -> Case:
    return model_case(registry.resolve(MODELS[name], name), name)


def assert_same(case: Case, precision: str, n_steps: int, numerics: str = "exact") -> None:
    reference, strict = (Running(case, way, precision, numerics).run(n_steps) for way in (REFERENCE, STRICT))
    report = find_divergence(reference, strict, case=case.name)
    assert report.passed, str(report)


@pytest.mark.parametrize("name", MODELS)
def test_three_exact_steps_of_every_model_have_the_bits_of_the_reference(name: str) -> None:
    assert_same(case_of(name), "float32", 3)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", MODELS)
def test_fifty_exact_steps_of_every_model_have_the_bits_of_the_reference(name: str, precision: str) -> None:
    assert_same(case_of(name), precision, 50)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_every_model_runs_in_fast_numerics_too(name: str) -> None:
    record = Running(case_of(name), STRICT, numerics="fast").run(5)
    assert all(np.isfinite(trace.values).all() for trace in record.states.values())


@precisions
@pytest.mark.parametrize("name", BRIEF)
def test_exact_steps_of_a_case_have_the_bits_of_the_reference(name: str, precision: str) -> None:
    assert_same(registry.resolve("conformance_cases", name), precision, 5)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", CASES)
def test_twenty_exact_steps_of_every_case_have_the_bits_of_the_reference(name: str, precision: str) -> None:
    assert_same(registry.resolve("conformance_cases", name), precision, 20)


def reached(names: list[str], levels: list[str]) -> dict[str, list[str]]:
    cases = {name: registry.resolve("conformance_cases", name) for name in names}
    findings = list(Suite(cases, ways_of("strict"), levels).run())
    wrong = [f"{f.level} {f.case} {f.precision}: {f.detail}" for f in findings if f.status == "failed"]
    assert not wrong, "\n".join(wrong)
    return levels_reached(findings)["strict interpreter"]


def test_a_case_goes_on_from_where_it_was_saved_and_from_where_the_reference_was() -> None:
    assert reached(["lif"], ["C"]) == {precision: ["C"] for precision in ("float32", "float64")}


@pytest.mark.slow
def test_the_suite_reaches_every_level_that_is_claimed() -> None:
    # Level L2 takes statistics of long runs, and P starts processes, in which this backend is not installed.
    claimed = {
        name
        for name, level in BY_NAME.items()
        if name not in ("L2", "P") and all(STRICT.instance().capabilities[need].claimed for need in level.needs)
    }
    assert "G" not in claimed
    found = reached(["lif", "delay"], sorted(claimed))
    assert set().union(*found.values()) == claimed


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
