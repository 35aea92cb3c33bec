"""From the text of a network file to its checked tables, with an error that a user can act on."""

from __future__ import annotations

import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from isospike.config.place import Place
from isospike.config.schema import Document, Part, Says, Table
from isospike.errors import ConfigError, nearest

__all__ = ["checked", "read_document"]

_LARGEST = 2**24  # bytes
_DEEPEST = 12  # tables within tables; the schema needs five

T = TypeVar("T", bound=Table)
Found = tuple[type[Table] | None, Says | None]


def read_document(path: Path) -> Document:
    """Return the tables of a network file.

    Raises
    ------
    ConfigError
        It cannot be read, is not TOML (the message has line and column), or does not follow the schema.
    """
    try:
        if path.stat().st_size > _LARGEST:
            msg = f"{path} has more than {_LARGEST >> 20} MiB, more than any network file. Is it the right one?"
            raise ConfigError(msg)
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        deep = not _shallow(data, _DEEPEST)
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{path} cannot be read: {error}. Expected a UTF-8 text file that you may read"
        raise ConfigError(msg) from error
    except RecursionError:
        deep = True
    except ConfigError:
        raise
    except ValueError as error:
        msg = f'{path} is not valid TOML: {error}. Mend that line; texts such as "20 ms" need their quotes'
        raise ConfigError(msg) from error
    if deep:
        msg = f"{path} nests tables more than {_DEEPEST} deep; write [populations.cells] and the like"
        raise ConfigError(msg)
    return checked(Document, data, Place(str(path)))


def checked(model: type[T], data: Mapping[str, Any], place: Place) -> T:
    """Return ``data`` as a table of the schema.

    Raises
    ------
    ConfigError
        A key is unknown, missing or has a wrong value; the message names it and shows how to write it.
    """
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise _explained(model, first, place) from error


def _shallow(value: Any, depth: int) -> bool:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth > 0 and all(_shallow(item, depth - 1) for item in items)


def _explained(model: type[Table], problem: Mapping[str, Any], place: Place) -> ConfigError:
    loc = [part for part in problem["loc"] if part != "[key]"]
    table, says = _declared(model, loc)
    place, key, given = place.inside(*loc[:-1]), str(loc[-1]), problem["input"]
    example = f": write {says.example}" if says else ""
    if problem["loc"][-1] == "[key]":
        return place.error(key, "is not a name: use letters, digits and _, and begin with a letter")
    if problem["type"] == "extra_forbidden":
        known = list(table.model_fields) if table else []
        return place.error(key, f"there is no such key.{nearest(key, known)} Known keys: {', '.join(known)}")
    if problem["type"] == "missing":
        if table is Part and (whole := _declared(model, loc[:-1])[1]):  # each key names another kind of class
            example = f": write {whole.example}"
        return place.error(key, f"is missing{example}")
    if "error" in problem.get("ctx", {}):
        return place.error(key, f"{problem['ctx']['error']}{example}", given)
    expected = says.expected if says else problem["msg"]
    return place.error(key, f"expected {expected}{example}", given)


def _declared(annotation: Any, loc: list[str | int], says: Says | None = None) -> Found:
    """Return the table of the schema that holds the last entry of ``loc``, and what is said closest to it."""
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        annotation = next(kind for kind in typing.get_args(annotation) if kind is not type(None))
    if isinstance(annotation, type) and issubclass(annotation, Table):
        field = annotation.model_fields.get(str(loc[0]))
        said = next((item for item in field.metadata if isinstance(item, Says)), None) if field else None
        return _declared(field.annotation, loc[1:], said) if field and loc[1:] else (annotation, said)
    if typing.get_origin(annotation) in (dict, list) and len(loc) > 1:
        return _declared(typing.get_args(annotation)[-1], loc[1:], says)
    return None, says
