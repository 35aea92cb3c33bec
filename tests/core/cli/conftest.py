"""A small network file, and the command line called in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from isospike.cli import app

NETWORK = """
[run]
duration = "20 ms"
dt = "0.1 ms"
backend = "numpy"
seed = 3

[populations.cells]
model = "LIFRef"
size = 40
groups = { E = [0, 32], I = [32, 40] }
V_rest = "-60 mV"
V_th = "-50 mV"
V_reset = "-60 mV"
tau = "20 ms"
R = "100 Mohm"
V_initializer = { kind = "Uniform", low = "-60 mV", high = "-50 mV" }

[projections.exc]
pre = "cells.E"
post = "cells"
autapses = false
comm = { kind = "FixedProb", prob = 0.2, weight = "6 nS" }
syn = { kind = "Expon", tau = "5 ms" }
out = { kind = "COBA", E = "0 mV" }

[inputs.drive]
model = "ConstantInput"
target = "cells"
amplitude = "200 pA"

[record]
variables = [{ variable = "cells.V", neurons = [0, 1], every = "1 ms" }]
"""


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return a function that writes the network, with replacements, to net.toml in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def write(*replacements: tuple[str, str], name: str = "net.toml") -> str:
        text = NETWORK
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new, 1)
        Path(name).write_text(text)
        return name

    return write


@pytest.fixture
def isospike(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that calls the command line and returns exit code, stdout and stderr."""
    for variable in ("ISOSPIKE_DEBUG", "ISOSPIKE_BACKEND"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("COLUMNS", "120")

    def call(*arguments: str) -> Any:
        return CliRunner().invoke(app, list(arguments), catch_exceptions=False)

    return call
