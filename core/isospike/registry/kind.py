"""Kind: the models of one kind as attributes, such as ``iso.neurons.LIF``."""

from __future__ import annotations

import pkgutil
from typing import Any

from isospike.errors import UnknownNameError
from isospike.registry.lookup import names, resolve

__all__ = ["Kind"]


class Kind:
    """The models of one kind by name, bundled or of plugins; each is imported when it is used.

    Parameters
    ----------
    kind : str
        One of :data:`isospike.registry.MODEL_KINDS`, such as ``"neurons"``.
    **makers : str
        Import targets of functions of core that make models of this kind, by their names.
    """

    def __init__(self, kind: str, **makers: str) -> None:
        self._kind, self._makers = kind, makers

    def __getattr__(self, name: str) -> Any:
        """Return a model, or raise an ``AttributeError`` that lists the names."""
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._makers:
            return pkgutil.resolve_name(self._makers[name])
        try:
            return resolve(self._kind, name)
        except UnknownNameError as error:
            raise AttributeError(str(error)) from error

    def __dir__(self) -> list[str]:
        """Return the names, for completion."""
        return sorted([*names(self._kind), *self._makers])

    def __repr__(self) -> str:
        """Return the names, too."""
        return f"<{self._kind}: {', '.join(names(self._kind))}>"
