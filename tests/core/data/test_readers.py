"""Readers of data sets: what they read of files in the formats, and what they say of others."""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isospike.data import NMNIST, SHD, digits, read_aedat, read_gestures, read_saccades
from isospike.errors import DataError, MissingDependencyError

# Polarity, y, x, time in us.
SEEN = [(1, 3, 17, 5), (0, 33, 0, 70_000), (1, 0, 33, 70_001), (0, 12, 12, 300_000)]


def addresses(seen: list[tuple[int, int, int, int]], shape: tuple[int, int]) -> list[int]:
    return [(p * shape[0] + y) * shape[1] + x for p, y, x, _ in seen]


def saccades(seen: list[tuple[int, int, int, int]]) -> bytes:
    """Return a file of N-MNIST."""
    return b"".join(struct.pack(">BBI", x, y, p << 31 | t << 8)[:5] for p, y, x, t in seen)


def packet(events: bytes, n: int, *, kind: int = 1, size: int = 8, turns: int = 0) -> bytes:
    return struct.pack("<hhiiiiii", kind, 1, size, 4, turns, n, n, n) + events


def polarity(seen: list[tuple[int, int, int, int]], *, valid: int = 1) -> bytes:
    return b"".join(struct.pack("<Ii", x << 17 | y << 2 | p << 1 | valid, t) for p, y, x, t in seen)


HEADER = b"#!AER-DAT3.1\r\n#Format: RAW\r\n#!END-HEADER\r\n"


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """Return a function that writes a file and returns its path."""

    def write(name: str, data: bytes) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    return write


def test_a_file_of_n_mnist_holds_pixels_and_microseconds(file: Any) -> None:
    events = read_saccades(file("a.bin", saccades(SEEN)))
    assert events.shape == (2, 34, 34)
    assert events.times.tolist() == [5, 70_000, 70_001, 300_000]
    assert events.addresses.tolist() == addresses(SEEN, (34, 34))


def test_an_overflow_of_the_clock_is_no_event_and_moves_those_after_it(file: Any) -> None:
    data = saccades([*SEEN[:1], (0, 240, 9, 0), (1, 1, 1, 3), (0, 240, 9, 0), (1, 2, 2, 4)])
    events = read_saccades(file("a.bin", data))
    assert events.times.tolist() == [5, 2**13 + 3, 2**14 + 4]


def test_an_empty_file_of_n_mnist_holds_no_event(file: Any) -> None:
    assert len(read_saccades(file("a.bin", b""))) == 0


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (saccades(SEEN)[:-2], "18 bytes, expected a multiple of 5: it is cut off"),
        (saccades([(0, 34, 0, 1)]), "an event outside 34 x 34 pixels"),
        (saccades([(0, 0, 200, 1)]), "an event outside 34 x 34 pixels"),
    ],
)
def test_another_file_is_no_file_of_n_mnist(file: Any, data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as refused:
        read_saccades(file("a.bin", data))
    assert "a.bin" in str(refused.value)


def test_n_mnist_is_read_in_the_order_of_digits(file: Any, tmp_path: Path) -> None:
    for digit, name, t in ((7, "00002", 1), (7, "00001", 2), (0, "00009", 3)):
        file(f"Train/{digit}/{name}.bin", saccades([(1, 0, 0, t)]))
    data = NMNIST(tmp_path / "Train")
    assert data.labels.tolist() == [0, 7, 7]
    assert [e.times[0] for e in data] == [3, 2, 1]
    assert [e.times[0] for e in data[1:]] == [2, 1]
    with pytest.raises(DataError, match=r"holds no file such as 5/00001.bin: give the folder Train or Test"):
        NMNIST(tmp_path)


def test_a_recording_of_a_camera_holds_the_valid_polarity_events_of_all_packets(file: Any) -> None:
    first, second = SEEN[:2], SEEN[2:]
    other = packet(b"\0" * 24, 2, kind=2, size=12)
    hidden = packet(polarity([(0, 1, 1, 9)], valid=0), 1)
    data = HEADER + packet(polarity(first), 2) + other + hidden + packet(b"", 0) + packet(polarity(second), 2, turns=1)
    events = read_aedat(file("a.aedat", data))
    assert events.shape == (2, 128, 128)
    assert events.times.tolist() == [5, 70_000, 2**31 + 70_001, 2**31 + 300_000]
    assert events.addresses.tolist() == addresses(SEEN, (128, 128))


def test_a_recording_without_packets_holds_no_event(file: Any) -> None:
    assert len(read_aedat(file("a.aedat", HEADER))) == 0


WHOLE = HEADER + packet(polarity(SEEN), 4)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "expected .*AER-DAT3.1"),
        (b"#!AER-DAT2.0\r\n", "no file in AEDAT 3.1"),
        (HEADER[:30], "no end of its header"),
        (WHOLE[:-3], "cut off or damaged"),
        (WHOLE + b"\0" * 5, "cut off or damaged"),
        (HEADER + packet(polarity(SEEN), 2**31 - 1), "cut off or damaged"),
        (HEADER + packet(polarity(SEEN), -1), "cut off or damaged"),
        (HEADER + packet(polarity(SEEN), 4, size=0), "cut off or damaged"),
        (HEADER + packet(polarity(SEEN), 4, size=-8), "cut off or damaged"),
        (HEADER + packet(polarity(SEEN), 8, size=4), "cut off or damaged"),
        (HEADER + packet(polarity(SEEN), 4, turns=-1), "cut off or damaged"),
        (HEADER + packet(polarity([(0, 128, 0, 1)]), 1), "outside 128 x 128 pixels"),
        (HEADER + packet(polarity([(0, 1, 0, -7)]), 1), "before its beginning"),
    ],
)
def test_another_file_is_no_recording_of_a_camera(file: Any, data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as refused:
        read_aedat(file("a.aedat", data))
    assert "a.aedat" in str(refused.value)


def test_a_recording_is_cut_into_gestures_that_begin_at_zero(file: Any) -> None:
    recording = file("user01.aedat", WHOLE)
    labels = file("user01_labels.csv", b"class,startTime_usec,endTime_usec\n3,0,70001\n11,70001,400000\n")
    gestures, classes = read_gestures(recording, labels)
    assert classes.tolist() == [2, 10]
    assert [g.times.tolist() for g in gestures] == [[5, 70_000], [0, 229_999]]
    assert gestures[1].addresses.tolist() == addresses(SEEN[2:], (128, 128))


@pytest.mark.parametrize(
    "text",
    ["", "class,start,end\n1,0,5\n", "class,startTime_usec,endTime_usec\n1,0\n"]
    + [f"class,startTime_usec,endTime_usec\n{row}\n" for row in ("0,1,2", "1,5,5", "1,0,x", "1,0,5,6")],
)
def test_another_list_is_no_list_of_gestures(file: Any, text: str) -> None:
    with pytest.raises(DataError, match=r"labels\.csv is no list of gestures"):
        read_gestures(file("a.aedat", WHOLE), file("labels.csv", text.encode()))


@pytest.mark.parametrize("read", [read_aedat, read_saccades, SHD])
def test_a_file_that_is_missing_is_named(read: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        read(tmp_path / "nowhere.h5")


def test_a_list_of_gestures_that_is_missing_is_named(file: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere.csv cannot be read"):
        read_gestures(file("a.aedat", WHOLE), tmp_path / "nowhere.csv")


def heidelberg(path: Path, times: list[Any], channels: list[Any], labels: list[Any], **kinds: Any) -> Path:
    """Write a file as those of SHD are: half precision, seconds."""
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        for name, rows, kind in (("times", times, np.float16), ("units", channels, np.uint16)):
            data = file.create_dataset(f"spikes/{name}", (len(rows),), h5py.vlen_dtype(kinds.get(name, kind)))
            for i, row in enumerate(rows):
                data[i] = np.array(row)
        file["labels"] = np.array(labels, kinds.get("labels", np.uint8))
    return path


def test_a_file_of_shd_holds_seconds_and_channels(tmp_path: Path) -> None:
    data = SHD(heidelberg(tmp_path / "shd.h5", [[0.0, 0.5], [0.25]], [[699, 3], [0]], [19, 2]))
    assert data.labels.tolist() == [19, 2]
    assert [e.times.tolist() for e in data] == [[0, 500_000], [250_000]]
    assert data[-2].addresses.tolist() == [699, 3]
    assert data[0].shape == (700,)
    assert [len(e) for e in data[:]] == [2, 1]
    with pytest.raises(IndexError):
        data[2]
    data.close()


@pytest.mark.parametrize(
    ("times", "channels"), [([0.1, 0.2], [1]), ([0.1], [700]), ([-0.1], [1]), ([float("nan")], [1])]
)
def test_a_damaged_recording_of_shd_is_named(tmp_path: Path, times: list[float], channels: list[int]) -> None:
    data = SHD(heidelberg(tmp_path / "shd.h5", [[0.0], times], [[0], channels], [0, 1]))
    assert len(data[0]) == 1
    with pytest.raises(DataError, match=r"shd.h5: recording 1 is damaged"):
        data[1]


def test_another_file_is_no_file_of_shd(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "shd.h5"
    path.write_bytes(b"PK\3\4")
    with pytest.raises(DataError, match="no file of SHD or SSC"):
        SHD(path)
    with h5py.File(path, "w") as file:
        file["labels"] = np.zeros(3)
    with pytest.raises(DataError, match="no file of SHD or SSC"):
        SHD(path)
    with h5py.File(path, "w") as file:
        file["labels"], file["spikes/times"], file["spikes/units/x"] = b"a", np.zeros(3), np.zeros(3)
    with pytest.raises(DataError, match="no file of SHD or SSC"):
        SHD(path)


def test_a_file_of_shd_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = heidelberg(tmp_path / "shd.h5", [[0.0]] * 50, [[1]] * 50, [0] * 50)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataError, match="no file of SHD or SSC"):
        SHD(path)


def test_a_file_of_shd_with_more_labels_than_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"has \[1, 2\] times, channels and labels"):
        SHD(heidelberg(tmp_path / "shd.h5", [[0.0]], [[1]], [0, 1]))


def test_the_digits_are_images_and_what_they_show() -> None:
    pytest.importorskip("sklearn")
    images, labels = digits()
    assert images.shape == (1797, 8, 8)
    assert (images.min(), images.max()) == (0, 1)
    assert (np.bincount(labels) > 170).all()


@pytest.mark.parametrize(("library", "read"), [("sklearn.datasets", digits), ("h5py", lambda: SHD("x.h5"))])
def test_a_library_that_is_missing_is_named_with_its_extra(
    library: str, read: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingDependencyError, match=r'pip install "isospike\[data\]"'):
        read()
