"""Delays: of the spikes of a population, and of any State that a model reads.

A spike takes one bit: the last 31 steps of a cell are one int32, which shifts by one place in each step, so that a
step costs one word per cell and 31 steps of delay, and is the same bits on every backend.
"""

from __future__ import annotations

from isospike.delay.delay import Delay
from isospike.delay.prefetch import Prefetch

__all__ = ["Delay", "Prefetch"]
