from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from isospike.errors import ResultError
from isospike.results import load_result


def edit(folder: Path, change) -> None:
    header = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    change(header)
    (folder / "run.json").write_text(json.dumps(header), encoding="utf-8")


def array(saved: Path) -> Path:
    return saved / "data.zarr" / "states" / "cells.V"


def chunk(saved: Path) -> Path:
    return array(saved) / "c" / "0" / "0"


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def reshape(path: Path, *shape: int) -> None:
    metadata = json.loads((path / "zarr.json").read_text())
    metadata["shape"] = list(shape)
    metadata["chunk_grid"]["configuration"]["chunk_shape"] = list(shape)
    (path / "zarr.json").write_text(json.dumps(metadata))


class Evil:
    def __reduce__(self):
        return (Path.touch, (Path("executed"),))


def test_loading_what_is_not_a_result_says_so(tmp_path) -> None:
    with pytest.raises(ResultError, match="does not exist"):
        load_result(tmp_path / "nothing")
    with pytest.raises(ResultError, match=r"no run\.json"):
        load_result(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[1]", "nul", "[" * 100_000, '{"dt_ms": 1}', '{"format": NaN}', "\ud800"])
def test_a_broken_run_json_is_named(text, saved) -> None:
    (saved / "run.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ResultError, match=r"run\.json"):
        load_result(saved)


def test_another_format_version_is_named(saved) -> None:
    edit(saved, lambda header: header.update(format="isospike.result/2"))
    with pytest.raises(ResultError, match=r"result/2.*reads.*result/1.*upgrade"):
        load_result(saved)


def test_every_truncation_of_run_json_is_refused(saved) -> None:
    text = (saved / "run.json").read_text(encoding="utf-8").rstrip()
    for length in range(0, len(text), 97):
        (saved / "run.json").write_text(text[:length], encoding="utf-8")
        with pytest.raises(ResultError):
            load_result(saved)


@pytest.mark.parametrize(
    "change",
    [
        lambda h: h.pop("populations"),
        lambda h: h.update(manifest=[]),
        lambda h: h.update(steps=True),
        lambda h: h.update(steps=10),
        lambda h: h.update(steps="100"),
        lambda h: h.update(dt_ms=-1.0),
        lambda h: h["populations"][0].update(size=3),
        lambda h: h["populations"][0].update(size=10**30),
        lambda h: h["populations"][0].update(spikes=299),
        lambda h: h["populations"][0].update(groups={"E": [0, 41]}),
        lambda h: h["populations"][0].update(groups={"E": [0, 1, 2]}),
        lambda h: h["populations"][0].update(groups={"E": "ab"}),
        lambda h: h["populations"].pop(0),
        lambda h: h["populations"].reverse(),
        lambda h: h["populations"].append(None),
        lambda h: h["states"]["cells.V"].update(shape=[50, 41]),
        lambda h: h["states"]["cells.V"].update(dtype="float64"),
        lambda h: h["states"]["cells.V"].update(dims=[]),
        lambda h: h["states"]["cells.V"].update(dims=["time_2", "x"]),
        lambda h: h["states"]["cells.V"].update(dims=["time", {}]),
        lambda h: h["states"].update({"../spikes/step": h["states"]["cells.V"]}),
        lambda h: h["states"].update({"cells.W": h["states"]["cells.V"]}),
        lambda h: h["states"].update(x=None),
    ],
)
def test_a_header_that_does_not_fit_the_data_is_refused(change, saved) -> None:
    edit(saved, change)
    with pytest.raises(ResultError, match="damaged"):
        load_result(saved)


@pytest.mark.parametrize(
    "damage",
    [
        lambda saved: shutil.rmtree(saved / "data.zarr"),
        lambda saved: shutil.rmtree(saved / "data.zarr" / "spikes"),
        lambda saved: shutil.rmtree(saved / "data.zarr" / "states" / "step"),
        lambda saved: shutil.rmtree(array(saved)),
        lambda saved: (array(saved) / "zarr.json").unlink(),
        lambda saved: (array(saved) / "zarr.json").write_text("{"),
        lambda saved: chunk(saved).unlink(),
        lambda saved: os.truncate(chunk(saved), 1000),
        lambda saved: os.truncate(chunk(saved), 0),
        lambda saved: flip(chunk(saved)),
        lambda saved: shutil.copy(chunk(saved), chunk(saved).with_name("1")),
        lambda saved: reshape(array(saved), 10**9, 10**9),
        lambda saved: reshape(array(saved), 49, 40),
    ],
)
def test_a_damaged_store_is_refused_and_not_read_as_zeros(damage, saved) -> None:
    damage(saved)
    with pytest.raises(ResultError, match="damaged"):
        load_result(saved)


def test_pickled_objects_are_refused_unopened(saved, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.rmtree(array(saved))
    array(saved).mkdir()
    metadata = {
        "zarr_format": 2,
        "shape": [1],
        "chunks": [1],
        "dtype": "|O",
        "filters": [{"id": "pickle", "protocol": 4}],
        "compressor": None,
        "fill_value": 0,
        "order": "C",
    }
    (array(saved) / ".zarray").write_text(json.dumps(metadata))
    (array(saved) / "0").write_bytes(pickle.dumps(np.array([Evil()], dtype=object)))
    with pytest.raises(ResultError, match="damaged"):
        load_result(saved)
    assert not (tmp_path / "executed").exists()


def test_arrays_of_other_kinds_are_refused(saved) -> None:
    metadata = json.loads((array(saved) / "zarr.json").read_text())
    metadata |= {"data_type": "complex64", "fill_value": [0.0, 0.0]}
    (array(saved) / "zarr.json").write_text(json.dumps(metadata))
    with pytest.raises(ResultError, match="expected plain numbers"):
        load_result(saved)
