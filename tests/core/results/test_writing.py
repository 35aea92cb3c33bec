from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from isospike import registry
from isospike.errors import MissingDependencyError, ResultError, UnknownNameError
from isospike.results import load_result, writing


def failing(error: BaseException):
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_save_returns_what_it_wrote_and_leaves_nothing_else(tmp_path, make_run) -> None:
    files = make_run().save(tmp_path / "run")
    assert files == [tmp_path / "run" / name for name in ("data.zarr", "raster.png", "run.json")]
    assert all(path.exists() for path in files)
    assert os.listdir(tmp_path) == ["run"]


def test_without_matplotlib_the_picture_is_left_out(tmp_path, monkeypatch, make_run) -> None:
    def missing(*_: object) -> None:
        raise MissingDependencyError("no matplotlib")

    monkeypatch.setattr("isospike.results.picture.raster", missing)
    assert [path.name for path in make_run().save(tmp_path / "run")] == ["data.zarr", "run.json"]


def test_a_picture_that_fails_does_not_take_the_data_with_it(tmp_path, monkeypatch, make_run, same) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("isospike.results.picture.raster", fail)
    with pytest.warns(UserWarning, match="The data are saved"):
        make_run().save(tmp_path / "run")
    assert same(load_result(tmp_path / "run"), make_run())


def test_a_writer_adds_its_files_and_the_spikes_read_back(tmp_path, make_run) -> None:
    result = make_run()
    names = [path.name for path in result.save(tmp_path / "run", writers=["csv", "zarr"])]
    assert names == ["data.zarr", "raster.png", "run.json", "spikes.csv"]
    table = pd.read_csv(tmp_path / "run" / "spikes.csv")
    for column in ("step", "time", "population", "neuron"):
        assert table[column].tolist() == result.spikes[column].tolist()
    assert len(table) > 0


def test_an_unknown_writer_is_refused_before_anything_is_written(tmp_path, make_run) -> None:
    with pytest.raises(UnknownNameError, match=r"no writer 'cvs'.*Did you mean 'csv'"):
        make_run().save(tmp_path / "run", writers=["cvs"])
    assert os.listdir(tmp_path) == []


@pytest.fixture
def writers(monkeypatch):
    """Let plugins offer further writers, by name."""
    offered, resolve = {}, registry.resolve

    def found(kind: str, name: str):
        return offered[name] if name in offered else resolve(kind, name)

    monkeypatch.setattr(registry, "resolve", found)
    return offered


def test_a_writer_that_fails_leaves_no_file_and_takes_no_other_down(tmp_path, make_run, same, writers) -> None:
    def half(result, folder) -> None:
        (folder / "half.txt").write_text("some")
        raise RuntimeError("no more")

    writers["half"] = half
    with pytest.warns(UserWarning, match=r"half was not written: RuntimeError\('no more'\)\. The data are saved"):
        files = make_run().save(tmp_path / "run", writers=["half", "csv"])
    assert sorted(os.listdir(tmp_path / "run")) == [path.name for path in files]
    assert [path.name for path in files] == ["data.zarr", "raster.png", "run.json", "spikes.csv"]
    assert same(load_result(tmp_path / "run"), make_run())


def test_a_writer_cannot_replace_the_file_of_another(tmp_path, make_run, same, writers) -> None:
    writers["greedy"] = lambda result, folder: (folder / "run.json").write_text("mine")
    with pytest.warns(UserWarning, match=r"run\.json is the file of another writer"):
        make_run().save(tmp_path / "run", writers=["greedy"])
    assert same(load_result(tmp_path / "run"), make_run())


def test_a_writer_that_was_asked_for_and_needs_more_says_so(tmp_path, make_run, writers) -> None:
    writers["needy"] = failing(MissingDependencyError("pip install needy"))
    with pytest.warns(UserWarning, match="pip install needy"):
        make_run().save(tmp_path / "run", writers=["needy"])


def test_an_existing_folder_is_replaced_only_by_force(saved, make_run, same, tree) -> None:
    before = tree(saved)
    with pytest.raises(ResultError, match="force=True"):
        make_run(1).save(saved)
    assert tree(saved) == before
    make_run(1).save(saved, force=True)
    assert same(load_result(saved), make_run(1))
    assert os.listdir(saved.parent) == ["run"]


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"format": "other/1"}', '{"format": NaN}'])
def test_force_never_deletes_what_is_not_a_result(content, tmp_path, make_run) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    if content is not None:
        (tmp_path / "thesis" / "run.json").write_text(content)
    with pytest.raises(ResultError, match="not an isospike result"):
        make_run().save(tmp_path / "thesis", force=True)
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"
    assert os.listdir(tmp_path) == ["thesis"]


@pytest.mark.parametrize("force", [False, True])
def test_files_links_and_missing_parents_are_refused(force, saved, make_run) -> None:
    home = saved.parent
    (home / "file").write_text("x")
    (home / "link").symlink_to(saved, target_is_directory=True)
    (home / "dangling").symlink_to(home / "nowhere")
    links = {"link": "symbolic link", "dangling": "symbolic link"}
    cases = {"file": "is a file", "no/run": "mkdir", "file/run": "mkdir"} | links
    for name, match in cases.items():
        with pytest.raises(ResultError, match=match):
            make_run().save(home / name, force=force)
    assert sorted(os.listdir(home)) == ["dangling", "file", "link", "run"]


def test_a_parent_that_is_a_link_is_fine(tmp_path, make_run, same) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "scratch", target_is_directory=True)
    make_run().save(tmp_path / "link" / "run")
    assert same(load_result(tmp_path / "scratch" / "run"), make_run())


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left"), KeyboardInterrupt(), ValueError("bug")])
@pytest.mark.parametrize("place", ["writing.header", "writing._add", "store.write_group", "writing.move_into_place"])
def test_a_failure_anywhere_leaves_the_old_result_and_no_rubbish(
    place, error, saved, monkeypatch, make_run, tree
) -> None:
    before = tree(saved)
    monkeypatch.setattr(f"isospike.results.{place}", failing(error))
    expected = ResultError if isinstance(error, OSError) else type(error)
    with pytest.raises(expected):
        make_run(1).save(saved, force=True)
    assert tree(saved) == before
    assert os.listdir(saved.parent) == ["run"]


@pytest.mark.parametrize("failing_call", [1, 2])
@pytest.mark.parametrize("error", [PermissionError(errno.EACCES, "in use"), KeyboardInterrupt()])
def test_a_failed_exchange_puts_the_old_result_back(failing_call, error, saved, monkeypatch, make_run, tree) -> None:
    before, rename, calls = tree(saved), os.rename, []

    def flaky(source: Path, target: Path) -> None:
        calls.append(source)
        if len(calls) == failing_call:
            raise error
        rename(source, target)

    monkeypatch.setattr(os, "rename", flaky)
    with pytest.raises(ResultError if isinstance(error, OSError) else KeyboardInterrupt):
        make_run(1).save(saved, force=True)
    assert tree(saved) == before
    assert os.listdir(saved.parent) == ["run"]


def test_a_full_disk_in_the_middle_of_the_arrays_leaves_nothing(tmp_path, monkeypatch, make_run) -> None:
    monkeypatch.setattr("isospike.results.store.CHUNK_BYTES", 100)
    write, calls = Path.write_bytes, []

    def full(path: Path, data: bytes) -> int:
        calls.append(path)
        if len(calls) == 40:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ResultError, match="No space left"):
        make_run().save(tmp_path / "run")
    assert len(calls) == 40
    assert os.listdir(tmp_path) == []


def test_a_result_that_appears_while_saving_is_not_replaced(saved, monkeypatch, make_run, tree) -> None:
    before, target, write = tree(saved), saved.with_name("other"), writing._write

    def slow(*arguments, **options):
        shutil.copytree(saved, target)
        return write(*arguments, **options)

    monkeypatch.setattr(writing, "_write", slow)
    with pytest.raises(ResultError, match="exists already"):
        make_run(1).save(target)
    assert tree(target) == before
    assert sorted(os.listdir(saved.parent)) == ["other", "run"]


def test_an_unwritable_parent_is_a_result_error(tmp_path, monkeypatch, make_run) -> None:
    monkeypatch.setattr(Path, "mkdir", failing(PermissionError(errno.EACCES, "Permission denied")))
    with pytest.raises(ResultError, match=r"Permission denied.*another/folder"):
        make_run().save(tmp_path / "run")


def test_rubbish_of_a_killed_run_with_the_same_pid_is_no_obstacle(tmp_path, make_run) -> None:
    rubbish = tmp_path / f".run.partial-{os.getpid()}"
    rubbish.mkdir()
    make_run().save(tmp_path / "run")
    assert sorted(os.listdir(tmp_path)) == [rubbish.name, "run"]
