"""Settings of a project and of a user: which backend runs, and which plugins are blocked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from isospike.errors import ConfigError

__all__ = ["settings"]


def settings() -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the files that hold settings, each with its table; the first that sets something wins.

    These are ``[tool.isospike]`` of the nearest pyproject.toml, and ``config.toml`` in the user's configuration folder.

    Raises
    ------
    ConfigError
        A file cannot be read as TOML.
    """
    project = next((path for folder in _folders() if (path := folder / "pyproject.toml").is_file()), None)
    if project is not None:
        yield project, _read(project).get("tool", {}).get("isospike", {})
    import platformdirs

    user = Path(platformdirs.user_config_dir("isospike")) / "config.toml"
    if user.is_file():
        yield user, _read(user)


def _folders() -> tuple[Path, ...]:
    try:
        folder = Path.cwd()
    except FileNotFoundError:  # it was removed under our feet
        return ()
    return folder, *folder.parents


def _read(path: Path) -> dict[str, Any]:
    return _parse(path, path.stat().st_mtime_ns)


@cache
def _parse(path: Path, modified: int) -> dict[str, Any]:
    del modified  # part of the cache key
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"{path} cannot be read as TOML: {error}"
        raise ConfigError(msg) from error
