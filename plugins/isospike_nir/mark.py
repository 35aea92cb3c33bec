"""The mark of a graph that isospike wrote: its time constants stand as they are to be read."""

from __future__ import annotations

from typing import Any

__all__ = ["MARK", "is_marked"]

#: Metadata of a graph that isospike wrote.
MARK = {"written_by": "isospike"}


def is_marked(graph: dict[str, Any]) -> bool:
    """Say whether a graph that was read has the mark."""
    metadata = graph.get("metadata")
    return isinstance(metadata, dict) and all(metadata.get(key) == value for key, value in MARK.items())
