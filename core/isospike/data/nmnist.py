"""N-MNIST: handwritten digits, seen by an event camera that moves."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from isospike.data.events import Events
from isospike.data.recordings import Recordings
from isospike.data.saccades import read_saccades
from isospike.errors import DataError

__all__ = ["NMNIST"]


class NMNIST(Recordings):
    """The recordings below a folder, read when they are asked for.

    Parameters
    ----------
    folder : path
        ``Train`` or ``Test``, with a folder for each digit.

    Attributes
    ----------
    labels : array of int (recordings,)
        The digits. Recordings are in the order of digits, and of file names.

    Raises
    ------
    DataError
        There are no recordings below the folder; or, where one is asked for, this one is damaged.

    References
    ----------
    Orchard, Jayawant, Cohen and Thakor (2015), Converting static image datasets to spiking neuromorphic datasets
    using saccades, Front. Neurosci. 9:437.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).expanduser()
        self._files = sorted(self.folder.glob("[0-9]/*.bin"))
        if not self._files:
            msg = f"{self.folder} holds no file such as 5/00001.bin: give the folder Train or Test of N-MNIST, unpacked"
            raise DataError(msg)
        self.labels = np.array([int(file.parent.name) for file in self._files], np.int32)

    def read(self, place: int) -> Events:
        """Read a recording."""
        return read_saccades(self._files[place])
