"""What stands in for the modules of a network while a step of it is outlined."""

from __future__ import annotations

from typing import Any, NoReturn

from isospike.comm import Comm
from isospike.delay import Delay
from isospike.module import Module
from isospike.neuron import Neuron
from isospike.projection import Projection
from isospike.state import State
from isospike.synapse import Synapse
from isospike_nir.export.description import refuse
from isospike_nir.export.flow import Flow
from isospike_nir.export.leaves import Leaves, is_source

__all__ = ["Composite", "Leaf", "NoState", "is_leaf"]

_KINDS = (Neuron, Comm, Projection, Synapse, Delay)


def is_leaf(module: Module) -> bool:
    """Say whether a module is a node, or a source, and not made of others that are."""
    return isinstance(module, _KINDS) or is_source(module)


class Leaf:
    """Stands in for a module: it can be called, asked for its spikes, and for what does not change."""

    def __init__(self, leaves: Leaves, path: str, module: Any) -> None:
        self._leaves, self._path, self._module = leaves, path, module

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Describe the call."""
        return self._leaves.call(self._path, self._module, *args, *kwargs.values())

    def get_spike(self) -> Flow:
        """Return the spikes of this step, or of the step before where it was not called yet."""
        return self._leaves.past(self._path, self._module)

    spike = get_spike

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._module, name)
        if isinstance(value, State) or callable(value):
            _refuse_use(f"{self._path}.{name}")
        return value


class NoState:
    """Stands in for a State of a module itself, which is neither read nor written."""

    def __init__(self, path: str) -> None:
        object.__setattr__(self, "_path", path)

    def __getattr__(self, name: str) -> Any:
        _refuse_use(f"{self._path}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        _refuse_use(f"{self._path}.{name}")


def _refuse_use(what: str) -> NoReturn:
    refuse(f"update() uses {what}", "calls of modules with values, and get_spike() of populations")


class Composite:
    """Stands in for a module of modules, which is called without a trace: its own code runs on a twin of it."""

    def __init__(self, twin: Any) -> None:
        self._twin = twin

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the step."""
        return self._twin.update(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._twin, name)
