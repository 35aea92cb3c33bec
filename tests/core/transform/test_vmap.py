"""vmap computes for every example what the function computes for it alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, ShapeError, StateError

pytestmark = pytest.mark.usefixtures("backend")
T = iso.transform
math = iso.math
RNG = np.random.default_rng(3)
X = RNG.normal(size=(4, 3)).astype("float32")
A, CUBE = RNG.normal(size=(3, 5)), RNG.normal(size=(2, 3))
I3 = np.array([[0, 2, 1], [2, 2, 2], [1, 0, 0], [0, 0, 1]], np.int32)


def host(x: Any) -> np.ndarray:
    return np.asarray(u.split(x)[0])


FUNCTIONS = {
    "elementwise": lambda x: math.tanh(x) * 2.0 + x**2,
    "broadcast": lambda x: x[:, None] * np.ones((1, 2)) + CUBE.T,
    "repeated": lambda x: math.broadcast_to(x, (2, 3)),
    "sum": lambda x: (math.sum(x), math.sum(x[None, :] * CUBE, axis=1)),
    "extremes": lambda x: (math.max(x), math.min(x), math.any(x > 1), math.all(x > -1)),
    "joined": lambda x: math.concat([x, np.ones(2), x[:1]]),
    "reshaped": lambda x: math.permute_dims(math.reshape(x[:2], (1, 2)), (1, 0)),
    "index": lambda x: (x[::-1], x[1], x[None, :2]),
    "take along": lambda x: math.take(x[None, :] * CUBE, np.array([[1, 0], [0, 0]]), axis=1),
    "take from shared": lambda x: math.take(A, math.astype(math.abs(x) < 0.5, "int32"), axis=0),
    "take at own places": lambda x: math.take(x, math.astype(math.abs(x) < 0.5, "int32") * 2),
    "take at own places of a later axis": lambda x: math.take(x[None, :] * CUBE, math.astype(x < 0, "int32"), axis=1),
    "vector by matrix": lambda x: math.matmul(x, A),
    "matrix by vector": lambda x: math.matmul(A.T, x),
    "vector by vector": lambda x: math.matmul(x, x),
    "matrix by matrix": lambda x: math.matmul(x[None, :] * CUBE, A),
    "cast": lambda x: math.astype(x > 0, "int32"),
    "spikes": lambda x: iso.ReluGrad()(x),
    "shared result": lambda x: np.ones(3),
    "scan": lambda x: T.scan(lambda c, y: (c * 0.5 + y, c), 1.0, x),
    "scan over shared inputs": lambda x: T.scan(lambda c, y: (c + y * x, y), x, A[0]),
    "scan that becomes batched": lambda x: T.scan(
        lambda c, _: ((c[1], x, c[2]), c[0]), (0 * A[0, :3], x * 0, 1), length=3
    ),
    "own branch": lambda x: T.cond(math.sum(x) > 0, lambda: x * 2, lambda: -x),
    "shared branch": lambda x: T.cond(A[0, 0] > 0, lambda: x * 2, lambda: np.ones(3)),
    "own number of turns": lambda x: T.while_loop(lambda c: math.sum(math.abs(c)) < 50, lambda c: c * 2, x + 1),
    "shared number of turns": lambda x: T.while_loop(lambda c: c[1] < 3, lambda c: (c[0] * 2, c[1] + 1), (x, 0)),
    "nested": lambda x: T.vmap(lambda y: y * math.sum(x))(x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_examples_are_computed_as_each_alone(name: str) -> None:
    function = FUNCTIONS[name]
    together = iso.tree.flatten(T.vmap(function)(X))[0]
    alone = [iso.tree.flatten(T.jit(function)(x))[0] for x in X]
    assert together
    for got, *expected in zip(together, *alone, strict=True):
        stacked = np.stack([host(e) for e in expected])
        assert host(got).shape == stacked.shape
        np.testing.assert_allclose(host(got), stacked, rtol=2e-6, atol=1e-6)


def test_axes_units_and_shared_arguments() -> None:
    got = T.vmap(lambda x, c: math.sum(x * c), in_axes=(1, None))(X, 2.0 * u.mV)
    np.testing.assert_allclose(host(got), 2 * X.sum(0), rtol=1e-5)
    assert got.unit == u.mV
    assert host(T.vmap(lambda x: x, in_axes=-1, out_axes=1)(X)).tolist() == X.tolist()
    assert host(T.vmap(lambda: 1.0, axis_size=3)()).tolist() == [1.0, 1.0, 1.0]


def test_gradients_of_examples_are_those_of_each_alone(backend: str) -> None:
    if not iso.select.get_backend(backend).capabilities["gradient"].claimed:
        pytest.skip(f"{backend} has no gradient")
    w = iso.ParamState(np.array([1.0, -2.0, 0.5]))
    got = T.vmap(T.grad(lambda x: math.sum(w.value * x**3)))(X)
    np.testing.assert_allclose(host(got), 3 * np.array([1.0, -2.0, 0.5]) * X**2, rtol=1e-5)
    by_weight = T.vmap(T.grad(lambda x: math.sum(w.value * x**3), w))(X)
    np.testing.assert_allclose(host(by_weight), X**3, rtol=1e-5)


class Coupled(iso.Module):
    """Cells that are driven by a current and by each other, through sparse synapses."""

    def __init__(self) -> None:
        self.cells = iso.LIF(30, tau=10 * u.ms, V_th=20 * u.mV, V_initializer=iso.Uniform(0 * u.mV, 20 * u.mV))
        self.comm = iso.FixedProb(30, 30, 0.2, 1 * u.mA)

    def update(self, x: Any) -> Any:
        return self.cells(x * u.mA + self.comm(self.cells.get_spike()))


@pytest.mark.parametrize("numerics", ["fast", "exact"])
def test_a_model_over_examples_is_its_batched_self(numerics: str) -> None:
    currents, runs = np.array([21.0, 25.0, 40.0]), []
    with iso.environ.context(dt=0.1 * u.ms, numerics=numerics, seed=4):
        for examples in (True, False):
            net = iso.init_all_states(Coupled(), batch_size=3)
            if examples:
                step = T.vmap(net, states=net.states(iso.ShortTermState))
                runs.append(host(T.for_loop(lambda step=step: step(currents), length=300)))
            else:
                runs.append(host(T.for_loop(lambda net=net: net(currents[:, None]), length=300)))
    assert runs[0].shape == (300, 3, 30)
    assert 0 < runs[0].sum(axis=(0, 2))[0] < runs[0].sum(axis=(0, 2))[2]
    np.testing.assert_array_equal(runs[0], runs[1])


class Draws(iso.Module):
    def update(self, *shape: int) -> Any:
        return {"normal": iso.random.normal(self, shape), "poisson": iso.random.poisson(self, 3.0, shape)}


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_each_example_draws_its_own_numbers_those_of_a_batched_network(precision: str) -> None:
    with iso.environ.context(precision=precision, seed=2):
        together = T.vmap(iso.init_all_states(Draws()), in_axes=None, axis_size=4)
        got = T.for_loop(lambda: together(5), length=2)
        net = iso.init_all_states(Draws())
        expected = T.for_loop(lambda: net(4, 5), length=2)
    for name, values in expected.items():
        assert len(np.unique(host(values))) > 5
        np.testing.assert_array_equal(host(got[name]), host(values))


def test_sizes_that_differ_or_are_missing_are_refused() -> None:
    with pytest.raises(ShapeError, match="vmap finds 4 in argument 0, 5 in argument 1"):
        T.vmap(lambda x, y: x)(X, A.T)
    with pytest.raises(ShapeError, match="vmap finds no number at all"):
        T.vmap(lambda: 1.0)()
    with pytest.raises(ShapeError, match=r"argument 0 has shape \(4, 3\)"):
        T.vmap(lambda x: x, in_axes=2)(X)
    with pytest.raises(ParameterError, match="called with 1 arguments"):
        T.vmap(lambda x: x, in_axes=(0, 0))(X)


def test_the_number_of_examples_is_asked_for_only_where_nothing_tells() -> None:
    net = iso.init_all_states(iso.Linear(8, 2))
    V = iso.ShortTermState(np.zeros((4, 3)))
    with pytest.raises(ShapeError, match=r"no number at all.*axis_size=n"):
        T.vmap(lambda: 1.0)()
    with pytest.raises(ShapeError, match=r"4 in argument 0, 3 in argument 1(?!.*axis_size).*None in in_axes="):
        T.vmap(lambda x, y: x)(X, X.T)
    with pytest.raises(ShapeError, match=r"4 in State '', 8 in State 'Linear\.weight'(?!.*axis_size).*ShortTermState"):
        T.vmap(lambda: net(np.ones(8)), states=[V, net.weight])()  # found before the product of other shapes


def test_networks_of_other_weights_run_at_once_and_each_as_alone() -> None:
    def made(seed: int) -> iso.Linear:
        with iso.environ.context(seed=seed):
            return iso.init_all_states(iso.Linear(3, 2))

    net, others = made(0), [made(seed) for seed in (1, 2, 3, 4)]
    values = np.stack([host(other.weight.value) for other in others])

    def assigns(w: Any) -> Any:
        net.weight.value = w
        return net(X[0])

    with pytest.raises(StateError, match=r"'Linear\.weight', which all examples share.*net\.weight\.replace\(values\)"):
        T.vmap(assigns)(values)
    net.weight.replace(values)
    together = T.vmap(lambda: net(X[0]), states=net.weight)()
    np.testing.assert_array_equal(host(together), [host(other(X[0])) for other in others])


def test_states_are_shared_unless_they_are_named() -> None:
    shared, own = iso.HiddenState(np.zeros(3)), iso.HiddenState(np.zeros((4, 3)))

    def writes(state: Any) -> Any:
        def f(x: Any) -> Any:
            state.value = state.value + x
            return x

        return f

    T.vmap(writes(own), states=own)(X)
    np.testing.assert_allclose(host(own.value), X)
    with pytest.raises(StateError, match="which all examples share"):
        T.vmap(writes(shared))(X)
    with pytest.raises(ParameterError, match="expected States"):
        T.vmap(lambda x: x, states=[1.0])
    with pytest.raises(ShapeError, match="has no axis of examples"):
        T.vmap(lambda x: x, states=iso.HiddenState(1.0))(X)


def test_an_equal_call_traces_nothing_new() -> None:
    f = T.vmap(FUNCTIONS["elementwise"])
    f(X)
    before = T.cache_info()
    f(X + 1)
    assert T.cache_info() == before
