"""The gestures of a recording of the DVS128 Gesture data set."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isospike.data.aedat import read_aedat
from isospike.data.events import Events
from isospike.errors import DataError

__all__ = ["read_gestures"]

_COLUMNS = "class,startTime_usec,endTime_usec"


def read_gestures(
    file: str | os.PathLike[str], labels: str | os.PathLike[str]
) -> tuple[list[Events], NDArray[np.int32]]:
    """Read a recording of one person, cut into gestures.

    Parameters
    ----------
    file : path
        Such as ``user01_natural.aedat``.
    labels : path
        What is seen when, such as ``user01_natural_labels.csv``.

    Returns
    -------
    recordings : list of Events
        Of shape (2, 128, 128), each with times from its own beginning.
    labels : array of int
        Classes, from 0.

    Raises
    ------
    DataError
        A file cannot be read, is damaged, or of another kind.

    References
    ----------
    Amir et al. (2017), A low power, fully event-based gesture recognition system, CVPR.
    """
    events = read_aedat(file)
    rows = _rows(Path(labels).expanduser())
    recordings = []
    for _, start, end in rows:
        inside = (events.times >= start) & (events.times < end)
        recordings.append(Events(events.times[inside] - start, events.addresses[inside], events.shape))
    return recordings, np.array([row[0] - 1 for row in rows], np.int32)


def _rows(path: Path) -> list[tuple[int, int, int]]:
    try:
        first, *lines = path.read_text(encoding="ascii").split()
        rows = [(int(a), int(b), int(c)) for a, b, c in (line.split(",") for line in lines)]
        right = first == _COLUMNS and all(kind >= 1 and start < end for kind, start, end in rows)
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror or error}): give the ..._labels.csv of the recording"
        raise DataError(msg) from error
    except ValueError:
        right = False
    if not right:
        msg = f"{path} is no list of gestures: expected a line {_COLUMNS!r}, and lines of three whole numbers"
        raise DataError(msg)
    return rows
