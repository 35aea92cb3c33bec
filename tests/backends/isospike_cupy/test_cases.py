"""What the backend runs on a GPU, run on threads of the system: the bits of NumPy in every case of conformance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import registry
from isospike.select import get_backend
from isospike_conformance.compare import find_divergence
from isospike_conformance.find import find_case
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE, Way

CUPY = Way("cupy")
STEPS = 8
pytestmark = pytest.mark.usefixtures("backend")


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", registry.names("conformance_cases"))
def test_every_case_has_the_bits_of_numpy_in_exact_numerics(name: str, precision: str) -> None:
    case = find_case(name)
    expected, got = (Running(case, way, precision).run(STEPS) for way in (REFERENCE, CUPY))
    report = find_divergence(expected, got, case=name)
    assert report.passed, str(report)
    assert set(report.compared) == set(expected.states)


@pytest.mark.parametrize("name", ["coba", "izhikevich"])
def test_fast_numerics_follow_numpy(name: str) -> None:
    case = find_case(name)
    expected, got = (Running(case, way, "float64", "fast").run(STEPS) for way in (REFERENCE, CUPY))
    for path, trace in expected.states.items():
        np.testing.assert_allclose(got.states[path].values, trace.values, rtol=1e-9, atol=1e-9, err_msg=path)


def test_a_run_is_saved_here_and_goes_on_elsewhere(tmp_path: Any) -> None:
    case = find_case("delay")
    first, second = Running(case, CUPY), Running(case, REFERENCE)
    first.run(20)
    iso.save_checkpoint(tmp_path / "half", first.module)
    iso.load_checkpoint(tmp_path / "half", second.module)
    whole = Running(case, REFERENCE)
    whole.run(20)
    second.done = 20
    report = find_divergence(whole.run(20), second.run(20), case="delay")
    assert report.passed, str(report)


def test_a_simulation_is_recorded_as_on_numpy() -> None:
    def recorded(backend: str) -> tuple[Any, np.ndarray]:
        with iso.environ.context(backend=backend, precision="float64", numerics="exact", dt=0.1 * iso.units.ms):
            net = iso.init_all_states(find_case("batch").build())
            result = iso.simulate(net, 20 * iso.units.ms, monitors=["cells.V"])
        arrays = result.spike_arrays
        return (arrays.step.tolist(), arrays.neuron.tolist()), np.asarray(result.states["cells.V"])

    (spikes, V), (expected_spikes, expected_V) = recorded("cupy"), recorded("numpy")
    assert spikes == expected_spikes
    assert len(spikes[0]) > 100
    assert V.tobytes() == expected_V.tobytes()


def test_a_loop_of_many_chunks_and_a_rest_is_the_loop_of_numpy() -> None:
    def run(backend: str) -> tuple[np.ndarray, np.ndarray]:
        with iso.environ.context(backend=backend, precision="float64", numerics="exact", dt=0.1 * iso.units.ms):
            last, stack = iso.transform.scan(
                lambda c, x: (c * 0.75 + x, c), np.arange(5.0), np.linspace(0.0, 1.0, 2500)
            )
        return tuple(get_backend(backend).to_numpy(x) for x in (last, stack))

    for got, expected in zip(run("cupy"), run("numpy"), strict=True):
        np.testing.assert_array_equal(got, expected)
        assert len(expected) in (5, 2500)
