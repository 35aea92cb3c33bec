"""Whole networks in generated code: the bits of NumPy in exact numerics, for any number of threads."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import isospike as iso
from isospike.config.plan import load
from isospike.select import get_backend

pytestmark = pytest.mark.skipif(not any(map(shutil.which, ("c++", "g++", "clang++"))), reason="no C++ compiler")

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"
FILES = {name: next(EXAMPLES.glob(f"{name}.*")) for name in ("coba", "cuba", "hh", "izhikevich")}
NETWORKS = pytest.mark.parametrize("name", FILES)
PRECISIONS = pytest.mark.parametrize("precision", ["float32", "float64"])
STEPS = 300


def states_after_each_step(name: str, **environment: str) -> dict[str, np.ndarray]:
    plan = load(FILES[name])
    with iso.environ.context(**{**plan.environment(), **environment}):
        net = iso.init_all_states(plan.build()[0])
        states = net.states(iso.HiddenState)

        def step() -> list[object]:
            net()
            return [s.value for s in states.values()]

        host = get_backend(environment["backend"]).to_numpy
        stacks = iso.transform.for_loop(step, length=STEPS)
        return {k: host(iso.units.split(x)[0]) for k, x in zip(states, stacks, strict=True)}


def digest(name: str, precision: str, numerics: str) -> str:
    states = states_after_each_step(name, backend="native", precision=precision, numerics=numerics)
    return hashlib.sha256(b"".join(states[k].tobytes() for k in sorted(states))).hexdigest()


@PRECISIONS
@NETWORKS
def test_exact_numerics_have_the_bits_of_numpy(name: str, precision: str) -> None:
    got, expected = (
        states_after_each_step(name, backend=b, precision=precision, numerics="exact") for b in ("native", "numpy")
    )
    assert set(got) == set(expected)
    for path, values in expected.items():
        assert values.dtype == precision or "refractory" in path
        assert got[path].tobytes() == values.tobytes(), path
    assert len(np.unique(expected["cells.V"])) > 10_000


def test_two_threads_give_the_bits_of_one() -> None:
    names = [(n, p, numerics) for n in FILES for p in ("float32", "float64") for numerics in ("fast", "exact")]
    code = f"from {Path(__file__).stem} import digest; print(*(digest(*x) for x in {names}))"
    environment = {**os.environ, "ISOSPIKE_THREADS": "2"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=Path(__file__).parent, env=environment, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == [digest(*x) for x in names]


@pytest.mark.parametrize("name", ["coba", "cuba"])
def test_fast_numerics_follow_numpy_until_a_spike_moves(name: str) -> None:
    got, expected = (states_after_each_step(name, backend=b, precision="float64") for b in ("native", "numpy"))
    for path, values in expected.items():
        np.testing.assert_allclose(got[path], values, rtol=1e-9, atol=1e-9, err_msg=path)


def test_a_run_that_is_recorded_has_the_spikes_of_numpy() -> None:
    def spikes(backend: str) -> np.ndarray:
        plan = load(FILES["coba"])
        with iso.environ.context(**{**plan.environment(), "backend": backend, "precision": "float64"}):
            net = iso.init_all_states(plan.build()[0])
            result = iso.simulate(net, 50 * iso.units.ms, monitors=["cells.V"])
        return np.stack([result.spike_arrays.step, result.spike_arrays.neuron])

    native, reference = spikes("native"), spikes("numpy")
    assert native.shape[1] > 500
    np.testing.assert_array_equal(native, reference)


def test_a_batch_is_computed_as_each_of_its_examples(random_csr: Callable[..., object]) -> None:
    u = iso.units
    del random_csr
    cell = iso.LIFRef(37, tau=10 * u.ms, tau_ref=2 * u.ms, V_th=15 * u.mV)
    comm = iso.FixedProb(37, 37, 0.3, 2 * u.mA)
    loop = iso.AlignPostProj(comm=comm, syn=iso.Expon.desc(tau=5 * u.ms), out=iso.CUBA.desc(scale=1.0), post=cell)
    drive = np.linspace(10, 30, 3)[:, None] * np.ones((3, 37))

    def run(backend: str, x: np.ndarray, batch: int | None) -> np.ndarray:
        with iso.environ.context(dt=0.1 * u.ms, backend=backend, precision="float64"):
            for part in (cell, loop):
                iso.init_all_states(part, batch_size=batch)

            def step() -> object:
                loop(cell.get_spike())
                return cell(x * u.mA)

            return np.asarray(iso.transform.for_loop(step, length=300))

    batched = run("native", drive, 3)
    assert batched.sum() > 100
    np.testing.assert_array_equal(batched, run("numpy", drive, 3))
    for k in range(3):
        np.testing.assert_array_equal(batched[:, k], run("native", drive[k], None))


@pytest.mark.skipif(shutil.which("nm") is None, reason="no nm")
def test_a_loop_over_cells_calls_no_function_of_a_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOSPIKE_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("isospike.transform.compiling._compiled", OrderedDict())
    states_after_each_step("hh", backend="native")
    programs = [p for p in tmp_path.rglob("native-*.so") if "exprel" in p.with_suffix(".cpp").read_text()]
    assert programs
    for program in programs:
        listed = subprocess.run(["nm", "-D", "-u", program], check=True, capture_output=True, text=True).stdout
        needed = {line.split()[-1].partition("@")[0] for line in listed.splitlines()}
        assert {name for name in needed if not name.startswith("_")} <= {"memcpy", "memset"}
