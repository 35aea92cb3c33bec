"""The cache stays within its bounds, and nothing that is needed goes."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from pathlib import Path

import pytest

from isospike_codegen import cache
from isospike_codegen.compiler import find_compiler
from isospike_codegen.prune import DAY, prune

needs_compiler = pytest.mark.skipif(not any(map(shutil.which, ("c++", "g++", "clang++"))), reason="no C++ compiler")


def keep(folder: Path, name: str, days: float, size: int = 1000) -> None:
    """Put a library and its source into a folder, last used so many days ago; the source was written at its birth."""
    for suffix, used in ((".so", days), (".cpp", 1000.0)):
        path = folder / f"{name}{suffix}"
        path.write_bytes(b"x" * (size // 2))
        os.utime(path, (0, time.time() - used * DAY))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "prune.lock")


def test_what_was_not_used_for_long_goes_with_its_source(tmp_path: Path) -> None:
    keep(tmp_path, "old", 91)
    keep(tmp_path, "new", 89)
    prune(tmp_path)
    assert names(tmp_path) == ["new.cpp", "new.so"]


def test_what_is_too_much_goes_from_the_oldest_on(tmp_path: Path) -> None:
    for name, days in (("second", 3), ("fourth", 5), ("first", 2), ("third", 4)):
        keep(tmp_path, name, days)
    prune(tmp_path, max_bytes=2500)
    assert names(tmp_path) == ["first.cpp", "first.so", "second.cpp", "second.so"]


def test_what_was_used_today_stays_whatever_the_bounds_are(tmp_path: Path) -> None:
    keep(tmp_path, "used", 0.9)
    keep(tmp_path, "unused", 1.1)
    prune(tmp_path, max_bytes=0, max_age=0.0)
    assert names(tmp_path) == ["used.cpp", "used.so"]


def test_what_a_process_left_that_was_ended_goes_and_what_is_no_library_stays(tmp_path: Path) -> None:
    for name, days in (("build-left", 2), ("build-running", 0)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half.so").write_bytes(b"x")
        os.utime(tmp_path / name, (0, time.time() - days * DAY))
    (tmp_path / "notes.txt").write_text("mine")
    os.utime(tmp_path / "notes.txt", (0, 0))
    prune(tmp_path, max_age=DAY)
    assert names(tmp_path) == ["build-running", "notes.txt"]


def test_a_link_goes_and_what_it_points_to_stays(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "cache", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "precious").write_text("")
    (folder / "build-link").symlink_to(elsewhere)
    os.utime(folder / "build-link", (0, 0), follow_symlinks=False)
    prune(folder)
    assert names(folder) == []
    assert (elsewhere / "precious").exists()


def test_one_process_prunes_at_a_time(tmp_path: Path) -> None:
    keep(tmp_path, "old", 91)
    with (tmp_path / "prune.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        prune(tmp_path)
        assert names(tmp_path) == ["old.cpp", "old.so"]
    prune(tmp_path)
    assert names(tmp_path) == []


@needs_compiler
def test_building_prunes_and_use_keeps_young(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOSPIKE_CACHE_DIR", str(tmp_path))

    def build(n: int) -> Path:
        return cache.built_from_text("n", f'extern "C" int n() {{ return {n}; }}', ["-std=c++17"], find_compiler())

    first = build(1)
    keep(first.parent, "old", 91)
    os.utime(first, (0, 0))
    build(1)
    assert time.time() - first.stat().st_mtime < DAY
    assert (first.parent / "old.so").exists()
    second = build(2)
    assert names(first.parent) == sorted(p.name for x in (first, second) for p in (x, x.with_suffix(".cpp")))
