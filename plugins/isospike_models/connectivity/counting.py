"""A number of synapses that a connectivity rule is given, checked."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from isospike.errors import ParameterError

__all__ = ["checked_count"]


def checked_count(owner: str, name: str, value: Any, most: int | None) -> int:
    """Return a whole number from 0 to ``most`` as an int, or raise ``ParameterError``; ``None`` for no limit."""
    is_whole = isinstance(value, Integral) and not isinstance(value, bool)
    if not is_whole or not 0 <= int(value) <= (int(value) if most is None else most):
        limit = "on" if most is None else f"to {most}, or more with allow_multi_conn=True"
        msg = f"{owner}({name}={value!r}), expected a whole number from 0 {limit}: write {name}=20"
        raise ParameterError(msg)
    return int(value)
