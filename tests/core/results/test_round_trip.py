from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from isospike.results import Population, Result, load_result, save_result
from isospike.results.header import FORMAT

DTYPES = ["bool", "int8", "uint16", "int32", "int64", "float16", "float32", "float64", ">f4"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_result_comes_back_as_it_was(dtype, tmp_path, make_run, same) -> None:
    result = make_run(dtype=dtype)
    save_result(result, tmp_path / "run", plot=False)
    assert same(load_result(tmp_path / "run"), result)


def test_an_empty_result_comes_back(tmp_path, same) -> None:
    result = Result.from_arrays([], {}, {}, dt_ms=0.1, steps=0)
    result.save(tmp_path / "run")
    assert same(load_result(tmp_path / "run"), result)


@settings(max_examples=15)
@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_any_manifest_comes_back_and_is_valid_json(manifest) -> None:
    result = Result.from_arrays([Population("a", 1)], {}, {}, 0.1, 1, manifest=manifest)
    with tempfile.TemporaryDirectory() as folder:
        save_result(result, Path(folder) / "run", plot=False)
        text = (Path(folder) / "run" / "run.json").read_text(encoding="utf-8")
        json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
        assert load_result(Path(folder) / "run").manifest == result.manifest


def test_arrays_of_many_chunks_come_back(tmp_path, monkeypatch, make_run, same) -> None:
    monkeypatch.setattr("isospike.results.store.CHUNK_BYTES", 1000)
    result = make_run()
    save_result(result, tmp_path / "run", plot=False)
    assert len(list((tmp_path / "run" / "data.zarr" / "states" / "cells.V" / "c").iterdir())) == 9
    assert same(load_result(tmp_path / "run"), result)


def test_the_store_opens_in_xarray_alone_with_units_and_times(saved, make_run) -> None:
    states = xr.open_zarr(saved / "data.zarr", group="states", consolidated=False, chunks=None)
    xr.testing.assert_identical(states.load(), make_run().states[list(states)])
    spikes = xr.open_zarr(saved / "data.zarr", group="spikes", consolidated=False, chunks=None)
    assert spikes["population"].attrs["names"][0] == "cells"
    assert spikes.sizes["spike"] == 320


def test_run_json_starts_with_the_format_and_ends_with_the_manifest(saved) -> None:
    header = json.loads((saved / "run.json").read_text(encoding="utf-8"))
    assert next(iter(header)) == "format"
    assert list(header)[-1] == "manifest"
    assert header["format"] == FORMAT
    assert [p["spikes"] for p in header["populations"]] == [300, 20, 0, None]


def test_relative_and_home_paths_work(tmp_path, monkeypatch, make_run, same) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME" if sys.platform != "win32" else "USERPROFILE", str(tmp_path))
    assert make_run().save("here")[0] == tmp_path / "here" / "data.zarr"
    make_run().save("~/there")
    assert same(load_result("here"), load_result("~/there"))
