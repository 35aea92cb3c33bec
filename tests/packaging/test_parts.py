"""Every part of the tree is declared, and everything declared is in the tree."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SOURCE_ROOTS = PYPROJECT["tool"]["hatch"]["build"]["dev-mode-dirs"]
PACKAGES = sorted(
    folder for root in SOURCE_ROOTS for folder in (ROOT / root).glob("isospike*") if (folder / "__init__.py").exists()
)


def test_every_plugin_module_has_an_entry_point_and_every_entry_point_a_module() -> None:
    found = {f"{file.parent.name}.plugin" for root in SOURCE_ROOTS for file in (ROOT / root).glob("*/plugin.py")}
    assert set(PYPROJECT["project"]["entry-points"]["isospike"].values()) == found


def test_every_package_with_a_backend_has_a_plugin_module() -> None:
    backends = {p for p in PACKAGES if p.parent.name == "backends" and (p / "backend.py").exists()}
    assert backends
    assert {p for p in backends if not (p / "plugin.py").exists()} == set()


def test_every_source_root_holds_a_package_named_after_the_project() -> None:
    assert {package.parent.name for package in PACKAGES} == set(SOURCE_ROOTS)


def test_the_source_roots_are_the_same_for_every_tool() -> None:
    tool = PYPROJECT["tool"]
    assert tool["hatch"]["build"]["targets"]["wheel"]["only-include"] == SOURCE_ROOTS
    assert tool["hatch"]["build"]["targets"]["wheel"]["sources"] == SOURCE_ROOTS
    assert tool["mypy"]["mypy_path"] == SOURCE_ROOTS
    assert tool["ruff"]["src"] == SOURCE_ROOTS


def test_import_linter_watches_every_package() -> None:
    assert set(PYPROJECT["tool"]["importlinter"]["root_packages"]) == {package.name for package in PACKAGES}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_every_package_tells_type_checkers_that_it_is_typed(package: Path) -> None:
    assert (package / "py.typed").is_file()
