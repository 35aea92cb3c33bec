"""The power spectrum of a signal."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import environ, units
from isospike.errors import ParameterError
from isospike.namespace import to_host

__all__ = ["power_spectrum"]


def power_spectrum(signal: Any, *, dt: Any = None, segment: Any = None) -> tuple[Any, Any]:
    r"""Return the one-sided power spectral density of a signal, by Welch's method.

    The mean is taken off each segment, which is weighted by a Hann window and half covered by the next. The density
    integrates to the variance: white noise of standard deviation sigma has :math:`2 \sigma^2 dt`, and a sine of
    amplitude a has a peak of area :math:`a^2 / 2`.

    Parameters
    ----------
    signal : array or Quantity (steps, ...)
        Such as a recorded potential, or the rate of a population; spectra are along the first axis.
    dt : Quantity, ms, optional
        Time between samples; that of the environment by default.
    segment : Quantity, ms, optional
        Length of a segment, whose inverse is the resolution; an eighth of the signal by default.

    Returns
    -------
    frequencies : Quantity, Hz, (n,)
    power : array or Quantity (n, ...)
        In the square of the unit of the signal, per Hz.

    Raises
    ------
    ParameterError
        A segment has fewer than two samples, or is longer than the signal.

    References
    ----------
    Welch (1967), IEEE Transactions on Audio and Electroacoustics 15:70.
    """
    mantissa, unit = units.split(signal)
    values = np.asarray(to_host(mantissa), dtype=np.float64)
    step = environ.get_dt() if dt is None else dt
    seconds = float(units.convert(step, units.parse_unit("second"), what="power_spectrum: dt"))
    length = _samples(segment, seconds, len(values))
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)
    starts = range(0, len(values) - length + 1, max(1, length // 2))
    pieces = np.stack([values[start : start + length] for start in starts], axis=1)
    pieces = (pieces - pieces.mean(axis=0)) * window.reshape(-1, *[1] * (pieces.ndim - 1))
    power = (np.abs(np.fft.rfft(pieces, axis=0)) ** 2).mean(axis=1) * (2.0 * seconds / (window**2).sum())
    power[0] *= 0.5
    if length % 2 == 0:
        power[-1] *= 0.5  # there are no negative partners of these two
    hertz = units.parse_unit("Hz")
    per_hertz = 1.0 / hertz if unit is None else unit**2 / hertz
    return units.quantity(np.fft.rfftfreq(length, seconds), hertz), units.quantity(power, _as_unit(per_hertz))


def _as_unit(unit: Any) -> Any:
    """Return a unit, also where dividing made a quantity of it."""
    return units.split(unit)[1] if units.is_quantity(unit) else unit


def _samples(segment: Any, seconds: float, available: int) -> int:
    if segment is None:
        length = max(2, available // 8)
    else:
        length = round(float(units.convert(segment, units.parse_unit("second"), what="segment")) / seconds)
    if not 2 <= length <= available:
        msg = (
            f"power_spectrum: a segment of {length} samples of a signal of {available}, expected 2 to {available}: "
            f"write segment={max(2, available // 8)} * dt"
        )
        raise ParameterError(msg)
    return length
