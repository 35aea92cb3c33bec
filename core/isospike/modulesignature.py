"""The constructor of a module class as ``help()`` and editors show it: declared parameters with their defaults."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from isospike import units
from isospike.parameter import REQUIRED, Component, Field, Parameter

if TYPE_CHECKING:
    from isospike.module import Module

__all__ = ["module_signature"]


class _Code:
    """A default that shows as it is written."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        """Return the code."""
        return self.text


def module_signature(cls: type[Module]) -> inspect.Signature:
    """Return what the constructor of a class takes; the parameters that it declares stand for its ``**kwargs``."""
    if cls.__init__ is object.__init__:
        return inspect.Signature()
    given = list(inspect.signature(cls.__init__).parameters.values())[1:]
    if not cls.fields or all(p.kind is not p.VAR_KEYWORD for p in given):
        return inspect.Signature(given)
    names = {p.name for p in given}
    declared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=_default(field))
        for name, field in cls.fields.items()
        if name not in names
    ]
    return inspect.Signature([*(p for p in given if p.kind is not p.VAR_KEYWORD), *declared])


def _default(field: Field) -> Any:
    if field.default is REQUIRED:
        return inspect.Parameter.empty
    if isinstance(field, Parameter):
        return _Code(units.as_code(field.default, field.unit))
    return field.factory() if isinstance(field, Component) else field.default
