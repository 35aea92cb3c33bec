"""The examples that learn run in their short form, on every backend that has gradients."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest

from isospike.select import get_backend

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
LEARNING = sorted(p for p in EXAMPLES.glob("*.py") if "iso.fit(" in p.read_text())


def run(script: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> None:
    monkeypatch.setattr(sys, "argv", [script.name, *options])
    runpy.run_path(str(script), run_name="__main__")


@pytest.mark.parametrize("script", LEARNING, ids=lambda p: p.name)
def test_a_script_that_learns_runs(
    script: Path,
    backend_name: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    claim = get_backend(backend_name).capabilities["gradient"]
    if not claim.claimed:
        pytest.skip(f"{backend_name}: {claim.reason}")
    if script.stem == "digits":
        pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    run(script, monkeypatch, "--quick", "--backend", backend_name)
    assert "%" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_the_digits_keep_their_learning_curves_and_go_on_from_where_they_were(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for library in ("jax", "sklearn", "matplotlib"):
        pytest.importorskip(library)
    for _ in range(2):
        run(EXAMPLES / "digits.py", monkeypatch, "--quick", "--backend", "jax", "--output", str(tmp_path / "out"))
        names = [f"digits-jax.{kind}" for kind in ("csv", "safetensors", "svg")]
        assert sorted(p.name for p in (tmp_path / "out").iterdir()) == names
    curves = (tmp_path / "out" / "digits-jax.csv").read_text().splitlines()
    assert curves[0] == "epoch,loss,accuracy,rate_Hz,val_loss,val_accuracy,val_rate_Hz"
    assert [line.split(",")[0] for line in curves[1:]] == ["1", "2"]
    assert capsys.readouterr().out.count("epoch") == 2  # the second time nothing was left to do


@pytest.mark.slow
@pytest.mark.parametrize("name", ["jax", "torch"])
def test_the_conductances_are_found(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip(name)
    run(EXAMPLES / "fit_hh.py", monkeypatch, "--backend", name)
    printed = capsys.readouterr().out
    assert "epoch 500" in printed
    errors = re.findall(r"(g_\w+): .* mS, ([+-].*) % from the truth", printed)
    assert [conductance for conductance, _ in errors] == ["g_L", "g_Na", "g_K"]
    assert all(abs(float(percent)) < 0.05 for _, percent in errors)
