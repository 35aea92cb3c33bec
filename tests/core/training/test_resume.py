"""A training that is interrupted and taken up again is the one that never stopped, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike.data import Batches
from isospike.errors import CheckpointError
from isospike.training import EarlyStopping

Setup = Callable[[], Any]


class PressAt:
    """Ctrl-C after so many batches of all."""

    def __init__(self, batch: int) -> None:
        self.batch = batch

    def __call__(self, done: int, total: int) -> None:
        if done == self.batch:
            raise KeyboardInterrupt


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "task.safetensors"


@pytest.mark.parametrize("batch", [2, 3, 7])
def test_a_training_that_goes_on_is_the_one_that_never_stopped(
    learner: str, setup: Setup, file: Path, batch: int
) -> None:
    whole = setup()
    expected = whole.fit()
    stopped = setup().fit(checkpoint=file, progress=PressAt(batch))
    assert stopped.interrupted
    assert len(stopped) == (batch - 1) // 3
    again = setup()
    history = again.fit(checkpoint=file, resume=True)
    assert history.rows == expected.rows
    for name, weight in whole.weights().items():
        assert again.weights()[name].tobytes() == weight.tobytes(), name
    memory = [[np.asarray(x) for s in task.optimizer.states().values() for x in s.leaves] for task in (whole, again)]
    assert all(a.tobytes() == b.tobytes() for a, b in zip(*memory, strict=True))
    assert int(np.asarray(again.net.clock.value)) == int(np.asarray(whole.net.clock.value))


def test_a_training_goes_on_for_more_epochs_than_it_was_made_for(somewhere: str, setup: Setup, file: Path) -> None:
    expected = setup().fit(epochs=4)
    setup().fit(epochs=2, checkpoint=file)
    assert setup().fit(epochs=4, checkpoint=file, resume=True).rows == expected.rows


def test_a_training_that_is_finished_or_stopped_is_not_taken_further(somewhere: str, setup: Setup, file: Path) -> None:
    callbacks = [lambda h: len(h) == 2]
    first = setup().fit(epochs=4, checkpoint=file, callbacks=callbacks)
    again = setup()
    assert again.fit(epochs=4, checkpoint=file, resume=True, callbacks=callbacks).rows == first.rows
    assert len(first) == 2


def test_a_training_that_was_stopped_goes_on_with_more_patience(somewhere: str, setup: Setup, file: Path) -> None:
    def patient(epochs: int) -> list[EarlyStopping]:
        return [EarlyStopping("loss", patience=epochs, margin=10.0)]  # never better than the first epoch

    expected = setup().fit(epochs=9, callbacks=patient(3))
    assert len(setup().fit(epochs=9, checkpoint=file, callbacks=patient(1))) == 2
    assert setup().fit(epochs=9, checkpoint=file, resume=True, callbacks=patient(3)).rows == expected.rows
    assert len(expected) == 4


def test_a_checkpoint_is_there_after_each_epoch(somewhere: str, setup: Setup, file: Path) -> None:
    def crash(history: Any) -> None:
        if len(history) == 2:
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        setup().fit(checkpoint=file, callbacks=[crash])
    assert setup().fit(checkpoint=file, resume=True).rows == setup().fit().rows


def test_resuming_without_a_file_starts_from_the_beginning(somewhere: str, setup: Setup, file: Path) -> None:
    assert len(setup().fit(epochs=1, checkpoint=file, resume=True)) == 1
    assert file.exists()


def test_a_checkpoint_is_not_overwritten_by_a_new_training(somewhere: str, setup: Setup, file: Path) -> None:
    setup().fit(epochs=1, checkpoint=file)
    before = file.read_bytes()
    with pytest.raises(CheckpointError, match=r"task.safetensors exists. Go on from it with resume=True"):
        setup().fit(epochs=1, checkpoint=file)
    assert file.read_bytes() == before


def test_a_training_on_other_data_is_refused_and_changes_nothing(somewhere: str, setup: Setup, file: Path) -> None:
    setup().fit(epochs=1, checkpoint=file)
    task = setup()
    task.data = Batches(*task.data.arrays, size=8, seed=6)
    before = task.weights()
    with pytest.raises(CheckpointError, match=r"of a training on other data: .*'seed': 5.*'seed': 6"):
        task.fit(checkpoint=file, resume=True)
    assert all((task.weights()[k] == w).all() for k, w in before.items())


@pytest.mark.parametrize("notes", [None, {}, {"fit": {}}, {"fit": 3}, {"fit": {"history": [{"loss": "x"}]}}])
def test_a_checkpoint_that_fit_did_not_write_is_refused(somewhere: str, setup: Setup, file: Path, notes: Any) -> None:
    task = setup()
    iso.save_checkpoint(file, {"network": task.net, "optimizer": task.optimizer}, notes=notes)
    with pytest.raises(CheckpointError, match=r"was not written by iso.fit, or its notes are damaged"):
        task.fit(checkpoint=file, resume=True)


def test_a_callback_can_keep_the_best_weights(somewhere: str, setup: Setup, file: Path) -> None:
    task, kept = setup(), []

    def keep(history: Any) -> None:
        if history.last["val_loss"] == history["val_loss"].min():
            iso.save_checkpoint(file, task.net)
            kept.append(history.last["val_loss"])

    task.fit(epochs=3, callbacks=[keep])
    other = setup()
    iso.load_checkpoint(file, other.net)
    assert iso.evaluate(other.net, other.net.loss, other.validation)["loss"] == kept[-1]
