"""What examples may come as: arrays, or lists and tables that are made into arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from isospike.data.events import Events
from isospike.errors import ParameterError

__all__ = ["columns"]


def columns(caller: str, values: Sequence[Any]) -> tuple[Any, ...]:
    """Return values that take an array of positions: lists, and Series and DataFrames of pandas, as NumPy arrays.

    A Series that is left as it is would be indexed by its labels, and pair examples with those of others.

    Raises
    ------
    ParameterError
        One is a sequence of Events, which are of different lengths, or holds no numbers.
    """
    return tuple(_column(caller, value) for value in values)


def _column(caller: str, value: Any) -> Any:
    if isinstance(value, Sequence) and len(value) and isinstance(value[0], Events):
        msg = (
            f"{caller} is given a {type(value).__name__} of Events, which have no common length: write "
            f"{caller}(Frames(recordings, duration=100 * u.ms, dt=1 * u.ms), labels, ...)"
        )
        raise ParameterError(msg)
    if not isinstance(value, Sequence) and not hasattr(value, "iloc"):
        return value
    try:
        array = np.asarray(value)
    except (TypeError, ValueError) as error:
        msg = f"{caller} is given a {type(value).__name__} that is no array ({error}): write np.stack(examples)"
        raise ParameterError(msg) from error
    if array.dtype.kind not in "biuf":
        msg = (
            f"{caller} is given a {type(value).__name__} of {array.dtype}, expected numbers: write class numbers for "
            "names, as in labels = np.unique(names, return_inverse=True)[1], and one quantity for a list of them"
        )
        raise ParameterError(msg)
    return array
