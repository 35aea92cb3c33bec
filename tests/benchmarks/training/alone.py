"""A measurement in a process of its own: what it found comes back as one line of its output."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["alone", "tell"]

_MARK = "JSON "  # before the line, as libraries print lines of their own


def alone(name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what a program told, or end with its last words."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-2000:]}")
    line = next(text for text in done.stdout.splitlines() if text.startswith(_MARK))
    found: dict[str, Any] = json.loads(line.removeprefix(_MARK))
    return found


def tell(found: Mapping[str, Any]) -> None:
    """Print what `alone` returns in the process that asked."""
    print(_MARK + json.dumps(found))  # noqa: T201
