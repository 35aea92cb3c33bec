"""L1f: spikes in float64 are those of the reference; a flip is excused by rounding alone."""

from __future__ import annotations

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.results.trace import Trace
from isospike_conformance.compare import Record
from isospike_conformance.compare.spikemismatch import SpikeMismatch
from isospike_conformance.levels.spikes_fast import distance, judge

TH = -50.0


def test_a_good_backend_passes_without_an_excuse(doctored, subject):
    doctored("none")
    outcome = judge(subject(precision="float64"))
    assert outcome.passed
    assert "0 excused" in outcome.detail


def test_a_gross_error_does_not_excuse_itself(doctored, subject):
    doctored("strong")
    outcome = judge(subject(precision="float64"))
    assert not outcome.passed
    assert "not excused" in outcome.detail


def record(V: list[float]) -> Record:
    values = np.array(V)[:, None]
    return Record("a run", len(V), {"cells.V": Trace(values, np.arange(len(V)), "mV")})


@pytest.mark.parametrize(("short_of_threshold", "expected"), [(2e-14, 2.0), (1e-6, 1e8)])
def test_the_distance_counts_errors_of_the_side_that_did_not_spike(short_of_threshold, expected):
    net = iso.Network()
    net.add_population(
        "cells", iso.LIF(1, V_th=TH * u.mV, V_reset=-60 * u.mV, V_rest=-60 * u.mV, V_initializer=-60 * u.mV)
    )
    # Both sides differ by 1e-14 mV before; the reference spikes and is reset, the candidate stays below.
    reference, candidate = record([-52.0, -60.0]), record([-52.0 + 1.4e-14, TH - short_of_threshold])
    flip = SpikeMismatch(1, 0, "reference")
    assert distance(net, reference, candidate, "cells", flip, 100.0) == pytest.approx(expected, rel=0.5)


def test_a_population_whose_potential_is_not_known_is_never_excused():
    net = iso.Network()
    net.add_population("cells", iso.LIF(1))
    run = Record("a run", 2, {})
    assert distance(net, run, run, "cells", SpikeMismatch(1, 0, "reference"), 1.0) == np.inf


def test_without_spikes_nothing_has_passed(doctored, subject, tiny):
    from dataclasses import replace

    doctored("none")
    assert judge(subject(precision="float64", case=replace(tiny, batch_size=2))).passed is None
