"""Sizes that a machine can hold: a slip of three zeros is an error, not a machine that stops answering."""

from __future__ import annotations

import math
import os
from typing import Any

from isospike.config.place import Place
from isospike.dynamics import as_size
from isospike.results.population import MAX_SIZE

__all__ = ["checked_size"]

_CELL_BYTES = 16  # the least that a cell costs: two float32 States, each with a copy


def checked_size(place: Place, given: Any) -> tuple[int, ...]:
    """Return the shape of a population.

    Raises
    ------
    ConfigError
        It is no positive integer or list of them, or too large to be numbered or held in memory.
    """
    with place.explain({"size": given}):
        size = as_size(given, "the size of a population")
    cells, memory = math.prod(size), _memory()
    if cells > MAX_SIZE:
        raise place.error("size", "cells are numbered up to 2**31: give a smaller size", given)
    if cells * _CELL_BYTES > memory:
        need, have = (f"{amount / 2**30:.3g} GiB" for amount in (cells * _CELL_BYTES, memory))
        raise place.error("size", f"this needs {need} and more, the machine has {have}: give a smaller size", given)
    return size


def _memory() -> float:
    """Return the memory of this machine in bytes; infinity where the system does not tell."""
    try:
        return float(os.sysconf("SC_PAGE_SIZE")) * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return math.inf
