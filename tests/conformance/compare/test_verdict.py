from __future__ import annotations

import doctest
import importlib
import json
import pkgutil
from dataclasses import FrozenInstanceError, is_dataclass

import numpy as np
import pytest

import isospike_conformance.compare as compare
from isospike.results.trace import Trace
from isospike_conformance.compare.verdict import Verdict

MODULES = [f"isospike_conformance.compare.{module.name}" for module in pkgutil.iter_modules(compare.__path__)]
TRAIN = (np.array([1, 5]), np.array([0, 1]))


def seeds(rate: int) -> list[dict[str, compare.Activity]]:
    def one(seed: int) -> compare.Activity:
        random = np.random.default_rng(seed)
        return compare.Activity(random.integers(0, 1000, rate), random.integers(0, 9, rate), 9, 0, 1000, 1.0)

    return [{"E": one(seed)} for seed in range(3)]


def run(*spikes: np.ndarray) -> compare.Record:
    return compare.Record("x", 3, {"V": Trace(np.zeros((3, 2)), np.arange(3), "mV")}, {"E": spikes})


VERDICTS = [
    (compare.compare_bits(np.ones(2), np.ones(2)), compare.compare_bits(np.ones(2), np.zeros(2))),
    (
        compare.compare_closeness(np.ones(2), np.ones(2), 1, scale=1),
        compare.compare_closeness(np.ones(2), np.zeros(2), 1, scale=1),
    ),
    (
        compare.compare_chains({"v": compare.chain(np.ones((3, 2)))}, {"v": compare.chain(np.ones((3, 2)))}),
        compare.compare_chains({"v": compare.chain(np.ones((3, 2)))}, {"v": compare.chain(np.zeros((3, 2)))}),
    ),
    (compare.compare_trains(TRAIN, TRAIN), compare.compare_trains(TRAIN, (TRAIN[0] + 1, TRAIN[1]))),
    (
        compare.compare_gradients({"w": np.ones(2)}, {"w": np.ones(2)}, 1e-9),
        compare.compare_gradients({"w": np.ones(2)}, {"w": np.zeros(2)}, 1e-9),
    ),
    (compare.find_divergence(run(*TRAIN), run(*TRAIN)), compare.find_divergence(run(*TRAIN), run(*TRAIN[::-1]))),
    (
        compare.compare_statistics(seeds(90), seeds(90), min_seeds=3, min_seconds=1),
        compare.compare_statistics(seeds(90), seeds(900), min_seeds=3, min_seconds=1),
    ),
]


@pytest.mark.parametrize(("good", "bad"), VERDICTS, ids=lambda verdict: type(verdict).__name__)
def test_every_verdict_is_a_frozen_truth_value_with_a_line_and_json(good: Verdict, bad: Verdict) -> None:
    for verdict, expected in ((good, True), (bad, False)):
        assert verdict.passed is bool(verdict) is expected
        assert is_dataclass(verdict)
        assert "\n" not in str(verdict)
        assert str(verdict) != ""
        record = json.loads(json.dumps(verdict.as_json(), allow_nan=False))
        assert record["passed"] is expected
        with pytest.raises((FrozenInstanceError, AttributeError)):
            verdict.passed = True
    assert str(good) != str(bad)


def test_every_comparison_has_a_verdict_in_the_list_above() -> None:
    names = {type(good).__name__ for good, _ in VERDICTS}
    inner = {"QuantityVerdict", "SurvivalVerdict"}  # parts of StatisticsVerdict
    public = [getattr(compare, name) for name in compare.__all__]
    verdicts = {v.__name__ for v in public if isinstance(v, type) and issubclass(v, Verdict) and v is not Verdict}
    assert verdicts - inner == names


@pytest.mark.parametrize("name", MODULES)
def test_every_record_is_frozen(name: str) -> None:
    for thing in vars(importlib.import_module(name)).values():
        if isinstance(thing, type) and is_dataclass(thing):
            assert thing.__dataclass_params__.frozen, thing


def test_public_names_are_sorted_and_all_there() -> None:
    assert compare.__all__ == sorted(compare.__all__)
    assert all(hasattr(compare, name) for name in compare.__all__)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_judge_needs_no_array_library_but_numpy() -> None:
    import subprocess
    import sys

    code = f"import sys, {', '.join(MODULES)}; print({{'jax', 'torch', 'scipy', 'cupy'}} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
