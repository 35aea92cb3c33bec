"""Real distributions, built as wheels and installed into a folder of their own by pip, without any index."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Place:
    """A folder that distributions are installed into, and a way to run Python and isospike with them."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def install(self, *wheels: Path) -> None:
        """Install wheels by pip."""
        options = ["--no-index", "--no-deps", "--no-compile", "--quiet", "--target", str(self.folder)]
        run([sys.executable, "-m", "pip", "install", *options, *map(str, wheels)], self.folder.parent, {})

    def isospike(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the command line."""
        return self.python("-m", "isospike", *arguments, **variables)

    def python(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run Python."""
        return run([sys.executable, *arguments], self.folder.parent, self.environment | variables, check=False)

    @property
    def environment(self) -> dict[str, str]:
        """What lets Python find the distributions."""
        return {"PYTHONPATH": str(self.folder), "COLUMNS": "200", **self.variables}


def run(
    command: list[str], folder: Path, variables: Mapping[str, str], *, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, with further variables and without those that would choose for it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ISOSPIKE_", "PIP_"))}
    done = subprocess.run(
        command, cwd=folder, env=kept | variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="session")
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return `run`."""
    return run


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Place]:
    """Return a function that installs wheels into a new folder."""

    def install(*wheels: Path, **variables: str) -> Place:
        place = Place(tmp_path_factory.mktemp("place") / "installed", variables)
        place.install(*wheels)
        return place

    return install


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that builds the wheel of a plugin from the source of its module."""

    def build(name: str, source: str, plugin: str = "", **modules: str) -> Path:
        package = name.replace("-", "_")
        info = f"{package}-1.2.dist-info"
        files = {
            f"{package}/__init__.py": "",
            f"{package}/plugin.py": source,
            **{f"{package}/{module}.py": text for module, text in modules.items()},
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/entry_points.txt": f"[isospike]\n{plugin or name} = {package}.plugin\n",
        }
        path = tmp_path_factory.mktemp("wheels") / f"{package}-1.2-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            for file, text in files.items():
                archive.writestr(file, text)
            record = "".join(f"{file},{_digest(text)},{len(text.encode())}\n" for file, text in files.items())
            archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
        return path

    return build


def _digest(text: str) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
    return f"sha256={digest.rstrip(b'=').decode()}"
