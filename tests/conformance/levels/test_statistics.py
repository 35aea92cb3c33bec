"""L2: an ensemble of seeds passes on a good backend and fails on one that slows its cells down."""

from __future__ import annotations

import pytest

from isospike_conformance.levels import BY_NAME
from isospike_conformance.levels.statistics import judge


@pytest.mark.usefixtures("brief")
def test_a_good_backend_passes_and_a_slow_one_does_not(doctored, off, subject):
    doctored("none")
    good = judge(subject(), n_seeds=8, seconds=0.2)
    assert good.passed, good.detail
    assert good.detail.startswith("8 seeds of 0.2 s: ")
    off("exprel", lambda x: 0.8 * x)
    assert not judge(subject(), n_seeds=8, seconds=0.2).passed


def test_it_is_judged_only_where_it_is_asked_for():
    assert [name for name, level in BY_NAME.items() if not level.by_default] == ["L2"]
