"""Random numbers: pure functions of seed, stream and counter, the same on every backend.

Inside a step a module draws with the functions of this package; what is drawn once, on the host, comes from
:class:`isospike.random.host.HostRandom`. Both read the generator of :mod:`isospike.random.philox`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isospike.random.continuous import exponential, normal, uniform
    from isospike.random.discrete import bernoulli, poisson
    from isospike.random.step import random_bits

__all__ = ["bernoulli", "exponential", "normal", "poisson", "random_bits", "uniform"]

_FILES = {
    "bernoulli": "discrete",
    "exponential": "continuous",
    "normal": "continuous",
    "poisson": "discrete",
    "random_bits": "step",
    "uniform": "continuous",
}


def __getattr__(name: str) -> Any:
    """Import the draws of a step on first use: they lie above the tracer, the generator below it."""
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"isospike.random.{_FILES[name]}"), name)
