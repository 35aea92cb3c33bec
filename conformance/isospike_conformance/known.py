"""Known differences: data on where a backend is not as promised, and why; strict, so that none outlives its cause."""

from __future__ import annotations

import importlib.resources
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from isospike import registry
from isospike.errors import ConfigError
from isospike_conformance.case import LEVELS
from isospike_conformance.finding import Finding
from isospike_conformance.way import Way

__all__ = ["FILE", "Difference", "Known", "known_differences"]

FILE = "isospike_known_differences.toml"
"""Name of the file that a plugin may have in its package, beside its module."""


class Difference(BaseModel):
    """One known difference.

    Attributes
    ----------
    case : str
        Name of the case, or of the part of a level, such as ``"sums"``.
    backend : str
    engine : str, optional
        All engines where it is not given.
    level : str
    precision : str, optional
        Both where it is not given.
    kind : {"notimpl", "notyet", "never"}
        Not implemented; wrong, and to be mended; or impossible.
    reason : str
        One sentence.
    link : str, optional
        Where more is said.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: str
    backend: str
    engine: str | None = None
    level: Literal["R", "L0e", "L0f", "L1", "L1f", "L2", "G", "C", "P"]
    precision: Literal["float32", "float64"] | None = None
    kind: Literal["notimpl", "notyet", "never"]
    reason: str
    link: str = ""

    def covers(self, finding: Finding, way: Way) -> bool:
        """Say whether a finding is what this is about."""
        return (self.case, self.backend, self.level) == (finding.case, way.backend, finding.level) and (
            self.engine in (None, way.instance().engine) and self.precision in (None, finding.precision)
        )

    def __str__(self) -> str:
        """Return one line."""
        where = " ".join(filter(None, (self.level, self.case, self.backend, self.engine, self.precision)))
        return f"{where}: {self.kind}: {self.reason}" + (f" ({self.link})" if self.link else "")


@dataclass
class Known:
    """Known differences as they meet findings.

    Parameters
    ----------
    differences : sequence of Difference
        The entries.
    """

    differences: Sequence[Difference]

    def __post_init__(self) -> None:
        self._met: set[Difference] = set()

    def applied(self, finding: Finding, way: Way) -> Finding:
        """Return a finding as a known difference, or as a failure where the difference is gone; else as it is."""
        entry = next((d for d in self.differences if d.covers(finding, way)), None)
        if entry is None or finding.status == "not claimed":
            return finding
        self._met.add(entry)
        if finding.status == "passed":
            detail = f"no longer differs: remove the entry from the known differences ({entry})"
            return replace(finding, status="failed", detail=detail)
        return replace(finding, status="known difference", detail=f"{entry.kind}: {entry.reason}; {finding.detail}")

    def met(self) -> list[Difference]:
        """Return the entries that a finding has met."""
        return [d for d in self.differences if d in self._met]

    def unmet(self, findings: Sequence[Finding]) -> list[Difference]:
        """Return the entries that met nothing, though their case, level and way were judged or no such case exists."""
        cases = {name for kind in ("conformance_cases", *registry.MODEL_KINDS) for name in registry.names(kind)}
        left = [d for d in self.differences if d not in self._met]
        return [d for d in left if any(_judged(d, f) and (d.case == f.case or d.case not in cases) for f in findings)]


def _judged(difference: Difference, finding: Finding) -> bool:
    """Say whether a finding is of the way and the level of an entry."""
    backend, *engine = finding.way.split()
    return (difference.backend, difference.level) == (backend, finding.level) and difference.engine in (None, *engine)


def known_differences() -> Known:
    """Return those of this package and of every plugin.

    Raises
    ------
    ConfigError
        A file is not TOML, or an entry is not as it has to be.
    """
    packages = dict.fromkeys(["isospike_conformance", *(p.module.rpartition(".")[0] for p in registry.plugins())])
    return Known([entry for package in packages if package for entry in _of_package(package)])


def _of_package(package: str) -> Iterator[Difference]:
    try:
        file = importlib.resources.files(package) / FILE
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
    except ModuleNotFoundError:  # a broken plugin, which `isospike doctor` tells of
        return
    yield from parsed(text, f"{package}/{FILE}")


def parsed(text: str, where: str) -> list[Difference]:
    """Return the entries of a file, each a table ``[[difference]]``."""
    try:
        table: dict[str, Any] = tomllib.loads(text)
        entries = table.pop("difference", [])
        if table or not isinstance(entries, list):
            raise ConfigError(f"{where}: it has {', '.join(table) or 'difference'}; expected tables [[difference]].")
        return [Difference.model_validate(entry) for entry in entries]
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where} cannot be read as TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(
            f"{where}: {'.'.join(map(str, first['loc']))}: {first['msg']}. An entry has case, backend, level (one of "
            f"{', '.join(LEVELS)}), kind (notimpl, notyet or never) and reason."
        ) from error
