from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from isospike.results.trace import Trace
from isospike_conformance.compare.divergence import find_divergence
from isospike_conformance.compare.record import Record, first_difference

STEPS = 20


def record(label: str = "numpy", every: int = 1, **states: np.ndarray) -> Record:
    traces = {name: Trace(v, np.arange(len(v)) * every, "mV" if name == "V" else "1") for name, v in states.items()}
    return Record(label, STEPS, traces)


def voltages(dtype: str = "float32", *shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(-60, 5, (STEPS, *(shape or (8,)))).astype(dtype)


def nudged(values: np.ndarray, *where: int) -> np.ndarray:
    copy = values.copy()
    copy[where] = np.nextafter(copy[where], copy.dtype.type(0))
    return copy


def test_a_run_equals_itself_and_the_line_says_what_was_compared() -> None:
    v = voltages()
    report = find_divergence(record(V=v, m=v), record("jax jit", V=v.copy(), m=v.copy()), case="hh/8/f32")
    assert report
    assert str(report) == "hh/8/f32: jax jit equals numpy for 20 steps: V, m; no spikes recorded"
    assert report.as_json()["first_divergent_step"] is None


@given(st.integers(0, STEPS - 1), st.integers(0, 7), st.integers(0, 31))
def test_one_flipped_bit_anywhere_is_found_at_its_step_and_neuron(step: int, neuron: int, bit: int) -> None:
    v = voltages()
    w = v.copy()
    w.view(np.uint32)[step, neuron] ^= np.uint32(1 << bit)
    for ref, got in ((v, w), (w, v)):
        report = find_divergence(record(V=ref), record(V=got))
        assert not report
        assert report.first_divergent_step == step
        assert [(s.state, s.bits.n_differ, s.bits.first.index) for s in report.states] == [("V", 1, neuron)]


def test_the_states_of_the_first_step_are_reported_and_later_ones_are_not() -> None:
    v = voltages()
    m, n = nudged(nudged(v, 5, 3), 5, 6), nudged(v, 5, 1)
    report = find_divergence(record(V=v, m=v, n=v), record(V=nudged(v, 9, 0), m=m, n=n))
    assert report.first_divergent_step == 5
    assert [(s.state, s.bits.n_differ, s.bits.first.index) for s in report.states] == [("m", 2, 3), ("n", 1, 1)]


def test_the_line_is_that_of_the_design() -> None:
    m = np.full((STEPS, 8), float.fromhex("0x1.48e5f0p-9"), np.float32)
    n, spikes = m.copy(), (np.array([3]), np.array([1]))
    got_m, got_n = nudged(nudged(m, 0, 1), 0, 4), nudged(n, 0, 2)
    got_m[0, 4] = np.nextafter(got_m[0, 4], np.float32(0))
    ref = replace(record("numpy", m=m, n=n), spikes={"cells": spikes})
    got = replace(record("jax jit", m=got_m, n=got_n), spikes={"cells": spikes})
    report = find_divergence(ref, got, case="hh/8/f32/exact", replay_reproduces=True, env={"cpu": "avx512"})
    assert str(report) == (
        "hh/8/f32/exact: jax jit differs from numpy at step 0: "
        "m (2 of 8, first neuron 1, 1 ulp, max 2 ulp), n (1, max 1 ulp); spikes equal"
    )
    record_ = json.loads(json.dumps(report.as_json(), allow_nan=False))
    assert {k: record_[k] for k in ("schema", "case", "reference", "candidate", "steps_run", "env")} == {
        "schema": "isospike.divergence/1",
        "case": "hh/8/f32/exact",
        "reference": "numpy",
        "candidate": "jax jit",
        "steps_run": STEPS,
        "env": {"cpu": "avx512"},
    }
    assert (record_["first_divergent_step"], record_["spikes_differ"], record_["replay_reproduces"]) == (0, False, True)
    assert record_["states"][0] == {
        "state": "m",
        "unit": "1",
        "n_differ": 2,
        "size": 8,
        "first_index": 1,
        "first_position": [1],
        "ref_hex": "0x1.48e5f0p-9",
        "got_hex": "0x1.48e5eep-9",
        "ref": float.fromhex("0x1.48e5f0p-9"),
        "got": float.fromhex("0x1.48e5eep-9"),
        "ulp_first": 1,
        "ulp_max": 2,
        "index_max": 4,
    }


def test_minus_seventy_against_zero_differs_on_either_side() -> None:
    v, zero = np.full((STEPS, 4), -70.0), np.zeros((STEPS, 4))
    for ref, got in ((v, zero), (zero, v)):
        report = find_divergence(record(V=ref), record(V=got))
        assert (report.passed, report.first_divergent_step, report.states[0].bits.n_differ) == (False, 0, 4)


def test_a_nan_equals_itself_and_differs_from_a_number_in_valid_json() -> None:
    v = voltages("float64")
    v[4, 2] = np.nan
    assert find_divergence(record(V=v), record(V=v.copy()))
    report = find_divergence(record(V=v), record(V=np.nan_to_num(v)))
    assert report.first_divergent_step == 4
    assert "first neuron 2, NaN, max NaN" in str(report)
    state = json.loads(json.dumps(report.as_json(), allow_nan=False))["states"][0]
    assert (state["ref"], state["ulp_first"], state["ref_hex"]) == (None, None, "nan:0x7ff8000000000000")


def test_signed_zeros_diverge() -> None:
    v = np.zeros((STEPS, 3))
    w = v.copy()
    w[7, 1] = -0.0
    assert find_divergence(record(V=v), record(V=w)).first_divergent_step == 7


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (record(V=voltages("float64")), "state V: dtype float32 against float64"),
        (record(V=voltages("float32", 9)), r"state V: shape (20, 8) against (20, 9)"),
        (record(V=voltages()[:-1]), r"state V: shape (20, 8) against (19, 8)"),
        (record(V=voltages(), every=2), "state V: sampled at other steps"),
        (replace(record(), states={"V": Trace(voltages(), np.arange(STEPS), "V")}), "state V: unit mV against V"),
        (record(), "state V: only in the reference"),
        (record(V=voltages(), u=voltages()), "state u: only in the candidate"),
        (replace(record(V=voltages()), steps=STEPS + 1), "20 against 21 steps"),
    ],
)
def test_what_cannot_be_compared_is_named_and_never_passes(other: Record, why: str) -> None:
    report = find_divergence(record(V=voltages()), other)
    assert not report
    assert why in report.unlike
    assert why in str(report)
    assert why in report.as_json()["unlike"]


def test_a_state_that_cannot_be_compared_does_not_hide_the_others() -> None:
    v = voltages()
    report = find_divergence(record(V=v, m=v), record(V=v.astype(np.float64), m=nudged(v, 6, 6)))
    assert report.first_divergent_step == 6
    assert report.compared == ("m",)
    assert "differs from numpy: state V: dtype" in str(report)
    assert "at step 6: m (1 of 8" in str(report)


def test_nothing_compared_is_nothing_proved() -> None:
    report = find_divergence(record(), record())
    assert not report
    assert "nothing to compare" in str(report)


def test_steps_are_those_of_the_run_when_only_some_are_recorded() -> None:
    v = voltages()
    assert find_divergence(record(V=v, every=10), record(V=nudged(v, 3, 0), every=10)).first_divergent_step == 30


def test_a_neuron_of_a_batch_has_its_place_on_each_axis() -> None:
    v = voltages("float32", 2, 3, 4)
    report = find_divergence(record(V=v), record(V=nudged(v, 1, 1, 2, 3)))
    assert report.states[0].bits.first.position == (1, 2, 3)
    assert "first index (1, 2, 3)" in str(report)


def test_integer_states_show_their_values() -> None:
    count = np.zeros((STEPS, 3), np.int32)
    other = count.copy()
    other[2, 1] = 5
    report = find_divergence(record(count=count), record(count=other))
    assert "count (1 of 3, first neuron 1, 0 against 5)" in str(report)
    assert report.as_json()["states"][0]["ulp_max"] is None


def spiking(label: str, steps: list[int], neurons: list[int], **more: object) -> Record:
    return replace(record(label), spikes={"cells": (np.array(steps, int), np.array(neurons, int))}, **more)


def test_a_spike_mismatch_tells_how_far_both_sides_were_from_threshold() -> None:
    margin = np.full((STEPS, 4), -1.0)
    margin[12, 3] = 1e-6
    theirs = margin.copy()
    theirs[12, 3] = -2e-6
    ref = spiking("numpy", [3, 12], [0, 3], margins={"cells": Trace(margin, np.arange(STEPS), "mV")})
    got = spiking("torch", [3], [0], margins={"cells": Trace(theirs, np.arange(STEPS), "mV")})
    report = find_divergence(ref, got)
    assert (report.passed, report.first_divergent_step, report.states) == (False, 12, ())
    assert str(report) == (
        "torch differs from numpy at step 12; first spike mismatch at step 12, neuron 3 of cells, only in the "
        "reference (v - theta 1e-06 against -2e-06 mV)"
    )
    assert report.as_json()["first_spike_mismatch"] == {
        "population": "cells",
        "step": 12,
        "neuron": 3,
        "spiked_in": "reference",
        "v_ref_minus_theta": 1e-6,
        "v_got_minus_theta": -2e-6,
        "unit": "mV",
    }
    back = find_divergence(got, ref).first_spike_mismatch
    assert (back.spiked_in, back.ref_margin, back.got_margin) == ("candidate", -2e-6, 1e-6)


def test_margins_that_are_unlike_or_not_recorded_are_left_out() -> None:
    trace = Trace(np.zeros((STEPS, 4)), np.arange(STEPS), "mV")
    ref = spiking("numpy", [12], [3], margins={"cells": trace})
    assert find_divergence(ref, spiking("torch", [], [])).first_spike_mismatch.ref_margin is None
    narrow = replace(trace, values=np.zeros((STEPS, 2)))
    report = find_divergence(ref, spiking("torch", [], [], margins={"cells": narrow}))
    assert report.first_spike_mismatch.ref_margin is None
    assert "margins of cells: shape (20, 4) against (20, 2)" in report.unlike
    early = Trace(np.zeros((5, 4)), np.arange(5), "mV")
    ref, got = (spiking("x", s, s, margins={"cells": early}) for s in ([], [12]))
    assert find_divergence(ref, got).first_spike_mismatch.got_margin is None


def test_the_first_spike_of_all_populations_counts_and_states_may_part_before() -> None:
    v = voltages()
    a, b = (np.array([15]), np.array([0])), (np.array([9]), np.array([1]))
    none = (np.zeros(0, int), np.zeros(0, int))
    ref = replace(record(V=v), spikes={"A": a, "B": b})
    got = replace(record(V=nudged(v, 4, 2)), spikes={"A": none, "B": none})
    report = find_divergence(ref, got)
    assert (report.first_divergent_step, report.first_spike_mismatch.step) == (4, 9)
    assert report.first_spike_mismatch.population == "B"
    assert report.as_json()["spikes_differ"] is True
    later = find_divergence(ref, replace(got, states=record(V=nudged(v, 11, 2)).states))
    assert (later.first_divergent_step, later.states) == (9, ())


def test_spikes_that_one_side_did_not_record_are_named() -> None:
    report = find_divergence(spiking("numpy", [1], [0]), record())
    assert "spikes of cells: only in the reference" in report.unlike
    assert not report
    assert find_divergence(spiking("numpy", [1], [0]), spiking("torch", [1], [0]))


def test_the_search_through_a_long_run_takes_little_memory() -> None:
    v = np.zeros((3000, 1000), np.float32)  # 12 MB
    trace = Trace(v, np.arange(3000), "1")
    tracemalloc.start()
    try:
        assert first_difference(trace, trace, chunk=10_000) is None
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1e6


@given(st.integers(1, 50), st.integers(0, STEPS - 1), st.sampled_from([(), (3,), (2, 2), (0,)]))
def test_the_first_difference_does_not_depend_on_chunks(chunk: int, step: int, shape: tuple[int, ...]) -> None:
    steps = np.arange(STEPS)
    v = np.zeros((STEPS, *shape))
    w = v.copy()
    w[step:] = 1.0
    expected = None if 0 in shape else step
    assert first_difference(Trace(v, steps, "1"), Trace(w, steps, "1"), chunk=chunk) == expected
    assert first_difference(Trace(v, steps, "1"), Trace(v, steps, "1"), chunk=chunk) is None
