"""Steps that see values while they are traced."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import TraceError
from isospike.namespace import to_host

BACKENDS = pytest.mark.parametrize("backend", ["numpy", "native", "torch", "jax"])


class Watched(iso.Module):
    """Cells that are driven, with noise; what a step sees is kept."""

    def __init__(self) -> None:
        self.cells = iso.LIFRef(3, tau=10 * u.ms, V_th=20 * u.mV, tau_ref=2 * u.ms)
        self.seen: list[Any] = []

    def update(self, x: Any) -> Any:
        kick = iso.math.where(iso.random.bernoulli(self, 0.5, (3,)), 30.0, 0.0) * u.mA
        self.seen.append((self.cells.V.value, kick))
        spikes = self.cells(x + kick)
        self.seen.append((self.cells.V.value, spikes))
        return spikes


def watched(backend: str, debug: bool) -> tuple[Watched, Any, Any]:
    with iso.environ.context(backend=backend, dt=1 * u.ms, seed=3):
        cells = iso.init_all_states(Watched())
        drive = np.linspace(10.0, 200.0, 6) * u.mA
        if debug:
            with iso.debug():
                spikes = iso.transform.for_loop(cells, drive)
        else:
            spikes = iso.transform.for_loop(cells, drive)
        return cells, to_host(spikes), to_host(u.split(cells.cells.V.value)[0])


@BACKENDS
def test_a_loop_sees_the_values_of_each_step_and_computes_the_same(backend: str) -> None:
    _, spikes, last = watched(backend, debug=False)
    cells, same_spikes, same_last = watched(backend, debug=True)
    assert spikes.any()
    np.testing.assert_array_equal(spikes, same_spikes)
    np.testing.assert_array_equal(last, same_last)
    before, after = cells.seen[::2], cells.seen[1::2]
    assert len(before) == 6
    np.testing.assert_array_equal([np.asarray(s) for _, s in after], spikes)
    potentials = [np.asarray(u.split(v)[0]) for v, _ in after]
    np.testing.assert_allclose(potentials[-1], last, rtol=1e-6)
    # A step begins where the one before has ended.
    np.testing.assert_allclose([np.asarray(u.split(v)[0]) for v, _ in before[1:]], potentials[:-1], rtol=1e-6)
    kicks = np.array([np.asarray(u.split(k)[0]) for _, k in before])
    assert set(np.unique(kicks)) == {0.0, 30.0}


def test_values_print_and_decide_as_arrays_do() -> None:
    shown = []

    def step(x: Any) -> Any:
        y = x * 2 * u.mV
        shown.append((str(y), f"{iso.math.sum(x):.2f}", str(x), repr(x), float(iso.math.sum(x)), int(iso.math.sum(x))))
        return y if iso.math.all(x > 0) else -y

    with iso.environ.context(backend="numpy"), iso.debug():
        results = [u.split(iso.transform.jit(step)(np.array(x)))[0] for x in ([1.0, 2.5], [-1.0, 2.5])]
    assert shown[0] == ("[2. 5.] mV", "3.50", "[1.  2.5]", "array([1. , 2.5], dtype=float32)", 3.5, 3)
    np.testing.assert_array_equal(results, [[2.0, 5.0], [2.0, -5.0]])
    assert [10, 20, 30][decided(1)] == 20


def decided(x: int) -> int:
    found = []

    def step(i: Any) -> Any:
        found.append([5, 6, 7][i])
        return i

    with iso.environ.context(backend="numpy"), iso.debug():
        iso.transform.jit(step)(np.int32(x))
    return found[0] - 5


def test_outside_there_are_no_values_and_the_error_says_how_to_see_them() -> None:
    def step(x: Any) -> Any:
        return x if x > 0 else -x

    with iso.environ.context(backend="numpy"):
        with pytest.raises(TraceError, match=r"with iso\.debug\(\)"):
            iso.transform.jit(step)(1.0)
        with iso.debug():
            assert iso.transform.jit(step)(-1.0) == 1
        with pytest.raises(TraceError):
            iso.transform.jit(step)(1.0)


def test_what_is_traced_for_many_stays_without_values() -> None:
    seen: list[str] = []

    def body(c: Any) -> Any:
        seen.append(str(c))
        return c * 2

    with iso.environ.context(backend="numpy"), iso.debug():
        iso.transform.while_loop(lambda c: c < 10.0, body, 1.0)
        iso.transform.vmap(body)(np.arange(3.0))
        iso.transform.jit(lambda x: iso.transform.for_loop(body, x))(np.arange(3.0))
        assert seen == ["Symbol(float32[])"] * 3
        # What comes out is known again.
        total: list[str] = []
        iso.transform.jit(lambda x: total.append(str(iso.math.sum(iso.transform.for_loop(body, x)))) or x)(
            np.arange(3.0)
        )
    assert total == ["6.0"]


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_a_loss_is_seen_while_its_gradient_is_taken(backend: str) -> None:
    weights, seen = iso.ParamState(np.array([1.0, 2.0])), []

    def loss(x: Any, scale: Any) -> Any:
        y = weights.value * x
        seen.append((np.asarray(y), float(scale)))
        return iso.math.sum(y**2) * scale

    with iso.environ.context(backend=backend), iso.debug():
        of_state, of_scale = iso.transform.grad(loss, weights, argnums=1)(np.array([3.0, 4.0]), 2.0)
    np.testing.assert_array_equal(seen[0][0], [3.0, 8.0])
    assert seen[0][1] == 2
    np.testing.assert_allclose(to_host(of_state), [36.0, 128.0])
    assert float(of_scale) == 73


def test_a_network_of_hundreds_of_cells_takes_less_than_a_second_a_step() -> None:
    with iso.environ.context(backend="numpy", dt=0.1 * u.ms):
        cells = iso.init_all_states(iso.HH(500))
        with iso.debug():
            start = time.perf_counter()
            iso.transform.for_loop(lambda: cells(1 * u.nA), length=3)
    assert time.perf_counter() - start < 3
