"""Calls outside a transform: a model's step is traced once, and the flat program runs on concrete arrays."""

from __future__ import annotations

from typing import Any

from isospike import environ, tree, units
from isospike.module import Module
from isospike.namespace import is_array
from isospike.select import active_backend
from isospike.transform.arguments import describe
from isospike.transform.jit import environment_key
from isospike.transform.program import Program, trace_program

__all__ = ["call"]


def call(module: Module, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Run a method of a module as a cached program.

    Arrays, floats and quantities among the arguments, and the time ``t`` of the environment, are inputs of
    the program; anything else is part of its identity.
    """
    leaves, structure = tree.flatten((args, kwargs))
    static = tuple(None if _is_traced(x) else (type(x), x) for x in leaves)
    time = environ.get("t", None)
    signature, arrays = describe((tuple(x for x in leaves if _is_traced(x)), time))
    programs: dict[Any, Program] = module.__dict__.setdefault("_programs", {})
    with environ.context(t=None, i=None) if time is not None else environ.context():
        key = (method, structure, static, signature, environment_key())
    program = programs.get(key)
    if program is None or not program.valid():
        _forget_stale(programs, key)

        def step(traced: tuple[Any, ...], t: Any) -> Any:
            given = iter(traced)
            merged = [next(given) if s is None else s[1] for s in static]
            a, k = tree.unflatten(structure, merged)
            with environ.context(t=t) if t is not None else environ.context():
                return getattr(module, method)(*a, **k)

        program = programs[key] = trace_program(step, signature)
    return program.dress(program.run(active_backend(), arrays))


def _is_traced(x: Any) -> bool:
    return units.is_quantity(x) or isinstance(x, float) or (is_array(x) and not isinstance(x, (bool, int)))


def _forget_stale(programs: dict[Any, Program], key: Any) -> None:
    """Drop programs of an earlier structure of the modules, which no call can reach any more."""
    for old in [k for k in programs if k[-1][-1] != key[-1][-1]]:
        del programs[old]
