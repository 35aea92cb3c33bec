"""Calls outside a transform: a model's step is traced once, and the flat program runs on concrete arrays."""

from __future__ import annotations

from typing import Any

from isospike import tree, units
from isospike.module import Module, structure_version
from isospike.namespace import is_array
from isospike.transform.cached import Recent, run_cached
from isospike.transform.fingerprint import is_watched, token
from isospike.transform.program import Program

__all__ = ["call"]

_MAX_PROGRAMS = 16


def call(module: Module, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a method of a module as a cached program.

    Arrays, floats and quantities among the arguments, and the time of the environment, are inputs of the
    program; anything else is part of its identity.
    """
    leaves, structure = tree.flatten((args, kwargs))
    static = tuple(None if _is_traced(x) else (type(x), x) for x in leaves)
    programs, watched = _cache(module)

    def step(traced: tuple[Any, ...]) -> Any:
        given = iter(traced)
        a, k = tree.unflatten(structure, [next(given) if s is None else s[1] for s in static])
        return getattr(module, method)(*a, **k)

    key = (method, structure, static, token(module) if watched else None)
    return run_cached(programs, key, step, tuple(x for x in leaves if _is_traced(x)))


def _cache(module: Module) -> tuple[Recent[Program], bool]:
    """Return the programs of a module, and whether its token is part of their keys; found out once per structure."""
    version, programs, watched = module.__dict__.get("_eager", (None, Recent(_MAX_PROGRAMS), False))
    if version != structure_version():
        watched = is_watched(module)
        module.__dict__["_eager"] = (structure_version(), programs, watched)
    return programs, watched


def _is_traced(x: Any) -> bool:
    return units.is_quantity(x) or isinstance(x, float) or (is_array(x) and not isinstance(x, (bool, int)))
