"""Cases by what a user calls them: the name of a case, of a model, or ``package.module:Model``."""

from __future__ import annotations

import pkgutil

from isospike import registry
from isospike.errors import UnknownNameError, nearest
from isospike_conformance.case import Case
from isospike_conformance.model_case import model_case

__all__ = ["find_case", "find_model"]


def find_case(source: str) -> Case:
    """Return the case of that name, or that of a model.

    Raises
    ------
    UnknownNameError
        Nothing is known by it.
    """
    if source in registry.names("conformance_cases"):
        case: Case = registry.resolve("conformance_cases", source)
        return case
    cls, name = find_model(source)
    return model_case(cls, name)


def find_model(source: str) -> tuple[type, str]:
    """Return the class and name of a registered model, or of ``package.module:Model``.

    Raises
    ------
    UnknownNameError
        No plugin offers it, or it cannot be imported.
    """
    kinds = [kind for kind in registry.MODEL_KINDS if source in registry.names(kind)]
    if kinds:
        return registry.resolve(kinds[0], source), source
    if ":" not in source:
        known = [*registry.names("conformance_cases"), *(n for k in registry.MODEL_KINDS for n in registry.names(k))]
        raise UnknownNameError(
            f"There is no case or model {source!r}.{nearest(source, known)} `isospike models` lists the models; the "
            f"cases are {', '.join(registry.names('conformance_cases'))}. A class is given as package.module:Class."
        )
    try:
        found = pkgutil.resolve_name(source)
    except (ImportError, AttributeError, ValueError) as error:
        raise UnknownNameError(
            f"The model {source!r} cannot be imported: {error}. Give package.module:Class."
        ) from error
    if not isinstance(found, type):
        raise UnknownNameError(f"{source!r} is {found!r}, expected a class, as in package.module:Class.")
    return found, found.__name__
