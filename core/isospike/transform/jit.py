"""Compile a function of States and arrays."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from isospike import environ
from isospike.graph.trace import tracing
from isospike.module import structure_version
from isospike.select import active_backend
from isospike.transform.arguments import describe
from isospike.transform.fingerprint import token
from isospike.transform.program import Program, trace_program

__all__ = ["environment_key", "jit"]

F = TypeVar("F", bound=Callable[..., Any])


def jit(function: F) -> F:
    """Return ``function`` compiled: traced once per shape, dtype and unit of its arguments, then run as one program.

    States that the function reads and writes are inputs and outputs of the program. As with any tracing
    compiler, Python values that the function picks up from outside (globals, closures) are read when it is
    traced; pass what changes as an argument or keep it in a State. A parameter of a module that changes is
    noticed.

    Parameters
    ----------
    function : callable
        Takes and returns arrays, quantities, numbers, or nested dicts, tuples and lists of these.

    Raises
    ------
    TraceError
        The function branches on a traced value, or hands one to a foreign library.

    Examples
    --------
    >>> import isospike as iso
    >>> double = iso.transform.jit(lambda x: 2 * x)
    >>> with iso.environ.context(backend="numpy"):
    ...     print(double(3.0))
    6.0
    """
    programs: dict[Any, Program] = {}

    @functools.wraps(function)
    def compiled(*args: Any, **kwargs: Any) -> Any:
        if tracing():
            return function(*args, **kwargs)
        signature, arrays = describe((args, kwargs))
        key = (signature, environment_key())
        program = programs.get(key)
        if program is None or not program.valid():
            program = programs[key] = trace_program(lambda a, k: function(*a, **k), signature)
        return program.dress(program.run(active_backend(), arrays))

    return compiled  # type: ignore[return-value]


def environment_key() -> tuple[Any, ...]:
    """Return what a trace depends on beside its arguments: environment and structure of the modules."""
    entries = environ.all()
    entries.pop("backend", None)
    return (tuple((k, token(v)) for k, v in sorted(entries.items())), structure_version())
