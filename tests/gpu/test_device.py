"""What only a GPU can show: its memory, its barrier, and networks that fill it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import BackendError
from isospike.namespace import to_host
from isospike_conformance.case import Case
from isospike_conformance.compare import find_divergence
from isospike_conformance.find import find_case
from isospike_conformance.parts import add_conductances, leaky_cells
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE, Way

BACKENDS = pytest.mark.parametrize("backend", ["cupy", "torch", "jax"])
N = 100_000


def large() -> iso.Network:
    net = iso.Network()
    add_conductances(net, leaky_cells(N, -60 * u.mV, iso.Normal(-55 * u.mV, 5 * u.mV)))
    return net


@BACKENDS
def test_a_network_that_fills_the_device_has_the_bits_of_numpy(backend: str, on_gpu: Callable[[str], Way]) -> None:
    case = Case("large", "Catches threads that do not wait for each other.", large)
    expected, got = (Running(case, way).run(40) for way in (REFERENCE, on_gpu(backend)))
    assert sum(len(steps) for steps, _ in expected.spikes.values()) > 1000
    report = find_divergence(expected, got, case="large")
    assert report.passed, str(report)


def test_threads_meet_tens_of_thousands_of_times(on_gpu: Callable[[str], Way]) -> None:
    def step(x: Any, _: None) -> tuple[Any, Any]:
        # Each element is read where another thread has written it, and counted by all.
        x = iso.math.concat([x[1:], x[:1]]) * 3.0 % 1.0
        return x, (iso.math.sum(x > 0.5), iso.math.any(x > 0.999))

    def run(way: Way) -> list[np.ndarray]:
        with iso.environ.context(precision="float64", dt=0.1 * u.ms, **way.environment):
            last, counts = iso.transform.scan(step, np.arange(1, 20_001) / 65_536, length=10_000)
        return [to_host(x) for x in (last, *counts)]

    for got, expected in zip(run(on_gpu("cupy")), run(REFERENCE), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_two_runs_in_exact_numerics_are_the_same_and_in_fast_numerics_alike(on_gpu: Callable[[str], Way]) -> None:
    way, case = on_gpu("cupy"), find_case("coba")
    first, second, fast = (Running(case, way, "float32", how).run(1000) for how in ("exact", "exact", "fast"))
    report = find_divergence(first, second, case="coba")
    assert report.passed, str(report)
    counts = [len(run.spikes["cells"][0]) for run in (first, fast)]
    assert abs(counts[0] - counts[1]) < 0.2 * counts[0]


def test_more_than_its_memory_is_an_error(on_gpu: Callable[[str], Way]) -> None:
    backend = on_gpu("cupy").instance()
    # Its elements all lie at one place until they are copied.
    large = np.broadcast_to(backend.asarray(np.zeros(1), "float32"), (2**40,))
    with pytest.raises(BackendError, match=r"memory of cuda:0 is used up.*precision='float32'"):
        backend.copy(large)
