"""The manifest of a run: anything worth keeping, in the form that JSON can hold."""

from __future__ import annotations

import datetime
import enum
import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from isospike.errors import ParameterError

__all__ = ["plain_json"]


def plain_json(value: Any, where: str = "manifest") -> Any:
    """Return a copy of ``value`` that JSON can hold without loss of meaning.

    NumPy scalars and arrays become numbers and lists, paths and dates strings, enumerations their value, sets
    sorted lists, tuples lists, and keys strings. NaN becomes None and infinity ``"inf"``: JSON has neither.

    Parameters
    ----------
    value : object
        Nested dicts, sequences and scalars.
    where : str
        Name of ``value`` in messages.

    Raises
    ------
    ParameterError
        If something inside has no JSON form.
    """
    if isinstance(value, Mapping):
        items = value.items()
        return {str(plain_json(key, where)): plain_json(item, f"{where}[{key!r}]") for key, item in items}
    if isinstance(value, set | frozenset):
        value = sorted(value)
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain_json(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, enum.Enum):
        return plain_json(value.value, where)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None if math.isnan(value) else str(float(value))
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, os.PathLike | np.dtype):
        return str(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise ParameterError(
        f"{where} is a {type(value).__name__}, which JSON cannot hold; expected numbers, strings, "
        f"lists and dicts: {where} = str(...)."
    )
