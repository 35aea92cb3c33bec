"""Every file below docs/examples runs, on every backend."""

from __future__ import annotations

import runpy
from pathlib import Path

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.config.plan import load

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
LEARNING = [p for p in SCRIPTS if "iso.fit(" in p.read_text()]  # test_learning_examples.py runs these
NETWORKS = [p for p in sorted(EXAMPLES.iterdir()) if p.suffix == ".toml" or "def build(" in p.read_text()]


def test_there_is_nothing_else() -> None:
    assert set(EXAMPLES.iterdir()) - {EXAMPLES / "__pycache__"} == {*SCRIPTS, *NETWORKS}


@pytest.mark.parametrize("script", [p for p in SCRIPTS if p not in LEARNING], ids=lambda p: p.name)
def test_a_script_runs(script: Path, backend_name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ISOSPIKE_BACKEND", backend_name)
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(script), run_name="__main__")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("network", NETWORKS, ids=lambda p: p.name)
def test_a_network_file_is_built_and_spikes(network: Path, backend_name: str) -> None:
    plan = load(network)
    with iso.environ.context(**{**plan.environment(), "backend": backend_name}):
        net = iso.init_all_states(plan.build()[0])
        monitors = plan.monitors()
        result = iso.simulate(net, 100 * u.ms, monitors=monitors)
    assert len(result.spikes) > 0
    assert monitors
    assert all(np.isfinite(result.states[name]).all() for name in monitors)
