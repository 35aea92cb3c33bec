"""Layers, loops, nested graphs, and several inputs and outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nir
import numpy as np
import pytest
import torch
from tests.plugins.isospike_nir.conftest import lif, run

import isospike as iso
from isospike import units as u
from isospike.errors import ConfigError

Chain = Callable[..., Any]
rng = np.random.default_rng(7)
X = rng.normal(size=(1, 3, 4, 7, 6)).astype(np.float32)


def made(chain: Chain, node: Any, x: np.ndarray) -> np.ndarray:
    graph = iso.nir.load(chain([node], x.shape[2:], [1]), dt=1 * u.ms)
    return run(graph, x)[0]


@pytest.mark.parametrize(
    ("stride", "padding", "dilation", "groups"),
    [((2, 1), (1, 2), (1, 2), 2), (1, "same", 2, 4), (2, "valid", 1, 1)],
)
def test_conv2d_is_that_of_pytorch(
    stride: Any, padding: Any, dilation: Any, groups: int, engine: str, chain: Chain
) -> None:
    weight, bias = rng.normal(size=(8, 4 // groups, 3, 2)), rng.normal(size=8)
    node = nir.Conv2d(None, weight, stride, padding, dilation, groups, bias)
    tensors = (torch.tensor(a, dtype=torch.float32) for a in (X[0], weight, bias))
    expected = torch.nn.functional.conv2d(*tensors, stride, padding, dilation, groups)
    np.testing.assert_allclose(made(chain, node, X), expected.numpy(), rtol=1e-4, atol=1e-4)


def test_conv1d_is_that_of_pytorch(numpy_backend: None, chain: Chain) -> None:
    x, weight, bias = X[..., 0], rng.normal(size=(6, 2, 3)), rng.normal(size=6)
    node = nir.Conv1d(None, weight, 2, 1, 1, 2, bias)
    tensors = (torch.tensor(a, dtype=torch.float32) for a in (x[0], weight, bias))
    expected = torch.nn.functional.conv1d(*tensors, stride=2, padding=1, groups=2)
    np.testing.assert_allclose(made(chain, node, x), expected.numpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ["AvgPool2d", "SumPool2d"])
def test_pooling_is_that_of_pytorch(kind: str, engine: str, chain: Chain) -> None:
    node = getattr(nir, kind)(np.array([3, 2]), np.array([2, 1]), np.array([1, 0]))
    mean = torch.nn.functional.avg_pool2d(torch.tensor(X[0]), (3, 2), (2, 1), (1, 0)).numpy()
    expected = mean if kind == "AvgPool2d" else 6 * mean
    np.testing.assert_allclose(made(chain, node, X), expected, rtol=1e-5, atol=1e-5)


def test_flatten_joins_the_axes_that_it_names(numpy_backend: None, chain: Chain) -> None:
    np.testing.assert_array_equal(made(chain, nir.Flatten(None, 1, -1), X), X[0].reshape(3, 4, 42))
    np.testing.assert_array_equal(made(chain, nir.Flatten(None, 0, 1), X), X[0].reshape(3, 28, 6))


def test_threshold_is_one_above_and_zero_at_it(numpy_backend: None, chain: Chain) -> None:
    x = np.array([0.9, 1.0, 1.1, -2.0], dtype=np.float32).reshape(1, 1, 4)
    assert made(chain, nir.Threshold(np.ones(4)), x)[0].tolist() == [0, 0, 1, 0]


def test_one_number_for_a_whole_layer_counts_for_every_cell(numpy_backend: None, chain: Chain) -> None:
    x = 100 * X[..., 0]
    one = chain([nir.LIF(*(np.array(v) for v in (0.02, 1.0, 0.0, 1.0, 0.0)))], [4, 7], [4, 7])
    each = chain([nir.LIF(*(np.full((4, 7), v) for v in (0.02, 1.0, 0.0, 1.0, 0.0)))], [4, 7], [4, 7])
    y, wanted = (run(iso.nir.load(graph, dt=1 * u.ms), x) for graph in (one, each))
    np.testing.assert_array_equal(y, wanted)
    assert y.any()


# Loops. A relay is a cell that spikes in the step in which it gets 1.


def relay(n: int = 1) -> Any:
    return nir.IF(r=np.full(n, 1000.0), v_threshold=np.full(n, 0.5))


def times(graph: Any, steps: int = 10) -> list[int]:
    """Return the steps in which a graph spikes that gets 1 in the first."""
    y = run(iso.nir.load(graph, dt=1 * u.ms), np.eye(steps, dtype=np.float32)[:, :1, None])
    return np.flatnonzero(y[:, 0, 0]).tolist()


@pytest.mark.parametrize("n_relays", [1, 2, 3])
def test_a_loop_takes_one_step_however_many_cells_are_in_it(n_relays: int, numpy_backend: None, chain: Chain) -> None:
    back = (f"n{n_relays - 1}", "n0")
    assert times(chain([relay() for _ in range(n_relays)], [1], [1], [back])) == list(range(10))


@pytest.mark.parametrize("seconds", [0.001, 0.003])
def test_a_delay_in_a_loop_is_all_the_time_that_the_loop_takes(
    seconds: float, numpy_backend: None, chain: Chain
) -> None:
    graph = chain([relay(), nir.Scale(np.ones(1))], [1], [1])
    graph.nodes["delay"] = nir.Delay(np.array([seconds]))
    graph.edges += [("n1", "delay"), ("delay", "n0")]
    assert times(graph) == list(range(0, 10, round(seconds / 0.001)))


def test_a_delay_shorter_than_half_a_step_leaves_the_loop_its_step(numpy_backend: None, chain: Chain) -> None:
    graph = chain([relay()], [1], [1])
    graph.nodes["delay"] = nir.Delay(np.array([0.0001]))
    graph.edges += [("n0", "delay"), ("delay", "n0")]
    assert times(graph) == list(range(10))


def test_a_loop_without_a_cell_takes_one_step_too(numpy_backend: None, chain: Chain) -> None:
    graph = chain([nir.Scale(np.array([2.0])), nir.Scale(np.array([0.5]))], [1], [1], [("n1", "n0")])
    y = run(iso.nir.load(graph, dt=1 * u.ms), np.ones((4, 1, 1), dtype=np.float32))
    assert y.ravel().tolist() == [1, 2, 3, 4]


def test_weights_with_a_bias_in_a_loop_act_from_the_first_step(numpy_backend: None, chain: Chain) -> None:
    graph = chain([relay()], [1], [1])
    graph.nodes["rec"] = nir.Affine(np.zeros((1, 1)), np.ones(1))
    graph.edges += [("n0", "rec"), ("rec", "n0")]
    y = run(iso.nir.load(graph, dt=1 * u.ms), np.zeros((3, 1, 1), dtype=np.float32))
    assert y.ravel().tolist() == [1, 1, 1]


def test_two_loops_through_one_cell_are_both_cut(numpy_backend: None, chain: Chain) -> None:
    graph = chain([relay(), relay()], [1], [1], [("n1", "n0"), ("n0", "n0")])
    loaded = iso.nir.load(graph, dt=1 * u.ms)
    assert loaded.late == (("n0", "n0"), ("n1", "n0"))
    assert times(graph) == list(range(10))


def test_a_nested_graph_is_taken_apart(numpy_backend: None, chain: Chain) -> None:
    inner = chain([relay()], [1], [1])
    inner.nodes["w_rec"] = nir.Linear(np.ones((1, 1)))
    inner.edges += [("n0", "w_rec"), ("w_rec", "n0")]
    middle = chain([inner, nir.Scale(np.ones(1))], [1], [1])
    graph = chain([nir.Linear(np.ones((1, 1))), middle], [1], [1])
    loaded = iso.nir.load(graph, dt=1 * u.ms)
    assert set(loaded.nodes) == {"n0", "n1.n0.n0", "n1.n0.w_rec", "n1.n1"}
    assert loaded.audit.about("n1.n0") == ["a nested graph, taken apart: its nodes have names that begin with 'n1.n0.'"]
    assert times(graph) == list(range(10))


def test_a_nested_graph_needs_one_input_and_one_output(chain: Chain) -> None:
    inner = chain([relay()], [1], [1])
    inner.nodes["second"] = nir.Input(np.array([1]))
    inner.edges.append(("second", "n0"))
    with pytest.raises(ConfigError, match=r"nested graph 'n0' has .*'n0\.second'.*expected one Input"):
        iso.nir.load(chain([inner], [1], [1]), dt=1 * u.ms)


def test_several_inputs_and_outputs_go_by_name(numpy_backend: None) -> None:
    nodes = {
        "left": nir.Input(np.array([2])),
        "right": nir.Input(np.array([2])),
        "double": nir.Scale(np.full(2, 2.0)),
        "sum": nir.Output(np.array([2])),
        "twice": nir.Output(np.array([2])),
    }
    edges = [("left", "double"), ("double", "twice"), ("double", "sum"), ("right", "sum")]
    graph = iso.init_all_states(iso.nir.load(nir.NIRGraph(nodes, edges, type_check=False), dt=1 * u.ms))
    with iso.environ.context(dt=graph.dt):
        y = graph({"left": np.array([1.0, 2.0]), "right": np.array([10.0, 20.0])})
    assert {name: np.asarray(value).tolist() for name, value in y.items()} == {"sum": [12, 24], "twice": [2, 4]}


def test_without_a_batch_it_is_as_a_batch_of_one(numpy_backend: None, chain: Chain) -> None:
    graph = iso.nir.load(chain([nir.Linear(rng.normal(size=(3, 4))), lif(3)], [4], [3]), dt=1 * u.ms)
    x = 100 * rng.normal(size=(30, 1, 4)).astype(np.float32)
    batched = run(graph, x)
    iso.init_all_states(graph)
    with iso.environ.context(dt=graph.dt):
        single = np.asarray(iso.transform.for_loop(graph, x[:, 0]))
    assert batched.any()
    np.testing.assert_array_equal(single, batched[:, 0])
