"""Spec: one node of a NIR graph as it is read, whose fields are checked where they are asked for."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from isospike import environ
from isospike.errors import ParameterError, ShapeError

__all__ = ["Spec"]

#: What belongs to any node, and changes nothing.
_SAY_NOTHING = {"type", "metadata", "input_type", "output_type"}


@dataclass(frozen=True)
class Spec:
    """A node: its name, its type, and its fields as they stand in the file.

    Parameters
    ----------
    name : str
        Name in the graph; those in nested graphs have the names of these before them, as in ``rnn.lif``.
    type : str
        Type in NIR, such as ``"LIF"``.
    fields : mapping of str to object
        The fields of the node.
    asked : set of str
        The fields that were asked for so far.
    """

    name: str
    type: str
    fields: Mapping[str, Any]
    asked: set[str] = field(default_factory=set, compare=False, repr=False)

    @property
    def title(self) -> str:
        """The node in messages."""
        return f"node {self.name!r} ({self.type})"

    def has(self, field: str) -> bool:
        """Say whether a field is given."""
        self.asked.add(field)
        return self.fields.get(field) is not None

    def unread(self) -> list[str]:
        """Return the fields that nobody has asked for, of those that say something of a node."""
        return [name for name in self.fields if name not in self.asked | _SAY_NOTHING and self.fields[name] is not None]

    def array(self, field: str, *, ndim: int | None = None, positive: bool = False) -> np.ndarray:
        """Return a field as finite float64 numbers.

        Raises
        ------
        ParameterError
            It is missing, no array of numbers, or holds NaN, infinity, what the precision in force does not hold or,
            where ``positive``, zero or less.
        ShapeError
            It has not ``ndim`` axes.
        """
        array = self._numbers(field).astype(np.float64)
        self._refuse(field, array, ~np.isfinite(array), "finite numbers")
        dtype = environ.float_dtype()
        self._refuse(field, array, abs(array) > np.finfo(dtype).max, f"numbers that a {dtype} can hold")
        if positive:
            self._refuse(field, array, array <= 0, "positive numbers")
        if ndim is not None and array.ndim != ndim:
            msg = f"{self.title}: {field} has shape {array.shape}, expected {ndim} axes"
            raise ShapeError(msg)
        return array

    def whole(self, field: str, count: int | None = None) -> tuple[int, ...]:
        """Return a field as whole numbers: all of them, or ``count``, one being repeated.

        Raises
        ------
        ParameterError
            It is missing, or holds something else, or another number of them.
        """
        array = np.atleast_1d(self._numbers(field))
        if array.ndim != 1 or (count is not None and array.size not in (1, count)):
            msg = f"{self.title}: {field} is {array.tolist()}, expected one number or {count}"
            raise ParameterError(msg)
        self._refuse(field, array, (array != np.floor(array)) | (abs(array) >= 2**31), "whole numbers")
        numbers = tuple(int(x) for x in array)
        return numbers * count if count is not None and len(numbers) == 1 else numbers

    def _numbers(self, field: str) -> np.ndarray:
        if not self.has(field):
            listed = ", ".join(k for k, v in self.fields.items() if v is not None) or "none"
            msg = f"{self.title} has no field {field!r}, which a {self.type} needs; its fields: {listed}"
            raise ParameterError(msg)
        array = np.asarray(self.fields[field])
        if array.dtype.kind not in "biuf":
            msg = f"{self.title}: {field} is {reprlib.repr(self.fields[field])}, expected an array of numbers"
            raise ParameterError(msg)
        return array

    def _refuse(self, field: str, array: np.ndarray, bad: np.ndarray, wanted: str) -> None:
        if bad.any():
            count = f" (and {int(bad.sum()) - 1} more)" if bad.sum() > 1 else ""
            place = f" at {tuple(int(i) for i in np.argwhere(bad)[0])}" if array.ndim else ""
            msg = f"{self.title}: {field} is {float(array[bad].flat[0]):g}{place}{count}, expected {wanted}"
            raise ParameterError(msg)
