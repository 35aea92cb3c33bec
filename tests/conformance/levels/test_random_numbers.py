"""R: a generator that is right has the golden digests, and one that loses a bit does not."""

from __future__ import annotations

import numpy as np
import pytest

from isospike_conformance.levels import philox, random_numbers
from isospike_conformance.levels.random_numbers import LEVEL, judge_draws, judge_host, judge_known_answers
from isospike_conformance.way import REFERENCE

PARTS = sorted(LEVEL.parts)


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("part", PARTS)
def test_the_reference_has_the_golden_numbers(part, precision, subject):
    outcome = LEVEL.parts[part](subject(REFERENCE, precision, None))
    assert outcome.passed, outcome.detail


def test_a_bit_that_is_lost_is_seen_in_words_and_in_draws(off, subject):
    off("random_bits", lambda words: words & np.uint32(0x7FFFFFFF))
    known, draws = judge_known_answers(subject(case=None)), judge_draws(subject(case=None))
    assert not known.passed
    assert "step 2147483647" in known.detail
    assert not draws.passed
    assert "words in a loop" in draws.detail
    assert "uniform call by call" in draws.detail


def test_a_draw_that_rounds_otherwise_is_named_alone(off, subject):
    off("inverse_tail", lambda x: np.nextafter(x, x.dtype.type(np.inf)))
    outcome = judge_draws(subject(case=None))
    assert not outcome.passed
    assert "normal in a loop" in outcome.detail
    assert "exponential in a loop" in outcome.detail
    assert "uniform" not in outcome.detail


def test_edges_of_another_seed_are_seen(monkeypatch, subject):
    monkeypatch.setattr(random_numbers, "SEED", 2)
    outcome = judge_host(subject(REFERENCE, case=None))
    assert not outcome.passed
    assert "synapses" in outcome.detail
    assert "permutation" in outcome.detail


def test_a_check_that_is_broken_says_that_it_is(monkeypatch, subject):
    monkeypatch.setattr(random_numbers, "plain_philox", lambda counter, key: (0, 0, 0, 0))
    assert "the check itself is broken" in judge_known_answers(subject(REFERENCE, case=None)).detail


def test_plain_philox_gives_the_published_vectors():
    for counter, key, words in philox.KNOWN:
        assert philox.plain_philox(counter, key) == words


@pytest.mark.slow
def test_a_million_draws_have_the_golden_digests(subject):
    for precision in ("float32", "float64"):
        outcome = judge_draws(subject(REFERENCE, precision, None, long=True))
        assert outcome.passed, outcome.detail
