"""ModelContract: what every model keeps, whatever its kind."""

from __future__ import annotations

from isospike_conformance.contracts.computed import Computed
from isospike_conformance.contracts.declared import Declared

__all__ = ["ModelContract"]


class ModelContract(Declared, Computed):
    """What every model keeps; subclass it, or that of a kind, with ``model``.

    Attributes
    ----------
    model : type
        The class that is checked; what it is used for is found out, or said by overriding ``case``.
    """
