"""The template is a distribution that builds, installs, and keeps what isospike asks of every plugin."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isospike import registry

Place = Any  # see conftest.py
OTHERS = ",".join(p.name for p in registry.plugins() if "backends" in p.offers and "numpy" not in p.offers["backends"])
INSTALLED = [name for name in registry.names("backends") if registry.installed(name)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, command: Callable[..., Any]) -> Path:
    """Make a plugin of the template."""
    folder = tmp_path_factory.mktemp("work")
    command([sys.executable, "-m", "isospike", "new-plugin", "spare-cells"], folder, {})
    return folder / "spare-cells"


@pytest.fixture(scope="module")
def place(folder: Path, command: Callable[..., Any], installed: Callable[..., Place]) -> Place:
    """Build its wheel, and install that into a new folder."""
    options = ["--no-index", "--no-deps", "--no-build-isolation", "--quiet", "--wheel-dir", "dist"]
    command([sys.executable, "-m", "pip", "wheel", *options, "."], folder, {})
    (wheel,) = (folder / "dist").iterdir()
    return installed(wheel)


def test_the_wheel_brings_a_neuron_a_synapse_and_a_case(place: Place) -> None:
    plain = " ".join(place.isospike("doctor", ISOSPIKE_BLOCK=OTHERS, ISOSPIKE_BACKEND="numpy").stdout.split())
    for offered in ("neurons SpareCellsNeuron", "synapses SpareCellsSynapse", "conformance_cases spare_cells"):
        assert offered in plain.partition("spare-cells 0.1.0, API 1.0: ")[2]


def test_its_own_tests_pass_on_the_reference(place: Place, folder: Path) -> None:
    done = place.python("-m", "pytest", "-q", "-c", str(folder / "pyproject.toml"), str(folder), ISOSPIKE_BLOCK=OTHERS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_its_case_has_the_truth_and_the_bits_on_the_reference(place: Place) -> None:
    levels = [word for level in ("L1", "C") for word in ("--level", level)]
    done = place.isospike("conform", "--case", "spare_cells", "--backend", "numpy", *levels, ISOSPIKE_BLOCK=OTHERS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "truth" in done.stdout


@pytest.mark.slow
def test_its_tests_pass_on_every_installed_backend(place: Place, folder: Path) -> None:
    done = place.python("-m", "pytest", "-q", "-c", str(folder / "pyproject.toml"), str(folder))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("backend", INSTALLED)
def test_conform_passes_on_every_installed_backend(place: Place, backend: str) -> None:
    done = place.isospike("conform", "--case", "spare_cells", "--backend", backend)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_code_is_clean(folder: Path, command: Callable[..., Any]) -> None:
    command([sys.executable, "-m", "ruff", "check", "--no-cache", "."], folder, {})
    command([sys.executable, "-m", "ruff", "format", "--check", "--no-cache", "."], folder, {})
