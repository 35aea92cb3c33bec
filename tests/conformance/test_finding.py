from __future__ import annotations

import json

import pytest

from isospike_conformance.finding import STATUSES, Finding


@pytest.mark.parametrize(("status", "holds"), [(s, s != "failed") for s in STATUSES])
def test_only_what_failed_does_not_hold(status: str, holds: bool) -> None:
    assert Finding("L1", "coba", "jax xla", "float32", status, "").holds == holds


def test_a_finding_is_one_line_without_what_it_does_not_have() -> None:
    assert str(Finding("L1", "coba", "jax xla", "float32", "passed", "all equal")) == (
        "L1 coba jax xla float32: passed: all equal"
    )
    assert str(Finding("R", "words", "jax xla", "", "failed", "x")) == "R words jax xla: failed: x"


def test_a_finding_is_json_whatever_its_worst_error() -> None:
    plain = Finding("L0f", "hh", "jax", "float32", "failed", "", worst=float("inf")).as_json()
    assert json.loads(json.dumps(plain, allow_nan=False))["worst"] == "inf"
