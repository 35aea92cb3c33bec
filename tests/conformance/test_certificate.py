"""The certificate says what was judged where, is written whole, and is read back."""

from __future__ import annotations

import json
import os

import pytest

from isospike.errors import ResultError
from isospike_conformance.certificate import Certificate, count_levels, read_certificate, write_certificate
from isospike_conformance.finding import Finding
from isospike_conformance.known import Difference
from isospike_conformance.suite import SUITE_VERSION
from isospike_conformance.way import REFERENCE

WAY = REFERENCE.name
FINDINGS = [
    Finding("L0f", "lif", WAY, "float32", "passed", "fine", 3.0, 0.25),
    Finding("L0f", "hh", WAY, "float32", "failed", "cells.V differs", float("inf"), 0.5),
    Finding("L1", "lif", WAY, "float32", "known difference", "so", 1.0),
    Finding("G", "lif", WAY, "float32", "not claimed", "gradient: no"),
    Finding("R", "draws", WAY, "float32", "passed", "golden"),
]
KNOWN = Difference(case="lif", backend="numpy", level="L1", kind="notyet", reason="So.")


@pytest.fixture
def certificate() -> Certificate:
    return Certificate.of(FINDINGS, [REFERENCE], levels=["L0f", "L1"], cases=["lif", "hh"], known=[KNOWN])


def test_it_is_read_back_as_it_was_written(certificate, tmp_path):
    file = tmp_path / "certificate.json"
    write_certificate(certificate, file)
    assert read_certificate(file) == certificate
    data = json.loads(file.read_text())
    assert data["schema"] == "isospike.certificate/1"
    assert data["suite"] == SUITE_VERSION
    assert data["ways"][0]["reached"] == {"float32": ["R"]}
    assert data["ways"][0]["engine"] == "interpreter"
    assert data["ways"][0]["versions"]["numpy"]
    assert data["cpu"]
    assert data["findings"][1]["worst"] == "inf"
    assert data["seconds"] == 0.75
    assert data["known_differences"][0]["reason"] == "So."


def test_levels_are_counted_by_status_with_the_largest_error():
    count = count_levels(FINDINGS)[0]
    assert (count.level, count.passed, count.failed, count.worst) == ("L0f", 1, 1, "inf")
    assert count_levels(FINDINGS[:1])[0].worst == 3.0
    assert count_levels(FINDINGS[2:3])[0].known_differences == 1
    assert count_levels(FINDINGS[3:4])[0].not_claimed == 1


def test_an_earlier_certificate_is_replaced_and_another_file_is_kept(certificate, tmp_path):
    file = tmp_path / "certificate.json"
    write_certificate(certificate, file)
    write_certificate(certificate.model_copy(update={"complete": False}), file)
    assert not read_certificate(file).complete
    file.write_text("my notes")
    with pytest.raises(ResultError, match="not a certificate"):
        write_certificate(certificate, file)
    assert file.read_text() == "my notes"


def test_a_write_that_fails_leaves_the_earlier_one_and_nothing_else(certificate, tmp_path, monkeypatch):
    file = tmp_path / "certificate.json"
    write_certificate(certificate, file)

    def full(*arguments: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ResultError, match="no space left"):
        write_certificate(certificate.model_copy(update={"complete": False}), file)
    assert read_certificate(file).complete
    assert os.listdir(tmp_path) == ["certificate.json"]


@pytest.mark.parametrize("text", ["{}", "not json", '{"schema": "isospike.certificate/2"}'])
def test_what_is_no_certificate_is_refused(text, tmp_path):
    file = tmp_path / "certificate.json"
    file.write_text(text)
    with pytest.raises(ResultError, match="is not a certificate of schema isospike"):
        read_certificate(file)


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(ResultError, match=r"nothing\.json cannot be read"):
        read_certificate(tmp_path / "nothing.json")
