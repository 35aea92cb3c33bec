"""Which backend runs, and why: the first source that names one wins."""

from __future__ import annotations

import os
import threading
from functools import cache

from isospike import environ, registry
from isospike.backend import Backend
from isospike.errors import BackendError, MissingDependencyError
from isospike.settings import settings

__all__ = ["active_backend", "choose", "get_backend"]

_LOCK = threading.Lock()


def choose() -> tuple[str, str]:
    """Return the name of the backend in force and the source of the choice.

    In this order: argument or context (`isospike.environ`; the CLI and ``[run] backend`` of a network file
    act through it), ``ISOSPIKE_BACKEND``, ``[tool.isospike]`` of the nearest pyproject.toml, the user's
    configuration file, the fastest installed backend.
    """
    if name := environ.get("backend", None):
        return name, "argument, context or network file"
    if name := os.environ.get("ISOSPIKE_BACKEND"):
        return name, "environment variable ISOSPIKE_BACKEND"
    for path, table in settings():
        if "backend" in table:
            return str(table["backend"]), str(path)
    offers = registry.offers()
    # From the fastest on, as looking for a library that is not imported takes longer than all else here.
    fastest = next((name for name in sorted(offers, key=lambda n: -offers[n].rank) if not offers[name].missing), None)
    if fastest is None:
        msg = "no backend is installed: run `pip install isospike` again, or `isospike doctor` to see what is broken"
        raise BackendError(msg)
    return fastest, "the fastest installed backend"


def active_backend() -> Backend:
    """Return the backend in force, on the device and with the engine in force."""
    return get_backend(choose()[0], environ.get("device", None), environ.get("engine", None))


def get_backend(name: str, device: str | None = None, engine: str | None = None) -> Backend:
    """Return the one instance of a backend for a device and an engine, its own choice where they are ``None``.

    Raises
    ------
    UnknownNameError
        No plugin offers it.
    MissingDependencyError
        Its array library is not installed.
    BackendError
        It has no such device or engine.
    """
    with _LOCK:
        return _make(name, device, engine)


@cache
def _make(name: str, device: str | None, engine: str | None) -> Backend:
    try:
        cls = registry.resolve("backends", name)
        backend: Backend = cls(device=device, engine=engine)
    except ImportError as error:
        offer = registry.offers()[name]
        needs = " and ".join(offer.requires) or "its library"
        msg = (
            f"backend {name!r} needs {needs}, which cannot be imported ({error}). "
            f'Install it with: pip install "isospike[{offer.extra}]"'
        )
        raise MissingDependencyError(msg) from error
    return backend
