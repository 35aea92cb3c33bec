"""What a backend is: arrays in and out, and a compiler for graphs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from isospike.errors import BackendError, nearest
from isospike.graph.ir import Graph

__all__ = [
    "AUTO",
    "FUSED",
    "Backend",
    "Capability",
    "Choice",
    "Compiled",
    "HostArrays",
    "choice_of",
    "device_named",
    "engine_named",
    "require",
]

Compiled = Callable[[Sequence[Any]], Sequence[Any]]

AUTO = "auto"
"""The engine of a backend that chooses between two of its engines, graph by graph; elsewhere, the default engine."""

FUSED = "fused"
"""The engine that backends share: whole loops as generated code, whatever the array library is."""


@dataclass(frozen=True)
class Capability:
    """Something that a backend does or does not claim, and why."""

    claimed: bool
    reason: str


@dataclass(frozen=True)
class Choice:
    """The engine that runs a graph, and why that one where there was a choice."""

    engine: str
    why: str = ""


class Backend(Protocol):
    """The interface of a backend, bound to one device and one engine.

    Core traces, checks units and keeps the books of a loop (chunks, recording, progress, interrupts); a
    backend turns a graph into something that runs. Write one by implementing this class and offering it
    through the hook ``isospike_backends``. There is one instance for each device and engine that is asked for.

    Parameters
    ----------
    device : str, optional
        Where arrays live and graphs run, such as ``"cpu"`` or ``"cuda:1"``; the library's default if ``None``.
    engine : str, optional
        One of ``engines``; the backend's choice for the device if ``None``.

    Attributes
    ----------
    name : str
        Registered name.
    capabilities : mapping of str to Capability
        What is claimed: ``compiled_loop``, ``event_kernel``, ``exact`` (``numerics="exact"`` gives the bits of the
        reference), ``float64``, ``gradient``, ``gpu``.
    engines : mapping of str to str
        The ways to run a loop, each with a sentence about it. Where there is ``auto``, it comes first, then the two
        that it chooses from: one of the array library's own, and ``fused``.
    device, engine : str
        Those of this instance.
    donates : bool
        Whether a compiled graph gives up the buffers that it is told to.

    Raises
    ------
    BackendError
        There is no such device or engine.
    """

    name: str
    capabilities: Mapping[str, Capability]
    engines: Mapping[str, str]
    device: str
    engine: str
    donates: bool

    def __init__(self, device: str | None = None, engine: str | None = None) -> None: ...

    def asarray(self, value: Any, dtype: str) -> Any:
        """Return ``value`` of any library as this backend's array; one that fits is returned as it is."""

    def to_numpy(self, array: Any) -> np.ndarray:
        """Return an array's data on the host."""

    def copy(self, array: Any) -> Any:
        """Return a new buffer with the same data."""

    def concat(self, arrays: Sequence[Any]) -> Any:
        """Join arrays along the first axis."""

    def head(self, array: Any, n: int) -> Any:
        """Return the first ``n`` entries of the first axis."""

    def compile(self, graph: Graph, *, donate: frozenset[int] = frozenset()) -> Compiled:
        """Return a callable from the graph's inputs to its outputs.

        ``donate`` names inputs whose buffers the callable may reuse, because nobody else holds them. Where the engine
        is ``auto``, the callable has an attribute ``choice``, and a method ``choice_for(inputs)`` where that depends on
        them: see `choice_of`.
        """

    def synchronize(self, arrays: Sequence[Any]) -> None:
        """Wait until the arrays are computed."""

    def devices(self) -> Mapping[str, str]:
        """Return what there is to run on, the default first: the names that ``device`` takes, each with what it is."""

    def versions(self) -> Mapping[str, str]:
        """Return the versions of the libraries that decide its results."""


class HostArrays:
    """What backends that compute on arrays of NumPy do with them; a base to derive from."""

    def asarray(self, value: Any, dtype: str) -> np.ndarray:
        """Return ``value`` as a NumPy array of that dtype."""
        return np.asarray(value, dtype=dtype)

    def to_numpy(self, array: Any) -> np.ndarray:
        """Return the array itself."""
        return np.asarray(array)

    def copy(self, array: Any) -> np.ndarray:
        """Return a copy."""
        return np.array(array)

    def concat(self, arrays: Sequence[Any]) -> np.ndarray:
        """Join arrays along the first axis."""
        return np.concatenate(arrays)

    def head(self, array: Any, n: int) -> Any:
        """Return the first ``n`` entries."""
        return array[:n]

    def synchronize(self, arrays: Sequence[Any]) -> None:
        """Return at once: a call returns when it has computed."""

    def devices(self) -> Mapping[str, str]:
        """Return the CPU."""
        return {"cpu": "CPU"}


def choice_of(backend: Backend, compiled: Compiled, inputs: Sequence[Any] = ()) -> Choice:
    """Return which engine runs a compiled graph on some inputs: that of the backend, unless the graph says another."""
    if hasattr(compiled, "choice_for"):
        chosen: Choice = compiled.choice_for(inputs)
        return chosen
    choice: Choice = getattr(compiled, "choice", Choice(backend.engine))
    return choice


def device_named(name: str | None, devices: Iterable[str], backend: type[Backend]) -> str:
    """Return the device that is asked for, the first one where none is, or raise ``BackendError``.

    A name without a number, such as ``"cuda"``, is the first device of that kind.
    """
    names = list(devices)
    if name is None:
        return names[0]
    found = next((d for d in names if name in (d, d.partition(":")[0])), None)
    if found is None:
        msg = (
            f"backend {backend.name!r} has no device {name!r}.{nearest(name, names)} It finds {', '.join(names)}: "
            f"write iso.environ.context(device={names[0]!r}), or leave the choice to the backend with device=None"
        )
        raise BackendError(msg)
    return found


def engine_named(name: str | None, default: str, backend: type[Backend]) -> str:
    """Return the engine that is asked for, the default where none or ``auto`` is, or raise ``BackendError``."""
    if name is None or name == AUTO:
        return default
    if name not in backend.engines:
        msg = (
            f"backend {backend.name!r} has no engine {name!r}.{nearest(name, backend.engines)} It has: "
            + "; ".join(f"{k} ({v})" for k, v in backend.engines.items())
            + f". Write iso.environ.context(engine={default!r}), or leave the choice to the backend with engine=None"
        )
        raise BackendError(msg)
    return name


def require(backend: Backend, capability: str, needed_for: str) -> None:
    """Raise ``BackendError`` with the backend's own reason where it does not claim a capability."""
    found = backend.capabilities.get(capability, Capability(False, "it is not among its capabilities"))
    if not found.claimed:
        msg = (
            f"backend {backend.name!r} does not claim {capability!r}, which {needed_for} needs: "
            f"{found.reason}. Choose another "
            "with iso.environ.context(backend=...); `isospike backends` lists what each claims"
        )
        raise BackendError(msg)
