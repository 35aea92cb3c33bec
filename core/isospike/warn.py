"""Warnings that point at the line of the user's code, however deep in the library they arise."""

from __future__ import annotations

import sys
import warnings
from types import FrameType

from isospike.errors import PlausibilityWarning
from isospike.graph.trace import is_user_code

__all__ = ["warn"]


def warn(message: str, category: type[Warning] = PlausibilityWarning) -> None:
    """Give a warning at the innermost line outside isospike, its backends and its models.

    Parameters
    ----------
    message : str
        What is unlikely, and what to write instead.
    category : type
        Class of the warning; `PlausibilityWarning` by default.
    """
    frame = sys._getframe(1)
    while frame.f_back is not None and not _is_users(frame):
        frame = frame.f_back
    warnings.warn_explicit(
        message,
        category,
        frame.f_code.co_filename,
        frame.f_lineno,
        module=frame.f_globals.get("__name__"),
        registry=frame.f_globals.setdefault("__warningregistry__", {}),
    )


def _is_users(frame: FrameType) -> bool:
    package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    return is_user_code(frame.f_code.co_filename) and not package.startswith("isospike_")
