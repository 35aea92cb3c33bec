"""What the suite finds: one line for each level, case, way and precision."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from isospike.results.manifest import plain_json

__all__ = ["STATUSES", "Finding"]

STATUSES = ("passed", "failed", "not claimed", "known difference")


@dataclass(frozen=True)
class Finding:
    """The outcome of one check.

    Attributes
    ----------
    level, case, way, precision : str
        What was judged; ``way`` is the short form, such as ``"jax xla"``, and ``precision`` may be empty.
    status : str
        ``"passed"``, ``"failed"``, ``"not claimed"`` or ``"known difference"``; nothing that was not run has passed.
    detail : str
        One line: what was compared, or where and by how much it differs.
    worst : float or None
        The largest error, in what the level's tolerance counts.
    seconds : float
        How long it took.
    """

    level: str
    case: str
    way: str
    precision: str
    status: str
    detail: str
    worst: float | None = None
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether nothing that is claimed is broken here."""
        return self.status != "failed"

    def __str__(self) -> str:
        """Return one line."""
        where = " ".join(filter(None, (self.level, self.case, self.way, self.precision)))
        return f"{where}: {self.status}: {self.detail}"

    def as_json(self) -> dict[str, Any]:
        """Return the fields as data that ``json.dumps(..., allow_nan=False)`` accepts."""
        plain: dict[str, Any] = plain_json(asdict(self), "finding")
        return plain
