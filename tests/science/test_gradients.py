"""Gradients of a spiking network by backpropagation through time: the same on every backend and engine (level G)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.select import get_backend

# Largest difference over largest gradient. Float64 leaves room for some hundred roundings in each of 200 steps,
# float32 for those and for sums in another order; a surrogate that is off by a percent is seen by both.
TOLERANCE = {"float64": 1e-9, "float32": 1e-4}
WAYS = [("torch", "eager"), ("torch", "compiled")]
STEPS, BATCH, N_IN, HIDDEN, OUT = 200, 8, 12, 20, 3


class TwoLayers(iso.Module):
    """A recurrent layer, a second one and a leaky readout."""

    def __init__(self) -> None:
        cell = {"tau": 10 * u.ms, "V_th": 1 * u.mV, "V_reset": 0 * u.mV, "spk_fun": iso.ReluGrad()}
        self.into = iso.Linear(N_IN, HIDDEN, iso.KaimingNormal(scale=200.0, unit=u.mA), None)
        self.recurrent = iso.Linear(HIDDEN, HIDDEN, iso.Normal(0 * u.mA, 1 * u.mA), None)
        self.first = iso.LIF(HIDDEN, **cell)
        self.onward = iso.Linear(HIDDEN, HIDDEN, iso.KaimingNormal(scale=300.0, unit=u.mA), None)
        self.second = iso.LIF(HIDDEN, **cell)
        self.readout = iso.Linear(HIDDEN, OUT, iso.XavierNormal())

    def init_state(self, batch_size: int | None = None) -> None:
        self.out = iso.HiddenState(np.zeros((BATCH, OUT)))

    def update(self, x: Any) -> Any:
        z = self.first(self.into(x) + self.recurrent(self.first.get_spike()))
        z = self.second(self.onward(z))
        self.out.value = 0.95 * self.out.value + self.readout(z)
        return self.out.value, self.first.get_spike(), z


@dataclass
class Learned:
    """What one backend computed."""

    loss: float
    spikes: list[np.ndarray]
    gradients: dict[str, np.ndarray]


def learn(backend: str, engine: str | None, precision: str, *, in_loop: bool = True) -> Learned:
    rng = np.random.default_rng(7)
    inputs = (rng.random((STEPS, BATCH, N_IN)) < 0.2).astype(precision)
    target = rng.normal(size=(BATCH, OUT))
    with iso.environ.context(dt=1 * u.ms, backend=backend, engine=engine, precision=precision, seed=3):
        net = iso.init_all_states(TwoLayers(), batch_size=BATCH)

        def loss(x: Any) -> Any:
            out, *spikes = iso.transform.for_loop(net, x)
            return iso.math.mean((iso.math.mean(out, axis=0) - target) ** 2), spikes

        learn = iso.transform.value_and_grad(loss, net.states(iso.ParamState), has_aux=True)
        learn = iso.transform.jit(learn) if in_loop else learn
        (value, spikes), gradients = learn(inputs)
        host = get_backend(backend).to_numpy
        bare = {path: host(u.split(g)[0]) for path, g in gradients.items()}
    return Learned(float(value), [host(s) for s in spikes], bare)


def agree(got: Learned, expected: Learned, tolerance: float) -> None:
    for a, b in zip(got.spikes, expected.spikes, strict=True):
        np.testing.assert_array_equal(a, b, "the forward runs differ, so that gradients cannot be compared")
    assert got.loss == pytest.approx(expected.loss, rel=tolerance)
    for path, gradient in expected.gradients.items():
        worst = abs(got.gradients[path] - gradient).max() / abs(gradient).max()
        assert worst < tolerance, f"{path}: {worst:.1e} of the largest gradient"


@pytest.fixture(scope="module")
def references() -> dict[str, Learned]:
    pytest.importorskip("jax")
    return {precision: learn("jax", None, precision) for precision in TOLERANCE}


@pytest.mark.parametrize("precision", TOLERANCE)
def test_the_network_spikes_and_every_weight_has_a_gradient(precision: str, references: dict[str, Learned]) -> None:
    reference = references[precision]
    assert all(0.02 < s.mean() < 0.5 for s in reference.spikes)
    weights = {"into.weight", "recurrent.weight", "onward.weight", "readout.weight", "readout.bias"}
    assert set(reference.gradients) == weights
    assert all((abs(g) > 0).mean() > 0.7 for g in reference.gradients.values())


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize(("backend", "engine"), WAYS)
def test_gradients_agree_with_those_of_jax(
    backend: str, engine: str, precision: str, references: dict[str, Learned]
) -> None:
    pytest.importorskip(backend)
    agree(learn(backend, engine, precision), references[precision], TOLERANCE[precision])


def test_gradients_outside_jit_are_those_inside() -> None:
    pytest.importorskip("torch")
    agree(learn("torch", "eager", "float64", in_loop=False), learn("torch", "eager", "float64"), 1e-13)
