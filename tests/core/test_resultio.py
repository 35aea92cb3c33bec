from __future__ import annotations

import errno
import json
import os
import pickle
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from isospike import resultio
from isospike.errors import MissingDependencyError, ResultError
from isospike.results import Population, Result, Trace
from isospike.results import load_result, save_result
from isospike.results.header import FORMAT

DTYPES = ["bool", "int8", "uint16", "int32", "int64", "float16", "float32", "float64", ">f4"]


def make(seed: int = 0, manifest=None, dtype: str = "float32", samples: int = 50) -> Result:
    random = np.random.default_rng(seed)
    populations = [
        Population("cells", 40, {"I": (30, 40), "E": (0, 30)}),
        Population("input", 5),
        Population("silent", 2),
        Population("unrecorded", 7),
    ]
    spikes = {
        "cells": (random.integers(100, 200, 300), random.integers(0, 40, 300)),
        "input": (random.integers(100, 200, 20), random.integers(0, 5, 20)),
        "silent": (np.zeros(0, np.int64), np.zeros(0, np.int32)),
    }
    steps = 100 + np.arange(samples)
    traces = {
        "cells.V": Trace(random.normal(-65, 5, (samples, 40)).astype(dtype), steps, "mV"),
        "a.first": Trace(random.normal(0, 1, (2, 3, 4)), np.array([100, 200]), "nS", ("post", "pre")),
        "mean": Trace(np.full(samples, np.nan), steps, "1"),
        "never": Trace(np.zeros((0, 3)), np.zeros(0, np.int64), "mV"),
        "no cell": Trace(np.zeros((samples, 0), np.int32), steps, "1"),
    }
    return Result.from_arrays(populations, spikes, traces, 0.1, 100, 100, manifest or {"seed": seed})


def same(left: Result, right: Result) -> bool:
    assert left.populations == right.populations
    assert [list(p.groups) for p in left.populations] == [list(p.groups) for p in right.populations]
    assert (left.dt_ms, left.steps, left.start_step) == (right.dt_ms, right.steps, right.start_step)
    assert left.manifest == right.manifest
    assert left.spike_arrays.recorded == right.spike_arrays.recorded
    assert left.spikes.equals(right.spikes)
    assert list(left.spikes.dtypes) == list(right.spikes.dtypes)
    assert list(left.states) == list(right.states)
    xr.testing.assert_identical(left.states, right.states)
    assert [v.dtype for v in left.states.values()] == [v.dtype for v in right.states.values()]
    return True


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("original") / "run"
    make().save(folder)
    return folder


@pytest.fixture
def saved(original, tmp_path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "run"))


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_result_comes_back_as_it_was(dtype, tmp_path) -> None:
    result = make(dtype=dtype)
    save_result(result, tmp_path / "run", plot=False)
    assert same(load_result(tmp_path / "run"), result)


def test_an_empty_result_comes_back(tmp_path) -> None:
    result = Result.from_arrays([], {}, {}, dt_ms=0.1, steps=0)
    result.save(tmp_path / "run")
    assert same(load_result(tmp_path / "run"), result)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=15, deadline=None)
@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_any_manifest_comes_back_and_is_valid_json(manifest) -> None:
    result = Result.from_arrays([Population("a", 1)], {}, {}, 0.1, 1, manifest=manifest)
    with tempfile.TemporaryDirectory() as folder:
        save_result(result, Path(folder) / "run", plot=False)
        text = (Path(folder) / "run" / "run.json").read_text(encoding="utf-8")
        json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
        assert load_result(Path(folder) / "run").manifest == result.manifest


def test_arrays_of_many_chunks_come_back(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(resultio, "CHUNK_BYTES", 1000)
    result = make()
    save_result(result, tmp_path / "run", plot=False)
    assert len(list((tmp_path / "run" / "data.zarr" / "states" / "cells.V" / "c").iterdir())) == 9
    assert same(load_result(tmp_path / "run"), result)


def test_the_store_opens_in_xarray_alone_with_units_and_times(saved) -> None:
    states = xr.open_zarr(saved / "data.zarr", group="states", consolidated=False, chunks=None)
    xr.testing.assert_identical(states.load(), make().states[list(states)])
    spikes = xr.open_zarr(saved / "data.zarr", group="spikes", consolidated=False, chunks=None)
    assert spikes["population"].attrs["names"][0] == "cells"
    assert spikes.sizes["spike"] == 320


def test_run_json_starts_with_the_format_and_ends_with_the_manifest(saved) -> None:
    header = json.loads((saved / "run.json").read_text(encoding="utf-8"))
    assert next(iter(header)) == "format"
    assert list(header)[-1] == "manifest"
    assert header["format"] == FORMAT
    assert [p["spikes"] for p in header["populations"]] == [300, 20, 0, None]


def test_save_returns_what_it_wrote_and_leaves_nothing_else(tmp_path) -> None:
    files = make().save(tmp_path / "run")
    assert files == [tmp_path / "run" / name for name in ("data.zarr", "raster.png", "run.json")]
    assert all(path.exists() for path in files)
    assert os.listdir(tmp_path) == ["run"]


def test_without_matplotlib_the_picture_is_left_out(tmp_path, monkeypatch) -> None:
    def missing(*_: object) -> None:
        raise MissingDependencyError("no matplotlib")

    monkeypatch.setattr("isospike.results.plot.raster", missing)
    assert [path.name for path in make().save(tmp_path / "run")] == ["data.zarr", "run.json"]


def test_a_picture_that_fails_does_not_take_the_data_with_it(tmp_path, monkeypatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("isospike.results.plot.raster", fail)
    with pytest.warns(UserWarning, match="The data are saved"):
        make().save(tmp_path / "run")
    assert same(load_result(tmp_path / "run"), make())


def test_an_existing_folder_is_replaced_only_by_force(saved) -> None:
    before = tree(saved)
    with pytest.raises(ResultError, match="force=True"):
        make(1).save(saved)
    assert tree(saved) == before
    make(1).save(saved, force=True)
    assert same(load_result(saved), make(1))
    assert os.listdir(saved.parent) == ["run"]


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"format": "other/1"}', '{"format": NaN}'])
def test_force_never_deletes_what_is_not_a_result(content, tmp_path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    if content is not None:
        (tmp_path / "thesis" / "run.json").write_text(content)
    with pytest.raises(ResultError, match="not an isospike result"):
        make().save(tmp_path / "thesis", force=True)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"
    assert os.listdir(tmp_path) == ["thesis"]


@pytest.mark.parametrize("force", [False, True])
def test_files_links_and_missing_parents_are_refused(force, saved) -> None:
    home = saved.parent
    (home / "file").write_text("x")
    (home / "link").symlink_to(saved, target_is_directory=True)
    (home / "dangling").symlink_to(home / "nowhere")
    links = {"link": "symbolic link", "dangling": "symbolic link"}
    cases = {"file": "is a file", "no/run": "mkdir", "file/run": "mkdir"} | links
    for name, match in cases.items():
        with pytest.raises(ResultError, match=match):
            make().save(home / name, force=force)
    assert sorted(os.listdir(home)) == ["dangling", "file", "link", "run"]


def test_a_parent_that_is_a_link_is_fine(tmp_path) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "scratch", target_is_directory=True)
    make().save(tmp_path / "link" / "run")
    assert same(load_result(tmp_path / "scratch" / "run"), make())


def failing(error: BaseException):
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt(), ValueError("bug")]
)
@pytest.mark.parametrize("place", ["_header", "_draw", "_write_group", "_move_into_place"])
def test_a_failure_anywhere_leaves_the_old_result_and_no_rubbish(place, error, saved, monkeypatch) -> None:
    before = tree(saved)
    monkeypatch.setattr(resultio, place, failing(error))
    expected = ResultError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        make(1).save(saved, force=True)
    assert tree(saved) == before
    assert os.listdir(saved.parent) == ["run"]


@pytest.mark.parametrize("failing_call", [1, 2])
@pytest.mark.parametrize("error", [PermissionError(errno.EACCES, "in use"), KeyboardInterrupt()])
def test_a_failed_exchange_puts_the_old_result_back(failing_call, error, saved, monkeypatch) -> None:
    before, rename, calls = tree(saved), os.rename, []

    def flaky(source: Path, target: Path) -> None:
        calls.append(source)
        if len(calls) == failing_call:
            raise error
        rename(source, target)

    monkeypatch.setattr(os, "rename", flaky)
    with pytest.raises(ResultError if isinstance(error, OSError) else KeyboardInterrupt):
        make(1).save(saved, force=True)
    assert tree(saved) == before
    assert os.listdir(saved.parent) == ["run"]


def test_a_full_disk_in_the_middle_of_the_arrays_leaves_nothing(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(resultio, "CHUNK_BYTES", 100)
    write, calls = Path.write_bytes, []

    def full(path: Path, data: bytes) -> int:
        calls.append(path)
        if len(calls) == 40:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ResultError, match="No space left"):
        make().save(tmp_path / "run")
    assert len(calls) == 40
    assert os.listdir(tmp_path) == []


def test_a_result_that_appears_while_saving_is_not_replaced(saved, monkeypatch) -> None:
    before, target, write = tree(saved), saved.with_name("other"), resultio._write

    def slow(*arguments, **options):
        shutil.copytree(saved, target)
        return write(*arguments, **options)

    monkeypatch.setattr(resultio, "_write", slow)
    with pytest.raises(ResultError, match="exists already"):
        make(1).save(target)
    assert tree(target) == before
    assert sorted(os.listdir(saved.parent)) == ["other", "run"]


def test_an_unwritable_parent_is_a_result_error(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(Path, "mkdir", failing(PermissionError(errno.EACCES, "Permission denied")))
    with pytest.raises(ResultError, match=r"Permission denied.*another/folder"):
        make().save(tmp_path / "run")


def test_rubbish_of_a_killed_run_with_the_same_pid_is_no_obstacle(tmp_path) -> None:
    rubbish = tmp_path / f".run.partial-{os.getpid()}"
    rubbish.mkdir()
    make().save(tmp_path / "run")
    assert sorted(os.listdir(tmp_path)) == [rubbish.name, "run"]


def test_relative_and_home_paths_work(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME" if sys.platform != "win32" else "USERPROFILE", str(tmp_path))
    assert make().save("here")[0] == tmp_path / "here" / "data.zarr"
    make().save("~/there")
    assert same(load_result("here"), load_result("~/there"))


def test_loading_what_is_not_a_result_says_so(tmp_path) -> None:
    with pytest.raises(ResultError, match="does not exist"):
        load_result(tmp_path / "nothing")
    with pytest.raises(ResultError, match=r"no run\.json"):
        load_result(tmp_path)


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "nul", "[" * 100_000, '{"dt_ms": 1}', '{"format": NaN}', "\ud800"]
)
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


def edit(folder: Path, change) -> None:
    header = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    change(header)
    (folder / "run.json").write_text(json.dumps(header), encoding="utf-8")


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


class Evil:
    def __reduce__(self):
        return (Path.touch, (Path("executed"),))


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
