"""Saved States are compared by their bits, and by what there is."""

from __future__ import annotations

import numpy as np

from isospike_conformance.levels.saved import compare_saved


def test_equal_states_pass_and_a_bit_fails_with_its_place_and_distance():
    saved = {"cells.V#0": np.ones(3, np.float32), "clock#0": np.array(4, np.int32)}
    assert compare_saved(saved, {k: v.copy() for k, v in saved.items()}).passed
    other = {**saved, "cells.V#0": np.array([1, np.nextafter(np.float32(1), np.float32(2)), 1], np.float32)}
    outcome = compare_saved(saved, other)
    assert not outcome.passed
    assert outcome.detail.startswith("cells.V: 1 of 3 elements differ, first index 1")
    assert outcome.worst == 1


def test_a_state_of_one_side_only_fails():
    outcome = compare_saved({"a#0": np.ones(1), "b#0": np.ones(1)}, {"b#0": np.ones(1), "c#0": np.ones(1)})
    assert not outcome.passed
    assert outcome.detail == "only one side has a#0, c#0"
