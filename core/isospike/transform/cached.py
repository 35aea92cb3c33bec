"""Programs kept for later calls: what a call depends on, and a cache that forgets what was not used for long."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from isospike import environ, units
from isospike.module import structure_version
from isospike.namespace import is_array
from isospike.select import active_backend
from isospike.transform.arguments import describe
from isospike.transform.debug import debugging
from isospike.transform.fingerprint import token
from isospike.transform.program import Program, trace_program

__all__ = ["Recent", "environment_key", "run_cached"]

V = TypeVar("V")
# Entries of the environment that change from step to step: inputs of a program, not part of its identity.
_TIMES = ("t", "i")


class Recent(Generic[V]):
    """The values used last, by key; safe to share between threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Hashable, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> V | None:
        """Return a value and count it as used, or ``None``."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: Hashable, value: V) -> V:
        """Keep a value, forget the oldest beyond the size, and return it."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._size:
                self._values.popitem(last=False)
        return value


def environment_key(*without: str) -> tuple[Any, ...]:
    """Return what a trace depends on beside its arguments: environment and structure of the modules."""
    entries = environ.all()
    for name in ("backend", "device", "engine", *without):
        entries.pop(name, None)
    return (tuple((k, token(v)) for k, v in sorted(entries.items())), structure_version())


def run_cached(programs: Recent[Program], key: Any, function: Callable[..., Any], arguments: Any) -> Any:
    """Call ``function(arguments)`` as a program, traced once for each key, kind of argument and environment.

    The time ``t`` and the step ``i`` of the environment are inputs of the program.
    """
    times = {k: v for k in _TIMES if (v := environ.get(k, None)) is not None and is_array(units.split(v)[0])}
    signature, arrays = describe((arguments, times))
    whole = (key, signature, environment_key(*times))
    program = None if debugging() else programs.get(whole)
    if program is None or not program.valid():

        def step(given: Any, now: dict[str, Any]) -> Any:
            with environ.context(**now):
                return function(given)

        program = trace_program(step, signature, arrays)
        if not debugging():
            programs.put(whole, program)
    return program.dress(program.run(active_backend(), arrays))
