"""A run as a file describes it, TOML or Python, with the options of the command line on top."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from isospike import environ, units
from isospike.config.build import build_network
from isospike.config.document import checked, read_document
from isospike.config.hashing import config_hash
from isospike.config.place import Place
from isospike.config.pyfile import load_module, source_hash
from isospike.config.quantities import parse_time
from isospike.config.schema import Document, Record, Run
from isospike.errors import ConfigError, nearest
from isospike.module import Module
from isospike.monitor import Monitor

__all__ = ["Plan", "load"]

# The run settings that are entries of the environment under the same name.
_ENVIRONMENT = {"backend", "device", "engine", "precision", "numerics", "seed"}


@dataclass(frozen=True)
class Plan:
    """What to build and how to run it.

    Parameters
    ----------
    path : Path
        The file.
    run : Run
        Run settings.
    record : Record
        What to record beside spikes.
    build : callable
        Called inside ``environ.context(**plan.environment())``; returns network and description.
    """

    path: Path
    run: Run
    record: Record
    build: Callable[[], tuple[Module, dict[str, Any]]]

    def with_options(self, **options: Any) -> Plan:
        """Return a plan in which the options that are not ``None`` win over the file.

        Raises
        ------
        ConfigError
            An option has an impossible value.
        """
        given = {key: value for key, value in options.items() if value is not None}
        try:
            chosen = checked(Run, given, Place("command line"))
        except ConfigError as error:
            raise ConfigError(re.sub(r"write (\w+) = ", r"pass --\1 ", str(error))) from error
        return replace(self, run=self.run.model_copy(update={key: getattr(chosen, key) for key in given}))

    def environment(self) -> dict[str, Any]:
        """Return the entries of `isospike.environ.context` that the run settings make.

        Raises
        ------
        ConfigError
            There is no ``dt`` or no ``duration``.
        """
        for key, example, option in (("dt", "0.1 ms", ""), ("duration", "1 s", ', or pass --duration "1 s"')):
            if getattr(self.run, key) is None:
                where = f'{key} = "{example}" under [run]'
                if self.path.suffix == ".py":
                    where = f"RUN = {{{key!r}: {example!r}, ...}}"
                raise Place(str(self.path), "run").error(key, f"is missing: write {where}{option}")
        given = self.run.model_dump(exclude_none=True, include=_ENVIRONMENT)
        return {"dt": parse_time(str(self.run.dt)), **given}

    def duration(self) -> Any:
        """Return how long to run, a Quantity.

        Raises
        ------
        ConfigError
            It is less than a step of ``dt``, or more steps than are counted.
        """
        duration, (dt, unit) = parse_time(str(self.run.duration)), units.split(parse_time(str(self.run.dt)))
        steps = units.convert(duration, unit, what="duration") / dt
        if not 0.5 <= steps < 2**31:
            problem = f"is {steps:.3g} steps of dt = {self.run.dt}, expected from 1 to 2**31 - 1: change either"
            raise Place(str(self.path), "run").error("duration", problem, self.run.duration)
        return duration

    def monitors(self) -> dict[str, Monitor]:
        """Return what to record, by name; needs ``dt`` in the environment.

        Raises
        ------
        ConfigError
            Two variables have one name, or a sampling interval is not a whole number of steps.
        """
        found: dict[str, Monitor] = {}
        for number, entry in enumerate(self.record.variables):
            place = Place(str(self.path), "record").inside("variables", number)
            name = entry.name or entry.variable
            if name in found:
                raise place.error("name", f'{name} is recorded twice: tell them apart by name = "..."')
            every = 1 if entry.every is None else _interval(place, entry.every)
            found[name] = Monitor(entry.variable, entry.neurons, every)
        return found


def load(file: str | os.PathLike[str]) -> Plan:
    """Read a network file: TOML, or Python with a ``build()`` function.

    Parameters
    ----------
    file : path
        A ``.toml`` or ``.py`` file.

    Raises
    ------
    ConfigError
        It does not exist, is malformed, or says something that cannot be.
    """
    path = Path(file)
    if not path.is_file():
        names = os.listdir(path.parent) if path.parent.is_dir() else []
        hint = nearest(path.name, names)
        msg = f"there is no file {str(path)!r}.{hint} Give a network file, such as `isospike run coba.toml`"
        raise ConfigError(msg)
    if path.suffix == ".toml":
        document = read_document(path)
        return Plan(path, document.run, document.record, lambda: _build_document(document, path))
    if path.suffix == ".py":
        run, record, build = load_module(path)
        return Plan(path, run, record, lambda: (build(), {"source": source_hash(path)}))
    msg = f"{path} ends in {path.suffix!r}, expected a network: a .toml file, or a .py file with build()"
    raise ConfigError(msg)


def _interval(place: Place, every: str) -> int:
    """Return the steps between two samples, or refuse an interval that is no whole number of them."""
    interval, unit = units.split(parse_time(every))
    dt = float(units.convert(environ.get_dt(), unit, what="dt"))
    exact = float(interval) / dt
    if exact < 2**31 and (steps := round(exact)) and abs(exact - steps) <= 1e-6 * exact:
        return steps
    near = sorted({max(1, rounded(min(exact, 2**31 - 1))) for rounded in (math.floor, math.ceil)})
    fix = " or ".join(f'every = "{n * dt:.12g} {units.unit_name(unit)}"' for n in near)
    problem = f"is {exact:.12g} steps of dt = {environ.get_dt()}, expected a whole number of them: write {fix}"
    raise place.error("every", problem, every)


def _build_document(document: Document, path: Path) -> tuple[Module, dict[str, Any]]:
    network, resolved = build_network(document, str(path))
    stated, computed = document.parameter_hash, config_hash(resolved)
    if stated is not None and stated != computed:
        fix = f'remove this key, or name the new network: parameter_hash = "{computed}"'
        msg = f"the parameters hash to {computed}, so this is an edited network, not the one named here: {fix}"
        raise Place(str(path)).error("parameter_hash", msg, stated)
    return network, resolved
