"""Laws that all bundled neurons keep, each driven so that it spikes; its equations are judged in a file of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import registry
from isospike import units as u
from isospike.errors import ShapeError, StateError, UnitError
from isospike.parameter import Parameter
from isospike.select import get_backend

Host = Callable[[Any], np.ndarray]
LEAKY = {"tau": 10 * u.ms, "V_th": 15 * u.mV}
# What makes the second and third of three cells spike within 20 ms: the input is 0.5, 1 and 1.5 times the current.
CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "ALIF": ({**LEAKY, "beta": 2 * u.mV}, 40 * u.mA),
    "AdExIF": ({"tau": 4 * u.ms, "a": 0.1 * u.siemens}, 20 * u.mA),
    "AdExIFRef": ({"tau": 4 * u.ms, "a": 0.1 * u.siemens, "tau_ref": 2 * u.ms}, 20 * u.mA),
    "AdQuaIF": ({"a": 0.1 * u.siemens}, 20 * u.mA),
    "AdQuaIFRef": ({"a": 0.1 * u.siemens, "tau_ref": 2 * u.ms}, 20 * u.mA),
    "CobaLIF": ({"g_initializer": 1 * u.siemens}, 30 * u.mA),
    "CubaLIF": ({**LEAKY, "g_initializer": 1 * u.mA}, 40 * u.mA),
    "ExpIF": ({}, 20 * u.mA),
    "ExpIFRef": ({}, 20 * u.mA),
    "FitzHughNagumo": ({}, 1.0),
    "GIF": ({"a": 5 / u.second, "A1": 10 * u.mA, "A2": -0.6 * u.mA}, 2 * u.mA),
    "GIFRef": ({"a": 5 / u.second, "A1": 10 * u.mA, "A2": -0.6 * u.mA, "tau_ref": 2 * u.ms}, 2 * u.mA),
    "HH": ({}, 20 * u.uA),
    "HindmarshRose": ({}, 4.0),
    "IF": ({"V_th": 15 * u.mV}, 10 * u.mA),
    "Izhikevich": ({}, 20 * u.mV / u.ms),
    "LI": ({"tau": 10 * u.ms}, 30 * u.mA),
    "LIF": (LEAKY, 40 * u.mA),
    "LIFRef": ({**LEAKY, "tau_ref": 2 * u.ms}, 40 * u.mA),
    "MorrisLecar": ({}, 300 * u.uA),
    "QuaIF": ({}, 20 * u.mA),
    "TraubMilesHH": ({}, 650 * u.pA),
    "WangBuzsaki": ({}, 5 * u.uA),
}
EVERY = pytest.mark.parametrize("name", CASES)
SYNAPTIC = ("CubaLIF", "CobaLIF")  # a delta input makes g jump, not V
LONG = ("HH", "MorrisLecar", "WangBuzsaki")  # jax compiles their gradient for many seconds
SIZES = np.array([0.5, 1.0, 1.5])


def make(name: str, size: Any = 3, **parameters: Any) -> Any:
    return getattr(iso, name)(size, **{**CASES[name][0], **parameters})


def drive(name: str, factors: Any = SIZES) -> Callable[[Any], Any]:
    return lambda cell: cell(factors * CASES[name][1])


def started(name: str, size: Any = 3, **parameters: Any) -> Any:
    return iso.init_all_states(make(name, size, **parameters))


def spread(name: str) -> Any:
    """Return an initialiser of potentials about those that the model starts with."""
    mean = make(name).V_initializer.value
    unit = u.split(mean)[1]
    return iso.Normal(mean, u.quantity(0.1 if unit is None else 1.0, unit))


def test_every_bundled_neuron_is_held_to_these_laws() -> None:
    names = [n for kind in ("neurons", "readouts") for n in registry.names(kind)]
    bundled = {n for n in names if getattr(iso, n).__module__.startswith("isospike_models")}
    assert set(CASES) == {n for n in bundled if issubclass(getattr(iso, n), iso.Neuron)}


@EVERY
def test_exact_numerics_has_the_same_bits_on_every_backend(same_bits: Any, name: str) -> None:
    for run in same_bits(lambda: make(name), drive(name)).values():
        assert run["output"][:, 1:].any(axis=0).all()


@EVERY
@pytest.mark.parametrize("precision", ["float32", pytest.param("float64", marks=pytest.mark.slow)])
def test_a_batch_of_one_has_the_bits_of_no_batch(backend: str, batch_of_one: Any, name: str, precision: str) -> None:
    with iso.environ.context(precision=precision):
        batch_of_one(lambda: make(name, V_initializer=spread(name)), drive(name))


@EVERY
def test_float32_stays_near_float64(backend: str, recorded: Any, name: str) -> None:
    runs = []
    for precision in ("float32", "float64"):
        with iso.environ.context(precision=precision):
            runs.append(recorded(started(name), drive(name), 300))
        assert runs[-1]["V"].dtype == precision
    single, double = runs
    assert np.abs(np.sum(single["output"] > 0, axis=0) - np.sum(double["output"] > 0, axis=0)).max() <= 1
    # In an upstroke V grows so fast that a rounding moves it visibly.
    assert np.median(np.abs(single["V"] - double["V"])) < 1e-4 * np.abs(double["V"]).max()


@EVERY
def test_entries_of_a_batch_do_not_mix(numpy_backend: None, recorded: Any, name: str) -> None:
    factors = np.random.default_rng(1).uniform(0.0, 2.0, (4, 3))
    together = recorded(iso.init_all_states(make(name), batch_size=4), drive(name, factors), 100)
    for i in range(4):
        alone = recorded(started(name), drive(name, factors[i]), 100)
        for state, value in alone.items():
            assert (together[state][:, i] == value).all(), state


@EVERY
def test_axes_of_a_population_only_arrange_its_cells(numpy_backend: None, recorded: Any, name: str) -> None:
    factors = np.linspace(0.0, 2.0, 6)
    row = recorded(started(name, 6), drive(name, factors), 100)
    sheet = recorded(started(name, (2, 3)), drive(name, factors.reshape(2, 3)), 100)
    for state, value in row.items():
        assert (sheet[state].reshape(100, 6) == value).all(), state


@EVERY
def test_no_input_is_none_and_a_current_input_adds_to_it(numpy_backend: None, recorded: Any, name: str) -> None:
    silent, zero, joined, whole = (started(name) for _ in range(4))
    current = SIZES * CASES[name][1]
    joined.add_current_input("half", lambda V: 0.5 * current)
    runs = [
        recorded(silent, lambda cell: cell(), 100),
        recorded(zero, drive(name, 0.0), 100),
        recorded(joined, drive(name, 0.5 * SIZES), 100),
        recorded(whole, drive(name), 100),
    ]
    assert (runs[0]["V"] == runs[1]["V"]).all()
    assert not (runs[0]["V"] == runs[2]["V"]).all()
    np.testing.assert_allclose(runs[2]["V"], runs[3]["V"], rtol=1e-3, atol=1e-3)


@EVERY
def test_a_delta_input_is_a_jump_after_the_integration(numpy_backend: None, host: Host, name: str) -> None:
    with iso.environ.context(precision="float64"):
        cell, other = started(name), started(name)
        state = "g" if name in SYNAPTIC else "V"
        jump = u.quantity(0.25, u.parse_unit(cell.delta_unit))
        cell.add_delta_input(jump)
        drive(name)(cell)
        drive(name)(other)
        difference = host(getattr(cell, state).value) - host(getattr(other, state).value)
    np.testing.assert_allclose(difference, 0.25, rtol=1e-9)


@EVERY
def test_an_input_of_the_wrong_unit_or_shape_names_the_cell(numpy_backend: None, name: str) -> None:
    cell = started(name)
    with pytest.raises(UnitError, match=rf"{name} '{name}' is given an input in nS, expected one in .*write neuron\("):
        cell(1 * u.nS)
    with pytest.raises(ShapeError, match=rf"{name} '{name}' is given an input of shape \(4,\)"):
        cell(np.ones(4) * CASES[name][1])


@EVERY
def test_what_a_cell_starts_with_is_checked_and_must_be_there(numpy_backend: None, name: str) -> None:
    with pytest.raises(UnitError, match=rf"{name}\(V_initializer=\.\.\.\) is .*ms"):
        make(name, V_initializer=1 * u.ms)
    with pytest.raises(StateError, match=r"is not initialised\. Call iso\.init_all_states"):
        drive(name)(make(name))


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in LONG else n for n in CASES])
def test_gradient_is_that_of_central_differences(backend: str, name: str) -> None:
    if not (claim := get_backend(backend).capabilities["gradient"]).claimed:
        pytest.skip(f"{backend}: {claim.reason}")
    # A surrogate reaches below the threshold, into the reset, which differences do not see.
    cell = make(name, **({} if name == "LI" else {"spk_fun": iso.ReluGrad(width=1e-6)}))

    def loss(factor: Any) -> Any:
        iso.init_all_states(cell)
        step = drive(name, factor * SIZES)
        V = iso.transform.for_loop(lambda: (step(cell), cell.V.value)[1], length=20)
        return iso.math.mean(V[-1])

    with iso.environ.context(precision="float64"):
        slope = float(u.split(iso.transform.grad(loss)(0.3))[0])
        high, low = (float(u.split(iso.transform.jit(loss)(0.3 + e))[0]) for e in (1e-5, -1e-5))
    assert slope == pytest.approx((high - low) / 2e-5, rel=1e-4)
    assert abs(slope) > 0.01


@EVERY
def test_the_page_of_a_model_names_all_of_its_parameters_with_their_defaults(name: str) -> None:
    model = getattr(iso, name)
    for field in model.fields:
        assert field in model.__doc__, field
    for field, declared in vars(model).items():
        if isinstance(declared, Parameter):
            assert f"{declared.default:g}" in model.__doc__, field
    assert "References" in model.__doc__
