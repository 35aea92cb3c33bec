"""vjp and jvp are the products with the Jacobian that calculus gives, with units."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, StateError

jvp, vjp = iso.transform.jvp, iso.transform.vjp
A = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]])


@pytest.fixture(autouse=True)
def learner(backend: str) -> Iterator[None]:
    claim = iso.select.get_backend(backend).capabilities["gradient"]
    if not claim.claimed:
        pytest.skip(f"{backend}: {claim.reason}")
    with iso.environ.context(precision="float64"):
        yield


def host(x: Any) -> np.ndarray:
    return np.asarray(u.split(x)[0])


def curved(x: Any) -> Any:
    return iso.math.tanh(iso.math.matmul(A, x))


def jacobian(x: np.ndarray) -> np.ndarray:
    return (1 - np.tanh(A @ x) ** 2)[:, None] * A


X, LEFT, RIGHT = np.array([0.3, -0.2]), np.array([1.0, -2.0, 0.5]), np.array([2.0, 1.0])


def test_the_product_from_the_left() -> None:
    value, pullback = vjp(curved, X)
    np.testing.assert_allclose(host(value), np.tanh(A @ X), rtol=1e-14)
    np.testing.assert_allclose(host(pullback(LEFT)[0]), LEFT @ jacobian(X), rtol=1e-13)


def test_the_product_from_the_right() -> None:
    value, tangent = jvp(curved, [X], [RIGHT])
    np.testing.assert_allclose(host(value), np.tanh(A @ X), rtol=1e-14)
    np.testing.assert_allclose(host(tangent), jacobian(X) @ RIGHT, rtol=1e-13)


def test_structures_and_units_go_through() -> None:
    def f(x: Any, y: Any) -> Any:
        return {"a": x * y, "b": 2.0 * x}

    _, pullback = vjp(f, 3.0 * u.mV, np.array([1.0, 2.0]))
    by_x, by_y = pullback({"a": np.array([1.0, 1.0]), "b": 2.0})
    assert float(host(by_x)) == 7.0
    assert host(by_y).tolist() == [3.0, 3.0]
    assert by_y.unit == u.mV
    value, tangent = jvp(f, [3.0 * u.mV, np.array([1.0, 2.0])], [1.0 * u.mV, np.array([0.0, 1.0])])
    assert host(tangent["a"]).tolist() == [1.0, 5.0]
    assert tangent["a"].unit == value["a"].unit == u.mV


def test_a_second_pullback_traces_nothing_new() -> None:
    _, pullback = vjp(curved, X)
    pullback(LEFT)
    before = iso.transform.cache_info()
    np.testing.assert_allclose(host(pullback(2 * LEFT)[0]), 2 * LEFT @ jacobian(X), rtol=1e-13)
    assert iso.transform.cache_info() == before


def test_a_function_that_writes_states_is_refused() -> None:
    state = iso.HiddenState(1.0)

    def f(x: Any) -> Any:
        state.value = x
        return x

    with pytest.raises(StateError, match="the function of vjp writes"):
        vjp(f, 1.0)
    with pytest.raises(StateError, match="the function of jvp writes"):
        jvp(f, [1.0], [1.0])


def test_vectors_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ParameterError, match="1 primals and 2 tangents"):
        jvp(curved, [X], [X, X])
    with pytest.raises(ParameterError, match="vjp: the vector has another structure"):
        vjp(curved, X)[1]((LEFT, LEFT))
