"""L0f: steps that start from the States of the reference stay close to it, or the State is named."""

from __future__ import annotations

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike_conformance.case import Case
from isospike_conformance.levels.one_step_fast import forced, judge, stacks
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_good_backend_passes(precision, doctored, subject):
    doctored("none")
    outcome = judge(subject(precision=precision))
    assert outcome.passed
    assert outcome.worst == 0
    assert "cells.V" in outcome.detail


def test_an_operation_that_is_off_fails_and_the_state_is_named(doctored, subject):
    doctored("op")
    outcome = judge(subject())
    assert not outcome.passed
    assert outcome.detail.startswith("cells.V: largest difference")
    assert outcome.worst > 16


def test_an_error_does_not_add_up_since_each_step_starts_anew(tiny):
    given = stacks(Running(tiny, REFERENCE, "float32", "fast"), 10)
    for leaves in given.values():
        for leaf in leaves:
            if leaf.dtype.kind == "f":
                leaf[5] = leaf[4]  # a wrong State before the sixth step only
    found = forced(Running(tiny, REFERENCE, "float32", "fast"), given)
    exact = stacks(Running(tiny, REFERENCE, "float32", "fast"), 10)
    differs = [not np.array_equal(a, b) for a, b in zip(found["cells.V"][0], exact["cells.V"][0][1:], strict=True)]
    assert differs == [False] * 5 + [True] + [False] * 4


def test_a_case_without_floats_is_no_pass(doctored, subject):
    class Counter(iso.Module):
        def init_state(self, batch_size=None):
            self.n = iso.LongTermState(np.zeros(3, np.int32))

        def update(self):
            self.n.value = self.n.value + 1

    doctored("none")
    assert judge(subject(case=Case("counter", "A counter.", Counter))).passed is None


def test_a_state_with_several_leaves_is_compared_leaf_by_leaf(doctored, subject):
    class Pair(iso.Module):
        def init_state(self, batch_size=None):
            self.pair = iso.HiddenState((np.ones(2) * u.mV, np.ones(3)))

        def update(self):
            a, b = self.pair.value
            self.pair.value = (a * 0.5, b * 0.25)

    doctored("none")
    outcome = judge(subject(case=Case("pair", "Two leaves.", Pair)))
    assert outcome.passed, outcome.detail


@pytest.mark.parametrize(("largest", "passes"), [(0.5, False), (1.5, True)], ids=["gate", "number"])
def test_a_state_without_a_unit_is_measured_as_a_gate_only_below_one(largest, passes, off, subject):
    class Held(iso.Module):
        def init_state(self, batch_size=None):
            self.x = iso.HiddenState(np.array([0.001, largest]))

        def update(self):
            self.x.value = (self.x.value + iso.math.exp(0.0 * self.x.value)) - 1.0

    off("exp", lambda y: y + np.float32(2.0**-23))  # 128 ulp of 0.01, and one of 1
    assert judge(subject(case=Case("held", "A number.", Held))).passed is passes
