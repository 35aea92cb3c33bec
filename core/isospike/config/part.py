"""A class that a file names by its registered name, with the arguments that the file gives it."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from isospike import registry, units
from isospike.config.place import Place
from isospike.config.quantities import quantity_text, read_value, shown
from isospike.errors import ConfigError, nearest
from isospike.parameter import REQUIRED, Choice, Component, Field

__all__ = ["Part", "accepted", "check_complete", "find_class", "read_arguments", "read_part"]


@dataclass(frozen=True)
class Part:
    """A class of the registry and its arguments, checked by name but not yet by value.

    Parameters
    ----------
    place : Place
        The table that it stands in.
    name : str
        Its registered name.
    cls : type
        The class.
    given : mapping
        The arguments as the file spells them, for messages.
    arguments : mapping
        The arguments as read: numbers, quantities, words, and further parts.
    """

    place: Place
    name: str
    cls: Any
    given: Mapping[str, Any]
    arguments: Mapping[str, Any]

    def build(self, **further: Any) -> Any:
        """Return an instance, or raise a ``ConfigError`` that names the file and the key."""
        built = self.built_arguments()
        with self.place.explain(self.given):
            return self.cls(**built, **further)

    def built_arguments(self) -> dict[str, Any]:
        """Return the arguments with the parts among them built."""
        return {key: value.build() if isinstance(value, Part) else value for key, value in self.arguments.items()}

    def resolved(self) -> dict[str, Any]:
        """Return name and all arguments, the defaults included, as plain JSON."""
        values = {**_defaults(self.cls, self.arguments), **self.arguments}
        return {"kind": self.name, **{key: _plain(value) for key, value in values.items()}}


def read_part(
    place: Place, kinds: Sequence[str], key: str, name: str, given: Mapping[str, Any], **supplied: Any
) -> Part:
    """Look up a class and read its arguments.

    Parameters
    ----------
    place : Place
        The table that holds the arguments.
    kinds : sequence of str
        Kinds of the registry to look in.
    key : str
        The key under which the file gives the name.
    name : str
        The registered name.
    given : mapping
        The arguments as the file spells them.
    **supplied
        What the file need not say, such as sizes; used where the class takes it and the file is silent.

    Raises
    ------
    ConfigError
        The name is unknown, or an argument is unknown, missing or unreadable.
    """
    with place.explain({key: name}):
        cls = find_class(kinds, name)
    return read_arguments(place, name, cls, given, **supplied)


def read_arguments(place: Place, name: str, cls: Any, given: Mapping[str, Any], **supplied: Any) -> Part:
    """Read the arguments of a class that is known; as `read_part`."""
    takes = accepted(cls)
    for argument in given:
        if argument not in takes:
            listed = f"{nearest(argument, takes)} Its parameters: {', '.join(takes)}"
            raise place.error(argument, f"{name} has no parameter {shown(argument)}.{listed}")
    arguments = {k: v for k, v in supplied.items() if k in takes}
    arguments |= {k: _read(place, k, v, takes[k]) for k, v in given.items()}
    return Part(place, name, cls, given, arguments)


def find_class(kinds: Sequence[str], name: str) -> Any:
    """Return the class of that name, of whichever of the kinds it is.

    Raises
    ------
    UnknownNameError
        None has it; the message is that of the kind with the nearest name.
    """
    for kind in kinds:
        if name in registry.names(kind):
            return registry.resolve(kind, name)
    folded = name.casefold()
    close = (kind for kind in kinds if nearest(folded, map(str.casefold, registry.names(kind))))
    return registry.resolve(next(close, kinds[0]), name)


def accepted(cls: Any) -> dict[str, Field | inspect.Parameter]:
    """Return the arguments that a class takes by name, each with its declaration."""
    own = list(inspect.signature(cls.__init__).parameters.values())[1:]
    named = {p.name: p for p in own if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)}
    fields: dict[str, Field] = getattr(cls, "fields", {}) if any(p.kind is p.VAR_KEYWORD for p in own) else {}
    return {**named, **fields}


def check_complete(part: Part) -> None:
    """Raise ``ConfigError`` where an argument without default is not given."""
    for name, declared in accepted(part.cls).items():
        if _required(declared) and name not in part.arguments:
            raise part.place.error(name, f"is missing: {part.name} needs it; `isospike models {part.name}` says more")


def _read(place: Place, key: str, raw: Any, declared: Field | inspect.Parameter) -> Any:
    if isinstance(raw, dict):
        return _nested(place, key, raw)
    if isinstance(raw, str) and _is_word(declared):
        return raw
    try:
        return read_value(raw)
    except ConfigError as error:
        if isinstance(declared, Component):
            raise place.error(
                key, f'expected a table: write {key} = {{ kind = "{_one_of(declared)}" }}', raw
            ) from error
        raise place.error(key, str(error), raw) from error


def _nested(place: Place, key: str, raw: Mapping[str, Any]) -> Part:
    kind, inner = raw.get("kind"), place.inside(key)
    if not isinstance(kind, str):
        raise inner.error("kind", f'is missing: write {key} = {{ kind = "Normal", ... }}, with the name of a class')
    part = read_part(inner, registry.MODEL_KINDS, "kind", kind, {k: v for k, v in raw.items() if k != "kind"})
    check_complete(part)
    return part


def _required(declared: Field | inspect.Parameter) -> bool:
    return declared.default is REQUIRED or declared.default is inspect.Parameter.empty


def _is_word(declared: Field | inspect.Parameter) -> bool:
    if isinstance(declared, Field):
        return isinstance(declared, Choice)
    return str(declared.annotation).removesuffix(" | None") in ("str", "<class 'str'>")


def _one_of(declared: Component) -> str:
    return type(declared.factory()).__name__


def _defaults(cls: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: declared.default_for(None) if isinstance(declared, Field) else declared.default
        for name, declared in accepted(cls).items()
        if name not in given and not _required(declared)
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Part):
        return value.resolved()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"kind": type(value).__name__, **fields}
    mantissa, unit = units.split(value)
    if unit is not None and np.ndim(mantissa):
        return [quantity_text(units.quantity(x, unit)) for x in np.ravel(mantissa)]
    if unit is not None:
        return quantity_text(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | bool | int | float | None) else type(value).__name__
