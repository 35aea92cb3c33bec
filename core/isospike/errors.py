"""Every error that isospike raises on purpose, each with its cure.

One class per failure that a caller may want to catch. A message is one paragraph: it names the object and the
parameter, says what was given and what was expected, and shows the fix as code. Write a new class only when a
caller could act on it; name it ``<Thing>Error``.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "BackendError",
    "BackendWarning",
    "CheckpointError",
    "ConfigError",
    "DataError",
    "DivergenceError",
    "EnvironError",
    "IsospikeError",
    "LeakedSymbolError",
    "MissingDependencyError",
    "NumericsError",
    "ParameterError",
    "PlausibilityWarning",
    "PluginError",
    "PluginWarning",
    "ResultError",
    "ShapeError",
    "StateError",
    "TraceError",
    "UnitError",
    "UnknownAttributeError",
    "UnknownNameError",
    "nearest",
]


class IsospikeError(Exception):
    """Base of every error that isospike raises on purpose."""

    #: Path of the module that was being initialised or run, such as ``Network.exc.delay``.
    module = ""


class UnitError(IsospikeError, TypeError):
    """A quantity has the wrong physical dimension, or lacks one."""


class ParameterError(IsospikeError, ValueError):
    """A model parameter has a wrong sign, shape, scale or value."""


class ShapeError(IsospikeError, ValueError):
    """Sizes that must agree do not."""


class StateError(IsospikeError, AttributeError):
    """A State is missing, not initialised, or is given a value that it cannot hold."""


class NumericsError(IsospikeError, ValueError):
    """A model computes something that ``numerics="exact"`` cannot promise to be the same on every backend."""


class UnknownAttributeError(IsospikeError, AttributeError):
    """An attribute is assigned that the module does not have."""


class UnknownNameError(IsospikeError, KeyError):
    """A model, backend, monitor or other registered name is not known."""

    def __str__(self) -> str:
        """Return the message itself; KeyError would show its repr."""
        return str(self.args[0]) if self.args else ""


class EnvironError(IsospikeError, KeyError):
    """A needed entry of the environment, such as ``dt``, is missing or invalid."""

    def __str__(self) -> str:
        """Return the message itself; KeyError would show its repr."""
        return str(self.args[0]) if self.args else ""


class TraceError(IsospikeError, TypeError):
    """A step does something that cannot be traced, such as an ``if`` on a traced value."""


class LeakedSymbolError(TraceError):
    """A traced value is used outside the trace that made it."""


class BackendError(IsospikeError, RuntimeError):
    """A backend is missing, or is asked for something that it does not claim."""


class MissingDependencyError(IsospikeError, ImportError):
    """An optional library is needed; the message says which extra installs it."""


class PluginError(IsospikeError, RuntimeError):
    """A plugin is broken, or two plugins claim one name."""


class ConfigError(IsospikeError, ValueError):
    """A configuration file is malformed or names something that does not exist."""


class CheckpointError(IsospikeError, OSError):
    """A checkpoint cannot be written, is damaged, or belongs to other modules."""


class DataError(IsospikeError, OSError):
    """A file of examples cannot be read, is damaged, or of another kind."""


class DivergenceError(IsospikeError, ArithmeticError):
    """The loss of a training is no finite number."""


class ResultError(IsospikeError, OSError):
    """A result folder exists already, cannot be written, or cannot be read."""


class BackendWarning(UserWarning):
    """A backend gives right results, but slower than it could; the message says why and how to cure it."""


class PluginWarning(UserWarning):
    """A plugin keeps everybody waiting."""


class PlausibilityWarning(UserWarning):
    """A parameter is legal but looks like a slip, such as ``tau`` of 10 s or a cell that starts above threshold."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ``" Did you mean 'x'?"`` for the known name closest to ``name``, or an empty string."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""
