"""Compile a function of States and arrays."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from isospike.graph.trace import tracing
from isospike.transform.cached import Recent, run_cached
from isospike.transform.program import Program

__all__ = ["jit"]

F = TypeVar("F", bound=Callable[..., Any])
_MAX_PROGRAMS = 64


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
    programs: Recent[Program] = Recent(_MAX_PROGRAMS)

    @functools.wraps(function)
    def compiled(*args: Any, **kwargs: Any) -> Any:
        if tracing():
            return function(*args, **kwargs)
        return run_cached(programs, None, lambda given: function(*given[0], **given[1]), (args, kwargs))

    return compiled  # type: ignore[return-value]
