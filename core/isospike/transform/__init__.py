"""Transformations of steps: compile one with `jit`, run many with `for_loop`, differentiate with `grad`."""

from __future__ import annotations

from isospike.transform.compiling import cache_info
from isospike.transform.grad import grad, value_and_grad
from isospike.transform.jit import jit
from isospike.transform.loop import for_loop

__all__ = ["cache_info", "for_loop", "grad", "jit", "value_and_grad"]
