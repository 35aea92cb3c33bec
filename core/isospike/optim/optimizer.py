"""What optimisers have in common: the weights that they change, what they remember of each, and the learning rate."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from isospike import math, tree, units
from isospike.errors import ParameterError, ShapeError, StateError
from isospike.graph.aval import is_floating
from isospike.module import Module
from isospike.optim.schedule import Schedule, as_schedule
from isospike.state import LongTermState, State
from isospike.transform.jit import jit

__all__ = ["Optimizer"]


class Optimizer(Module):
    """Base of optimisers.

    A subclass names its ``slots``, what it remembers of each weight, and computes one ``step``. Its States are saved
    and resumed as those of any module, and an update may stand inside ``jit``, a loop, or outside.

    Numbers are those of the weights' own units: with a weight in nS, a learning rate of 0.1 moves it by 0.1 nS where
    the rule says 1.

    Parameters
    ----------
    lr : float or Schedule
        Learning rate.
    weight_decay : float
        See the subclass; 0 by default.
    clip_norm : float, optional
        Gradients whose norm, over all weights together, is larger are scaled down to it; positive. None by default,
        and no clipping.

    Raises
    ------
    ParameterError
        A number is negative or not finite, or ``clip_norm`` is 0, which no weight would move at.
    """

    slots: tuple[str, ...] = ()

    def __init__(self, lr: float | Schedule, *, weight_decay: float = 0.0, clip_norm: float | None = None) -> None:
        self.lr = as_schedule(f"{type(self).__name__}(lr=...)", lr)
        self.weight_decay = self.checked("weight_decay", weight_decay)
        self.clip_norm = None if clip_norm is None else self.checked("clip_norm", clip_norm)
        if self.clip_norm == 0:
            msg = (
                f"{type(self).__name__}(clip_norm={clip_norm!r}) makes every gradient 0, and no weight moves: write "
                "clip_norm=1.0, or clip_norm=None for no clipping"
            )
            raise ParameterError(msg)
        self.count = LongTermState(np.int32(0))
        self.memory: dict[str, LongTermState] = {}
        self._weights: list[State] = []
        self._structure: Any = None
        self._update = jit(self._updated)

    def checked(self, name: str, value: Any, *, below: float = np.inf) -> float:
        """Return a number from 0 up to a bound, or raise ``ParameterError``."""
        number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else np.nan
        if not 0 <= number < below:
            limit = "" if below == np.inf else f" below {below:g}"
            msg = f"{type(self).__name__}({name}={value!r}): expected a number from 0 on{limit}, such as {name}=0.1"
            raise ParameterError(msg)
        return float(number)

    def register_trainable_weights(self, states: Any) -> Optimizer:
        """Take the weights to change, forget what was remembered of others, and return the optimiser.

        Parameters
        ----------
        states : State, or nested dicts, tuples and lists of them
            Such as ``model.states(iso.ParamState)``; gradients come in the same structure.

        Raises
        ------
        StateError
            There is none, something else is among them, or a State that is not floating.
        """
        weights, structure = tree.flatten(states)
        if not weights:
            msg = (
                f"{type(self).__name__}.register_trainable_weights is given no State: keep what is learnt as "
                "iso.ParamState in an attribute of the model, and write "
                "optimizer.register_trainable_weights(model.states(iso.ParamState))"
            )
            raise StateError(msg)
        for state in weights:
            if not isinstance(state, State) or not all(is_floating(a.dtype) for a in state.spec.avals):
                held = f"the State {state.name!r} of {state.spec}" if isinstance(state, State) else _short(state)
                msg = (
                    f"{type(self).__name__}.register_trainable_weights holds {held}, expected floating States: write "
                    "optimizer.register_trainable_weights(model.states(iso.ParamState))"
                )
                raise StateError(msg)
        self._weights, self._structure = weights, structure
        self.count.replace(np.int32(0))
        avals = [a for state in weights for a in state.spec.avals]
        for slot in self.slots:
            state = self.memory.setdefault(slot, LongTermState())
            state.replace(tuple(np.zeros(a.shape, a.dtype) for a in avals))
        return self

    @property
    def trainable_weights(self) -> Any:
        """The weights that were registered, in the structure that they were given in; ``None`` before that."""
        return None if self._structure is None else tree.unflatten(self._structure, self._weights)

    def update(self, grads: Any) -> None:
        """Change the weights by one step.

        Parameters
        ----------
        grads : gradients
            In the structure of the weights, as `isospike.transform.grad` returns them.

        Raises
        ------
        StateError
            No weights are registered.
        ShapeError
            The gradients have another structure or other shapes than the weights.
        """
        if self._structure is None:
            msg = (
                f"{type(self).__name__} has no weights to change: call "
                "optimizer.register_trainable_weights(model.states(iso.ParamState)) first"
            )
            raise StateError(msg)
        if tree.flatten(grads)[1] != self._structure:
            msg = (
                f"{type(self).__name__}.update is given gradients of another structure than its weights: pass what "
                "iso.transform.grad(loss, weights) returns for the same weights"
            )
            raise ShapeError(msg)
        self._update(grads)

    def step(self, weight: Any, gradient: Any, memory: Sequence[Any], count: Any) -> tuple[Any, Sequence[Any]]:
        """Return how far a weight goes at a learning rate of 1, and what is remembered of it.

        Parameters
        ----------
        weight, gradient : array
            Bare numbers.
        memory : sequence of array
            One for each of ``slots``.
        count : array
            Number of this step, from 1, in the working precision.
        """
        raise NotImplementedError

    def _updated(self, grads: Any) -> None:
        gradients = [units.split(g)[0] for g in tree.flatten(grads)[0]]
        weights = [x for state in self._weights for x in tree.flatten(state.value)[0]]
        self._check_shapes(weights, gradients)
        if self.clip_norm is not None:
            gradients = _clipped(gradients, self.clip_norm)
        rate = self.lr(self.count.value)
        self.count.value = self.count.value + 1
        remembered = [self.memory[slot].value for slot in self.slots]
        moved, kept = [], []
        for i, (weight, gradient) in enumerate(zip(weights, gradients, strict=True)):
            bare, unit = units.split(weight)
            count = math.astype(self.count.value, bare.dtype)
            way, memory = self.step(bare, gradient, [column[i] for column in remembered], count)
            moved.append(units.quantity(bare - rate * way, unit))
            kept.append(memory)
        leaves = iter(moved)
        for state in self._weights:
            state.value = tree.unflatten(state.spec.structure, [next(leaves) for _ in state.spec.avals])
        for slot, column in zip(self.slots, zip(*kept, strict=True), strict=True):
            self.memory[slot].value = tuple(column)

    def _check_shapes(self, weights: Sequence[Any], gradients: Sequence[Any]) -> None:
        for weight, gradient in zip(weights, gradients, strict=True):
            if tuple(weight.shape) != tuple(gradient.shape):
                msg = (
                    f"{type(self).__name__}.update is given a gradient of shape {tuple(gradient.shape)} for a weight "
                    f"of shape {tuple(weight.shape)}: pass what iso.transform.grad(loss, weights) returns"
                )
                raise ShapeError(msg)


def _short(value: Any) -> str:
    return f"a {type(value).__name__}" if isinstance(value, Module) else reprlib.repr(value)


def _clipped(gradients: Sequence[Any], largest: float) -> list[Any]:
    """Return gradients whose norm together is at most the largest."""
    first, *rest = [math.sum(math.square(g)) for g in gradients]
    for part in rest:
        first = first + part
    norm = math.sqrt(first)
    factor = math.where(norm > largest, largest / math.where(norm > largest, norm, 1.0), 1.0)
    return [g * factor for g in gradients]
