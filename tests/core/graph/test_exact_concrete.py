"""Exact numerics of host constants and initial values: no function of NumPy that differs between processors decides."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike import units as u
from isospike.random.tails import exponential_table, normal_table
from isospike.select import get_backend
from isospike.transform import for_loop, jit

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
FUNCTIONS = "exp expm1 exprel tanh sinh cosh log log1p sqrt sin cos atan".split()  # noqa: SIM905
# What NumPy computes differently on different processors; a square root is rounded correctly on all.
UNSURE = "exp expm1 tanh sinh cosh log log1p log2 sin cos arctan power float_power sum matmul dot mean".split()  # noqa: SIM905


def off_by_one(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose floating results lie a unit in the last place higher."""

    def moved(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        return np.nextafter(result, np.inf) if np.asarray(result).dtype.kind == "f" else result

    return moved


@pytest.fixture
def another_processor(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what gives NumPy another rounding of each function."""

    def change() -> None:
        for table in (normal_table, exponential_table):
            table.cache_clear()
        for name in UNSURE:
            monkeypatch.setattr(np, name, off_by_one(getattr(np, name)))

    return change


def lif() -> Any:
    return iso.LIF(20, tau=13 * u.ms, V_th=20 * u.mV), lambda cell: cell(np.linspace(15, 40, 20) * u.mA)


class Coba(iso.Module):
    """Cells with conductances that decay, driven by their own spikes."""

    def __init__(self) -> None:
        rest = -60 * u.mV
        self.cells = iso.LIFRef(
            30,
            V_rest=rest,
            V_reset=rest,
            V_th=-50 * u.mV,
            tau=20 * u.ms,
            R=100 * u.Mohm,
            V_initializer=iso.Normal(rest, 5 * u.mV),
        )
        self.syn = iso.AlignPostProj(
            comm=iso.FixedProb(30, 30, 0.3, iso.Normal(6 * u.nS, 1 * u.nS)),
            syn=iso.Expon(30, tau=5 * u.ms),
            out=iso.COBA(E=0 * u.mV),
            post=self.cells,
        )

    def update(self) -> Any:
        self.syn(self.cells.get_spike())
        return self.cells(300 * u.pA)


def coba() -> Any:
    return Coba(), lambda net: net.update()


def ou() -> Any:
    return iso.OUProcess(20, sigma=2 * u.mA, tau=7 * u.ms), lambda noise: noise.update()


def hodgkin_huxley() -> Any:
    return iso.TraubMilesHH(20), lambda cell: cell(np.linspace(0, 300, 20) * u.pA)


def trajectory(make: Callable[[], Any], numerics: str) -> list[bytes]:
    with environ.context(numerics=numerics, backend="numpy", precision="float64", dt=0.1 * u.ms, seed=3):
        module, step = make()
        iso.init_all_states(module)
        start = [np.asarray(x).tobytes() for s in module.states().values() for x in s.leaves]
        for_loop(lambda: step(module), length=200)
        return start + [np.asarray(x).tobytes() for s in module.states().values() for x in s.leaves]


@pytest.mark.parametrize("make", [lif, coba, ou, hodgkin_huxley])
def test_an_exact_run_does_not_depend_on_how_numpy_rounds_its_functions(
    make: Callable[[], Any], another_processor: Callable[[], None]
) -> None:
    expected, fast = trajectory(make, "exact"), trajectory(make, "fast")
    another_processor()
    assert trajectory(make, "exact") == expected
    assert trajectory(make, "fast") != fast, "the change of NumPy is not felt by this model"


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_known_value_has_the_bits_of_a_computed_one(name: str, precision: str, backend_name: str) -> None:
    function, backend = getattr(iso.math, name), get_backend(backend_name)
    x = np.random.default_rng(11).uniform(0.1, 3.0, 50).astype(precision)
    with environ.context(numerics="exact", precision=precision, backend=backend_name):
        computed = backend.to_numpy(jit(function)(x))
        known = function(backend.asarray(x, precision))
        one = function(backend.asarray(x[0], precision))
    assert type(known) is type(backend.asarray(x, precision))
    np.testing.assert_array_equal(backend.to_numpy(known), computed, strict=True)
    assert backend.to_numpy(one) == computed[0]


def test_a_constant_of_a_step_is_computed_in_double_precision_and_rounded_once() -> None:
    with environ.context(numerics="exact", precision="float32", backend="numpy"):
        got = jit(lambda x: x * iso.math.pow(iso.math.exp(-0.1), 0.5))(np.ones(1, np.float32))
        known = iso.math.pow(iso.math.exp(-0.1), 0.5)
    assert got[0] == np.float32(known)
    assert abs(float(known) - np.exp(-0.05)) < 3e-16


def test_sums_and_products_of_known_matrices_are_those_of_a_step(another_processor: Callable[[], None]) -> None:
    x, y = (np.random.default_rng(12).normal(size=(13, 13)) for _ in range(2))

    def both(x: Any, y: Any) -> Any:
        return iso.math.matmul(x, y), iso.math.sum(x), iso.math.sum(x, axis=0)

    with environ.context(numerics="exact", precision="float64", backend="numpy"):
        computed = jit(both)(x, y)
        assert iso.math.sum(np.zeros((0,))) == 0.0
        another_processor()
        for a, b in zip(both(x, y), computed, strict=True):
            np.testing.assert_array_equal(a, b)
        assert iso.math.sum(np.array([True, True, False])) == 2


def test_a_known_value_that_needs_a_gradient_keeps_it() -> None:
    torch = pytest.importorskip("torch")
    x = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    with environ.context(numerics="exact"):
        (slope,) = torch.autograd.grad(iso.math.tanh(x).sum(), x)
    np.testing.assert_allclose(slope, 1 / np.cosh([0.5, 2.0]) ** 2, rtol=1e-14)


RUN = """
import sys
import numpy as np
import isospike as iso
from isospike.config import load
from isospike_conformance.compare import digest

plan = load(sys.argv[1])
for precision in ("float32", "float64"):
    with iso.environ.context(**{**plan.environment(), "backend": "numpy", "numerics": "exact", "precision": precision}):
        net = iso.init_all_states(plan.build()[0])
        iso.transform.for_loop(net.update, length=200)
        for path, state in net.states().items():
            print(precision, path, *(f"{digest(np.asarray(x)):016x}" for x in state.leaves))
"""


@pytest.mark.slow
def test_a_network_has_the_same_bits_without_the_vector_instructions_of_this_processor() -> None:
    internals = np._core._multiarray_umath  # type: ignore[attr-defined]
    features = [f for f in internals.__cpu_dispatch__ if internals.__cpu_features__[f]]
    if not features:
        pytest.skip("NumPy uses no instructions here that can be switched off")
    outputs = []
    for disabled in ("", " ".join(features)):
        command = [sys.executable, "-c", RUN, str(EXAMPLES / "coba.toml")]
        variables = {**os.environ, "NPY_DISABLE_CPU_FEATURES": disabled}
        run = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
        outputs.append(run.stdout.splitlines())
    assert len(outputs[0]) == 12
    assert outputs[0] == outputs[1]
