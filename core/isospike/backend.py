"""What a backend is: arrays in and out, and a compiler for graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from isospike.errors import BackendError
from isospike.graph.ir import Graph

__all__ = ["Backend", "Capability", "Compiled", "require"]

Compiled = Callable[[Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True)
class Capability:
    """Something that a backend does or does not claim, and why."""

    claimed: bool
    reason: str


class Backend(Protocol):
    """The interface of a backend.

    Core traces, checks units and keeps the books of a loop (chunks, recording, progress, interrupts); a
    backend turns a graph into something that runs. Write one by implementing this class and offering it
    through the hook ``isospike_backends``.

    Attributes
    ----------
    name : str
        Registered name.
    capabilities : mapping of str to Capability
        What is claimed: ``compiled_loop``, ``event_kernel``, ``float64``, ``gradient``, ``gpu``.
    donates : bool
        Whether a compiled graph gives up the buffers that it is told to.
    """

    name: str
    capabilities: Mapping[str, Capability]
    donates: bool

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

        ``donate`` names inputs whose buffers the callable may reuse, because nobody else holds them.
        """

    def synchronize(self, arrays: Sequence[Any]) -> None:
        """Wait until the arrays are computed."""

    def devices(self) -> Sequence[str]:
        """Return the devices that the backend can use, the default first."""

    def versions(self) -> Mapping[str, str]:
        """Return the versions of the libraries that decide its results."""


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
