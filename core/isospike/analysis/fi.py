"""The f-I curve: the rate at which a cell spikes under a current that does not change."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, math, units
from isospike.dynamics import duration_steps
from isospike.errors import ParameterError, ShapeError
from isospike.initialise import init_all_states
from isospike.neuron import Neuron
from isospike.transform import for_loop

__all__ = ["fi_curve"]


def fi_curve(cells: Neuron, currents: Any, *, duration: Any, warmup: Any = None) -> Any:
    """Return the rates of cells under constant currents, one cell a current.

    The cells are initialised and run. Each is measured for ``duration``, so rates are multiples of its inverse.

    Parameters
    ----------
    cells : Neuron
        A population of as many cells as there are currents, such as ``iso.LIF(50)``.
    currents : Quantity, array of the shape of the population
        Such as ``np.linspace(0, 100, 50) * u.mA``.
    duration : Quantity, ms
        How long spikes are counted.
    warmup : Quantity, ms, optional
        How long the cells run before; 0 by default.

    Returns
    -------
    Quantity, Hz, of the shape of the population

    Raises
    ------
    ShapeError
        The currents do not have the shape of the population.
    ParameterError
        ``duration`` is shorter than a step.

    Examples
    --------
    >>> import isospike as iso
    >>> from isospike import units as u
    >>> with iso.environ.context(dt=0.1 * u.ms, backend="numpy"):
    ...     rates = fi_curve(iso.LIF(2), [0.5, 5.0] * u.mA, duration=1 * u.second)
    >>> bool(rates[0] == 0 * u.Hz), bool(rates[1] > 100 * u.Hz)
    (True, True)
    """
    shape = tuple(units.split(currents)[0].shape)
    if shape != cells.in_size:
        msg = (
            f"fi_curve: currents have shape {shape}, but {type(cells).__name__} has {cells.in_size} cells, expected "
            f"one current for each: write {type(cells).__name__}({shape})"
        )
        raise ShapeError(msg)
    counted = int(duration_steps(duration, "fi_curve: duration"))
    if counted < 1:
        msg = f"fi_curve: duration is {duration}, expected at least one step of dt = {environ.get_dt()}"
        raise ParameterError(msg)
    init_all_states(cells)
    if warmup is not None and (before := int(duration_steps(warmup, "fi_curve: warmup"))):
        for_loop(lambda: cells(currents), length=before)
    spikes = for_loop(lambda: math.astype(cells(currents) > 0.5, "bool"), length=counted)
    seconds = counted * float(units.convert(environ.get_dt(), units.parse_unit("second"), what="dt"))
    return units.quantity(np.asarray(spikes).sum(axis=0) / seconds, units.parse_unit("Hz"))
