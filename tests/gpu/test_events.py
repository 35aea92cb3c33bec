"""Event kernels of torch and jax on a GPU: sums, gradients, loops, and what they take beside plain operations."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from isospike_conformance.way import Way

N, DEGREE, RATE = 20_000, 80, 0.002


@dataclass(frozen=True)
class Events:
    """Event propagation by an array library on its GPU."""

    array: Callable[[np.ndarray], Any]
    product: Callable[..., Any]
    plain: Callable[..., Any]
    gradient: Callable[..., Any]
    repeated: Callable[..., Any]
    ready: Callable[[Any], None]


def of_torch() -> Events:
    torch = pytest.importorskip("torch")
    from isospike_torch.events import event_matvec, scatter_all
    from isospike_torch.events.grid import GRID

    if not GRID.engine().compiled:
        pytest.skip(str(GRID.engine()))

    def product(spikes: Any, *matrix: Any) -> Any:
        return event_matvec(spikes, *matrix, n_post=N)

    def gradient(spikes: Any, weights: Any, *rows: Any) -> Any:
        leaf = weights.clone().requires_grad_()
        (product(spikes, leaf, *rows) ** 2).sum().backward()
        return leaf.grad

    def repeated(steps: int, spikes: Any, *matrix: Any) -> Any:
        product(spikes, *matrix)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            x = spikes
            for _ in range(steps):
                x = (product(x, *matrix) % 1.0 > 0.9).to(spikes.dtype)
        graph.replay()
        return x

    return Events(
        lambda x: torch.from_numpy(x).cuda(),
        product,
        lambda *operands: scatter_all(*operands, N),
        gradient,
        repeated,
        lambda x: torch.cuda.synchronize(),
    )


def of_jax() -> Events:
    jax = pytest.importorskip("jax")
    from isospike_jax.events import event_matvec, scatter_wide
    from isospike_jax.events.grid import GRID

    if not GRID.engine().compiled:
        pytest.skip(str(GRID.engine()))
    device = jax.devices("cuda")[0]

    def product(spikes: Any, *matrix: Any) -> Any:
        return event_matvec(spikes, *matrix, n_post=N)

    def gradient(spikes: Any, weights: Any, *rows: Any) -> Any:
        return jax.grad(lambda w: (product(spikes, w, *rows) ** 2).sum())(weights)

    @jax.jit
    def repeated(steps: Any, spikes: Any, *matrix: Any) -> Any:
        return jax.lax.fori_loop(0, steps, lambda _, x: (product(x, *matrix) % 1.0 > 0.9).astype(spikes.dtype), spikes)

    return Events(
        lambda x: jax.device_put(x, device),
        product,
        jax.jit(lambda *operands: scatter_wide(*operands, n_post=N)),
        gradient,
        repeated,
        jax.block_until_ready,
    )


@pytest.fixture(params=["torch", "jax"])
def events(request: pytest.FixtureRequest, on_gpu: Callable[[str], Way]) -> Events:
    on_gpu(request.param)
    return of_torch() if request.param == "torch" else of_jax()


@pytest.fixture(scope="module")
def operands() -> list[np.ndarray]:
    """Return spikes, weights of a grid, and the rows of a random matrix."""
    rng = np.random.default_rng(5)
    spikes = (rng.random(N) < RATE).astype(np.float32)
    weights = (rng.integers(1, 64, N * DEGREE) / 64).astype(np.float32)
    indptr = np.arange(0, N * DEGREE + 1, DEGREE, dtype=np.int32)
    return [spikes, weights, indptr, rng.integers(0, N, N * DEGREE).astype(np.int32)]


def dense(spikes: np.ndarray, weights: np.ndarray, indptr: np.ndarray, indices: np.ndarray) -> np.ndarray:
    return np.bincount(indices, np.repeat(spikes, np.diff(indptr)) * weights.astype(float), N)


def test_sums_and_gradients_are_those_of_the_dense_product(events: Events, operands: list[np.ndarray]) -> None:
    given = [events.array(x) for x in operands]
    sums = dense(*operands)
    np.testing.assert_array_equal(np.asarray(events.product(*given).tolist()), sums)
    spikes, _, indptr, indices = operands
    expected = 2 * np.repeat(spikes, np.diff(indptr)) * sums[indices]
    np.testing.assert_allclose(np.asarray(events.gradient(*given).tolist()), expected, rtol=1e-5)


def test_a_recorded_loop_repeats_the_steps(events: Events, operands: list[np.ndarray]) -> None:
    spikes, *matrix = operands
    expected = spikes
    for _ in range(5):
        expected = (dense(expected, *matrix) % 1.0 > 0.9).astype(np.float32)
    got = events.repeated(5, *map(events.array, operands))
    assert 0 < expected.sum() < N
    np.testing.assert_array_equal(np.asarray(got.tolist()), expected)


def test_it_is_faster_than_to_look_at_all_synapses(events: Events, operands: list[np.ndarray]) -> None:
    given = [events.array(x) for x in operands]

    def seconds(function: Callable[..., Any]) -> float:
        events.ready(function(*given))
        start = time.perf_counter()
        for _ in range(100):
            result = function(*given)
        events.ready(result)
        return (time.perf_counter() - start) / 100

    kernel, plain = seconds(events.product), seconds(events.plain)
    print(f"{1e6 * kernel:.1f} us by the kernel, {1e6 * plain:.1f} us by plain operations")  # noqa: T201
    assert kernel < plain
