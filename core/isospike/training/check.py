"""What `isospike.fit` and `isospike.evaluate` are given, looked at before anything is computed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from isospike.errors import ParameterError
from isospike.module import Module
from isospike.optim.optimizer import Optimizer

__all__ = ["check_fit", "check_look"]


def check_fit(
    network: Module,
    loss: Callable[..., Any],
    data: Any,
    optimizer: Optimizer,
    *,
    epochs: int,
    validation: Any,
    callbacks: Sequence[Callable[..., Any]],
    checkpoint: str | os.PathLike[str] | None,
    resume: bool,
) -> None:
    """Refuse arguments that `isospike.fit` can do nothing with.

    Raises
    ------
    ParameterError
        The message has the argument as it is to be written.
    """
    check_look("fit", network, loss, data)
    if not isinstance(optimizer, Optimizer):
        _refuse("fit", "optimizer", optimizer, "an optimiser", "iso.optim.Adam(0.001)")
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
        msg = f"fit(epochs={epochs!r}): expected a positive whole number, such as epochs=20"
        raise ParameterError(msg)
    if validation is not None:
        _check_data("fit", "validation", validation)
    if not isinstance(callbacks, Sequence) or not all(map(callable, callbacks)):
        wanted = "a list of functions of the history"
        _refuse("fit", "callbacks", callbacks, wanted, "[iso.training.EarlyStopping('val_loss')]")
    if resume and checkpoint is None:
        msg = "fit(resume=True) has no file to go on from: write fit(..., checkpoint='net.safetensors', resume=True)"
        raise ParameterError(msg)


def check_look(caller: str, network: Module, loss: Callable[..., Any], data: Any) -> None:
    """Refuse a network, a loss or data that a function named ``caller`` can do nothing with.

    Raises
    ------
    ParameterError
        The message has the argument as it is to be written.
    """
    if not isinstance(network, Module):
        _refuse(caller, "network", network, "a module", "iso.init_all_states(net)")
    if not callable(loss):
        _refuse(caller, "loss", loss, "a function of a batch", "lambda x, y: iso.losses.cross_entropy(net(x), y)")
    _check_data(caller, "data", data)


def _check_data(caller: str, name: str, data: Any) -> None:
    if not all(hasattr(data, method) for method in ("epoch", "describe", "__len__")):
        _refuse(caller, name, data, "batches", "iso.data.Batches(inputs, labels, size=64)")


def _refuse(caller: str, name: str, given: Any, wanted: str, code: str) -> None:
    shown = given.__name__ if isinstance(given, type) else f"<{type(given).__name__}>"
    text = repr(given) if isinstance(given, (str, int, float, type(None))) else shown
    msg = f"{caller}({name}={text}): expected {wanted}, such as {name}={code}"
    raise ParameterError(msg)
