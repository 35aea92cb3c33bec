"""``isospike nir`` shows the audit, and the format is found by its name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nir
import pytest
from tests.plugins.isospike_nir.conftest import lif
from typer.testing import CliRunner

import isospike as iso
from isospike.cli import app


@pytest.fixture
def file(chain: Callable[..., Any], tmp_path: Path) -> Path:
    """Return the file of a small graph with a loop."""
    path = tmp_path / "small.nir"
    nir.write(path, chain([lif(2)], [2], [2], [("n0", "n0")]))
    return path


def test_the_audit_of_a_file_is_shown(file: Path) -> None:
    done = CliRunner().invoke(app, ["nir", str(file), "--profile", "norse", "--dt", "2 ms"])
    assert done.exit_code == 0, done.stderr
    assert "(graph): profile 'norse', as Norse 1.1.0" in done.stdout
    assert "(graph): the library writes its files for dt = 1 ms" in done.stdout
    assert "n0: forward Euler, V += dt/tau (v_leak - V + R x)" in done.stdout
    assert "n0: closes a loop" in done.stdout


def test_without_a_step_it_is_that_of_the_library_or_1_ms(file: Path) -> None:
    for profile, ms in (("exact", "1 ms"), ("snntorch", "0.1 ms"), ("sinabs", "1 ms")):
        done = CliRunner().invoke(app, ["nir", str(file), "--profile", profile])
        assert f"dt = {ms}\n" in done.stdout


def test_a_file_that_is_not_there_ends_in_one_line() -> None:
    done = CliRunner().invoke(app, ["nir", "none.nir", "--profile", "norse"])
    assert done.exit_code == 2
    assert done.stderr.strip() == "isospike: error: none.nir does not exist: give the path of a .nir file"


def test_the_format_is_a_name_of_isospike_and_is_no_model() -> None:
    assert iso.nir is sys.modules["isospike_nir"]
    assert "nir" in dir(iso)
    assert "formats" not in iso.registry.MODEL_KINDS
    assert iso.registry.names("formats") == ["nir"]
