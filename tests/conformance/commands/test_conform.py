"""``isospike conform`` prints what holds and what does not, and its exit code says which."""

from __future__ import annotations

import json

import pytest

from isospike_conformance.certificate import read_certificate
from isospike_conformance.commands import conforming
from isospike_conformance.commands.conforming import Request
from isospike_conformance.known import Difference, Known
from isospike_conformance.levels import BY_NAME, Outcome
from isospike_conformance.suite import Suite

QUICK = ("conform", "--backend", "numpy", "--case", "delta", "--level", "L1")


def test_what_holds_exits_with_0_and_writes_a_certificate(isospike, tmp_path):
    file = tmp_path / "certificate.json"
    result = isospike(*QUICK, "--level", "C", "--json", file, "--suite", "1.0")
    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["L1", "numpy", "interpreter", "2", "-", "-", "-", "0"] in lines
    assert "no level reached" not in result.stdout.partition("float32:")[2].partition("\n")[0]
    assert "numpy interpreter float32: C reached" in result.stdout, "L1 counts with R and L0e only"
    certificate = read_certificate(file)
    assert certificate.complete
    assert certificate.cases == ("delta",)
    assert {f["status"] for f in certificate.findings} == {"passed"}


def test_what_fails_exits_with_1_and_is_printed_in_full(isospike, monkeypatch):
    from dataclasses import replace

    wrong = replace(BY_NAME["L1"], judge=lambda subject: Outcome(False, "differs at step 3: cells.V", 7.0))
    monkeypatch.setitem(BY_NAME, "L1", wrong)
    result = isospike(*QUICK)
    assert result.exit_code == 1
    assert "L1 delta numpy interpreter float32: failed: differs at step 3: cells.V" in result.stdout
    assert ["L1", "numpy", "interpreter", "-", "2", "-", "-", "7"] in [x.split() for x in result.stdout.splitlines()]


def test_a_known_difference_that_is_gone_exits_with_1(isospike, monkeypatch):
    entry = {"case": "delta", "backend": "numpy", "level": "L1", "kind": "never", "reason": "So."}
    known = Known([Difference(**entry), Difference(**{**entry, "case": "nothing"})])
    monkeypatch.setattr(conforming, "known_differences", lambda: known)
    result = isospike(*QUICK)
    assert result.exit_code == 1
    assert "no longer differs: remove the entry" in result.stdout
    assert "matches nothing of what was run: L1 nothing numpy" in result.stdout


def test_known_differences_of_cases_that_were_not_asked_for_are_not_spoken_of(isospike, monkeypatch):
    entry = Difference(case="coba", backend="numpy", level="L1", kind="never", reason="So.")
    monkeypatch.setattr(conforming, "known_differences", lambda: Known([entry]))
    result = isospike(*QUICK)
    assert result.exit_code == 0
    assert "known difference" not in result.stdout


def test_a_model_is_judged_by_its_name(isospike):
    result = isospike("conform", "--model", "Expon", "--backend", "numpy", "--level", "L0e")
    assert result.exit_code == 0, result.output


def test_ctrl_c_keeps_what_was_found(isospike, monkeypatch, tmp_path):
    honest = Suite.run

    def interrupted(self):
        yield next(honest(self))
        raise KeyboardInterrupt

    monkeypatch.setattr(Suite, "run", interrupted)
    file = tmp_path / "certificate.json"
    result = isospike(*QUICK, "--json", file)
    assert result.exit_code == 130
    assert "1 findings" in result.stdout
    assert not read_certificate(file).complete


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("conform",), "isospike conform --backend jax"),
        (("conform", "--backend", "numpy", "--all-installed"), "isospike conform --backend jax"),
        (("conform", "--backend", "nunpy"), "Did you mean 'numpy'"),
        (("conform", "--backend", "numpy", "--engine", "warp"), "has no engine 'warp'"),
        (("conform", "--backend", "numpy", "--case", "no such case"), "There is no case or model"),
        (("conform", "--model", "nowhere:Model"), "cannot be imported"),
        ((*QUICK, "--level", "L9"), "level L9 does not exist"),
        ((*QUICK, "--suite", "9.9"), "--suite 1.0"),
        ((*QUICK, "--json", "no/such/folder/c.json"), "no parent folder"),
    ],
)
def test_bad_input_exits_with_2_and_says_what_to_write(arguments, message, isospike):
    result = isospike(*arguments)
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.stderr.split())


def test_a_file_that_is_no_certificate_is_kept(isospike, tmp_path):
    file = tmp_path / "notes.json"
    file.write_text(json.dumps({"notes": 1}))
    assert isospike(*QUICK, "--json", file).exit_code == 2
    assert json.loads(file.read_text()) == {"notes": 1}


def test_all_installed_backends_are_judged_on_every_engine_that_their_device_has():
    pytest.importorskip("torch")
    names = {way.name for way in Request(all_installed=True).ways()}
    assert {"numpy interpreter", "torch eager", "torch compiled"} <= names
    assert "torch cuda-graph" not in names
    assert {way.name for way in Request(models=("LIF",)).ways()} == names
    assert not [name for name in names if "auto" in name]


def test_the_choice_of_a_backend_is_judged_as_the_ways_that_it_is_among():
    ways = Request(backends=("jax", "numpy"), engine="auto").ways()
    assert [way.name for way in ways] == ["jax xla", "jax fused", "numpy interpreter"]
