"""What pip is told about isospike is true."""

from __future__ import annotations

import importlib.metadata
import os
import re
import tomllib
import zipfile
from pathlib import Path

import pytest

from isospike import registry

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PYPROJECT["project"]["optional-dependencies"]


def expanded(extra: str) -> list[str]:
    """List the requirements of an extra, with those of the extras that it names."""
    requirements: list[str] = []
    for requirement in EXTRAS[extra]:
        inner = re.fullmatch(r"isospike\[(.+)\]", requirement)
        names = inner[1].split(",") if inner else []
        requirements += [r for name in names for r in expanded(name.strip())] if inner else [requirement]
    return requirements


def test_the_installed_distribution_is_this_tree() -> None:
    assert importlib.metadata.version("isospike") == PYPROJECT["project"]["version"]


def test_every_bundled_plugin_is_found_and_none_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISOSPIKE_BLOCK", raising=False)
    registry.reload()
    bundled = {plugin.name for plugin in registry.plugins() if plugin.distribution == "isospike"}
    assert bundled == set(PYPROJECT["project"]["entry-points"]["isospike"])
    assert not bundled & set(registry.broken()), registry.broken()


@pytest.mark.parametrize("kind", registry.KINDS)
def test_every_bundled_name_can_be_imported(kind: str) -> None:
    for plugin in registry.plugins():
        for name in plugin.offers.get(kind, {}) if plugin.distribution == "isospike" else ():
            if kind == "backends" and not registry.installed(name):
                continue  # its library is not here, as that of GPUs
            offered = registry.resolve(kind, name)
            assert callable(offered) or kind in ("conformance_cases", "formats"), name


def test_every_extra_that_a_backend_names_exists() -> None:
    needed = {offer.extra for offer in registry.offers().values() if offer.missing or offer.extra}
    assert needed <= set(EXTRAS)


@pytest.mark.parametrize("extra", ["all", "test"])
def test_an_extra_that_installs_everything_never_leaves_torch_unpinned(extra: str) -> None:
    assert [r for r in expanded(extra) if r.startswith("torch") and "==" not in r] == []


def test_pytest_is_given_no_plugin_because_it_would_rewrite_traced_modules() -> None:
    assert "pytest11" not in PYPROJECT["project"]["entry-points"]


def test_the_test_command_of_the_readme_is_what_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert 'pip install -e ".[test]"' in readme
    assert re.search(r"&& \.venv/bin/pytest$", readme, re.MULTILINE)
    assert re.search(r'^step pip install .*-e "\.\[test\]"$', script, re.MULTILINE)
    assert re.search(r"^step pytest$", script, re.MULTILINE)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no executable bit")
def test_the_ci_script_can_be_executed() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_the_wheel_holds_every_file_of_every_part_and_nothing_else(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    kinds = {".py", ".cc", ".h", ".cu", ".j2", ".typed", ".json", ".npz", ".toml", ".md"}
    sources = {
        file.relative_to(ROOT / root).as_posix()
        for root in PYPROJECT["tool"]["hatch"]["build"]["dev-mode-dirs"]
        for file in (ROOT / root).rglob("*")
        if (file.suffix in kinds or file.name == "py.typed") and "template" not in file.parts
    }
    template = ROOT / "plugins" / "template"
    copied = {f"isospike/cli/template/{name}" for name in template_files(template)}
    assert packed == sources | copied


def template_files(template: Path) -> set[str]:
    caches = {"__pycache__", ".ruff_cache", ".pytest_cache", ".mypy_cache"}
    files = (file for file in template.rglob("*") if file.is_file() and not caches.intersection(file.parts))
    return {file.relative_to(template).as_posix() for file in files}
