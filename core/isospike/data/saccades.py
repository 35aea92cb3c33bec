"""Files of events of a camera that moves as an eye does: N-MNIST and N-Caltech101."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from isospike.data.events import Events
from isospike.data.reading import read_bytes
from isospike.errors import DataError

__all__ = ["read_saccades"]

_BYTES = 5
# An event at this row is none: it says that the clock of the camera went round.
_OVERFLOW_ROW, _OVERFLOW = 240, 2**13


def read_saccades(file: str | os.PathLike[str], shape: tuple[int, int] = (34, 34)) -> Events:
    """Read a file of N-MNIST or N-Caltech101.

    An event is 40 bits, the highest first: x (8), y (8), polarity (1), microseconds (23).

    Parameters
    ----------
    file : path
        Such as ``Train/5/00001.bin``.
    shape : (int, int)
        Height and width of the image; those of N-MNIST by default.

    Returns
    -------
    Events
        Of shape ``(2, height, width)``.

    Raises
    ------
    DataError
        The file cannot be read, is cut off, or holds an event outside the image.

    References
    ----------
    Orchard, Jayawant, Cohen and Thakor (2015), Converting static image datasets to spiking neuromorphic datasets
    using saccades, Front. Neurosci. 9:437.
    """
    path = Path(file).expanduser()
    data = read_bytes(path, "a .bin file of N-MNIST")
    if len(data) % _BYTES:
        msg = f"{path} has {len(data)} bytes, expected a multiple of {_BYTES}: it is cut off, or no file of N-MNIST"
        raise DataError(msg)
    columns = np.frombuffer(data, np.uint8).reshape(-1, _BYTES).astype(np.int64)
    overflows = columns[:, 1] == _OVERFLOW_ROW
    turns = _OVERFLOW * np.cumsum(overflows)[~overflows]
    x, y, high, middle, low = columns[~overflows].T
    times = ((high & 127) << 16 | middle << 8 | low) + turns
    try:
        addresses = np.ravel_multi_index((high >> 7, y, x), (2, *shape))
    except ValueError:
        msg = (
            f"{path} holds an event outside {shape[0]} x {shape[1]} pixels: it is damaged, or of another camera: "
            "read_saccades(file, shape=(180, 240))"
        )
        raise DataError(msg) from None
    return Events(times, addresses, (2, *shape))
