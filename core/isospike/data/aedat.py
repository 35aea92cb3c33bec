"""Recordings of event cameras in the format AEDAT 3.1."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from isospike.data.events import Events
from isospike.data.reading import read_bytes
from isospike.errors import DataError

__all__ = ["read_aedat"]

_VERSION, _END = b"#!AER-DAT3.1\r\n", b"#!END-HEADER\r\n"
# Of a packet: type, source, size of an event, place of its time, turns of the clock, capacity, number, valid ones.
_HEADER = struct.Struct("<hhiiiiii")
_POLARITY = 1
_EVENT = np.dtype([("data", "<u4"), ("time", "<i4")])
_ADDRESS = 2**15 - 1


def read_aedat(file: str | os.PathLike[str], shape: tuple[int, int] = (128, 128)) -> Events:
    """Read the polarity events of a file.

    Parameters
    ----------
    file : path
        An ``.aedat`` file of version 3.1.
    shape : (int, int)
        Height and width of the sensor; those of a DVS128 by default.

    Returns
    -------
    Events
        Of shape ``(2, height, width)``, with the times of the camera. Those that the camera calls invalid are left
        out.

    Raises
    ------
    DataError
        The file cannot be read, is cut off, of another version, or holds an event outside the sensor.

    References
    ----------
    iniVation, AEDAT file formats, https://docs.inivation.com/software/software-advanced-usage/file-formats.
    """
    path = Path(file).expanduser()
    data = read_bytes(path, "a file in AEDAT 3.1")
    packets = list(_packets(path, data))
    words = np.concatenate([p["data"] for p in packets]) if packets else np.zeros(0, np.uint32)
    times = np.concatenate([p["time"] for p in packets]) if packets else np.zeros(0, np.int64)
    valid = (words & 1).astype(bool)
    words, times = words[valid].astype(np.int64), times[valid]
    place = ((words >> 1) & 1, (words >> 2) & _ADDRESS, (words >> 17) & _ADDRESS)
    try:
        return Events(times, np.ravel_multi_index(place, (2, *shape)), (2, *shape))
    except ValueError as error:
        msg = f"{path} holds an event outside {shape[0]} x {shape[1]} pixels, or before its beginning ({error})"
        raise DataError(msg) from None


def _packets(path: Path, data: bytes) -> Iterator[dict[str, NDArray[np.int64]]]:
    """Yield words and times of the polarity events of each packet."""
    place = _body(path, data)
    while place < len(data):
        if len(data) - place < _HEADER.size:
            raise DataError(_cut(path, place))
        kind, _, size, _, turns, _, number, _ = _HEADER.unpack_from(data, place)
        place += _HEADER.size
        end = place + size * number
        if size < 1 or number < 0 or end > len(data):
            raise DataError(_cut(path, place))
        if kind == _POLARITY and number:
            if size != _EVENT.itemsize or turns < 0:
                raise DataError(_cut(path, place))
            events = np.frombuffer(data, _EVENT, number, place)
            yield {"data": events["data"], "time": events["time"].astype(np.int64) + (turns << 31)}
        place = end


def _body(path: Path, data: bytes) -> int:
    """Return where the text at the beginning of a file ends."""
    if not data.startswith(_VERSION):
        msg = f"{path} begins with {data[:20]!r}, expected {_VERSION!r}: it is no file in AEDAT 3.1; convert it first"
        raise DataError(msg)
    end = data.find(_END)
    if end < 0:
        msg = f"{path} has no end of its header ({_END!r}): it is cut off; get it anew"
        raise DataError(msg)
    return end + len(_END)


def _cut(path: Path, place: int) -> str:
    return f"{path}: the packet at byte {place} is cut off or damaged: get the file anew"
