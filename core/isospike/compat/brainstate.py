"""``brainstate``: States, modules, environment and transforms under the names of BrainState."""

from __future__ import annotations

import isospike as nn
from isospike import environ, random, transform
from isospike.state import HiddenState, LongTermState, ParamState, ShortTermState, State

__all__ = [
    "HiddenState",
    "LongTermState",
    "ParamState",
    "ShortTermState",
    "State",
    "environ",
    "nn",
    "random",
    "transform",
]
