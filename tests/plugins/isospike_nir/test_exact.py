"""The default profile solves the equations of NIR; judged by closed forms and by SciPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import nir
import numpy as np
import pytest
from scipy import integrate
from tests.plugins.isospike_nir.conftest import lif, run

import isospike as iso
from isospike import units as u

Chain = Callable[..., Any]
DT = 1e-3
X = np.random.default_rng(3).normal(1.0, 2.0, (40, 1, 2))


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def loaded(graph: Any) -> Any:
    return iso.nir.load(graph, dt=1 * u.ms)


def solved(derivative: Callable[[np.ndarray, np.ndarray], np.ndarray], start: np.ndarray) -> np.ndarray:
    """Return the solution after each step, the input being constant over it."""
    found, y = [], start
    for x in X[:, 0]:
        y = integrate.solve_ivp(lambda _, y, x=x: derivative(y, x), (0, DT), y, rtol=1e-11, atol=1e-13).y[:, -1]
        found.append(y)
    return np.array(found)


def test_li_is_the_solution_of_its_equation(engine: str, chain: Chain) -> None:
    tau, r, leak = np.array([0.005, 0.02]), np.array([0.5, -2.0]), np.array([0.1, -0.3])
    y = run(loaded(chain([nir.LI(tau, r, leak)], [2], [2])), X)
    np.testing.assert_allclose(y[:, 0], solved(lambda v, x: (leak - v + r * x) / tau, leak), rtol=1e-8, atol=1e-10)


def test_i_is_the_integral_in_seconds(numpy_backend: None, chain: Chain) -> None:
    r = np.array([0.5, -2.0])
    y = run(loaded(chain([nir.I(r)], [2], [2])), X)
    np.testing.assert_allclose(y[:, 0], np.cumsum(X[:, 0] * r * DT, axis=0), rtol=1e-12)


@pytest.mark.parametrize("tau_syn", [0.003, 0.02, 0.02 * (1 + 1e-9)], ids=["shorter", "equal", "nearly"])
def test_cuba_li_is_the_solution_of_its_equations(tau_syn: float, engine: str, chain: Chain) -> None:
    syn, mem = np.full(2, tau_syn), np.full(2, 0.02)
    r, leak, w = np.array([1.0, 2.0]), np.array([0.0, 0.4]), np.array([3.0, 0.5])
    y = run(loaded(chain([nir.CubaLI(syn, mem, r, leak, w)], [2], [2])), X)

    def derivative(state: np.ndarray, x: np.ndarray) -> np.ndarray:
        current, v = state[:2], state[2:]
        return np.concatenate([(w * x - current) / syn, (leak - v + r * current) / mem])

    expected = solved(derivative, np.concatenate([np.zeros(2), leak]))[:, 2:]
    np.testing.assert_allclose(y[:, 0], expected, rtol=1e-8, atol=1e-10)


@pytest.mark.filterwarnings("ignore:.*tau_syn is 1e-08 s, outside the usual range")
def test_a_synapse_much_shorter_than_a_step_is_as_none(numpy_backend: None, chain: Chain) -> None:
    rest = [np.full(2, value) for value in (0.02, 1.5, 0.1)]
    cuba = run(loaded(chain([nir.CubaLI(np.full(2, 1e-8), *rest)], [2], [2])), X)
    np.testing.assert_allclose(cuba, run(loaded(chain([nir.LI(*rest)], [2], [2])), X), atol=1e-4)


def test_lif_has_the_intervals_of_its_closed_form(numpy_backend: None, chain: Chain) -> None:
    drive = np.array([1.5, 3.0])
    y = run(loaded(chain([lif(2, v_reset=-0.5)], [2], [2])), np.broadcast_to(drive, (400, 1, 2)).copy())
    interval = 0.02 * np.log((drive + 0.5) / (drive - 1.0)) / DT
    for cell, expected in enumerate(interval):
        between = np.diff(np.flatnonzero(y[:, 0, cell]))
        assert set(between) == {np.ceil(expected)}


def test_a_cell_at_its_threshold_does_not_spike(engine: str, chain: Chain) -> None:
    node = nir.IF(r=np.full(1, 1000.0), v_threshold=np.full(1, 2.0))
    y = run(loaded(chain([node], [1], [1])), np.ones((6, 1, 1)))
    assert y.ravel().tolist() == [0, 0, 1, 0, 0, 1]


def test_two_cells_without_a_synapse_act_in_one_step(numpy_backend: None, chain: Chain) -> None:
    node = nir.IF(r=np.full(1, 1000.0), v_threshold=np.full(1, 0.5))
    y = run(loaded(chain([node, node], [1], [1])), np.array([0.0, 1.0, 0.0]).reshape(3, 1, 1))
    assert y.ravel().tolist() == [0, 1, 0]


def test_times_are_those_of_delays_rounded_and_audited(engine: str, chain: Chain) -> None:
    graph = loaded(chain([nir.Delay(np.array([0.002, 0.0034]))], [2], [2]))
    y = run(graph, np.eye(8)[:, :1, None] * np.ones((8, 1, 2)))
    assert [np.flatnonzero(column).tolist() for column in y[:, 0].T] == [[2], [3]]
    assert graph.audit.about("n0") == ["times are rounded to whole steps of dt = 1 ms, by up to 0.4 of a step"]


def test_exact_numerics_gives_the_same_bits_on_every_backend(engine: str, chain: Chain) -> None:
    nodes = [nir.Affine(np.full((3, 2), 0.7), np.full(3, 0.1)), lif(3, v_threshold=[0.2, 0.3, 0.4])]
    with iso.environ.context(numerics="exact", precision="float32"):
        graph = loaded(chain(nodes, [2], [3]))
        run(graph, X.astype(np.float32))
        bits = np.asarray(graph.nodes["n1"].V.value.mantissa).tobytes()
    with iso.environ.context(numerics="exact", precision="float32", backend="numpy", engine=None):
        graph = loaded(chain(nodes, [2], [3]))
        run(graph, X.astype(np.float32))
    assert bits == np.asarray(graph.nodes["n1"].V.value.mantissa).tobytes()
