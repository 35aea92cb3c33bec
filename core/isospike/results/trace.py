"""The recorded values of a state, and the names of their axes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError, ShapeError

__all__ = ["Trace", "check_names", "named_axes", "samplings"]


@dataclass(frozen=True, eq=False)
class Trace:
    """The recorded values of one state.

    Parameters
    ----------
    values : array (samples, ...)
        Booleans, integers or floats; the first axis is time.
    steps : array of int64 (samples,)
        Time step of each sample, rising.
    unit : str
        Unit of the values, such as ``"mV"``; ``"1"`` where there is none.
    dims : sequence of str, optional
        Names of the axes after time. Default: ``"<trace>_neuron"``, and ``"<trace>_axis2"`` and so on.
    neurons : array of int, optional
        Which cells the entries along the last axis are, where not all are recorded: its coordinate.

    Raises
    ------
    ParameterError
        If the values are of a kind that cannot be stored, such as objects.
    ShapeError
        If ``steps``, ``dims`` or ``neurons`` does not fit the shape of ``values``.
    """

    values: NDArray[Any]
    steps: NDArray[np.int64]
    unit: str
    dims: Sequence[str] | None = None
    neurons: NDArray[Any] | None = None

    def __post_init__(self) -> None:
        if self.values.dtype.kind not in "biuf":
            raise ParameterError(
                f"Trace: values have dtype {self.values.dtype}; expected booleans, integers or IEEE floats: "
                "Trace(np.asarray(values, dtype='float32'), ...)."
            )
        one_each = self.steps.ndim == 1 and self.steps.shape == self.values.shape[:1]
        if not one_each or self.steps.dtype.kind not in "iu" or np.any(np.diff(self.steps) <= 0):
            raise ShapeError(
                f"Trace: values have shape {self.values.shape} and steps {self.steps.shape} of dtype "
                f"{self.steps.dtype}; expected one integer step for each sample, rising: "
                "Trace(values, np.arange(len(values)), unit)."
            )
        if self.dims is not None and len(set(self.dims)) != self.values.ndim - 1:
            raise ShapeError(
                f"Trace: dims={tuple(self.dims)} for values of shape {self.values.shape}; expected "
                f"{self.values.ndim - 1} different names, one for each axis after time."
            )
        if self.neurons is not None and not self._fits_last_axis(self.neurons):
            raise ShapeError(
                f"Trace: neurons={self.neurons} for values of shape {self.values.shape}; expected one index of a cell "
                "for each entry along the last axis: Trace(values, steps, unit, neurons=np.array([7, 2]))."
            )

    def _fits_last_axis(self, neurons: NDArray[Any]) -> bool:
        return self.values.ndim > 1 and neurons.dtype.kind in "iu" and neurons.shape == self.values.shape[-1:]


def check_names(names: Iterable[Any]) -> None:
    """Refuse names of traces that a result cannot hold, before there is anything to lose.

    Raises
    ------
    ParameterError
        A name is no text, kept for time, of no file, or that of an axis of another trace.
    """
    names = set(names)
    for name in names:
        if not isinstance(name, str):
            raise ParameterError(f"Result: {name!r} cannot name a trace: give a text, such as 'cells.V'.")
        of_axis = re.fullmatch(r"(.*)_(neuron|axis\d+)", name, re.DOTALL)
        _check_label(name, taken=of_axis is not None and of_axis[1] in names)


def named_axes(traces: Mapping[str, Trace]) -> dict[str, Trace]:
    """Return the traces with a name for every axis, or raise where names clash."""
    named, sizes, cells = {}, dict[str, int](), dict[str, list[int] | None]()
    for name, trace in traces.items():
        default = [f"{name}_neuron", *(f"{name}_axis{axis}" for axis in range(2, trace.values.ndim))]
        dims = tuple(trace.dims or default[: trace.values.ndim - 1])
        for label in (name, *dims):
            _check_label(label, taken=label in dims and label in traces)
        for axis, size in zip(dims, trace.values.shape[1:], strict=True):
            if sizes.setdefault(axis, size) != size:
                raise ShapeError(
                    f"Result: trace {name!r} has {size} entries along {axis!r}, another has {sizes[axis]}; "
                    f"an axis has one length: name this one otherwise: Trace(..., dims=['{name}_neuron'])."
                )
            of_cells = trace.neurons.tolist() if trace.neurons is not None and axis == dims[-1] else None
            if cells.setdefault(axis, of_cells) != of_cells:
                raise ShapeError(
                    f"Result: trace {name!r} is of the cells {of_cells or 'all'} along {axis!r}, another of "
                    f"{cells[axis] or 'all'}; name this axis otherwise: Trace(..., dims=['{name}_neuron'])."
                )
        values = trace.values.astype(trace.values.dtype.newbyteorder("="), copy=False)
        steps = trace.steps.astype(np.int64, copy=False)
        named[name] = replace(trace, values=values, steps=steps, dims=dims)
    return named


def samplings(traces: Mapping[str, Trace]) -> dict[str, str]:
    """Return for each trace the suffix of its time axis: ``""`` for the first sampling, then ``"_2"``."""
    known: dict[bytes, str] = {}
    suffixes = {}
    for name, trace in traces.items():
        suffixes[name] = known.setdefault(trace.steps.tobytes(), f"_{len(known) + 1}" if known else "")
    return suffixes


def _check_label(label: str, *, taken: bool) -> None:
    """Refuse names that the axes of time use, or that cannot be a file name on every system."""
    reserved = re.fullmatch(r"(time|step)(_\d+)?|__.*|zarr\.json", label)
    if taken or reserved or not label.strip(" .") or any(c in '/\\:*?"<>|' or c < " " for c in label):
        raise ParameterError(
            f"Result: {label!r} cannot name a trace or an axis: it is empty, in use, kept for time, or holds "
            'one of / \\ : * ? " < > |. Use the path of the state, such as "cells.V".'
        )
