from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import pytest

from isospike.results.trace import Trace
from isospike_conformance.compare import Record
from isospike_conformance.truth import TruthVerdict, judge, judge_steps

STEPS = np.arange(4)
V = np.arange(1.0, 9.0).reshape(4, 2)
SPIKES = np.array([[0, 1], [0, 0], [1, 1], [0, 0]], bool)


def record(**changes: Any) -> Record:
    states = {"V": V, "n": SPIKES.astype(np.int32), **changes}
    return Record("x", 4, {k: Trace(v, STEPS, "mV") for k, v in states.items()}, {"cells": np.nonzero(SPIKES)})


def test_a_run_that_is_as_expected_passes_and_every_part_has_a_verdict() -> None:
    verdict = judge(record(), {"V": V, "n": SPIKES}, {"cells": SPIKES})
    assert verdict
    assert list(verdict.parts) == ["V", "n", "spikes of cells"]


def test_floats_may_differ_by_as_many_ulp_of_their_middle_size_as_the_table_says() -> None:
    allowed = 1024 * np.spacing(4.5)
    for factor, passes in ((0.9, True), (1.1, False)):
        off = V.copy()
        off[0, 0] += factor * allowed
        assert bool(judge(record(V=off), {"V": V})) == passes
        assert judge(record(V=off), {"V": V}, quantity="scale_ulp.upstroke")


def test_a_small_state_is_judged_by_its_own_size() -> None:
    small = V * 1e-12
    assert not judge(record(V=small * (1 + 1e-9)), {"V": small})


def test_one_integer_or_spike_that_differs_fails_and_is_named() -> None:
    counts = SPIKES.astype(np.int32)
    counts[3, 0] += 1
    verdict = judge(record(n=counts), {"V": V, "n": SPIKES}, {"cells": ~SPIKES})
    assert not verdict
    assert str(verdict).startswith("n: 1 of 8 elements differ")
    assert "; spikes of cells: " in str(verdict)
    assert "V: " not in str(verdict)


def test_nothing_known_is_nothing_passed() -> None:
    assert not TruthVerdict({})
    assert str(TruthVerdict({})) == "nothing is known"


def test_a_loop_by_hand_is_taken_for_as_many_steps_as_were_run() -> None:
    def by_hand() -> Any:
        for k in count():
            yield {"V": V[k]}, {"cells": SPIKES[k]}

    assert judge_steps(record(), by_hand())
    assert not judge_steps(record(V=V + 1e-6), by_hand())


def test_a_state_of_zeros_is_judged() -> None:
    zeros = np.zeros((4, 2))
    assert judge(record(V=zeros), {"V": zeros})
    assert not judge(record(V=zeros + 1e-9), {"V": zeros})


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_fails(value: float) -> None:
    broken = V.copy()
    broken[2, 1] = value
    assert not judge(record(V=broken), {"V": V})
