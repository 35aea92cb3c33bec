"""What the tests of training have in common: a small task, and the backends that learn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import registry
from isospike import units as u
from isospike.data import Batches
from isospike.select import get_backend


class Task(iso.Module):
    """Which half of the inputs is the busier one, under noise; 22 examples in batches of 8, so that 6 are left."""

    def __init__(self) -> None:
        self.into = iso.Linear(4, 6, iso.KaimingNormal(scale=60.0, unit=u.mA))
        self.cells = iso.LIF(6, tau=10 * u.ms, V_th=1 * u.mV)
        self.out = iso.Linear(6, 2)

    def update(self, x: Any) -> Any:
        noise = 0.1 * iso.random.normal(self, x.shape)
        return self.out(self.cells(self.into(x + noise)))

    def loss(self, x: Any, y: Any) -> Any:
        frames = iso.math.permute_dims(x, (1, 0, 2))
        logits = iso.math.mean(iso.transform.for_loop(self, frames), axis=0)
        return iso.losses.cross_entropy(logits, y), {"accuracy": iso.losses.accuracy(logits, y)}


def examples() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 22).astype(np.int32)
    busy = (np.arange(4) < 2) == (labels[:, None] == 0)
    return (rng.random((22, 12, 4)) < 0.1 + 0.5 * busy[:, None]).astype(np.float32), labels


class Setup:
    """All that a call of fit needs, made anew, as a script does that is run again."""

    def __init__(self) -> None:
        self.net = iso.init_all_states(Task())
        self.data = Batches(*examples(), size=8, seed=5)
        self.validation = Batches(*(x[:10] for x in examples()), size=10, shuffle=False)
        self.optimizer = iso.optim.Adam(0.05, clip_norm=1.0)

    def fit(self, **options: Any) -> Any:
        options = {"epochs": 4, "validation": self.validation, **options}
        return iso.fit(self.net, self.net.loss, self.data, self.optimizer, **options)

    def weights(self) -> dict[str, np.ndarray]:
        return {k: np.asarray(u.split(s.value)[0]) for k, s in self.net.states(iso.ParamState).items()}


@pytest.fixture
def learner(backend_name: str) -> Iterator[str]:
    """Run a test on each backend that claims gradients."""
    claim = get_backend(backend_name).capabilities["gradient"]
    if not claim.claimed:
        pytest.skip(f"{backend_name}: {claim.reason}")
    with iso.environ.context(backend=backend_name, dt=1 * u.ms, seed=1):
        yield backend_name


@pytest.fixture
def somewhere() -> Iterator[str]:
    """Run a test of the books that are kept, which no backend has a part in, on one that learns."""
    backend = next(name for name in ("torch", "jax") if registry.installed(name))
    with iso.environ.context(backend=backend, dt=1 * u.ms, seed=1):
        yield backend


@pytest.fixture
def setup() -> Callable[[], Setup]:
    return Setup
