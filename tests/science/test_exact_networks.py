"""Exact numerics on whole networks: every State at every step has the bits that it has on NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.config.plan import load
from isospike.select import get_backend

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
NETWORKS = ["coba", "cuba"]
PRECISIONS = ["float32", "float64"]


class Running:
    """A network of the examples on one backend, which gives all its States step by step."""

    def __init__(self, name: str, precision: str, backend: str, engine: str | None = None) -> None:
        plan = load(EXAMPLES / f"{name}.toml")
        chosen = {"backend": backend, "engine": engine, "precision": precision, "numerics": "exact"}
        self.environment: dict[str, Any] = {**plan.environment(), **chosen}
        with iso.environ.context(**self.environment):
            self.net = iso.init_all_states(plan.build()[0])

    def run(self, n_steps: int) -> dict[str, np.ndarray]:
        """Return the floating States after each of some steps, as the whole numbers that their bits are."""
        states = {k: s for k, s in self.net.states(iso.HiddenState).items()}

        def step() -> Any:
            self.net()
            return [s.value for s in states.values()]

        with iso.environ.context(**self.environment):
            host = get_backend(self.environment["backend"]).to_numpy
            arrays = [host(u.split(x)[0]) for x in iso.transform.for_loop(step, length=n_steps)]
        return {k: a.view(f"uint{8 * a.itemsize}") for k, a in zip(states, arrays, strict=True)}


def require_same(got: dict[str, np.ndarray], expected: dict[str, np.ndarray], what: str) -> None:
    for path, bits in expected.items():
        differs = (got[path] != bits).reshape(len(bits), -1).any(axis=1)
        assert not differs.any(), f"{what}: {path} differs from step {int(np.argmax(differs))} on"


@pytest.fixture(scope="module")
def on_numpy() -> Any:
    """Return the States of 1000 steps on NumPy."""
    known: dict[tuple[str, str], dict[str, np.ndarray]] = {}

    def states(name: str, precision: str) -> dict[str, np.ndarray]:
        if (name, precision) not in known:
            known[name, precision] = Running(name, precision, "numpy").run(1000)
        return known[name, precision]

    return states


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("backend", "engine"), [("jax", None), ("torch", "eager")])
def test_a_thousand_steps_have_the_bits_of_numpy(
    name: str, precision: str, backend: str, engine: str | None, on_numpy: Any
) -> None:
    pytest.importorskip(backend)
    expected = on_numpy(name, precision)
    assert set(expected) == {"cells.V", "exc.syn.g", "inh.syn.g"}
    assert all(len(np.unique(bits[500:])) > 10_000 for bits in expected.values())
    require_same(Running(name, precision, backend, engine).run(1000), expected, f"{backend} {engine}")


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", NETWORKS)
def test_compiled_chunks_of_torch_have_the_bits_of_numpy(name: str, precision: str, on_numpy: Any) -> None:
    pytest.importorskip("torch")
    expected = {k: bits[:200] for k, bits in on_numpy(name, precision).items()}
    require_same(Running(name, precision, "torch", "compiled").run(200), expected, "torch compiled")


@pytest.mark.parametrize("precision", PRECISIONS)
def test_jax_op_by_op_has_the_bits_of_jax_compiled(precision: str, on_numpy: Any) -> None:
    jax = pytest.importorskip("jax")
    running = Running("coba", precision, "jax")
    with jax.disable_jit():
        got = running.run(16)
    require_same(got, {k: bits[:16] for k, bits in on_numpy("coba", precision).items()}, "jax op by op")


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_run_that_goes_on_on_another_backend_has_the_bits_of_one(precision: str, on_numpy: Any) -> None:
    pytest.importorskip("jax")
    pytest.importorskip("torch")
    running = Running("coba", precision, "torch", "eager")
    parts = []
    for backend in ("torch", "numpy", "jax", "torch"):
        running.environment |= {"backend": backend, "engine": None}
        parts.append(running.run(150))
    joined = {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}
    require_same(joined, {k: bits[:600] for k, bits in on_numpy("coba", precision).items()}, "a relay")


def test_fast_numerics_are_not_the_same_bits(on_numpy: Any) -> None:
    pytest.importorskip("jax")
    running = Running("coba", "float32", "jax")
    running.environment["numerics"] = "fast"
    with pytest.raises(AssertionError, match="differs from step"):
        require_same(running.run(1000), on_numpy("coba", "float32"), "fast")


WAYS = [("jax", None), ("torch", "eager"), ("torch", "compiled")]


def in_step(*networks: Running) -> Iterator[list[dict[str, np.ndarray]]]:
    for _ in range(20):
        yield [n.run(500) for n in networks]


@pytest.mark.slow
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_second_of_model_time_has_the_same_bits_everywhere(name: str, precision: str) -> None:
    runs = [Running(name, precision, "numpy"), *(Running(name, precision, *way) for way in WAYS)]
    for expected, *others in in_step(*runs):
        for got, way in zip(others, WAYS, strict=True):
            require_same(got, expected, str(way))
