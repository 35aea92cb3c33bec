from __future__ import annotations

import hashlib
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from isospike.connectivity import (
    CSR,
    all_to_all,
    distance_dependent,
    explicit_edges,
    fixed_in_degree,
    fixed_out_degree,
    fixed_probability,
    fixed_total_number,
    one_to_one,
    small_world,
)
from isospike.errors import ParameterError, PlausibilityWarning, ShapeError
from isospike.random.host import HostRandom

RULES: dict[str, Callable[[], CSR]] = {
    "probability": lambda: fixed_probability(rng(), 300, 200, 0.05, self_offset=-7),
    "rejection": lambda: fixed_out_degree(rng(), 300, 200, 20, self_offset=-7),
    "rank": lambda: fixed_out_degree(rng(), 300, 200, 150, self_offset=-7),
    "multapses": lambda: fixed_out_degree(rng(), 300, 200, 60, multapses=True, self_offset=-7),
    "all": lambda: all_to_all(300, 200, self_offset=-7),
    "sources": lambda: fixed_in_degree(rng(), 300, 200, 20, self_offset=-7),
    "many sources": lambda: fixed_in_degree(rng(), 300, 200, 150, self_offset=-7),
    "total": lambda: fixed_total_number(rng(), 300, 200, 3000, self_offset=-7),
    "dense total": lambda: fixed_total_number(rng(), 300, 200, 50_000, self_offset=-7),
    "total multapses": lambda: fixed_total_number(rng(), 300, 200, 3000, multapses=True, self_offset=-7),
    "line": lambda: distance_dependent(rng(), (300,), (200,), 0.8, 0.05, self_offset=-7),
    "torus": lambda: distance_dependent(
        rng(), (15, 20), (10, 20), 0.8, 0.1, profile="exponential", extent=(1.0, 2.0), periodic=True, self_offset=-7
    ),
    "ring": lambda: small_world(rng(), 300, 10, 0.3),
}
OWN = {name: 0 if name == "ring" else -7 for name in RULES}  # offset of the cell itself


def rng(seed: int = 1) -> HostRandom:
    return HostRandom(seed, "E to I")


def own_pairs(csr: CSR, offset: int) -> int:
    return int((csr.indices - csr.pre_indices() == offset).sum())


def test_more_synapses_than_int32_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"2147483648 synapses.*Split"):
        CSR(np.array([0, 1], np.int32), np.broadcast_to(np.int32(0), (2**31,)), 1)
    for refused in (
        lambda: fixed_probability(rng(), 10**6, 10**6, 0.01),
        lambda: fixed_out_degree(rng(), 10**6, 10**6, 10**4),
        lambda: fixed_in_degree(rng(), 10**6, 10**6, 10**4),
        lambda: fixed_total_number(rng(), 10**6, 10**6, 10**10),
        lambda: small_world(rng(), 10**6, 10**4, 0.1),
        lambda: distance_dependent(rng(), (10**6,), (10**6,), 0.9, 0.1),
        lambda: all_to_all(10**6, 10**6),
    ):
        with pytest.raises(ShapeError, match="Split"):
            refused()


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_a_pure_function_of_seed_stream_and_arguments(rule: str) -> None:
    one, two = RULES[rule](), RULES[rule]()
    np.testing.assert_array_equal(one.indptr, two.indptr)
    np.testing.assert_array_equal(one.indices, two.indices)


@pytest.mark.parametrize("rule", RULES)
def test_the_working_size_does_not_change_the_synapses(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = RULES[rule]()
    for file in ("choosing", "fixed_total_number", "making", "skipping", "small_world"):
        monkeypatch.setitem(vars(sys.modules[f"isospike.connectivity.{file}"]), "CHUNK", 70)
    pieces = RULES[rule]()
    np.testing.assert_array_equal(whole.indptr, pieces.indptr)
    np.testing.assert_array_equal(whole.indices, pieces.indices)


@pytest.mark.parametrize("rule", RULES)
def test_no_cell_connects_to_itself(rule: str) -> None:
    assert own_pairs(RULES[rule](), OWN[rule]) == 0


@pytest.mark.parametrize("rule", [name for name in RULES if "multapses" not in name])
def test_no_pair_has_two_synapses(rule: str) -> None:
    assert RULES[rule]().dense().max() == 1.0


def test_seed_stream_and_earlier_draws_change_the_network() -> None:
    used = rng()
    used.uniform(1)
    makers = (rng(), rng(2), HostRandom(1, "I to E"), used)
    assert len({fixed_probability(each, 50, 50, 0.3).indices.tobytes() for each in makers}) == 4
    makers = (rng(), rng(2), HostRandom(1, "I to E"))
    assert len({fixed_out_degree(each, 50, 50, 5).indices.tobytes() for each in makers}) == 3


@pytest.mark.parametrize(
    ("rule", "checksum"),
    [
        ("probability", "89c02e2afab42af3"),
        ("rejection", "817933cedfdf6fe2"),
        ("rank", "5b5ee786fdaf68f2"),
        ("multapses", "4d2341048999cd07"),
        ("sources", "6c7eb71062d6e8d3"),
        ("many sources", "9c530df6572c70cf"),
        ("total", "87f0df8bb0dd8f11"),
        ("dense total", "85186dc14a9f322f"),
        ("total multapses", "cfaf630258aea6d2"),
        ("line", "646b27d67549ff62"),
        ("torus", "26fc4929b9d88ddc"),
        ("ring", "c55b4d2cbe67e057"),
    ],
)
def test_networks_are_fixed_to_the_bit_for_all_time(rule: str, checksum: str) -> None:
    csr = RULES[rule]()
    content = csr.indptr.astype("<i4").tobytes() + csr.indices.astype("<i4").tobytes()
    assert hashlib.sha256(content).hexdigest()[:16] == checksum


@pytest.mark.parametrize(
    "rule",
    [
        lambda: fixed_probability(rng(), 5000, 5000, 0.1, self_offset=0),
        lambda: fixed_out_degree(rng(), 5000, 5000, 500, self_offset=0),
        lambda: fixed_out_degree(rng(), 1600, 1600, 1500, self_offset=0),
        lambda: fixed_in_degree(rng(), 5000, 5000, 500, self_offset=0),
        lambda: small_world(rng(), 5000, 500, 0.3),
    ],
)
def test_making_a_network_needs_little_more_memory_than_the_network(rule: Callable[[], CSR]) -> None:
    tracemalloc.start()
    try:
        csr = rule()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * csr.indices.nbytes


@pytest.mark.parametrize(
    "rule",
    [
        lambda: fixed_probability(rng(), 5, 5, 0.0),
        lambda: fixed_probability(rng(), 1, 1, 1.0, self_offset=0),
        lambda: fixed_out_degree(rng(), 5, 5, 0),
        lambda: fixed_out_degree(rng(), 1, 1, 0, self_offset=0),
        lambda: all_to_all(1, 1, self_offset=0),
        lambda: fixed_in_degree(rng(), 5, 5, 0),
        lambda: fixed_total_number(rng(), 5, 5, 0),
        lambda: small_world(rng(), 5, 0, 0.5),
        lambda: distance_dependent(rng(), (5,), (5,), 0.0, 1.0),
        lambda: explicit_edges(5, 5, [], [])[0],
    ],
)
def test_a_network_without_synapses_is_made_with_a_warning(rule: Callable[[], CSR]) -> None:
    with pytest.warns(PlausibilityWarning, match="made no synapse"):
        csr = rule()
    assert csr.n_synapses == 0


@pytest.mark.parametrize("size", [0, -3, 2.5, "4", 2**31])
def test_a_bad_population_size_is_refused_by_name(size: Any) -> None:
    for refused in (
        lambda: fixed_probability(rng(), size, 5, 0.5),
        lambda: fixed_out_degree(rng(), size, 5, 1),
        lambda: fixed_in_degree(rng(), size, 5, 1),
        lambda: fixed_total_number(rng(), size, 5, 1),
        lambda: explicit_edges(size, 5, [0], [0]),
        lambda: all_to_all(size, 5),
    ):
        with pytest.raises(ShapeError, match="`n_pre=100`"):
            refused()
    with pytest.raises(ShapeError, match="`n=100`"):
        one_to_one(size)


def test_a_bad_offset_is_refused() -> None:
    for refused in (
        lambda: fixed_probability(rng(), 5, 5, 0.5, self_offset=0.5),  # type: ignore[arg-type]
        lambda: fixed_out_degree(rng(), 5, 5, 1, self_offset=0.5),  # type: ignore[arg-type]
        lambda: fixed_in_degree(rng(), 5, 5, 1, self_offset=0.5),  # type: ignore[arg-type]
        lambda: fixed_total_number(rng(), 5, 5, 1, self_offset=0.5),  # type: ignore[arg-type]
        lambda: distance_dependent(rng(), (5,), (5,), 0.5, 1.0, self_offset=0.5),  # type: ignore[arg-type]
        lambda: all_to_all(5, 5, self_offset=0.5),  # type: ignore[arg-type]
    ):
        with pytest.raises(ParameterError, match="self_offset=0`"):
            refused()
