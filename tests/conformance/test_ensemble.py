"""The seeds of level L2 are those that it says, and a small sample is not called a level."""

from __future__ import annotations

import numpy as np
import pytest

from isospike.config import load
from isospike_conformance.comparison import Ensemble, file_case
from isospike_conformance.way import REFERENCE


@pytest.fixture
def sampled(network, brief):
    """Return a function that makes a small ensemble of the network."""

    def sample(**changes) -> Ensemble:
        case = file_case(load(network()))
        given = {"seeds": 2, "seconds": 0.03, "settings": {"precision": "float32", "numerics": "fast"}}
        return Ensemble(case, **{**given, **changes})

    return sample


def spikes(runs):
    return [(a["cells"].steps.tolist(), a["cells"].neurons.tolist()) for a in runs]


def test_a_candidate_has_the_seeds_that_follow_those_of_the_reference(sampled):
    four = spikes(sampled(seeds=4).run(REFERENCE, is_reference=True))
    pair = sampled()
    assert spikes(pair.run(REFERENCE, is_reference=True)) == four[:2]
    assert spikes(pair.run(REFERENCE, is_reference=False)) == four[2:]
    assert len({str(seed) for seed in four}) == 4


def test_the_warm_up_is_left_out(sampled):
    (activity, _) = sampled().run(REFERENCE, is_reference=True)
    assert (activity["cells"].start, activity["cells"].stop) == (50, 350)
    assert np.min(activity["cells"].steps) >= 50


@pytest.mark.parametrize(("seeds", "seconds", "is_level"), [(8, 10.0, True), (7, 10.0, False), (8, 9.0, False)])
def test_only_a_sample_of_the_size_of_the_table_is_a_level(sampled, seeds, seconds, is_level):
    assert sampled(seeds=seeds, seconds=seconds).is_level is is_level


def test_equal_networks_agree_and_one_with_a_stronger_drive_does_not(sampled, network):
    small = sampled(seeds=4, seconds=0.2)
    reference = list(small.run(REFERENCE, is_reference=True))
    assert small.judge(reference, list(small.run(REFERENCE, is_reference=False)))
    strong = file_case(load(network(('amplitude = "200 pA"', 'amplitude = "400 pA"'))))
    other = Ensemble(strong, small.settings, 4, 0.2)
    assert not small.judge(reference, list(other.run(REFERENCE, is_reference=False)))
