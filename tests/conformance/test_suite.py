"""The suite: what is asked of whom, what a finding says, and which levels are reached by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike.backend import Capability
from isospike.errors import ParameterError
from isospike_conformance.case import Case
from isospike_conformance.compare import compare_bits
from isospike_conformance.finding import Finding
from isospike_conformance.known import Difference, Known, known_differences
from isospike_conformance.levels import BY_NAME, Level, Outcome
from isospike_conformance.references import References
from isospike_conformance.suite import SUITE_VERSION, Suite, default_levels, levels_reached, require_suite
from isospike_conformance.way import REFERENCE, Way

DOCTORED = Way("doctored")


class Halving(iso.Module):
    """A value that is halved in each step."""

    def init_state(self, batch_size: int | None = None) -> None:
        """Start at 1, 2, 3."""
        self.x = iso.HiddenState(np.arange(1.0, 4.0))

    def update(self) -> Any:
        """Halve it."""
        self.x.value = self.x.value * 0.5
        return self.x.value


CASE = Case("halving", "A product.", Halving, steps=20, levels=frozenset({"L0e", "L0f", "L1", "C"}))


def run(levels: str, *ways: Way, **more: Any) -> list[Finding]:
    return list(Suite({"": CASE}, ways or (DOCTORED,), levels.split(), **more).run())


def test_every_level_is_judged_in_both_precisions_on_every_way(doctored):
    doctored("none")
    findings = [f for f in run("L0f L1 C", DOCTORED, REFERENCE)]
    assert {(f.level, f.way, f.precision) for f in findings} == {
        (level, way, precision)
        for level in ("L0f", "L1", "C")
        for way in ("doctored", "numpy interpreter")
        for precision in ("float32", "float64")
    }
    assert all(f.status == "passed" for f in findings)


def test_a_failure_stops_nothing_and_an_exception_is_one_with_its_first_line(doctored, monkeypatch):
    def judge(subject: Any) -> Outcome:
        raise RuntimeError("the library is broken\nsecond line")

    monkeypatch.setitem(BY_NAME, "L0f", replace(BY_NAME["L0f"], judge=judge))
    doctored("none")
    findings = run("L0f L1")
    assert [(f.level, f.status) for f in findings] == [("L0f", "failed"), ("L1", "passed")] * 2
    assert findings[0].detail == "RuntimeError: the library is broken"


def test_findings_come_one_by_one_and_ctrl_c_is_passed_on(doctored, monkeypatch):
    def interrupted(subject: Any) -> Outcome:
        raise KeyboardInterrupt

    monkeypatch.setitem(BY_NAME, "L1", replace(BY_NAME["L1"], judge=interrupted))
    doctored("none")
    findings = Suite({"": CASE}, [DOCTORED], ["L0f", "L1"]).run()
    assert next(findings).level == "L0f"
    with pytest.raises(KeyboardInterrupt):
        next(findings)


@pytest.mark.parametrize("claim", [Capability(False, "it rounds as it likes"), None])
def test_what_is_not_claimed_is_not_asked_and_has_not_passed(claim, doctored, monkeypatch):
    backend = doctored("product")
    capabilities = {k: v for k, v in backend.capabilities.items() if k != "exact"} | ({"exact": claim} if claim else {})
    monkeypatch.setattr(backend, "capabilities", capabilities)
    findings = run("L0e L1 C")
    assert {f.status for f in findings} == {"not claimed"}
    assert all(f.detail.startswith("exact: it rounds" if claim else "exact: not among") for f in findings)
    assert levels_reached(findings) == {"doctored": {"float32": [], "float64": []}}


def test_float64_is_asked_only_of_those_who_claim_it(doctored, monkeypatch):
    backend = doctored("none")
    monkeypatch.setattr(backend, "capabilities", {**backend.capabilities, "float64": Capability(False, "too wide")})
    findings = run("L0f")
    assert [(f.precision, f.status) for f in findings] == [("float32", "passed"), ("float64", "not claimed")]


def test_what_cannot_be_compared_has_not_passed(doctored, monkeypatch):
    nothing = replace(BY_NAME["L1"], judge=lambda subject: Outcome(None, "there is nothing"))
    monkeypatch.setitem(BY_NAME, "L1", nothing)
    doctored("none")
    assert {f.status for f in run("L1")} == {"not claimed"}


def test_a_level_of_cpus_is_not_asked_of_other_devices(doctored, monkeypatch):
    backend = doctored("none")
    monkeypatch.setattr(backend, "device", "cuda:0")
    case = replace(CASE, levels=frozenset({"P"}))
    (finding,) = Suite({"": case}, [DOCTORED], ["P"]).run()
    assert (finding.status, finding.detail) == ("not claimed", "the level is about CPUs, and this is cuda:0")


@pytest.mark.parametrize(("shift", "status"), [(0.0, "passed"), (1e-9, "failed")])
def test_truth_is_judged_once_on_the_reference_and_can_fail(shift, status, doctored):
    def truth(record: Any) -> Any:
        expected = np.arange(1.0, 4.0) * 0.5 ** np.arange(1, 21)[:, None]
        return compare_bits(expected * (1 + shift), record.states["x"].values)

    doctored("none")
    findings = Suite({"": replace(CASE, truth=truth)}, [DOCTORED, REFERENCE], ["L0f"]).run()
    assert [(f.way, f.status) for f in findings if f.level == "truth"] == [("numpy interpreter", status)]


def test_the_reference_runs_once_for_all_ways(doctored, monkeypatch):
    counted = []

    def once(self: References, key: Any, compute: Any) -> Any:
        def counting() -> Any:
            counted.append(key)
            return compute()

        return original(self, key, counting)

    original = References.once
    monkeypatch.setattr(References, "once", once)
    doctored("none")
    run("L0f L1 C", DOCTORED, REFERENCE)
    assert counted
    assert len(counted) == len(set(counted))


def test_known_differences_are_applied(doctored):
    doctored("product")
    entry = Difference(case="halving", backend="doctored", level="L1", kind="notyet", reason="A product is off.")
    findings = run("L1", known=Known([entry]))
    assert {f.status for f in findings} == {"known difference"}
    doctored("none")
    findings = run("L1", known=Known([entry]))
    assert {f.status for f in findings} == {"failed"}
    assert "no longer differs: remove the entry" in findings[0].detail


def test_quick_runs_leave_out_what_long_runs_judge(doctored, monkeypatch):
    slow = Level("L1", "A slow one.", judge=lambda subject: Outcome(True, "fine"), quick=lambda subject: False)
    monkeypatch.setitem(BY_NAME, "L1", slow)
    doctored("none")
    assert not run("L1")
    assert len(run("L1", long=True)) == 2


def finding(level: str, status: str = "passed", precision: str = "float32") -> Finding:
    return Finding(level, "a case", "a way", precision, status, "")


@pytest.mark.parametrize("missing", ["R", "L0e", "C"])
def test_a_backend_conforms_at_l1_only_if_what_it_stands_on_passes_too(missing):
    whole = [finding(level) for level in ("R", "L0e", "L1", "C")]
    assert levels_reached(whole) == {"a way": {"float32": ["R", "L0e", "L1", "C"]}}
    kept = [f for f in whole if f.level != missing]
    assert "L1" not in levels_reached(kept)["a way"]["float32"]
    for status in ("failed", "not claimed", "known difference"):
        reached = levels_reached([*whole, finding(missing, status)])["a way"]["float32"]
        assert "L1" not in reached
        assert missing not in reached


def test_l2_alone_earns_no_badge():
    assert levels_reached([finding("L2")]) == {"a way": {"float32": []}}
    assert levels_reached([finding("L0f"), finding("L2")]) == {"a way": {"float32": ["L0f", "L2"]}}


def test_levels_are_reached_by_precision():
    found = levels_reached([finding("R"), finding("R", "failed", "float64")])
    assert found == {"a way": {"float32": ["R"], "float64": []}}


@pytest.mark.parametrize("pin", ["1.0", SUITE_VERSION])
def test_a_version_that_this_one_includes_is_accepted(pin):
    require_suite(pin)


@pytest.mark.parametrize("pin", ["2.0", "0.9", "1.99", "1", "one", "1.0.0", ""])
def test_any_other_version_is_refused_with_those_that_are_known(pin):
    with pytest.raises(ParameterError, match=f"--suite {SUITE_VERSION}"):
        require_suite(pin)


@pytest.mark.parametrize(("levels", "ways"), [(["L9"], [DOCTORED]), ([], [DOCTORED]), (["L1"], [])])
def test_a_suite_of_nothing_or_of_an_unknown_level_is_refused(levels, ways):
    with pytest.raises(ParameterError, match="expected some of R, L0e"):
        Suite({"": CASE}, ways, levels)


def test_statistics_are_judged_only_where_they_are_asked_for():
    assert [*BY_NAME] == ["R", "L0e", "L0f", "L1", "L1f", "L2", "G", "C", "P"]
    assert {*BY_NAME} - {*default_levels()} == {"L2"}


def test_the_known_differences_of_the_installed_plugins_are_those_of_a_suite():
    assert Suite({"": CASE}, [DOCTORED], ["L1"]).known.differences == known_differences().differences
