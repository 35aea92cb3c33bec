"""Runs to save and to load."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from isospike.results import Population, Result, Trace


def _make(seed: int = 0, manifest=None, dtype: str = "float32", samples: int = 50) -> Result:
    random = np.random.default_rng(seed)
    populations = [
        Population("cells", 40, {"I": (30, 40), "E": (0, 30)}),
        Population("input", 5),
        Population("silent", 2),
        Population("unrecorded", 7),
    ]
    spikes = {
        "cells": (random.integers(100, 200, 300), random.integers(0, 40, 300)),
        "input": (random.integers(100, 200, 20), random.integers(0, 5, 20)),
        "silent": (np.zeros(0, np.int64), np.zeros(0, np.int32)),
    }
    steps = 100 + np.arange(samples)
    traces = {
        "cells.V": Trace(random.normal(-65, 5, (samples, 40)).astype(dtype), steps, "mV"),
        "a.first": Trace(random.normal(0, 1, (2, 3, 4)), np.array([100, 200]), "nS", ("post", "pre")),
        "mean": Trace(np.full(samples, np.nan), steps, "1"),
        "never": Trace(np.zeros((0, 3)), np.zeros(0, np.int64), "mV"),
        "no cell": Trace(np.zeros((samples, 0), np.int32), steps, "1"),
    }
    return Result.from_arrays(populations, spikes, traces, 0.1, 100, 100, manifest or {"seed": seed})


def _same(left: Result, right: Result) -> bool:
    assert left.populations == right.populations
    assert [list(p.groups) for p in left.populations] == [list(p.groups) for p in right.populations]
    assert (left.dt_ms, left.steps, left.start_step) == (right.dt_ms, right.steps, right.start_step)
    assert left.manifest == right.manifest
    assert left.spike_arrays.recorded == right.spike_arrays.recorded
    assert left.spikes.equals(right.spikes)
    assert list(left.spikes.dtypes) == list(right.spikes.dtypes)
    assert list(left.states) == list(right.states)
    xr.testing.assert_identical(left.states, right.states)
    assert [v.dtype for v in left.states.values()] == [v.dtype for v in right.states.values()]
    return True


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("original") / "run"
    _make().save(folder)
    return folder


@pytest.fixture
def saved(original, tmp_path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "run"))


@pytest.fixture(scope="session")
def make_run() -> Callable[..., Result]:
    """Return a function that makes a run with spikes, groups, and traces of several samplings."""
    return _make


@pytest.fixture(scope="session")
def same() -> Callable[[Result, Result], bool]:
    """Return a function that asserts that two results are equal in all that a user can see."""
    return _same


@pytest.fixture(scope="session")
def tree() -> Callable[[Path], dict[str, bytes]]:
    """Return a function from a folder to the content of its files."""
    return _tree
