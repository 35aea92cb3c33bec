"""What every comparison returns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from isospike.results.manifest import plain_json

__all__ = ["Verdict"]


@dataclass(frozen=True)
class Verdict(ABC):
    """The outcome of a comparison: true where it passed, readable as text, and plain data for JSON.

    ``passed`` follows from the fields, so a verdict cannot contradict its own evidence.
    """

    @property
    @abstractmethod
    def passed(self) -> bool:
        """Whether what was compared agrees as promised."""

    @abstractmethod
    def __str__(self) -> str:
        """Return one readable line."""

    def __bool__(self) -> bool:
        """Return ``passed``."""
        return self.passed

    def as_json(self) -> dict[str, Any]:
        """Return ``passed`` and all fields as data that ``json.dumps(..., allow_nan=False)`` accepts."""
        return {"passed": self.passed, **_fields(self)}


def _fields(record: Any) -> dict[str, Any]:
    return {field.name: _plain(getattr(record, field.name)) for field in fields(record)}


def _plain(value: Any) -> Any:
    if isinstance(value, Verdict):
        return value.as_json()
    if is_dataclass(value):
        return _fields(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return plain_json(value, "verdict")
