"""Names of another package: those that isospike has lead to its objects, others are refused as not there yet."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

from isospike import registry
from isospike.errors import nearest

__all__ = ["Names", "refusing"]


class Names:
    """A package under its own name, whose names are found when they are used, those of plugins included.

    Parameters
    ----------
    package : str
        The package, such as ``"braintools.init"``.
    kinds : iterable of str
        Kinds of the registry, such as ``"initialisers"``: all names that plugins offer of these are in it.
    **names : str
        Further names, each with the name that it has in isospike.
    """

    def __init__(self, package: str, kinds: Iterable[str] = (), **names: str) -> None:
        self._package, self._kinds, self._names = package, tuple(kinds), names

    def __getattr__(self, name: str) -> Any:
        """Return the object of isospike that has this name in the package."""
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self._names:
            return getattr(importlib.import_module("isospike"), self._names[name])
        for kind in self._kinds:
            if name in registry.names(kind):
                return registry.resolve(kind, name)
        raise _missing(self._package, name, dir(self))

    def __dir__(self) -> list[str]:
        """Return the names that there are."""
        return sorted({*self._names, *(name for kind in self._kinds for name in registry.names(kind))})

    def __repr__(self) -> str:
        """Return ``<braintools.init of isospike>``."""
        return f"<{self._package} of isospike>"


def refusing(package: str, known: Iterable[str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a module that stands for a package."""

    def refuse(name: str) -> Any:
        raise AttributeError(name) if name.startswith("__") else _missing(package, name, known)

    return refuse


def _missing(package: str, name: str, known: Iterable[str]) -> AttributeError:
    listed = ", ".join(sorted(known))
    return AttributeError(f"{package}.{name} is not part of isospike yet.{nearest(name, known)} What is: {listed}")
