"""GapJunction: currents in both directions, against matrices and closed forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, ShapeError, UnitError

Host = Callable[[Any], np.ndarray]
TAU, R = 10.0, 100.0  # ms, Mohm


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64", seed=4):
        yield


def cells(n: Any, start: Any) -> Any:
    return iso.LIF(n, tau=TAU * u.ms, R=R * u.Mohm, V_th=400 * u.mV, V_initializer=start * u.mV)


class Coupled(iso.Module):
    """Two populations, or one with itself."""

    def __init__(self, n_a: Any = 5, n_b: Any = 4, prob: float = 0.6, *, inside: bool = False) -> None:
        rng = np.random.default_rng(0)
        self.a = cells(n_a, rng.normal(0, 20, n_a))
        self.b = self.a if inside else cells(n_b, rng.normal(0, 20, n_b))
        comm = iso.FixedProb(n_a, self.b.in_size, prob, iso.Uniform(0.5 * u.nS, 4 * u.nS))
        self.gap = iso.GapJunction(comm=comm, pre=self.a, post=self.b)

    def update(self) -> Any:
        self.gap()
        self.a()
        if self.b is not self.a:
            self.b()
        return self.a.V.value, self.b.V.value


def matrix(net: Any) -> np.ndarray:
    """Return the conductances of a pair of populations in nS."""
    return net.gap.comm.csr.dense(net.gap.comm.weight.value.to_decimal(u.nS))


@pytest.mark.parametrize("inside", [False, True])
def test_a_step_is_that_of_the_coupling_matrix(backend: str, host: Host, inside: bool) -> None:
    net = iso.init_all_states(Coupled(5, 4, inside=inside))
    W = matrix(net)
    n = sum(W.shape) if not inside else len(W)
    between = W + W.T if inside else np.block([[np.zeros((5, 5)), W], [W.T, np.zeros((4, 4))]])
    V = np.concatenate([host(net.a.V.value)] + ([] if inside else [host(net.b.V.value)]))
    a, b = (host(x) for x in iso.transform.for_loop(lambda: net(), length=60))
    seen = a if inside else np.concatenate([a, b], axis=1)
    total = 1 + R * 1e-3 * between.sum(axis=1)
    for k in range(60):
        V_inf = R * 1e-3 * (between @ V) / total
        V = V_inf + (V - V_inf) * np.exp(-total * 0.1 / TAU)
        np.testing.assert_allclose(seen[k], V, rtol=1e-11, atol=1e-13)
    assert V.shape == (n,)


def test_two_cells_approach_each_other_as_in_closed_form(numpy_backend: None) -> None:
    gaps = []
    for dt in (0.1, 0.01):
        net = Coupled(1, 1, 1.0)
        with iso.environ.context(dt=dt * u.ms):
            iso.init_all_states(net)
            w = float(matrix(net)[0, 0])
            start = float((net.a.V.value - net.b.V.value).to_decimal(u.mV)[0])
            a, b = iso.transform.for_loop(lambda net=net: net(), length=round(10 / dt))
        truth = start * np.exp(-(1 + 2 * R * 1e-3 * w) * 10 / TAU)
        gaps.append(abs(float((a - b)[-1].to_decimal(u.mV)[0]) / truth - 1))
    assert gaps[0] < 0.02
    assert gaps[0] / gaps[1] == pytest.approx(10, rel=0.2)


def test_what_flows_into_one_side_flows_out_of_the_other(backend: str, host: Host) -> None:
    net = iso.init_all_states(Coupled())
    V_a, V_b = net.a.V.value, net.b.V.value

    def currents() -> Any:
        net.gap()
        return net.gap.into_pre(net.a.V.value), net.gap.into_post(net.b.V.value)

    into_a, into_b = (x[0] for x in iso.transform.for_loop(currents, length=1))
    flows = [u.quantity(host(x), x.unit).to_decimal(u.pA) for x in (into_a, into_b)]
    assert flows[0].any()
    expected = (matrix(net) * (host(V_b)[None] - host(V_a)[:, None])).sum(axis=1)
    np.testing.assert_allclose(flows[0], expected, rtol=1e-12)
    assert flows[0].sum() == pytest.approx(-flows[1].sum(), rel=1e-12)


def test_strong_coupling_stays_stable(numpy_backend: None, host: Host) -> None:
    a, b = cells(1, -20.0), cells(1, 20.0)
    gap = iso.GapJunction(comm=iso.FixedProb(1, 1, 1.0, 100 * u.uS), pre=a, post=b)
    net = iso.Network()
    net.add_population("a", a)
    net.add_population("b", b)
    net.add_projection("gap", gap, pre="a")
    iso.init_all_states(net)
    V = host(iso.transform.for_loop(lambda: (net(), a.V.value)[1], length=100))
    assert abs(V).max() <= 20


def test_members_of_a_batch_are_coupled_each_for_itself(backend: str, host: Host) -> None:
    alone = iso.init_all_states(Coupled(), name="net")
    batch = iso.init_all_states(Coupled(), batch_size=3, name="net")
    one, many = (host(iso.transform.for_loop(lambda n=n: n()[1], length=20)) for n in (alone, batch))
    assert many.shape == (20, 3, 4)
    np.testing.assert_allclose(many[:, 2], one, rtol=1e-13)


def test_populations_of_two_axes_keep_their_shape(backend: str, host: Host) -> None:
    flat, folded = Coupled(6, 4), Coupled(6, 4)
    rng = np.random.default_rng(0)
    folded.a, folded.b = (
        cells((2, 3), rng.normal(0, 20, 6).reshape(2, 3)),
        cells((2, 2), rng.normal(0, 20, 4).reshape(2, 2)),
    )
    comm = iso.FixedProb((2, 3), (2, 2), 0.6, iso.Uniform(0.5 * u.nS, 4 * u.nS))
    folded.gap = iso.GapJunction(comm=comm, pre=folded.a, post=folded.b)
    runs = [
        host(iso.transform.for_loop(lambda n=n: n()[1], length=20)) for n in map(iso.init_all_states, (flat, folded))
    ]
    assert runs[1].shape == (20, 2, 2)
    np.testing.assert_allclose(runs[1].reshape(20, 4), runs[0], rtol=1e-12)


def test_exact_numerics_has_the_same_bits_on_every_backend(same_bits: Any) -> None:
    for run in same_bits(Coupled, lambda net: net()[0]).values():
        assert run["output"].any()


def test_a_network_names_the_population_that_is_read() -> None:
    net = iso.Network()
    first = net.add_population("first", cells(3, 0.0), groups={"some": (0, 2)})
    net.add_population("other", cells(3, 0.0))
    gap = iso.GapJunction(comm=iso.FixedProb(3, 3, 1.0, 1 * u.nS), pre=first, post=first)
    for pre in ("other", "first.some"):
        with pytest.raises(ParameterError, match=rf"'gap'.*not the whole population '{pre}'"):
            net.add_projection("gap", gap, pre=pre)
    net.add_projection("gap", gap, pre="first")


def test_what_cannot_be_coupled_is_refused() -> None:
    a, b = cells(3, 0.0), cells(2, 0.0)
    junction: Callable[..., Any] = lambda comm, pre=a, post=b: iso.GapJunction(comm=comm, pre=pre, post=post)  # noqa: E731
    with pytest.raises(ParameterError, match=r"comm=\.\.\.\) is a AllToAll, expected a SparseComm.*FixedProb"):
        junction(iso.AllToAll(3, 2, 1 * u.nS))
    with pytest.raises(ShapeError, match=r"post=LIF\) has \(2,\) cells.*\(3,\)"):
        junction(iso.FixedProb(3, 3, 1.0, 1 * u.nS))
    for weight, named in ((1 * u.mV, "mV"), (1.0, "dimensionless")):
        with pytest.raises(UnitError, match=rf"weights in .*{named}.*0\.2 \* u\.nS"):
            junction(iso.FixedProb(3, 2, 1.0, weight))
    with pytest.raises(ParameterError, match=r"pre=\.\.\.\) is a PoissonInput, expected a Neuron"):
        junction(iso.FixedProb(3, 2, 1.0, 1 * u.nS), pre=iso.PoissonInput(3))
