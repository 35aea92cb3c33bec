"""An imported graph is trained by gradient, written, and read again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from tests.plugins.isospike_nir.conftest import ENGINES, FIXTURES, Recording, lif, run

import isospike as iso
from isospike import units as u

Chain = Callable[..., Any]
PROFILES = ("exact", "norse", "snntorch", "sinabs")


def gradients(graph: Any, x: np.ndarray, backend: str) -> dict[str, np.ndarray]:
    """Return the gradient of the mean square of the outputs with respect to every weight."""
    with iso.environ.context(dt=graph.dt, backend=backend, engine=ENGINES.get(backend), fit=True):
        iso.init_all_states(graph, batch_size=x.shape[1])
        weights = graph.states(iso.ParamState)

        def loss(x: Any) -> Any:
            return iso.math.mean(iso.math.square(iso.transform.for_loop(graph, x)))

        return {name: np.asarray(g) for name, g in iso.transform.grad(loss, weights)(x).items()}


@pytest.mark.parametrize("name", ["norse_recurrent", "sinabs_lif"])
def test_the_gradient_is_the_same_on_jax_and_torch_and_reaches_every_weight(name: str, tmp_path: Path) -> None:
    recording = Recording.read(FIXTURES / f"{name}.npz")
    found = [gradients(recording.load(tmp_path), recording.x[:20], backend) for backend in ("jax", "torch")]
    assert found[0].keys() == found[1].keys()
    for path, value in found[0].items():
        assert np.abs(value).max() > 0, path
        np.testing.assert_allclose(value, found[1][path], rtol=1e-3, atol=1e-5 * np.abs(value).max(), err_msg=path)


@pytest.mark.parametrize("profile", PROFILES)
def test_the_gradient_of_cells_without_a_threshold_is_that_of_differences(profile: str, chain: Chain) -> None:
    weight, rng = np.array([[0.5, -1.0], [2.0, 0.3]]), np.random.default_rng(0)
    x = rng.normal(size=(12, 1, 2))
    count = 1000 if profile == "sinabs" else 1  # of steps, or seconds
    readout = [
        nir.CubaLI(*(np.full(2, v) for v in (0.004 * count, 0.01 * count, 1.0, 0.0))),
        nir.LI(*(np.full(2, v) for v in (0.02 * count, 1, 0))),
    ]

    def graph(w: np.ndarray) -> Any:
        return iso.nir.load(chain([nir.Linear(w), *readout], [2], [2]), profile=profile, dt=1 * u.ms)

    with iso.environ.context(precision="float64", backend="jax"):
        found = gradients(graph(weight), x, "jax")["nodes.n0.weight"]
        for place in np.ndindex(2, 2):
            step = np.zeros((2, 2))
            step[place] = 1e-5
            up, down = (np.mean(run(graph(weight + s), x) ** 2) for s in (step, -step))
            assert found.T[place] == pytest.approx((up - down) / 2e-5, rel=1e-6)


@pytest.mark.parametrize("library", ["jax", "torch"])
def test_training_lowers_the_loss_and_what_it_learnt_is_written(library: str, chain: Chain, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    nodes = [nir.Affine(rng.normal(size=(16, 4)), np.zeros(16)), lif(16), nir.Linear(rng.normal(size=(2, 16)))]
    graph = iso.nir.load(chain(nodes, [4], [2]), profile="norse")
    x = (rng.random((25, 8, 4)) < 0.5).astype(np.float32) * 20
    target = np.array([0.5, -0.5], dtype=np.float32)
    with iso.environ.context(dt=graph.dt, backend=library, engine=ENGINES.get(library)):
        iso.init_all_states(graph, batch_size=8)
        weights = graph.states(iso.ParamState)
        optimizer = iso.optim.Adam(0.1).register_trainable_weights(weights)

        def loss(x: Any) -> Any:
            return iso.math.mean(iso.math.square(iso.math.mean(iso.transform.for_loop(graph, x), axis=0) - target))

        losses = []
        for _ in range(12):
            iso.reset_all_states(graph)
            value, slopes = iso.transform.value_and_grad(loss, weights)(x)
            optimizer.update(slopes)
            losses.append(float(value))
        iso.nir.save(graph, tmp_path / "trained.nir")
        again = iso.nir.load(tmp_path / "trained.nir", profile="norse")
        iso.reset_all_states(graph)
        y = np.asarray(iso.transform.for_loop(graph, x))
    assert losses[-1] < 0.5 * losses[0]
    with iso.environ.context(backend=library, engine=ENGINES.get(library)):
        np.testing.assert_array_equal(run(again, x), y)
