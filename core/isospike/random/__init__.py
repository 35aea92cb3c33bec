"""Random numbers: pure functions of seed, stream and counter, the same on every backend.

Inside a step a module draws with the functions of this package; what is drawn once, on the host, comes from
:class:`isospike.random.host.HostRandom`. Both read the generator of :mod:`isospike.random.philox`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isospike.random.step import bernoulli, exponential, normal, poisson, random_bits, uniform

__all__ = ["bernoulli", "exponential", "normal", "poisson", "random_bits", "uniform"]


def __getattr__(name: str) -> Any:
    """Import the draws of a step on first use: they lie above the tracer, the generator below it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("isospike.random.step"), name)
