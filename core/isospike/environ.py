"""What a step needs to know without being told by argument: ``dt``, ``t``, backend, device, precision and seed.

`set` gives process-wide defaults, visible in every thread; `context` overrides them for a block of code, in
the thread (or task) that runs it.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any

import numpy as np

from isospike.errors import EnvironError, nearest

__all__ = ["all", "context", "float_dtype", "get", "get_dt", "set"]

_DEFAULTS: dict[str, Any] = {"precision": "float32", "numerics": "fast", "seed": 0}
_LOCK = threading.Lock()
_process: dict[str, Any] = {}
_CONTEXT: ContextVar[Mapping[str, Any]] = ContextVar("isospike_environ", default=MappingProxyType({}))
_MISSING = object()


def _check_dt(value: Any) -> Any:
    from isospike import units

    mantissa, unit = units.split(value)
    if unit is None or not units.same_dimension(unit, units.parse_unit("ms")):
        msg = f"dt is {value!r}, expected a time with a unit: environ.context(dt=0.1 * u.ms)"
        raise EnvironError(msg)
    if np.shape(mantissa) != ():
        msg = f"dt is {value}, expected one time for all: environ.context(dt=0.1 * u.ms)"
        raise EnvironError(msg)
    number = float(mantissa)
    if not (math.isfinite(number) and number > 0):
        msg = f"dt is {value}, expected a positive time: environ.context(dt=0.1 * u.ms)"
        raise EnvironError(msg)
    return units.quantity(number, unit)


def _check_precision(value: Any) -> str:
    name = f"float{value}" if value in (32, 64, "32", "64") else value
    if name not in ("float32", "float64"):
        msg = f"precision is {value!r}, expected 'float32' or 'float64': environ.context(precision='float64')"
        raise EnvironError(msg)
    return str(name)


def _check_numerics(value: Any) -> str:
    if value not in ("fast", "exact"):
        msg = f"numerics is {value!r}, expected 'fast' or 'exact': environ.context(numerics='exact')"
        raise EnvironError(msg)
    return str(value)


def _check_seed(value: Any) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__") or not 0 <= value.__index__() < 2**63:
        msg = f"seed is {value!r}, expected an integer from 0 to 2**63 - 1: environ.context(seed=42)"
        raise EnvironError(msg)
    return int(value.__index__())


def _check_backend(value: Any) -> str:
    if not isinstance(value, str):
        msg = f"backend is {value!r}, expected a name: environ.context(backend='jax'). `isospike backends` lists them"
        raise EnvironError(msg)
    return value


def _check_name(key: str, example: str) -> Callable[[Any], str | None]:
    def check(value: Any) -> str | None:
        if value is not None and not isinstance(value, str):
            msg = (
                f"{key} is {value!r}, expected a name, or None to leave the choice to the backend: "
                f"environ.context({key}={example!r})"
            )
            raise EnvironError(msg)
        return value

    return check


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "dt": _check_dt,
    "t": lambda value: value,
    "i": lambda value: value,
    "backend": _check_backend,
    "device": _check_name("device", "cpu"),
    "engine": _check_name("engine", "eager"),
    "precision": _check_precision,
    "numerics": _check_numerics,
    "seed": _check_seed,
    "fit": bool,
}


def _checked(entries: dict[str, Any]) -> dict[str, Any]:
    for key in entries:
        if key not in _CHECKS and (hint := nearest(key.lower(), _CHECKS)):
            msg = f"the environment has no entry {key!r}.{hint} Known entries: {', '.join(sorted(_CHECKS))}"
            raise EnvironError(msg)
    return {k: _CHECKS.get(k, lambda value: value)(v) for k, v in entries.items()}


@contextmanager
def context(**entries: Any) -> Iterator[dict[str, Any]]:
    """Override entries of the environment inside a ``with`` block.

    Parameters
    ----------
    dt : Quantity, time
        Step size.
    t : Quantity, time
        Current time.
    i : int
        Current step.
    backend : str
        Name of the backend, such as ``"numpy"`` or ``"jax"``.
    device : str, optional
        Device that the backend computes on, such as ``"cpu"`` or ``"cuda:0"``; its own default if ``None``.
    engine : str, optional
        One of the backend's ways to run a loop, such as ``"eager"`` or ``"compiled"`` of torch; its own choice if
        ``None``. `isospike backends` lists them.
    precision : {"float32", "float64", 32, 64}
        Working precision of States made inside the block.
    numerics : {"fast", "exact"}
        ``"fast"`` computes as each backend does best, ``"exact"`` the same bits on all.
    seed : int
        Seed of every random draw; 0 by default.
    **entries
        Any other name is kept for the user's own models, unless it looks like a slip of a known one.

    Raises
    ------
    EnvironError
        An entry is misspelt or has an impossible value.

    Examples
    --------
    >>> import isospike as iso
    >>> from isospike import units as u
    >>> with iso.environ.context(dt=0.1 * u.ms):
    ...     print("dt =", iso.environ.get_dt())
    dt = 0.1 ms
    """
    merged = {**_CONTEXT.get(), **_checked(entries)}
    token = _CONTEXT.set(merged)
    try:
        yield merged
    finally:
        _CONTEXT.reset(token)


def set(**entries: Any) -> None:
    """Set process-wide defaults, for every thread. Takes the entries of `context`."""
    checked = _checked(entries)
    with _LOCK:
        _process.update(checked)


def reset() -> None:
    """Forget everything given to `set`."""
    with _LOCK:
        _process.clear()


def all() -> dict[str, Any]:
    """Return every entry in force."""
    return {**_DEFAULTS, **_process, **_CONTEXT.get()}


def get(key: str, default: Any = _MISSING) -> Any:
    """Return one entry.

    Raises
    ------
    EnvironError
        It is not set and no default is given.
    """
    for source in (_CONTEXT.get(), _process, _DEFAULTS):
        if key in source:
            return source[key]
    if default is not _MISSING:
        return default
    example = {"dt": "dt=0.1 * u.ms", "t": "t=t"}.get(key, f"{key}=...")
    msg = (
        f"the environment has no {key!r}, which is needed here. Run the model inside `with "
        f"iso.environ.context({example}):`, or set it for the whole process with iso.environ.set({example})"
    )
    raise EnvironError(msg)


def get_dt() -> Any:
    """Return the step size ``dt``, a Quantity."""
    return get("dt")


def float_dtype() -> str:
    """Return the working floating dtype, ``float32`` or ``float64``."""
    return str(get("precision"))


def debug_enabled() -> bool:
    """Say whether ISOSPIKE_DEBUG asks for full tracebacks."""
    return os.environ.get("ISOSPIKE_DEBUG", "") not in ("", "0")
