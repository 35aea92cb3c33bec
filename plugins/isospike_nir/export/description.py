"""Description: the nodes and edges of a graph that is being described."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from isospike import environ, units
from isospike.errors import ConfigError
from isospike.namespace import to_host
from isospike_nir.audit import Audit

__all__ = ["Description", "host", "refuse", "row"]


class Description:
    """The nodes and edges that have been described so far.

    Every node is a row: populations of several axes count their cells along the last one first.

    Parameters
    ----------
    audit : Audit
        Where to note what NIR has no word for.
    """

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self.nodes: dict[str, dict[str, Any]] = {}
        self.edges: list[tuple[str, str]] = []
        self.dt = float(units.convert(environ.get_dt(), units.parse_unit("second"), what="dt"))

    def add(self, name: str, type: str, sources: list[str] | tuple[str, ...] = (), **fields: Any) -> str:
        """Add a node and the edges to it, and return its name."""
        if name in self.nodes:
            msg = f"the network has a part {name!r}, which is the name of a node that comes with another: rename it"
            raise ConfigError(msg)
        self.nodes[name] = {"type": type, **fields}
        self.join(sources, name)
        return name

    def join(self, sources: list[str] | tuple[str, ...], name: str) -> None:
        """Add the edges to a node that may be added later."""
        self.edges += [(source, name) for source in sources]

    def end(self, name: str, type: str, size: int, sources: list[str] | tuple[str, ...] = ()) -> str:
        """Add an Input or an Output."""
        return self.add(name, type, sources, shape=np.array([size]))

    def delay(self, name: str, sources: list[str] | tuple[str, ...], steps: Any, size: int) -> str:
        """Add a Delay by whole steps."""
        return self.add(name, "Delay", sources, delay=np.broadcast_to(np.asarray(steps) * self.dt, (size,)).copy())

    def weights(
        self, name: str, sources: list[str] | tuple[str, ...], weight: np.ndarray, bias: np.ndarray | None = None
    ) -> str:
        """Add a Linear, or an Affine where there is a bias."""
        if bias is None or not bias.any():
            return self.add(name, "Linear", sources, weight=weight)
        return self.add(name, "Affine", sources, weight=weight, bias=bias)

    def leak(self, name: str, sources: list[str] | tuple[str, ...], tau: Any, size: int, gain: Any = 1.0) -> str:
        """Add an LI that decays with tau, in seconds, and to which an input of 1 adds the gain in one step."""
        tau = np.broadcast_to(tau, (size,)).copy()
        gain = np.broadcast_to(gain / -np.expm1(-self.dt / tau), (size,)).copy()
        return self.add(name, "LI", sources, tau=tau, r=gain, v_leak=np.zeros(size))

    def seconds(self, time: Any) -> np.ndarray:
        """Return a time constant, a quantity, in seconds and in a row."""
        return row(units.rescale(host(time), units.split(time)[1], units.parse_unit("second")))


def host(value: Any) -> np.ndarray:
    """Return the numbers of a quantity."""
    return np.asarray(to_host(units.split(value)[0]))


def row(values: Any) -> np.ndarray:
    """Return one number as it is, others in a row."""
    array = np.asarray(values, dtype=np.float64)
    return array if array.ndim == 0 else array.reshape(-1)


def refuse(what: str, wanted: str) -> NoReturn:
    """Raise the error of what NIR cannot hold."""
    msg = f"{what}, which NIR has no node for: it can hold {wanted}"
    raise ConfigError(msg)
