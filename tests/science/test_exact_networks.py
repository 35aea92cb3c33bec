"""Exact numerics on whole networks: every State at every step has the bits that it has on NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import report_exact
from networks import Running, require_same

# Those of HH are fewer, to compile and to run op by op in seconds; the slow test runs them all.
DIVISORS = {"coba": 1, "cuba": 1, "hh": 4, "izhikevich": 1}
STATES = {
    "coba": {"cells.V", "cells.refractory", "exc.syn.g", "inh.syn.g"},
    "cuba": {"cells.V", "cells.refractory", "exc.syn.g", "inh.syn.g"},
    "hh": {"cells.V", "cells.V_before", "cells.m", "cells.h", "cells.n", "exc.syn.g", "inh.syn.g"},
    "izhikevich": {"cells.V", "cells.u", "exc.inlet.g"},
}
NETWORKS = pytest.mark.parametrize("name", DIVISORS)
PRECISIONS = pytest.mark.parametrize("precision", ["float32", "float64"])


def running(name: str, *way: Any) -> Running:
    return Running(name, *way, divisor=DIVISORS[name])


@pytest.fixture(scope="module")
def on_numpy() -> Any:
    """Return the States of 1000 steps on NumPy."""
    known: dict[tuple[str, str], dict[str, np.ndarray]] = {}

    def states(name: str, precision: str) -> dict[str, np.ndarray]:
        if (name, precision) not in known:
            known[name, precision] = running(name, precision, "numpy").run(1000)
        return known[name, precision]

    return states


@PRECISIONS
@NETWORKS
@pytest.mark.parametrize(("backend", "engine"), [("jax", "xla"), ("torch", "eager")])
def test_a_thousand_steps_have_the_bits_of_numpy(
    name: str, precision: str, backend: str, engine: str, on_numpy: Any
) -> None:
    pytest.importorskip(backend)
    expected = on_numpy(name, precision)
    assert set(expected) == {*STATES[name], "spikes"}
    assert all(len(np.unique(expected[path][500:])) > 10_000 for path in STATES[name] - {"cells.refractory"})
    assert np.count_nonzero(expected["spikes"]) > 1000
    require_same(running(name, precision, backend, engine).run(1000), expected, f"{backend} {engine}")


@PRECISIONS
@NETWORKS
def test_compiled_chunks_of_torch_have_the_bits_of_numpy(name: str, precision: str, on_numpy: Any) -> None:
    pytest.importorskip("torch")
    expected = {k: bits[:200] for k, bits in on_numpy(name, precision).items()}
    require_same(running(name, precision, "torch", "compiled").run(200), expected, "torch compiled")


@PRECISIONS
@NETWORKS
def test_jax_op_by_op_has_the_bits_of_jax_compiled(name: str, precision: str, on_numpy: Any) -> None:
    pytest.importorskip("jax")
    expected = {k: bits[:16] for k, bits in on_numpy(name, precision).items()}
    require_same(running(name, precision, "jax", "eager").run(16), expected, "jax op by op")


@PRECISIONS
def test_a_run_that_goes_on_on_another_backend_has_the_bits_of_one(precision: str, on_numpy: Any) -> None:
    pytest.importorskip("jax")
    pytest.importorskip("torch")
    relay = running("coba", precision, "torch", "eager")
    parts = []
    for backend in ("torch", "numpy", "jax", "torch"):
        relay.environment |= {"backend": backend, "engine": None}
        parts.append(relay.run(150))
    joined = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    require_same(joined, {k: bits[:600] for k, bits in on_numpy("coba", precision).items()}, "a relay")


def test_fast_numerics_are_not_the_same_bits(on_numpy: Any) -> None:
    pytest.importorskip("jax")
    fast = running("coba", "float32", "jax")
    fast.environment["numerics"] = "fast"
    with pytest.raises(AssertionError, match="differs from step"):
        require_same(fast.run(1000), on_numpy("coba", "float32"), "fast")


@pytest.mark.slow
@PRECISIONS
@NETWORKS
def test_a_second_of_model_time_has_the_same_bits_everywhere(name: str, precision: str) -> None:
    pytest.importorskip("jax")
    pytest.importorskip("torch")
    print("\n".join(report_exact.lines(name, precision)))  # noqa: T201
