"""Connectivity: who is connected, with which weights, on every backend alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning, ShapeError

Host = Callable[[Any], np.ndarray]
RULES = {
    "FixedProb": lambda n=60, m=40: iso.FixedProb(n, m, 0.2, 1 * u.nS),
    "EventFixedProb": lambda n=60, m=40: iso.EventFixedProb(n, m, 0.2, 1 * u.nS),
    "multapses": lambda n=60, m=40: iso.EventFixedProb(n, m, 0.2, 1 * u.nS, allow_multi_conn=True),
}


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


@pytest.fixture(params=RULES)
def rule(request: pytest.FixtureRequest) -> Any:
    return RULES[request.param]


def connect(comm: Any, seed: int = 0, name: str | None = None) -> Any:
    """Draw and return the matrix of a connection."""
    with iso.environ.context(seed=seed):
        return iso.init_all_states(comm, name=name).csr.dense()


# Which synapses there are


def test_synapses_depend_on_seed_and_path_only(rule: Any) -> None:
    first = connect(rule())
    assert (connect(rule()) == first).all()
    assert (connect(rule(), seed=1) != first).any()
    assert (connect(rule(), name="another") != first).any()


def test_synapses_are_the_same_on_every_backend(rule: Any) -> None:
    matrices = []
    for name in ("numpy", "jax"):
        pytest.importorskip(name)
        with iso.environ.context(backend=name, dt=0.1 * u.ms):
            comm = rule()
            connect(comm)
            matrices.append(np.stack([np.asarray(comm(row).mantissa) for row in np.eye(60)]))
    assert matrices[0].any()
    assert (matrices[0] == matrices[1]).all()


def test_initialising_again_draws_the_same_synapses_and_another_seed_draws_others(rule: Any) -> None:
    comm = rule()
    first = connect(comm)
    assert (connect(comm) == first).all()
    assert (connect(comm, seed=7) != first).any()
    assert (connect(comm) == first).all()


def test_a_rule_that_is_changed_draws_again() -> None:
    comm = RULES["FixedProb"]()
    sparse = connect(comm).sum()
    comm.prob = 0.9
    assert connect(comm).sum() > 2 * sparse


def test_a_step_that_was_compiled_before_uses_the_new_synapses(backend: str, host: Host) -> None:
    comm = RULES["FixedProb"]()
    for seed in (1, 2):
        matrix = connect(comm, seed=seed)
        assert (host(comm(np.ones(60))) == matrix.sum(0)).all()
        assert (host(iso.transform.for_loop(lambda x: comm(x), np.ones((2, 60)))) == matrix.sum(0)).all()


@pytest.mark.parametrize(("fraction", "degree"), [(0.29, 29), (0.1, 10), (0.006, 1), (1.0, 100), (29, 29), (1, 1)])
def test_out_degree_is_exactly_the_rounded_fraction_without_repetition(fraction: float, degree: int) -> None:
    comm = iso.EventFixedProb(200, 100, fraction, 1 * u.nS)
    matrix = connect(comm)
    assert comm.out_degree == degree
    assert (matrix.sum(1) == degree).all()
    assert matrix.max() == 1


def test_repetitions_are_drawn_where_they_are_allowed() -> None:
    matrix = connect(iso.EventFixedProb(200, 20, 15, 1 * u.nS, allow_multi_conn=True))
    assert (matrix.sum(1) == 15).all()
    assert matrix.max() > 1
    assert (connect(iso.EventFixedProb(3, 5, 40, 1 * u.nS, allow_multi_conn=True)).sum(1) == 40).all()


def test_fixed_probability_is_that_of_independent_pairs() -> None:
    matrix = connect(iso.FixedProb(500, 400, 0.07, 1 * u.nS))
    n, p = matrix.size, 0.07
    assert abs(matrix.sum() - n * p) < 4 * np.sqrt(n * p * (1 - p))
    variance = matrix.sum(1).var()
    assert variance == pytest.approx(400 * p * (1 - p), rel=4 * np.sqrt(2 / 500))


@pytest.mark.parametrize(
    "make",
    [
        lambda: iso.FixedProb(30, 50, 0.9, 1.0, self_offset=10),
        lambda: iso.EventFixedProb(30, 50, 0.8, 1.0, self_offset=10),
    ],
)
def test_no_cell_connects_to_itself_where_it_is_named(make: Any) -> None:
    matrix = connect(make())
    assert not matrix[np.arange(30), np.arange(30) + 10].any()
    assert matrix.any(axis=1).all()


@pytest.mark.parametrize(
    "make",
    [lambda: iso.FixedProb(30, 50, 0.0, 1 * u.nS), lambda: iso.EventFixedProb(30, 50, 0.009, 1 * u.nS)],
)
def test_no_connection_at_all_warns_and_delivers_nothing(backend: str, host: Host, make: Any) -> None:
    comm = make()
    with pytest.warns(PlausibilityWarning, match="no synapse between 30 and 50"):
        iso.init_all_states(comm)
    assert host(comm(np.ones(30))).tolist() == [0.0] * 50


# What is delivered


def sparse(weight: Any) -> Any:
    return iso.FixedProb(60, 40, 0.2, weight)


def test_delivered_is_the_matrix_product(backend: str, host: Host, rule: Any) -> None:
    comm = rule()
    matrix = connect(comm)
    spikes = np.random.default_rng(1).integers(0, 2, (5, 60)).astype(float)
    got = host(iso.transform.for_loop(lambda x: comm(x), spikes))
    np.testing.assert_allclose(got, spikes @ matrix, rtol=1e-14)


def test_each_synapse_may_have_its_own_weight(backend: str, host: Host) -> None:
    comm = sparse(1 * u.nS)
    connect(comm)
    weights = np.random.default_rng(2).normal(size=comm.csr.n_synapses)
    each = sparse(weights * u.nS)
    connect(each)
    spikes = np.random.default_rng(3).integers(0, 2, 60).astype(float)
    np.testing.assert_allclose(host(each(spikes)), spikes @ each.csr.dense(weights), rtol=1e-12, atol=1e-15)
    assert each(spikes).unit == u.nS


def test_drawn_weights_are_those_of_seed_and_path(numpy_backend: None, host: Host) -> None:
    weight = iso.Normal(1 * u.nS, 0.1 * u.nS)
    first, same = sparse(weight), sparse(weight)
    connect(first)
    connect(same)
    assert (host(first.weight.value) == host(same.weight.value)).all()
    assert len(np.unique(host(first.weight.value))) == first.csr.n_synapses
    connect(same, name="another")
    assert host(same.weight.value).tolist()[:5] != host(first.weight.value).tolist()[:5]


def test_trained_weights_survive_initialising(numpy_backend: None, host: Host) -> None:
    weight = iso.ParamState(np.full((60, 40), 2.0) * u.nS)
    comm = iso.AllToAll(60, 40, weight)
    for _ in range(2):
        iso.init_all_states(comm)
        assert comm.weight is weight
        assert list(comm.states()) == ["weight"]
        weight.value = weight.value * 1.5
    assert host(comm(np.ones(60)))[0] == 60 * 2 * 1.5**2


@pytest.mark.parametrize(
    "make",
    [
        lambda: sparse(2 * u.nS),
        lambda: iso.AllToAll(60, 40, 2 * u.nS),
        lambda: iso.OneToOne(60, 2 * u.nS),
        lambda: sparse(2),
    ],
    ids=["sparse", "all", "one", "unitless"],
)
def test_boolean_and_integer_spikes_count_as_one(backend: str, host: Host, make: Any) -> None:
    comm = iso.init_all_states(make())
    spikes = np.random.default_rng(4).integers(0, 2, 60)
    expected = host(comm(spikes.astype(float)))
    assert expected.dtype == np.float64
    assert expected.any()
    for kind in (bool, np.int32):
        got = host(comm(spikes.astype(kind)))
        assert got.dtype == np.float64
        assert (got == expected).all()


def test_a_graded_value_counts_as_itself(backend: str, host: Host) -> None:
    comm = sparse(2 * u.nS)
    matrix = connect(comm)
    x = np.random.default_rng(5).normal(size=60)
    np.testing.assert_allclose(host(comm(x)), 2 * x @ matrix, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "make",
    [
        lambda: sparse(2 * u.nS),
        lambda: iso.AllToAll(60, 40, 2 * u.nS),
        lambda: iso.OneToOne(60, np.arange(60.0) * u.nS),
    ],
    ids=["sparse", "all", "one"],
)
def test_entries_of_a_batch_do_not_mix_and_one_has_the_bits_of_none(backend: str, host: Host, make: Any) -> None:
    comm = iso.init_all_states(make())
    spikes = np.random.default_rng(6).integers(0, 2, (3, 60)).astype(float)
    together = host(comm(spikes))
    for i in range(3):
        assert (together[i] == host(comm(spikes[i]))).all()
    assert (host(comm(spikes[:1])) == together[:1]).all()


def test_one_weight_for_all_pairs_equals_a_dense_matrix_of_it(backend: str, host: Host) -> None:
    spikes = np.random.default_rng(7).integers(0, 2, 6).astype(float)
    for include_self in (True, False):
        one = iso.init_all_states(iso.AllToAll(6, 6, 0.5 * u.nS, include_self=include_self))
        dense = iso.init_all_states(iso.AllToAll(6, 6, np.full((6, 6), 0.5) * u.nS, include_self=include_self))
        expected = 0.5 * (spikes.sum() - (0 if include_self else spikes))
        np.testing.assert_allclose(host(one(spikes)), np.broadcast_to(expected, 6), rtol=1e-14)
        np.testing.assert_allclose(host(dense(spikes)), np.broadcast_to(expected, 6), rtol=1e-14)


def test_a_dense_matrix_is_pre_by_post(backend: str, host: Host) -> None:
    weight = np.arange(12.0).reshape(3, 4)
    comm = iso.init_all_states(iso.AllToAll(3, 4, weight * u.nS))
    assert host(comm(np.array([0.0, 1.0, 0.0]))).tolist() == weight[1].tolist()


def test_one_to_one_scales_each_spike(backend: str, host: Host) -> None:
    spikes = np.array([1.0, 0.0, 1.0])
    for weight in (2.0, np.array([2.0, 3.0, 4.0])):
        comm = iso.init_all_states(iso.OneToOne(3, weight * u.nS))
        assert (host(comm(spikes)) == spikes * weight).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda a, b: iso.FixedProb(a, b, 0.5, 1 * u.nS),
        lambda a, b: iso.EventFixedProb(a, b, 0.5, 1 * u.nS),
        lambda a, b: iso.AllToAll(a, b, 1 * u.nS),
    ],
    ids=["FixedProb", "EventFixedProb", "AllToAll"],
)
def test_axes_of_a_population_only_arrange_its_cells(backend: str, host: Host, make: Any) -> None:
    spikes = np.random.default_rng(8).integers(0, 2, 6).astype(float)
    flat = host(iso.init_all_states(make(6, 8))(spikes))
    sheet = host(iso.init_all_states(make((2, 3), (4, 2)))(spikes.reshape(2, 3)))
    assert sheet.shape == (4, 2)
    assert (sheet.reshape(-1) == flat).all()


# What is refused


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: iso.FixedProb(5, 5, 1.5, 1 * u.nS), ParameterError, r"FixedProb\(prob=1\.5\).*0 to 1"),
        (lambda: iso.FixedProb(5, 5, float("nan"), 1 * u.nS), ParameterError, r"FixedProb\(prob=nan\)"),
        (lambda: iso.FixedProb(5, 5, "0.1", 1 * u.nS), ParameterError, r"FixedProb\(prob='0\.1'\)"),
        (lambda: iso.FixedProb(5, 5, True, 1 * u.nS), ParameterError, r"FixedProb\(prob=True\)"),
        (lambda: iso.EventFixedProb(5, 5, 6, 1 * u.nS), ParameterError, r"conn_num=6\).*n_post=5"),
        (lambda: iso.EventFixedProb(5, 5, 1.5, 1 * u.nS), ParameterError, r"conn_num=1\.5.*0\.0 to 1\.0"),
        (lambda: iso.EventFixedProb(5, 5, -1, 1 * u.nS), ParameterError, r"conn_num=-1"),
        (lambda: iso.EventFixedProb(5, 5, True, 1 * u.nS), ParameterError, r"conn_num=True"),
        (lambda: iso.FixedProb(5, 5, 0.1, np.nan * u.nS), ParameterError, r"FixedProb\(weight=\.\.\.\).*NaN"),
        (lambda: iso.FixedProb(5, 5, 0.1, None), ParameterError, r"FixedProb\(weight=\.\.\.\).*None.*nS"),
        (lambda: iso.AllToAll(5, 4, np.ones((4, 5)) * u.nS), ShapeError, r"\(4, 5\).*\(5, 4\)"),
        (lambda: iso.AllToAll(5, 4, iso.ParamState(np.ones(4))), ShapeError, r"\(4,\).*\(5, 4\)"),
        (lambda: iso.AllToAll(5, 4, 1.0, include_self=False), ShapeError, "two populations of one size"),
        (lambda: iso.OneToOne(5, np.ones(4) * u.nS), ShapeError, r"\(4,\).*\(5,\)"),
        (lambda: iso.FixedProb(0, 4, 0.1, 1.0), ShapeError, r"FixedProb\(in_size=\.\.\.\) is 0"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused_when_the_connection_is_built(
    make: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        make()


def test_weights_per_synapse_of_another_number_are_refused_once_they_are_counted(numpy_backend: None) -> None:
    comm = sparse(np.ones(7) * u.nS)
    with pytest.raises(ShapeError, match=r"weight=\.\.\.\) has shape \(7,\).*one weight per synapse"):
        iso.init_all_states(comm)


def test_a_numpy_float_is_a_fraction_and_a_numpy_integer_a_number() -> None:
    assert iso.EventFixedProb(5, 50, np.float32(0.5), 1.0).out_degree == 25
    assert iso.EventFixedProb(5, 50, np.int64(7), 1.0).out_degree == 7
