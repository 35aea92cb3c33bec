"""The certificate of a run of the suite: what was judged, with which libraries, on which machine, and what came out."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from isospike.cli.versions import versions
from isospike.errors import ResultError
from isospike_conformance.cpu import cpu_flags, cpu_model
from isospike_conformance.destination import check_file, write_file
from isospike_conformance.finding import Finding
from isospike_conformance.known import Difference
from isospike_conformance.suite import SUITE_VERSION, levels_reached
from isospike_conformance.way import Way

__all__ = [
    "Certificate",
    "LevelCount",
    "WayRecord",
    "check_certificate",
    "count_levels",
    "read_certificate",
    "write_certificate",
]

_VARIABLES = ("ATEN_CPU_CAPABILITY", "NPY_DISABLE_CPU_FEATURES", "OMP_NUM_THREADS", "XLA_FLAGS")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LevelCount(_Part):
    """How often a level came out how on a way, and the largest error, in what its tolerance counts."""

    level: str
    way: str
    passed: int = 0
    failed: int = 0
    not_claimed: int = 0
    known_differences: int = 0
    worst: float | Literal["inf"] | None = None


class WayRecord(_Part):
    """A way that was judged, and the levels that it reached by precision."""

    name: str
    backend: str
    engine: str
    device: str
    versions: dict[str, str]
    reached: dict[str, list[str]]


class Certificate(_Part):
    """The certificate; the JSON field ``schema`` is ``"isospike.certificate/1"``.

    Attributes
    ----------
    suite : str
        Version of the suite.
    complete : bool
        Whether every finding that was asked for was made; an interrupted run is not.
    findings : tuple of dict
        Every finding, with the fields of `isospike_conformance.finding.Finding`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_: Literal["isospike.certificate/1"] = Field(alias="schema")
    suite: str
    complete: bool
    written: str
    seconds: float
    isospike: str
    python: str
    platform: str
    libraries: dict[str, str]
    cpu: str
    cpu_flags: tuple[str, ...]
    variables: dict[str, str]
    long: bool
    levels: tuple[str, ...]
    cases: tuple[str, ...]
    precisions: tuple[str, ...]
    ways: tuple[WayRecord, ...]
    counts: tuple[LevelCount, ...]
    known_differences: tuple[Difference, ...]
    findings: tuple[dict[str, Any], ...]

    @classmethod
    def of(
        cls,
        findings: Sequence[Finding],
        ways: Sequence[Way],
        *,
        levels: Sequence[str],
        cases: Sequence[str],
        known: Sequence[Difference] = (),
        long: bool = False,
        complete: bool = True,
    ) -> Certificate:
        """Return the certificate of findings on this machine."""
        reached, libraries = levels_reached(findings), versions()
        return cls(
            schema="isospike.certificate/1",
            suite=SUITE_VERSION,
            complete=complete,
            written=datetime.now(UTC).isoformat(timespec="seconds"),
            seconds=sum(f.seconds for f in findings),
            isospike=libraries.get("isospike", ""),
            python=platform.python_version(),
            platform=platform.platform(),
            libraries=libraries,
            cpu=cpu_model(),
            cpu_flags=cpu_flags(),
            variables={name: os.environ[name] for name in _VARIABLES if name in os.environ},
            long=long,
            levels=tuple(levels),
            cases=tuple(cases),
            precisions=tuple(sorted({f.precision for f in findings if f.precision})),
            ways=tuple(_way(way, reached.get(way.name, {})) for way in ways),
            counts=tuple(count_levels(findings)),
            known_differences=tuple(known),
            findings=tuple(f.as_json() for f in findings),
        )


def count_levels(findings: Sequence[Finding]) -> list[LevelCount]:
    """Return the counts of each level on each way, in the order of the findings."""
    counts = []
    for level, way in dict.fromkeys((f.level, f.way) for f in findings):
        mine = [f for f in findings if (f.level, f.way) == (level, way)]
        by_status = {
            s: sum(f.status == s for f in mine) for s in ("passed", "failed", "not claimed", "known difference")
        }
        worst = max((f.worst for f in mine if f.worst is not None), default=None)
        counts.append(
            LevelCount(
                level=level,
                way=way,
                passed=by_status["passed"],
                failed=by_status["failed"],
                not_claimed=by_status["not claimed"],
                known_differences=by_status["known difference"],
                worst="inf" if worst == float("inf") else worst,
            )
        )
    return counts


def check_certificate(path: Path) -> None:
    """Refuse a file that could not be written, or that would be lost: one that is no certificate.

    Raises
    ------
    ResultError
        Says which, and what to do.
    """
    if path.is_file():
        read_certificate(path)
    check_file(path, force=True)


def write_certificate(certificate: Certificate, path: Path) -> None:
    """Write a certificate as JSON, whole or not at all, in place of an earlier one.

    Raises
    ------
    ResultError
        The file cannot be written, or is something else.
    """
    check_certificate(path)
    text = json.dumps(certificate.model_dump(mode="json", by_alias=True), indent=1, allow_nan=False)
    write_file(path, text + "\n", force=True)


def read_certificate(path: Path) -> Certificate:
    """Read a certificate back.

    Raises
    ------
    ResultError
        The file cannot be read, or is not a certificate of this schema.
    """
    try:
        return Certificate.model_validate_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultError(f"The certificate {path} cannot be read: {error}.") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise ResultError(
            f"{path} is not a certificate of schema isospike.certificate/1: {str(error).splitlines()[0]}. Write one: "
            "isospike conform --backend NAME --json FILE"
        ) from error


def _way(way: Way, reached: dict[str, list[str]]) -> WayRecord:
    backend = way.instance()
    return WayRecord(
        name=way.name,
        backend=way.backend,
        engine=backend.engine,
        device=backend.device,
        versions=dict(backend.versions()),
        reached=reached,
    )
