"""Optimisers, learning-rate schedules and clipping: steps of a graph, so that they run inside any compiled program."""

from __future__ import annotations

from isospike.optim.adam import Adam
from isospike.optim.adamw import AdamW
from isospike.optim.optimizer import Optimizer
from isospike.optim.schedule import CosineDecay, ExponentialDecay, Schedule, StepDecay, Warmup
from isospike.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "CosineDecay",
    "ExponentialDecay",
    "Optimizer",
    "Schedule",
    "StepDecay",
    "Warmup",
]
