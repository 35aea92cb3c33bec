"""``brainstate``: States, modules, environment and transforms under the names of BrainState."""

from __future__ import annotations

from isospike import environ, transform
from isospike.compat.names import Names, refusing
from isospike.state import HiddenState, LongTermState, ParamState, ShortTermState, State

__all__ = [
    "HiddenState",
    "LongTermState",
    "ParamState",
    "ShortTermState",
    "State",
    "environ",
    "nn",
    "transform",
]

nn = Names(
    "brainstate.nn",
    kinds=("connectivity", "readouts"),
    Dynamics="Dynamics",
    Module="Module",
    exp_euler_step="exp_euler",
    init_all_states="init_all_states",
    reset_all_states="reset_all_states",
)
__getattr__ = refusing("brainstate", __all__)
