"""Optimisers go the way of those of torch and optax, on every backend, and are saved and resumed as modules are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import optim
from isospike import units as u
from isospike.errors import ParameterError, ShapeError, StateError

pytestmark = pytest.mark.usefixtures("backend")
START = {"a": np.array([1.0, -2.0, 0.5]), "b": np.array([[0.1, 3.0]])}
PEERS: dict[str, tuple[Callable[[], Any], Callable[[Any, Any], Any]]] = {
    "sgd": (lambda: optim.SGD(0.1), lambda t, w: t.SGD(w, 0.1)),
    "momentum": (lambda: optim.SGD(0.1, 0.9), lambda t, w: t.SGD(w, 0.1, 0.9)),
    "nesterov": (
        lambda: optim.SGD(0.1, 0.9, nesterov=True, weight_decay=0.1),
        lambda t, w: t.SGD(w, 0.1, 0.9, nesterov=True, weight_decay=0.1),
    ),
    "adam": (lambda: optim.Adam(0.01), lambda t, w: t.Adam(w, 0.01)),
    "adam with decay": (
        lambda: optim.Adam(0.01, (0.8, 0.99), 1e-6, weight_decay=0.1),
        lambda t, w: t.Adam(w, 0.01, (0.8, 0.99), 1e-6, weight_decay=0.1),
    ),
    "adamw": (lambda: optim.AdamW(0.01, weight_decay=0.1), lambda t, w: t.AdamW(w, 0.01, weight_decay=0.1)),
}


def gradients(step: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(step)
    return {k: rng.normal(size=x.shape) for k, x in START.items()}


def weights(unit: Any = None) -> dict[str, Any]:
    return {k: iso.ParamState(x if unit is None else x * unit) for k, x in START.items()}


def values(states: dict[str, Any]) -> dict[str, np.ndarray]:
    return {k: np.asarray(u.split(s.value)[0]) for k, s in states.items()}


@pytest.mark.parametrize("name", PEERS)
def test_it_goes_the_way_of_torch(name: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = PEERS[name]
    tensors = {k: torch.tensor(x, dtype=torch.float64, requires_grad=True) for k, x in START.items()}
    peer = theirs(torch.optim, list(tensors.values()))
    with iso.environ.context(precision="float64"):
        states = weights()
        optimizer = ours().register_trainable_weights(states)
        for step in range(30):
            optimizer.update(gradients(step))
            for k, g in gradients(step).items():
                tensors[k].grad = torch.tensor(g)
            peer.step()
        for k, x in values(states).items():
            np.testing.assert_allclose(x, tensors[k].detach().numpy(), rtol=1e-11)


def test_gradients_are_clipped_by_their_norm_together() -> None:
    torch = pytest.importorskip("torch")
    tensors = [torch.tensor(x, dtype=torch.float64) for x in START.values()]
    with iso.environ.context(precision="float64"):
        for largest in (0.5, 1e6):
            states = weights()
            optimizer = optim.SGD(1.0, clip_norm=largest).register_trainable_weights(states)
            optimizer.update(gradients(0))
            for tensor, g in zip(tensors, gradients(0).values(), strict=True):
                tensor.grad = torch.tensor(g)
            torch.nn.utils.clip_grad_norm_(tensors, largest)
            for tensor, (k, x) in zip(tensors, values(states).items(), strict=True):
                np.testing.assert_allclose(START[k] - x, tensor.grad.numpy(), rtol=1e-5)


def test_the_same_update_stands_inside_a_program() -> None:
    states, inside = weights(), weights()
    a = optim.Adam(0.01).register_trainable_weights(states)
    b = optim.Adam(0.01).register_trainable_weights(inside)
    for step in range(3):
        a.update(gradients(step))
    stacked = {k: np.stack([gradients(i)[k] for i in range(3)]) for k in START}
    iso.transform.for_loop(b.update, stacked)
    for k, x in values(states).items():
        np.testing.assert_allclose(values(inside)[k], x, rtol=1e-6)
    assert int(np.asarray(b.count.value)) == 3


def test_a_second_update_compiles_nothing() -> None:
    optimizer = optim.Adam(0.01).register_trainable_weights(weights())
    optimizer.update(gradients(0))
    before = iso.transform.cache_info()
    optimizer.update(gradients(1))
    assert iso.transform.cache_info() == before


def test_weights_keep_their_units() -> None:
    states = weights(u.nS)
    optim.SGD(0.5).register_trainable_weights(states).update({k: g * (1 / u.nS) for k, g in gradients(0).items()})
    assert states["a"].value.unit == u.nS
    np.testing.assert_allclose(values(states)["a"], START["a"] - 0.5 * gradients(0)["a"], rtol=1e-6)


def test_a_resumed_optimizer_goes_on_as_if_nothing_had_happened() -> None:
    with iso.environ.context(precision="float64"):
        whole, first = weights(), weights()
        one, two = (optim.Adam(0.01).register_trainable_weights(w) for w in (whole, first))
        for step in range(4):
            one.update(gradients(step))
        for step in range(2):
            two.update(gradients(step))
        saved = {k: [np.array(x) for x in s.leaves] for k, s in two.states().items()}
        assert set(saved) == {"count", "memory.mean", "memory.square"}
        resumed = {k: iso.ParamState(x) for k, x in values(first).items()}
        three = optim.Adam(0.01).register_trainable_weights(resumed)
        for path, state in three.states().items():
            state.store(state.spec, saved[path])
        for step in (2, 3):
            three.update(gradients(step))
        for k, x in values(whole).items():
            np.testing.assert_array_equal(values(resumed)[k], x)


def test_it_learns() -> None:
    w = iso.ParamState(np.zeros(3))
    target = np.array([1.0, -2.0, 0.5])
    optimizer = optim.Adam(0.1, clip_norm=10.0).register_trainable_weights([w])
    for _ in range(200):
        optimizer.update([2 * (np.asarray(w.value) - target)])
    np.testing.assert_allclose(np.asarray(w.value), target, atol=1e-2)


def test_what_cannot_be_trained_is_refused() -> None:
    with pytest.raises(StateError, match="expected floating States"):
        optim.SGD(0.1).register_trainable_weights([iso.ShortTermState(1)])
    with pytest.raises(StateError, match="expected floating States"):
        optim.SGD(0.1).register_trainable_weights({"a": 1.0})
    with pytest.raises(StateError, match=r"holds a LIF, expected floating States: write .*model\.states"):
        optim.Adam().register_trainable_weights(iso.LIF(3))  # and not all that it holds
    with pytest.raises(StateError, match=r"given no State: keep what is learnt as iso\.ParamState"):
        optim.Adam().register_trainable_weights({})
    with pytest.raises(StateError, match="has no weights to change"):
        optim.SGD(0.1).update({})
    with pytest.raises(ShapeError, match="another structure"):
        optim.SGD(0.1).register_trainable_weights(weights()).update({"a": START["a"]})
    with pytest.raises(ShapeError, match=r"gradient of shape \(1,\) for a weight of shape \(3,\)"):
        optim.SGD(0.1).register_trainable_weights(weights()).update({"a": np.ones(1), "b": START["b"]})


@pytest.mark.parametrize(
    "make",
    [
        lambda: optim.SGD(-0.1),
        lambda: optim.SGD(float("nan")),
        lambda: optim.SGD(0.1, nesterov=True),
        lambda: optim.SGD("0.1"),
        lambda: optim.Adam(betas=(1.0, 0.9)),
        lambda: optim.Adam(eps=-1.0),
        lambda: optim.AdamW(weight_decay=-1.0),
        lambda: optim.Adam(clip_norm=-1.0),
    ],
)
def test_impossible_numbers_are_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(ParameterError):
        make()


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam, optim.AdamW])
def test_a_clipping_that_no_weight_would_move_under_is_refused(make: Any) -> None:
    with pytest.raises(
        ParameterError, match=rf"{make.__name__}\(clip_norm=0\).* write clip_norm=1\.0, or clip_norm=None"
    ):
        make(0.1, clip_norm=0)
    assert make(0.1, clip_norm=None).clip_norm is None


def test_the_weights_of_an_optimiser_come_in_the_structure_they_were_given_in() -> None:
    optimizer, own = optim.SGD(0.1), weights()
    assert optimizer.trainable_weights is None
    optimizer.register_trainable_weights({"first": own["a"], "rest": (own["b"],)})
    assert optimizer.trainable_weights == {"first": own["a"], "rest": (own["b"],)}
