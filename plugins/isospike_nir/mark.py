"""The mark of a graph that isospike wrote: how it was run, and that its time constants stand as they are to be read."""

from __future__ import annotations

from typing import Any

from isospike.warn import warn
from isospike_nir.audit import Audit
from isospike_nir.profiles import Profile

__all__ = ["check_mark", "is_marked", "mark"]

_AUTHOR = {"written_by": "isospike"}


def mark(profile: Profile | None, ms: float) -> dict[str, str]:
    """Return the metadata of a graph of cells with a profile, ``None`` where it has no cells, and a step in ms."""
    how = {} if profile is None else {"profile": repr(profile), "dt": f"{ms:g} ms"}
    return {**_AUTHOR, **how}


def is_marked(graph: dict[str, Any]) -> bool:
    """Say whether a graph that was read has the mark."""
    return all(_metadata(graph).get(key) == value for key, value in _AUTHOR.items())


def check_mark(graph: dict[str, Any], profile: Profile, ms: float, audit: Audit) -> None:
    """Say aloud where a graph that isospike wrote is read with another profile or step than it had."""
    now = mark(profile, ms)
    before = {key: text for key, text in _metadata(graph).items() if key in now}
    if not is_marked(graph) or before.items() <= now.items():
        return
    was, is_ = (f"profile {how.get('profile', '')[:80]} and dt = {how.get('dt', '')[:20]}" for how in (before, now))
    text = f"it was written with {was}, and is read with {is_}: its steps are others"
    audit.note("", text)
    warn(f"load: {text}. Pass profile=iso.nir.... and dt=... as it was written")


def _metadata(graph: dict[str, Any]) -> dict[str, str]:
    """Return the metadata that are text, bytes where nir has read them: a file may hold anything there."""
    metadata = graph.get("metadata")
    found = metadata if isinstance(metadata, dict) else {}
    texts = {k: v.decode("utf-8", "replace") if isinstance(v, bytes) else v for k, v in found.items()}
    return {k: v for k, v in texts.items() if isinstance(v, str)}
