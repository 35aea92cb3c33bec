"""A way of running: a backend with one of its engines on one of its devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike import registry
from isospike.backend import AUTO, Backend
from isospike.errors import BackendError
from isospike.select import get_backend

__all__ = ["REFERENCE", "Way", "default_ways", "usable_backends", "ways_of"]


@dataclass(frozen=True)
class Way:
    """A backend, an engine and a device; what is ``None`` is the backend's own choice.

    Parameters
    ----------
    backend : str
        Registered name.
    engine, device : str, optional
        See `isospike.environ.context`.
    """

    backend: str
    engine: str | None = None
    device: str | None = None

    @property
    def environment(self) -> dict[str, Any]:
        """The entries of the environment that choose this way."""
        return {"backend": self.backend, "engine": self.engine, "device": self.device}

    def instance(self) -> Backend:
        """Return the backend, bound to engine and device."""
        return get_backend(self.backend, self.device, self.engine)

    @property
    def name(self) -> str:
        """Short form, such as ``jax xla``."""
        return " ".join(filter(None, (self.backend, self.engine, self.device)))

    def __str__(self) -> str:
        """Return the form of reports, such as ``jax 0.10.2 cpu:0 xla``."""
        backend = self.instance()
        version = backend.versions().get(self.backend, "")
        return " ".join(filter(None, (self.backend, version, backend.device, backend.engine)))


REFERENCE = Way("numpy", "interpreter")
"""What every other way is compared with."""


def ways_of(backend: str, device: str | None = None) -> list[Way]:
    """Return a way for each engine of a backend that the device has; ``auto`` is none, but a choice between others.

    Raises
    ------
    UnknownNameError
        No plugin offers the backend.
    MissingDependencyError
        Its array library is not installed.
    """
    ways = []
    for engine in registry.resolve("backends", backend).engines:
        way = Way(backend, engine, device)
        try:
            way.instance()
        except BackendError:  # an engine of another device, such as CUDA graphs on a CPU
            continue
        if engine != AUTO:
            ways.append(way)
    return ways


def default_ways(backend: str, device: str | None = None) -> list[Way]:
    """Return the ways that a backend takes where nobody chooses, an engine of its array library first.

    ``auto`` stands for two ways, and a judge has to know which it judges: generated code is the same on all backends,
    so that only engines of their own are independent of each other.
    """
    engine = Way(backend, None, device).instance().engine
    return ways_of(backend, device)[:2] if engine == AUTO else [Way(backend, engine, device)]


def usable_backends() -> list[str]:
    """Return the names of the backends that are installed and have a device here, which GPUs are not everywhere."""
    usable = []
    for name in filter(registry.installed, registry.names("backends")):
        try:
            get_backend(name)
        except BackendError:
            continue
        usable.append(name)
    return usable
