"""A declared parameter of any model is a number, an array, an initialiser or a trained State, in the case of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import registry, tree
from isospike import units as u
from isospike.parameter import Parameter
from isospike_conformance.model_case import model_case

STEPS = 50
MODELS = {
    name: kind
    for kind in registry.MODEL_KINDS
    for name in registry.names(kind)
    if any(isinstance(f, Parameter) for f in getattr(registry.resolve(kind, name), "fields", {}).values())
}
every_model = pytest.mark.parametrize("name", MODELS)
FORMS: dict[str, Callable[[Any, Any], Any]] = {
    "array": lambda value, shape: value * np.ones(shape),
    "initialiser": lambda value, shape: iso.Constant(value),
    "state": lambda value, shape: iso.ParamState(value),
    "array in a state": lambda value, shape: iso.ParamState(value * np.ones(shape)),
}


WAYS = [pytest.param(way, marks=pytest.mark.slow) if way == "array in a state" else way for way in FORMS]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64", dt=0.1 * u.ms, seed=1):
        yield


def built(name: str) -> tuple[Any, Any]:
    """Return the network of the case of a model, and the model in it."""
    cls = registry.resolve(MODELS[name], name)
    network = model_case(cls, name).build()
    return network, next(m for m in network.modules().values() if type(m) is cls)


def shape_of(network: Any, part: Any) -> Any:
    return getattr(part, "in_size", None) or network.populations["cells"].in_size  # an output has that of its target


def fields_of(part: Any, *, trained: bool) -> list[str]:
    found = {n: f for n, f in part.fields.items() if isinstance(f, Parameter)}
    return [n for n, f in found.items() if f.trainable or not trained]


def given(name: str, way: str) -> tuple[Any, Any]:
    """Return the network of a model whose parameters are all given in one way."""
    network, part = built(name)
    for field in fields_of(part, trained="state" in way):
        setattr(part, field, FORMS[way](getattr(part, field), shape_of(network, part)))
    return network, part


def recorded(network: Any) -> dict[str, np.ndarray]:
    states = {k: s for k, s in iso.init_all_states(network).states().items() if not isinstance(s, iso.ParamState)}

    def step() -> Any:
        network()
        return {k: s.value for k, s in states.items() if s.spec.avals}

    return {k: np.asarray(u.split(x)[0]) for k, x in iso.transform.for_loop(step, length=STEPS).items()}


@every_model
@pytest.mark.parametrize(
    "way", ["array", "initialiser", "state", pytest.param("array in a state", marks=pytest.mark.slow)]
)
def test_a_parameter_given_in_any_way_makes_the_same_run(numpy_backend: None, name: str, way: str) -> None:
    expected, found = recorded(built(name)[0]), recorded(given(name, way)[0])
    for path, value in expected.items():
        # A slope that is known beforehand is integrated in another form than a trained one.
        np.testing.assert_allclose(found[path], value, rtol=1e-9, atol=1e-12, err_msg=path)


@every_model
def test_parameters_that_are_trained_are_found(numpy_backend: None, name: str) -> None:
    network, part = given(name, "state")
    places = {id(s) for s in network.states(iso.ParamState).values()}
    assert places >= {id(vars(part)[field]) for field in fields_of(part, trained=True)}


# Where the defaults leave a part of a model out, so that its parameters move nothing.
IN_USE: dict[str, dict[str, Any]] = {
    "CobaLIF": {"g_initializer": 1 * u.siemens},
    "CubaLIF": {"g_initializer": 1 * u.mA},
    "GIF": {"a": 5 / u.second, "A1": 10 * u.mA, "A2": -0.6 * u.mA, "V_th_reset": -45 * u.mV},
}
IN_USE["GIFRef"] = {**IN_USE["GIF"], "tau_ref": 1 * u.ms}


@every_model
@pytest.mark.parametrize("on", ["torch", pytest.param("jax", marks=pytest.mark.slow)])
def test_a_trained_parameter_has_a_gradient(name: str, on: str) -> None:
    pytest.importorskip(on)
    with iso.environ.context(backend=on, engine="eager" if on == "torch" else None):
        network, part = built(name)
        for field, value in IN_USE.get(name, {}).items():
            setattr(part, field, value)
        trained = {f: iso.ParamState(getattr(part, f)) for f in fields_of(part, trained=True)}
        for field, state in trained.items():
            setattr(part, field, state)
        iso.init_all_states(network)
        slopes = iso.transform.grad(lambda: moved(network), trained)()
        found = {field: np.asarray(u.split(slope)[0]) for field, slope in slopes.items()}
    assert {field for field, slope in found.items() if not slope.any()} == set()
    assert all(np.isfinite(slope).all() for slope in found.values())


def moved(network: Any) -> Any:
    """Return the sum of all floating States and outputs over all steps: whatever a parameter moves, moves this."""
    iso.reset_all_states(network)
    states = [s for s in network.states().values() if not isinstance(s, iso.ParamState)]

    def step() -> Any:
        output = tree.flatten(network())[0]
        mantissas = [u.split(x)[0] for x in (*output, *(s.value for s in states)) if x is not None]
        return sum(iso.math.sum(x) for x in mantissas if "float" in str(x.dtype))

    return iso.math.sum(iso.transform.for_loop(step, length=STEPS))
