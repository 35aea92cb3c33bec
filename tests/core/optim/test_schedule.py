"""Schedules follow their formulas, and those of torch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import optim
from isospike.errors import ParameterError

pytestmark = pytest.mark.usefixtures("backend")
FORMULAS: dict[str, tuple[Any, Callable[[int], float]]] = {
    "constant": (optim.Schedule(0.2), lambda k: 0.2),
    "step": (optim.StepDecay(0.2, 3, 0.5), lambda k: 0.2 * 0.5 ** (k // 3)),
    "exponential": (optim.ExponentialDecay(0.2, 5, 0.1), lambda k: 0.2 * 0.1 ** (k / 5)),
    "cosine": (
        optim.CosineDecay(0.2, 8, 0.25),
        lambda k: 0.2 * (0.25 + 0.75 * (1 + math.cos(math.pi * min(k / 8, 1))) / 2),
    ),
    "warmup": (optim.Warmup(optim.StepDecay(0.2, 3, 0.5), 4), lambda k: min((k + 1) / 4, 1) * 0.2 * 0.5 ** (k // 3)),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_rates_are_those_of_the_formula(name: str) -> None:
    schedule, formula = FORMULAS[name]
    with iso.environ.context(precision="float64"):
        got = iso.transform.for_loop(lambda k: schedule(k) + 0.0 * k, np.arange(12, dtype=np.int32))
    np.testing.assert_allclose(np.asarray(got), [formula(k) for k in range(12)], rtol=1e-12)


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam, lambda lr: optim.Warmup(lr, 3)])
def test_a_function_in_place_of_a_rate_is_told_of_schedules_and_the_cure_works(make: Any) -> None:
    class Falling(optim.Schedule):
        def factor(self, k: Any) -> Any:
            return 1 / (1 + k)

    with pytest.raises(ParameterError, match=r"\((lr|then)=\.\.\.\) is <function.*subclass of iso\.optim\.Schedule"):
        make(lambda k: 0.1 / (1 + k))
    make(Falling(0.1))
    assert [float(Falling(0.1)(np.int32(k))) for k in (0, 1)] == pytest.approx([0.1, 0.05])


def test_an_optimizer_follows_its_schedule() -> None:
    w = iso.ParamState(np.zeros(2))
    optimizer = optim.SGD(optim.StepDecay(1.0, 2, 0.1)).register_trainable_weights(w)
    steps = []
    for _ in range(5):
        before = np.array(w.value)
        optimizer.update(np.ones(2))
        steps.append(float((before - np.asarray(w.value))[0]))
    np.testing.assert_allclose(steps, [1, 1, 0.1, 0.1, 0.01], rtol=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda: optim.Schedule(-1.0),
        lambda: optim.StepDecay(0.1, 0),
        lambda: optim.StepDecay(0.1, 10, 0.0),
        lambda: optim.ExponentialDecay(0.1, -1),
        lambda: optim.CosineDecay(0.1, 10, math.inf),
        lambda: optim.Warmup(0.1, True),
    ],
)
def test_impossible_numbers_are_refused(make: Callable[[], Any]) -> None:
    with pytest.raises(ParameterError, match="expected a finite number from"):
        make()
