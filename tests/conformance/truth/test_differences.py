from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError
from isospike.namespace import to_host
from isospike.state import ParamState
from isospike_conformance.case import Case
from isospike_conformance.cases import gradient, training
from isospike_conformance.compare.tolerance import tolerance
from isospike_conformance.running import Running
from isospike_conformance.truth import central_differences
from isospike_conformance.way import Way

WAYS = [Way("jax", "xla"), Way("torch", "eager")]


def gradients(case: Case, way: Way, numerics: str) -> dict[str, np.ndarray]:
    pytest.importorskip(way.backend)
    running = Running(case, way, "float64", numerics)
    with running.environment():
        parameters = {k: s for k, s in running.module.states().items() if isinstance(s, ParamState)}
        learn = iso.transform.grad(lambda: case.loss(running.module)[0], parameters)
        found = iso.transform.jit(learn)()
    return {path: np.asarray(to_host(u.split(g)[0])) for path, g in found.items()}


def worst(got: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> float:
    assert set(got) == set(expected)
    return max(float(abs(got[k] - e).max() / abs(e).max()) for k, e in expected.items())


@cache
def differences() -> dict[str, np.ndarray]:
    return central_differences(gradient.CASE)


def test_differences_are_those_of_a_quadratic() -> None:
    class Bowl(iso.Module):
        def __init__(self) -> None:
            self.p = iso.ParamState(np.array([1.0, -2.0, 0.0]) * u.mV)

        def update(self) -> None:
            """Do nothing."""

    def loss(module: Bowl) -> tuple[object, tuple[()]]:
        return iso.transform.jit(lambda: iso.math.sum((module.p.value / u.mV) ** 2))(), ()

    case = Case("bowl", "", Bowl, loss=loss, smooth=True)
    np.testing.assert_allclose(central_differences(case)["p"], [2.0, -4.0, 0.0], atol=1e-9)


@pytest.mark.parametrize("numerics", ["exact", "fast"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_gradients_of_a_smooth_cell_are_the_differences(way: Way, numerics: str) -> None:
    assert (
        worst(gradients(gradient.CASE, way, numerics), differences())
        < tolerance("truth", "differences", "float64").number
    )


def test_differences_tell_another_loss() -> None:
    other = replace(gradient.CASE, dt_ms=gradient.CASE.dt_ms * 1.001)
    assert worst(central_differences(other), differences()) > tolerance("truth", "differences", "float64").number


def test_what_is_exactly_zero_has_a_gradient_in_exact_numerics() -> None:
    pytest.importorskip("jax")
    found = []
    for numerics in ("exact", "fast"):
        with iso.environ.context(backend="jax", precision="float64", numerics=numerics):
            p, state = iso.ParamState(np.zeros(2)), iso.HiddenState(np.zeros(2))

            def step(p: iso.ParamState = p, state: iso.HiddenState = state) -> object:
                state.value = 0.5 * state.value + 0.25 * p.value
                return state.value

            learn = iso.transform.grad(lambda step=step: iso.math.sum(iso.transform.for_loop(step, length=3)), {"p": p})
            found.append(to_host(iso.transform.jit(learn)()["p"]))
    np.testing.assert_array_equal(found[0], found[1])
    assert (found[0] > 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_gradients_in_exact_numerics_are_those_in_fast_numerics(way: Way) -> None:
    # A cell that is silent at first has potentials and currents of exactly zero, which numerics may not cut off.
    exact, fast = (gradients(training.CASE, way, numerics) for numerics in ("exact", "fast"))
    assert worst(exact, fast) < tolerance("G", "across_backends", "float64").number


def test_differences_of_what_is_not_smooth_are_refused() -> None:
    with pytest.raises(ParameterError, match="'training' is not smooth"):
        central_differences(training.CASE)
    with pytest.raises(ParameterError, match="is missing"):
        central_differences(replace(gradient.CASE, loss=None, levels=frozenset()))
