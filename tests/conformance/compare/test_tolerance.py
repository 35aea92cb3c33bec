from __future__ import annotations

import dataclasses

import pytest

from isospike.errors import UnknownNameError
from isospike_conformance.compare.tolerance import DTYPES, TABLE, tolerance

# Copied from the table of the levels in the design, not from the code.
PROMISED = {
    ("R", "bits", "any"): 0,
    ("L0e", "bits", "any"): 0,
    ("L0f", "scale_ulp.lif", "float32"): 16,
    ("L0f", "scale_ulp.lif", "float64"): 16,
    ("L0f", "scale_ulp.hh", "float32"): 64,
    ("L0f", "scale_ulp.hh", "float64"): 64,
    ("L0f", "scale_ulp.adex", "float32"): 64,
    ("L0f", "scale_ulp.adex", "float64"): 64,
    ("L1", "bits", "any"): 0,
    ("L1f", "flips", "float64"): 0,
    ("L1f", "excuse_factor", "float64"): 1e3,
    ("L2", "ks_factor", "any"): 1.5,
    ("L2", "abs_z", "any"): 4,
    ("L2", "seeds", "any"): 8,
    ("L2", "seconds", "any"): 10,
    ("G", "across_backends", "float64"): 1e-9,
    ("G", "across_backends", "float32"): 1e-4,
    ("G", "checkpointing", "float64"): 1e-12,
    ("G", "checkpointing", "float32"): 1e-5,
    ("C", "bits", "any"): 0,
    ("P", "bits", "any"): 0,
}
# Ours: the design asks to condition on survival and leaves the test open, and says nothing of how true is true.
ADDED = {
    ("L2", "survival_p", "any"): 1e-3,
    ("truth", "scale_ulp", "float64"): 1024,
    ("truth", "scale_ulp.sum", "float64"): 1e5,
    ("truth", "scale_ulp.upstroke", "float64"): 1e9,
    ("truth", "differences", "float64"): 1e-6,
    ("truth", "abs_z", "any"): 4,
}


def test_the_table_holds_what_the_design_promises_and_nothing_unnoticed() -> None:
    found = {(row.level, row.quantity, row.dtype): row.number for row in TABLE}
    assert found == PROMISED | ADDED
    assert len(found) == len(TABLE)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.level}-{row.quantity}-{row.dtype}")
def test_every_row_is_found_and_has_a_sentence(row) -> None:
    assert tolerance(row.level, row.quantity, row.dtype) is row
    assert row.dtype in DTYPES
    assert row.reason[0].isupper()
    assert row.reason.endswith(".")
    assert len(row.reason.split()) > 8


def test_a_row_for_any_dtype_serves_each_dtype_but_not_the_reverse() -> None:
    assert tolerance("L1", "bits", "float32").number == 0
    with pytest.raises(UnknownNameError, match="no row 'G/across_backends/any'"):
        tolerance("G", "across_backends")


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        (("L0f", "scale_ulp.izhikevich", "float32"), "L0f/scale_ulp.lif/float32"),
        (("L9", "bits", "any"), "Rows of L9: none"),
        (("L1", "bits", "flaot32"), "Did you mean"),
        (("L1f", "flips", "float32"), "Did you mean 'L1f/flips/float64'"),
    ],
)
def test_a_missing_row_is_an_error_that_shows_what_there_is(key: tuple[str, str, str], hint: str) -> None:
    with pytest.raises(UnknownNameError, match=hint):
        tolerance(*key)


def test_a_row_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TABLE[0].number = 1e9
