"""Tests that need a GPU, and are skipped with the reason where there is none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from isospike.errors import IsospikeError
from isospike_conformance.way import Way

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def on_gpu() -> Callable[[str], Way]:
    """Return a function from the name of a backend to its default way on a GPU."""

    def way(backend: str) -> Way:
        found = Way(backend, None, "cuda")
        try:
            found.instance()
        except IsospikeError as error:
            pytest.skip(str(error))
        return found

    return way
