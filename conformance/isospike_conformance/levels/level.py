"""What a level is, and what its judges return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isospike_conformance.levels.subject import Subject

__all__ = ["Level", "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What a judge saw.

    Attributes
    ----------
    passed : bool or None
        Whether it is as promised; ``None`` where there is nothing to compare with, which is no pass.
    detail : str
        One line: what was compared, or where and by how much it differs.
    worst : float or None
        The largest error, in what the level's tolerance counts.
    """

    passed: bool | None
    detail: str
    worst: float | None = None


Judge = Callable[["Subject"], Outcome]


def always(subject: Subject) -> bool:
    """Judge every subject."""
    del subject
    return True


@dataclass(frozen=True)
class Level:
    """One level of conformance.

    Parameters
    ----------
    name : str
        One of `isospike_conformance.case.LEVELS`.
    about : str
        What it promises, in one sentence.
    needs : tuple of str
        Capabilities that a backend must claim to be judged; float64 is asked for beside them where it is run.
    judge : callable, optional
        ``judge(subject)`` judges a case.
    parts : mapping of str to callable
        What is judged without a case, by name.
    precisions : tuple of str
        Those in which it is judged.
    by_default : bool
        Whether it is judged unless others are asked for.
    cpu_only : bool
        Whether it says something of CPUs alone.
    quick : callable
        ``quick(subject)`` says whether a subject is judged in a run that is not a long one; all are by default.
    """

    name: str
    about: str
    needs: tuple[str, ...] = ()
    judge: Judge | None = None
    parts: Mapping[str, Judge] = field(default_factory=dict)
    precisions: tuple[str, ...] = ("float32", "float64")
    by_default: bool = True
    cpu_only: bool = False
    quick: Callable[[Subject], bool] = always
