"""G: gradients are those of another backend or of finite differences, where the spikes are the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike_conformance.case import DYNAMICS, Case
from isospike_conformance.levels import gradients
from isospike_conformance.levels.gradients import Learned, judge, peer_of
from isospike_conformance.way import Way

TORCH = Way("torch", "eager")
pytest.importorskip("torch")


class Cells(iso.Module):
    """Trained weights into cells, which spike or stay below threshold."""

    def __init__(self, V_th: Any = 200 * u.mV, V_reset: Any = 100 * u.mV) -> None:
        self.into = iso.Linear(3, 2, iso.Normal(8 * u.mA, 2 * u.mA), None)
        self.cells = iso.LIF(2, tau=5 * u.ms, V_th=V_th, V_reset=V_reset, spk_fun=iso.ReluGrad())

    def update(self) -> Any:
        """Advance by one step."""
        return self.cells(self.into(np.array([1.0, 0.5, 0.0])))


def loss(module: Cells) -> tuple[Any, Any]:
    """Return a loss and the spikes, of 20 steps."""
    V, z = iso.transform.for_loop(lambda: (module(), module.cells.V.value)[::-1], length=20)
    return iso.math.mean((V / u.mV) ** 2), z


SPIKING = Case("spiking", "Spikes.", lambda: Cells(2 * u.mV, 0 * u.mV), dt_ms=1.0, levels=DYNAMICS | {"G"}, loss=loss)
SMOOTH = replace(SPIKING, name="smooth", build=Cells, loss=lambda m: (loss(m)[0], ()), smooth=True)


def test_gradients_of_a_smooth_loss_are_finite_differences(subject):
    outcome = judge(subject(TORCH, "float64", SMOOTH))
    assert outcome.passed, outcome.detail
    assert "against central differences: 1 gradients" in outcome.detail


def test_gradients_of_spikes_are_those_of_a_peer(subject):
    pytest.importorskip("jax")
    outcome = judge(subject(TORCH, "float32", SPIKING))
    assert outcome.passed, outcome.detail
    assert not outcome.detail.startswith("0 spikes")
    assert "spikes identical, against jax" in outcome.detail


@pytest.mark.parametrize("case", [SMOOTH, SPIKING], ids=["smooth", "spiking"])
def test_a_gradient_that_is_off_by_a_thousandth_fails_and_is_named(case, subject, monkeypatch):
    pytest.importorskip("jax")
    honest = gradients.learn

    def learn(running: Any, **more: Any) -> Learned:
        learned = honest(running, **more)
        factor = 1.001 if running.way == TORCH else 1.0
        return replace(learned, gradients={k: factor * g for k, g in learned.gradients.items()})

    monkeypatch.setattr(gradients, "learn", learn)
    outcome = judge(subject(TORCH, "float64", case))
    assert not outcome.passed
    assert "into.weight off by 0.001" in outcome.detail
    assert outcome.worst == pytest.approx(1e-3, rel=1e-3)


def test_gradients_after_other_spikes_are_not_compared(subject, monkeypatch):
    honest = gradients.learn

    def learn(running: Any, **more: Any) -> Learned:
        learned = honest(running, **more)
        return replace(learned, spikes=[1 - s if running.way == TORCH else s for s in learned.spikes])

    monkeypatch.setattr(gradients, "learn", learn)
    outcome = judge(subject(TORCH, "float32", SPIKING))
    assert not outcome.passed
    assert "gradients are not compared, since the spikes before them differ" in outcome.detail


def test_without_a_peer_nothing_has_passed(subject, monkeypatch):
    monkeypatch.setattr(gradients, "peer_of", lambda way: None)
    assert judge(subject(TORCH, "float32", SPIKING)).passed is None


def test_a_peer_is_another_backend_that_claims_gradients():
    pytest.importorskip("jax")
    assert peer_of(TORCH) == Way("jax")
    assert peer_of(Way("jax")).backend != "numpy"
