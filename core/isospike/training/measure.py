"""What a loss returns: one number, and metrics beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from isospike import tree, units
from isospike.errors import ParameterError
from isospike.namespace import to_host

__all__ = ["examples", "measuring", "numbers"]

# Columns that a history has of its own.
_TAKEN = ("epoch", "loss")


def measuring(loss: Callable[..., Any]) -> Callable[..., tuple[Any, dict[str, Any]]]:
    """Return a loss in the form that returns a pair: the loss, and its metrics by name."""

    def measured(*batch: Any) -> tuple[Any, dict[str, Any]]:
        returned = loss(*batch)
        value, metrics = returned if isinstance(returned, tuple) and len(returned) == 2 else (returned, {})
        if not isinstance(metrics, dict) or any(not _is_name(name) for name in metrics):
            given = list(metrics) if isinstance(metrics, dict) else type(metrics).__name__
            msg = (
                f"fit(loss=...): the loss returns {given} beside its value, expected metrics by name, none of them "
                "called loss, epoch or val_...: return value, {'accuracy': iso.losses.accuracy(logits, labels)}"
            )
            raise ParameterError(msg)
        return value, metrics

    return measured


def numbers(value: Any, metrics: Mapping[str, Any]) -> dict[str, float]:
    """Return the loss and its metrics as numbers of the host, in the units that they have."""
    return {name: _number(name, x) for name, x in {"loss": value, **metrics}.items()}


def examples(batch: Any) -> int:
    """Return the number of examples in a batch."""
    return int(units.split(tree.flatten(batch)[0][0])[0].shape[0])


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and name not in _TAKEN and not name.startswith("val_")


def _number(name: str, x: Any) -> float:
    array = np.asarray(to_host(units.split(x)[0]))
    if array.size != 1:
        msg = f"fit(loss=...): the metric {name!r} has shape {array.shape}, expected one number: iso.math.mean(x)"
        raise ParameterError(msg)
    return float(array.reshape(()))
