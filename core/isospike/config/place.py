"""Where in a file something stands, so that every error about it can say so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from isospike.config.quantities import shown
from isospike.errors import ConfigError, IsospikeError

__all__ = ["Place", "blaming_table"]

_NOTHING = object()


@dataclass(frozen=True)
class Place:
    """A table of a file.

    Parameters
    ----------
    file : str
        The file as the user named it.
    table : str
        Path of the table, such as ``"populations.cells"``; empty for the file itself.
    """

    file: str
    table: str = ""

    def inside(self, *names: str | int) -> Place:
        """Return the place of a table below this one."""
        path = self.table
        for name in names:
            path += f"[{name}]" if isinstance(name, int) else f".{name}" if path else str(name)
        return Place(self.file, path)

    def error(self, key: str, problem: str, given: Any = _NOTHING) -> ConfigError:
        """Return an error that names file, table, key and value before it names the problem."""
        words = [f"[{self.table}]" if self.table else "", key]
        words += [] if given is _NOTHING else ["=", shown(given)]
        return ConfigError(f"{self.file}: {' '.join(filter(None, words))}: {_as_toml(problem)}")

    @contextmanager
    def explain(self, given: Mapping[str, Any]) -> Iterator[None]:
        """Re-raise whatever fails inside as an error of this place, blaming the key that the message names.

        What is built here comes from a user's file, so also a bare TypeError of a model is about that file.
        """
        try:
            yield
        except Exception as error:
            message = str(error) if isinstance(error, IsospikeError) else f"{type(error).__name__}: {error}"
            key = _blamed(list(given), message)
            raise self.error(key, message, given.get(key, _NOTHING)) from error


@contextmanager
def blaming_table(file: str, resolved: Mapping[str, Any]) -> Iterator[None]:
    """Re-raise what fails in a module of a network as an error of the table that the module comes from.

    Parameters
    ----------
    file : str
        The file as the user named it.
    resolved : mapping
        The tables of a network file with all defaults, as `build_network` returns them; without any, errors pass.
    """
    try:
        yield
    except ConfigError:
        raise
    except IsospikeError as error:
        _, name, key, *_ = [*error.module.split("."), "", ""]
        section = next((s for s in ("populations", "projections", "inputs") if name in resolved.get(s, {})), None)
        if section is None:
            raise
        driving = [i for i, table in resolved["inputs"].items() if table["target"] == name]
        if section == "populations" and len(driving) == 1 and " is given an input " in str(error):
            section, name = "inputs", driving[0]
        place = Place(file).inside(section, name)
        raise place.error(key if key in resolved[section][name] else "", str(error)) from error


def _blamed(keys: list[str], message: str) -> str:
    """Return the key that a message is about; an empty string where that is not clear."""
    if len(keys) == 1 and not re.search(r"\(\w+=", message):  # it names no parameter
        return keys[0]
    named = [key for key in keys if re.search(rf"\b{re.escape(key)}=", message)]
    if not named:  # a part is named by its class, as in Delay(time=...) of the key delay
        named = [key for key in keys if re.search(rf"{re.escape(key[:1].upper() + key[1:])}\(\w+=", message)]
    if len(named) > 1:  # the whole call is shown, as in Normal(mean=..., std=...): go by what is said about it
        said = re.sub(r"\([^()]*\)", "", message)
        named = [key for key in named if re.search(rf"\b{re.escape(key)}\b", said)]
    return named[0] if len(named) == 1 else ""


def _as_toml(message: str) -> str:
    """Spell the quantities of a message as the file would: ``tau=5 * u.ms`` becomes ``tau = "5 ms"``."""
    message = re.sub(r"\b(\w+)=(-?[\d.]+\S*) \* u\.(\w+)", r'\1 = "\2 \3"', message)
    message = re.sub(r"\[([-+.\de, ]+)\] \* u\.(\w+)", _list_as_toml, message)
    message = re.sub(r"(-?\d[\d.]*(?:e[+-]?\d+)?) \* u\.(\w+)", r'"\1 \2"', message)
    return re.sub(r'write neuron\(("[^"]+")\)', r"give one such as \1", message)


def _list_as_toml(found: re.Match[str]) -> str:
    numbers, unit = found.groups()
    return "[" + ", ".join(f'"{number.strip()} {unit}"' for number in numbers.split(",")) + "]"
