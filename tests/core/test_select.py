from __future__ import annotations

from pathlib import Path

import pytest

from isospike import environ, registry, select
from isospike.errors import ConfigError, EnvironError, UnknownNameError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder and a home of their own, without any choice made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ISOSPIKE_BACKEND", raising=False)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    return tmp_path


def user_config(folder: Path, text: str) -> Path:
    path = folder / "home" / "isospike" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def test_the_first_source_that_names_a_backend_wins(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fastest, reason = select.choose()
    assert reason == "the fastest installed backend"
    assert fastest == max(
        (n for n in registry.offers() if registry.installed(n)), key=lambda n: registry.offers()[n].rank
    )
    path = user_config(folder, 'backend = "from_user"')
    assert select.choose() == ("from_user", str(path))
    (folder / "pyproject.toml").write_text('[tool.isospike]\nbackend = "from_project"\n')
    assert select.choose() == ("from_project", str(folder / "pyproject.toml"))
    monkeypatch.setenv("ISOSPIKE_BACKEND", "from_variable")
    assert select.choose() == ("from_variable", "environment variable ISOSPIKE_BACKEND")
    environ.set(backend="from_process")
    assert select.choose()[0] == "from_process"
    with environ.context(backend="from_context"):
        assert select.choose() == ("from_context", "argument, context or network file")


def test_the_nearest_project_file_counts_also_from_a_folder_below(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "pyproject.toml").write_text('[tool.isospike]\nbackend = "numpy"\n')
    below = folder / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert select.choose() == ("numpy", str(folder / "pyproject.toml"))


def test_an_edited_file_is_read_again(folder: Path) -> None:
    path = folder / "pyproject.toml"
    for name in ("one", "another"):
        path.write_text(f'[tool.isospike]\nbackend = "{name}"\n')
        assert select.choose()[0] == name


def test_a_broken_file_is_named(folder: Path) -> None:
    path = user_config(folder, "backend = ")
    with pytest.raises(ConfigError, match=rf"{path} cannot be read as TOML"):
        select.choose()


def test_a_backend_is_made_once() -> None:
    assert select.get_backend("numpy") is select.get_backend("numpy")
    with environ.context(backend="numpy"):
        assert select.active_backend().name == "numpy"


def test_an_unknown_backend_lists_those_that_exist() -> None:
    with pytest.raises(UnknownNameError, match=r"numpi.*numpy"):
        select.get_backend("numpi")


def test_a_backend_is_named_by_a_word() -> None:
    with pytest.raises(EnvironError, match="expected a name"):
        environ.set(backend=None)
