"""The file of golden chains of one case."""

from __future__ import annotations

import importlib.resources
from importlib.resources.abc import Traversable
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from isospike.errors import ResultError
from isospike_conformance.case import Case
from isospike_conformance.golden.scheme import Scheme, scheme_of

__all__ = ["Golden", "GoldenRun", "GoldenState", "read_golden"]

Link = Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
Count = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class GoldenState(_Strict):
    """One State: what a digest does not know of it, and its running digest every some steps, as 16 hex digits."""

    dtype: str
    shape: tuple[int, ...]
    unit: str
    links: tuple[Link, ...]


class GoldenRun(_Strict):
    """One precision: the States by path, and the number of spikes of each population."""

    states: dict[str, GoldenState]
    spikes: dict[str, Count]


class Golden(_Strict):
    """All golden chains of a case; the schema is ``isospike.golden/1``.

    Attributes
    ----------
    case : str
        Its name.
    isospike, writer, numpy : str
        Versions, and the way of running that wrote the file, in exact numerics.
    scheme : Scheme
        What a run must have in common with it.
    steps, every : int
        Length, and distance of two links.
    runs : dict of str to GoldenRun
        By precision.
    """

    schema_: Literal["isospike.golden/1"] = Field(alias="schema")
    case: str
    isospike: str
    writer: str
    numpy: str
    scheme: Scheme
    steps: Annotated[int, Field(ge=1)]
    every: Annotated[int, Field(ge=1)]
    runs: dict[Literal["float32", "float64"], GoldenRun]


def read_golden(case: Case, folder: Traversable | None = None) -> Golden | None:
    """Return the golden chains of a case, or ``None`` where it has none.

    Parameters
    ----------
    case : Case
        The case.
    folder : path, optional
        Where to look; in this package by default.

    Raises
    ------
    ResultError
        The file is damaged, or belongs to another case or scheme.
    """
    folder = importlib.resources.files("isospike_conformance.golden") if folder is None else folder
    file = folder / f"{case.name}.json"
    if not file.is_file():
        return None
    again = f"Restore it from the release, or write it anew: python -m isospike_conformance.golden {case.name}"
    try:
        golden = Golden.model_validate_json(file.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        msg = f"the golden chains {file} are damaged: {place + ': ' if place else ''}{first['msg']}. {again}"
        raise ResultError(msg) from error
    unlike = golden.scheme.differences(scheme_of(case))
    unlike += [f"case {golden.case} against {case.name}"] if golden.case != case.name else []
    if unlike:
        raise ResultError(f"the golden chains {file} are of something else: {'; '.join(unlike)}. {again}")
    return golden
