"""A report appears whole or not at all, and never in place of another unasked."""

from __future__ import annotations

import os

import pytest

from isospike.errors import ResultError
from isospike_conformance import destination
from isospike_conformance.destination import check_file, write_file


def test_an_existing_file_is_kept_unless_forced(tmp_path):
    path = tmp_path / "a.html"
    write_file(path, "one", force=False)
    with pytest.raises(ResultError, match="--force"):
        write_file(path, "two", force=False)
    assert path.read_text() == "one"
    write_file(path, "two", force=True)
    assert path.read_text() == "two"


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "a.html"
    path.write_text("old")

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(destination.os, "replace", full)
    with pytest.raises(ResultError, match="No space left"):
        write_file(path, "new", force=True)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.html"]


def test_a_report_is_readable_for_others(tmp_path):
    path = tmp_path / "a.html"
    write_file(path, "one", force=False)
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(("name", "words"), [("", "is a folder"), ("no/a.html", "mkdir -p")])
def test_places_where_no_file_can_be_are_refused(tmp_path, name, words):
    with pytest.raises(ResultError, match=words):
        check_file(tmp_path / name, force=True)
