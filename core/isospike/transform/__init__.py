"""Transformations of steps: compile one with `jit`, run many with `for_loop`, differentiate with `grad`."""

from __future__ import annotations

from isospike.transform.checkpointed import checkpointed_for_loop, checkpointed_scan
from isospike.transform.compiling import cache_info
from isospike.transform.cond import cond, switch
from isospike.transform.for_loop import for_loop
from isospike.transform.grad import grad, value_and_grad
from isospike.transform.jit import jit
from isospike.transform.products import jvp, vjp
from isospike.transform.scan import scan
from isospike.transform.truncated import truncated_for_loop
from isospike.transform.vmap import vmap
from isospike.transform.while_loop import while_loop

__all__ = [
    "cache_info",
    "checkpointed_for_loop",
    "checkpointed_scan",
    "cond",
    "for_loop",
    "grad",
    "jit",
    "jvp",
    "scan",
    "switch",
    "truncated_for_loop",
    "value_and_grad",
    "vjp",
    "vmap",
    "while_loop",
]
