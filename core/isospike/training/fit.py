"""Fit a network to data by gradient."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from isospike.data.batches import Batches
from isospike.interrupt import interrupts_held
from isospike.module import Module
from isospike.optim.optimizer import Optimizer
from isospike.training.bar import bar
from isospike.training.check import check_fit
from isospike.training.history import History
from isospike.training.resume import Resume
from isospike.training.training import Training

__all__ = ["fit"]


def fit(
    network: Module,
    loss: Callable[..., Any],
    data: Batches,
    optimizer: Optimizer,
    *,
    epochs: int,
    validation: Batches | None = None,
    callbacks: Sequence[Callable[[History], Any]] = (),
    checkpoint: str | os.PathLike[str] | None = None,
    resume: bool = False,
    progress: Any = False,
) -> History:
    """Train a network: for each batch the loss, its gradient and a step of the optimiser, as one compiled program.

    Each batch starts from the initial short-term States, made for its number of examples; the clock goes on, so that
    noise is new in every batch. Ctrl-C ends the training after the batch that is being computed, with the checkpoint
    written, and the history of the epochs that were finished is returned.

    Parameters
    ----------
    network : Module
        Initialised by `isospike.init_all_states`.
    loss : callable
        ``loss(*batch)`` returns one number, or a pair of it and a dict of metrics, each one number. It runs the
        network, as with `isospike.transform.for_loop`. The environment's ``fit`` is True while the network learns.
    data : Batches
        Examples to learn from: a `isospike.data.Batches`, or anything with its ``epoch``, ``describe`` and length.
    optimizer : Optimizer
        Changes the weights that are registered with it; all ``ParamState`` of the network where none are.
    epochs : int
        How often all examples are seen, those of a training that goes on included.
    validation : Batches, optional
        Examples that are only looked at, after each epoch.
    callbacks : sequence of callable
        Each is called with the `History` after an epoch, and ends the training by returning True; see
        `isospike.training.EarlyStopping`.
    checkpoint : path, optional
        File that is written after each epoch and at Ctrl-C, with the network, the optimiser, the history and the
        place in the data.
    resume : bool
        Whether to go on from ``checkpoint``, which is then needed, where it exists; the network is built and
        initialised, and data and optimiser are made, as for the training that wrote it. Losses are then those of a
        training that was never interrupted, bit for bit on the same machine. Where a callback ended that training,
        those of this call are asked about its history: with more patience, it goes on.
    progress : bool or callable
        True shows a progress bar; a callable is called with the number of batches so far and of all batches.

    Returns
    -------
    History
        Losses and metrics of all epochs. The network keeps its weights, and its other States are at their start.

    Raises
    ------
    DivergenceError
        The loss of a batch is no finite number, or the gradient of a weight is not finite: the weights are then those
        of before that batch.
    CheckpointError
        ``checkpoint`` exists and ``resume`` is False, or it is of another network or other data.
    StateError
        The network is not initialised, has nothing to learn, or the optimiser changes States of something else, which
        no checkpoint would hold.
    ParameterError
        An argument is something else, the loss returns something else, or ``resume`` has no ``checkpoint``.

    Examples
    --------
    See ``docs/how-to/train-by-gradient.md``.
    """
    check_fit(
        network,
        loss,
        data,
        optimizer,
        epochs=epochs,
        validation=validation,
        callbacks=callbacks,
        checkpoint=checkpoint,
        resume=resume,
    )
    training = Training(network, loss, data, optimizer, validation)
    saved = Resume(training, checkpoint, resume=resume)
    if training.stopped:
        training.stopped = _ended(callbacks, training.history)
    try:
        with bar(progress, epochs * len(data)) as report, interrupts_held() as let_through:
            while not training.stopped and len(training.history) < epochs:
                training.learn(report, let_through)
                saved.write()
                if _ended(callbacks, training.history):
                    training.stopped = True
                    saved.write()
                let_through()
    except KeyboardInterrupt:
        training.history.interrupted = True
        saved.write()
    training.rest()
    return training.history


def _ended(callbacks: Sequence[Callable[[History], Any]], history: History) -> bool:
    """Say whether a callback ends the training; all are called, whatever the first one says."""
    return any([callback(history) for callback in callbacks])
