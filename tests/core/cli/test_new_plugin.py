"""`isospike new-plugin` makes a folder with the names filled in, and never touches one that is there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
TEMPLATE = Path(__file__).parents[3] / "plugins" / "template"


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def files(folder: Path) -> dict[str, str]:
    caches = {"__pycache__", ".ruff_cache", ".pytest_cache", ".mypy_cache"}
    found = (path for path in folder.rglob("*") if path.is_file() and not caches.intersection(path.parts))
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


def test_the_names_are_filled_in_and_nothing_of_the_template_is_left(isospike: Call) -> None:
    done = isospike("new-plugin", "fast-cells2")
    assert done.exit_code == 0, done.stderr
    assert 'cd fast-cells2 && pip install -e ".[test]"' in done.stdout
    made = files(Path("fast-cells2"))
    assert len(made) == len(files(TEMPLATE)) > 8
    for name, text in made.items():
        assert "template" not in name + text.casefold(), name
    assert 'fast-cells2 = "fast_cells2.plugin"' in made["pyproject.toml"]
    assert "class FastCells2Neuron(iso.Neuron)" in made["src/fast_cells2/neuron.py"]
    assert '{"FastCells2Synapse": "fast_cells2.synapse:FastCells2Synapse"}' in made["src/fast_cells2/plugin.py"]
    assert "--case fast_cells2" in made[".github/workflows/test.yml"]
    assert all(len(line) <= 120 for text in made.values() for line in text.splitlines())


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("MyCells", "my-cells"),
        ("my_cells", "my-cells"),
        ("2cells", "cells"),
        ("../cells", "cells"),
        ("-h-", "h"),
        ("", "my-cells"),
        ("json", "isospike-json"),
        ("class", "isospike-class"),
        ("isospike", "isospike-isospike"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_one_that_can(isospike: Call, name: str, fix: str) -> None:
    done = isospike("new-plugin", "--", name)
    assert done.exit_code == 2
    assert re.search(rf"Write: isospike new-plugin {fix}$", done.stderr.strip())
    assert list(Path().iterdir()) == []
    assert isospike("new-plugin", fix).exit_code == 0


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_what_is_there_is_left_alone(isospike: Call, kind: str) -> None:
    place = Path("my-cells")
    {"folder": place.mkdir, "file": place.touch, "link": lambda: place.symlink_to("nowhere")}[kind]()
    done = isospike("new-plugin", "my-cells")
    assert done.exit_code == 2
    assert "exists already, and is left alone" in done.stderr
    assert not place.is_dir() or list(place.iterdir()) == []


def test_an_installed_isospike_copies_what_lies_beside_the_command(
    isospike: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from isospike.cli import newplugin

    packed = tmp_path / "site" / "template"
    packed.mkdir(parents=True)
    (packed / "isospike_template.txt").write_text("Template")
    monkeypatch.setattr(newplugin, "__file__", str(packed.with_name("newplugin.py")))
    assert isospike("new-plugin", "my-cells").exit_code == 0
    assert files(Path("my-cells")) == {"my_cells.txt": "MyCells"}
