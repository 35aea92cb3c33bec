"""Each batch starts from the initial States that the weights of that moment give."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.data import Batches

Setup = Callable[[], Any]


class Integrator(iso.Module):
    """A sum that starts from a weight, as an initial potential does that is learnt."""

    def __init__(self) -> None:
        self.weight = iso.ParamState(np.float32(0.5))

    def init_state(self, batch_size: int | None = None) -> None:
        shape = () if batch_size is None else (batch_size,)
        self.x = iso.HiddenState(iso.math.broadcast_to(self.weight.value, shape))

    def update(self, x: Any) -> Any:
        self.x.value = self.x.value + self.weight.value * x
        return self.x.value

    def loss(self, x: Any, target: Any) -> Any:
        return iso.losses.mean_squared_error(self(x), target)


class Task:
    """Seven examples in batches of three, so that one is left, with x and 3 (1 + x) to learn."""

    def __init__(self) -> None:
        self.net = iso.init_all_states(Integrator())
        x = np.arange(7, dtype=np.float32) / 7
        self.data = Batches(x, 3 + 3 * x, size=3, seed=2)

    def fit(self, **options: Any) -> Any:
        return iso.fit(self.net, self.net.loss, self.data, iso.optim.SGD(0.05), **options)


def test_states_that_are_made_from_a_weight_follow_it_while_it_learns(learner: str) -> None:
    task = Task()
    weight, losses = 0.5, []
    for epoch in range(3):
        squares = []
        for x, y in task.data.epoch(epoch):
            error = weight * (1 + x) - y
            squares += [*error**2]
            weight -= 0.05 * 2 * (error * (1 + x)).mean()  # the start is a part of the slope
        losses.append(np.mean(squares))
    np.testing.assert_allclose(task.fit(epochs=3)["loss"], losses, rtol=1e-4)
    assert float(np.asarray(task.net.weight.value)) == pytest.approx(weight, rel=1e-4)
    assert float(np.asarray(task.net.x.value)) == float(np.asarray(task.net.weight.value))


def test_a_validation_starts_from_the_weights_after_each_epoch(somewhere: str) -> None:
    task = Task()
    history = task.fit(epochs=2, validation=task.data)
    assert history.last["val_loss"] == iso.evaluate(task.net, task.net.loss, task.data)["loss"]
    x, y = task.data.arrays
    expected = ((float(np.asarray(task.net.weight.value)) * (1 + x) - y) ** 2).mean()
    assert history.last["val_loss"] == pytest.approx(float(expected), rel=1e-4)


@pytest.mark.parametrize("batch", [1, 3, 4])
def test_a_training_that_goes_on_starts_from_the_same_states(somewhere: str, tmp_path: Path, batch: int) -> None:
    def press(done: int, total: int) -> None:
        if done == batch:
            raise KeyboardInterrupt

    expected = Task().fit(epochs=3).rows
    file = tmp_path / "task.safetensors"
    assert Task().fit(epochs=3, checkpoint=file, progress=press).interrupted
    assert Task().fit(epochs=3, checkpoint=file, resume=True).rows == expected


def test_a_network_that_ran_before_learns_alike(somewhere: str, setup: Setup, tmp_path: Path) -> None:
    fresh, used = setup(), setup()
    iso.reset_all_states(used.net, batch_size=3)
    used.net.cells.V.value = 0.5 * u.mV
    file = tmp_path / "used.safetensors"
    assert used.fit(epochs=1, checkpoint=file).rows == fresh.fit(epochs=1).rows
    assert setup().fit(epochs=2, checkpoint=file, resume=True).rows == setup().fit(epochs=2).rows


def test_every_batch_sees_the_stimulus_from_its_beginning(learner: str) -> None:
    class Cued(iso.Module):
        def __init__(self) -> None:
            self.cue = iso.StepInput(1, [3.0, 0.0] * u.mA, [1.0, 2.0] * u.ms)
            self.gain = iso.ParamState(1.0)

        def update(self) -> Any:
            return self.gain.value * self.cue() / u.mA

    net = iso.init_all_states(Cued())

    def loss(x: Any) -> Any:
        value = iso.math.sum(iso.transform.for_loop(lambda: net(), length=4))
        return 0.0 * value, {"charge": value / iso.math.mean(net.gain.value)}

    data = Batches(np.zeros((4, 1), np.float32), size=2)
    history = iso.fit(net, loss, data, iso.optim.SGD(0.1), epochs=3, validation=data)
    assert history["charge"].tolist() == history["val_charge"].tolist() == [3.0] * 3
