"""Spoken words as spikes of a model cochlea: the files of the Spiking Heidelberg Digits and Speech Commands."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from isospike.data.events import Events
from isospike.data.recordings import Recordings
from isospike.errors import DataError, MissingDependencyError

__all__ = ["SHD"]

CHANNELS = 700
# Where the arrays of a file lie: one entry for each recording.
_TIMES, _CHANNELS, _LABELS = "spikes/times", "spikes/units", "labels"


class SHD(Recordings):
    """The recordings of an HDF5 file of SHD or SSC, read when they are asked for.

    Parameters
    ----------
    file : path
        Such as ``shd_train.h5``, unpacked.

    Attributes
    ----------
    labels : array of int (recordings,)
        Class of each word: 20 digits in English and German (SHD), or 35 commands (SSC).

    Raises
    ------
    DataError
        The file is missing, or no such file; or, where a recording is asked for, this one is damaged.
    MissingDependencyError
        h5py is not installed.

    References
    ----------
    Cramer, Stradmann, Schemmel and Zenke (2022), The Heidelberg spiking data sets for the systematic evaluation of
    spiking neural networks, IEEE TNNLS 33:2744.

    Examples
    --------
    ``words = iso.data.SHD("shd_train.h5")`` and then
    ``Batches(Frames(words, duration=1 * u.second, dt=10 * u.ms), words.labels, size=64)``.
    """

    def __init__(self, file: str | os.PathLike[str]) -> None:
        try:
            import h5py
        except ImportError:
            msg = 'iso.data.SHD reads HDF5 files with h5py: pip install "isospike[data]"'
            raise MissingDependencyError(msg) from None
        self.path = Path(file).expanduser()
        try:
            self._file = h5py.File(self.path, "r")
            self._times, self._channels = self._file[_TIMES], self._file[_CHANNELS]
            self.labels = np.asarray(self._file[_LABELS], np.int32)
            lengths = {len(self._times), len(self._channels), *self.labels.shape}
        except (OSError, KeyError, TypeError, ValueError, OverflowError) as error:
            msg = (
                f"{self.path} is no file of SHD or SSC ({error}): expected the arrays {_TIMES}, {_CHANNELS} and "
                f"{_LABELS} in HDF5. Give one that is downloaded and unpacked as a whole, such as shd_train.h5"
            )
            raise DataError(msg) from error
        if len(lengths) != 1:
            msg = f"{self.path} has {sorted(lengths)} times, channels and labels, expected one number: get it anew"
            raise DataError(msg)

    def read(self, place: int) -> Events:
        """Read a recording."""
        try:
            seconds = np.asarray(self._times[place], np.float64)
            return Events(seconds * 1e6, self._channels[place], (CHANNELS,))
        except (OSError, TypeError, ValueError) as error:
            msg = f"{self.path}: recording {place} is damaged ({error}): get the file anew, or leave it out"
            raise DataError(msg) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()
