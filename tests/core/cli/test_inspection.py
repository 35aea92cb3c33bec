"""doctor, backends and models say what is there, also where something is broken."""

from __future__ import annotations

import importlib.metadata
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from isospike import registry

Call = Callable[..., Any]


@contextmanager
def installed(folder: Path, name: str, entry_points: str) -> Iterator[None]:
    """Install a distribution of the modules that a folder holds, beside the real plugins."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[isospike]\n{entry_points}")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        importlib.invalidate_caches()
        registry.reload()
        yield
    registry.reload()
    for module in folder.glob("*.py"):
        sys.modules.pop(module.stem, None)


@pytest.fixture
def broken_plugin(tmp_path: Path) -> Iterator[None]:
    """Install, beside the real plugins, one that cannot be imported and one backend without its library."""
    (tmp_path / "fake_broken.py").write_text("import no_such_library")
    (tmp_path / "fake_command.py").write_text("def greet(name: str) -> None:\n    print('hello', name)\n")
    (tmp_path / "fake_backend.py").write_text(
        "from isospike.hookspecs import Offer, hookimpl\n"
        "@hookimpl\n"
        "def isospike_backends():\n"
        "    return {'abacus': Offer('fake_backend:Abacus', ('no_such_library',), 'beads')}\n"
        "@hookimpl\n"
        "def isospike_commands():\n"
        "    return {'greet': 'fake_command:greet', 'grumble': 'fake_command:absent'}\n"
    )
    with installed(tmp_path, "fake", "broken = fake_broken\nabacus = fake_backend\n"):
        yield


@pytest.fixture
def shadowing_plugin(tmp_path: Path) -> Iterator[None]:
    """Install a plugin that offers a command of a name that isospike has."""
    (tmp_path / "fake_shadow.py").write_text(
        "from isospike.hookspecs import hookimpl\n"
        "@hookimpl\n"
        "def isospike_commands():\n"
        "    return {'backends': 'fake_shadow:other'}\n"
        "def other() -> None:\n"
        "    print('the plugin')\n"
    )
    with installed(tmp_path, "shadow", "dark = fake_shadow\n"):
        yield


@pytest.mark.usefixtures("shadowing_plugin")
def test_a_command_of_a_plugin_that_isospike_has_itself_is_an_error_where_it_is_used(isospike: Call) -> None:
    done = isospike("backends")
    assert done.exit_code == 2
    for words in ("plugin 'dark' (shadow 1.0)", "command 'backends'", "ISOSPIKE_BLOCK=dark"):
        assert words in done.stderr
    assert isospike("models", "LIF").exit_code == 0
    assert isospike("--help").stdout.count("\n  backends ") == 1


def test_help_imports_neither_numpy_nor_units() -> None:
    code = (
        "import sys\n"
        "from isospike.cli import app\n"
        "app(['run', '--help'], standalone_mode=False)\n"
        "print('heavy', {'numpy', 'saiunit', 'brainunit', 'jax', 'xarray'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "--precision" in done.stdout
    assert "heavy set()" in done.stdout


def test_the_version_is_that_of_the_package(isospike: Call) -> None:
    assert isospike("--version").stdout.strip() == importlib.metadata.version("isospike")


def test_doctor_names_the_chosen_backend_and_why(isospike: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOSPIKE_BACKEND", "numpy")
    done = isospike("doctor")
    assert done.exit_code == 0
    assert "numpy (environment variable ISOSPIKE_BACKEND)" in done.stdout
    for word in ("python", "C++ compiler", "cache", "models", "LIFRef"):
        assert word in done.stdout


def test_doctor_says_where_the_chosen_backend_does_not_exist(isospike: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOSPIKE_BACKEND", "nunpy")
    done = isospike("doctor")
    assert done.exit_code == 0
    assert "Did you mean 'numpy'?" in done.stdout


@pytest.mark.usefixtures("broken_plugin")
def test_doctor_shows_broken_plugins_and_missing_libraries(isospike: Call) -> None:
    done = isospike("doctor")
    assert done.exit_code == 0
    assert "No module named 'no_such_library'" in done.stdout
    assert 'pip install "fake[beads]"' in done.stdout


@pytest.mark.usefixtures("broken_plugin")
def test_a_command_of_a_plugin_is_called_by_its_name_and_a_broken_one_says_why(isospike: Call) -> None:
    assert isospike("greet", "world").stdout == "hello world\n"
    assert "Broken: its plugin" in isospike("--help").stdout
    done = isospike("grumble")
    assert done.exit_code == 2
    assert "'grumble' of plugin 'abacus' (fake 1.0) cannot be imported" in done.stderr


def test_doctor_shows_where_events_go_on_jax(isospike: Call) -> None:
    pytest.importorskip("jax")
    assert "events by xla" in isospike("doctor").stdout


def test_devices_are_shown_by_the_names_that_a_backend_is_given(
    isospike: Call, backend_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    doctor, backends = (isospike(command).stdout.splitlines() for command in ("doctor", "backends"))
    (row,) = [line for line in doctor if line.split()[:1] == [backend_name] and "; engine" in line]
    named = row.split(maxsplit=1)[1].partition("; engine")[0].split(", ")
    start = backends.index(backend_name)
    block = itertools.takewhile(lambda line: line.startswith(" "), backends[start + 1 :])
    listed = [line.split() for line in block if line.startswith(" device ")]
    assert named == [words[1] for words in listed]
    assert listed[0][2] == "default"
    for device in named:
        assert registry.resolve("backends", backend_name)(device=device).device == device


@pytest.mark.usefixtures("broken_plugin")
def test_backends_shows_every_claim_and_how_to_install_what_is_missing(isospike: Call) -> None:
    done = isospike("backends")
    assert done.exit_code == 0
    assert "NumPy has no automatic differentiation" in done.stdout
    assert 'pip install "fake[beads]"' in done.stdout


def test_models_lists_every_registered_name(isospike: Call) -> None:
    done = isospike("models")
    assert done.exit_code == 0
    for kind in registry.MODEL_KINDS:
        assert all(name in done.stdout for name in registry.names(kind))


def test_a_models_page_shows_equation_units_defaults_and_limits(isospike: Call) -> None:
    done = isospike("models", "LIFRef")
    assert done.exit_code == 0
    for words in ("LIFRef(in_size", "frac{dV}{dt}", "soft or hard", "refractory period", '"5 ms"', ">= 0"):
        assert words in done.stdout


@pytest.mark.parametrize("arguments", [["models"], ["models", "AdExIF"]])
def test_a_reader_that_has_enough_ends_the_output_quietly(arguments: list[str]) -> None:
    command = [sys.executable, "-u", "-m", "isospike", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""


@pytest.mark.parametrize("kind", registry.MODEL_KINDS)
def test_every_registered_name_has_a_page(kind: str, isospike: Call) -> None:
    for name in registry.names(kind):
        assert isospike("models", name).stdout.startswith(f"{name}(")


def test_an_unknown_model_is_answered_with_the_nearest(isospike: Call) -> None:
    done = isospike("models", "Poissoninput")
    assert done.exit_code == 2
    assert "Did you mean 'PoissonInput'?" in done.stderr
