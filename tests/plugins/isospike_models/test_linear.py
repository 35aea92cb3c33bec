"""Linear: y = x W + b on every backend, the units of both sides, and what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import select
from isospike import units as u
from isospike.errors import ParameterError, ShapeError, StateError, UnitError
from isospike.random.host import HostRandom

Host = Callable[[Any], np.ndarray]
RNG = np.random.default_rng(1)
W, B = RNG.normal(size=(6, 4)), RNG.normal(size=4)


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def layer(*args: Any, **kwargs: Any) -> Any:
    return iso.init_all_states(iso.Linear(*args, **kwargs))


# What it computes


@pytest.mark.parametrize("batch", [(), (1,), (5,), (3, 2)], ids=str)
def test_the_output_is_the_input_times_the_weights_plus_the_bias(
    backend: str, host: Host, batch: tuple[int, ...]
) -> None:
    x = np.random.default_rng(2).normal(size=(*batch, 6))
    got = host(layer(6, 4, W, B)(x))
    np.testing.assert_allclose(got, np.einsum("...i,ij->...j", x, W) + B, rtol=1e-13, atol=1e-14)


def test_axes_of_the_sizes_only_arrange_the_elements(backend: str, host: Host) -> None:
    x = np.random.default_rng(3).normal(size=(5, 6))
    sheet = host(layer((2, 3), (2, 2), W, B)(x.reshape(5, 2, 3)))
    assert sheet.shape == (5, 2, 2)
    assert (sheet.reshape(5, 4) == host(layer(6, 4, W, B)(x))).all()


def test_an_input_without_batch_has_the_bits_of_a_batch_of_one(backend: str, host: Host) -> None:
    x, linear = np.random.default_rng(4).normal(size=6), layer(6, 4, W, B)
    assert (host(linear(x)) == host(linear(x[None]))[0]).all()


def test_a_loop_computes_what_single_calls_do(backend: str, host: Host) -> None:
    x, linear = np.random.default_rng(5).normal(size=(3, 6)), layer(6, 4, W, B)
    in_loop = host(iso.transform.for_loop(lambda row: linear(row), x))
    np.testing.assert_allclose(in_loop, np.stack([host(linear(row)) for row in x]), rtol=1e-14)


@pytest.mark.parametrize("kind", [bool, np.int32, np.float64])
def test_spikes_of_any_type_count_as_one(backend: str, host: Host, kind: Any) -> None:
    got = host(layer(6, 4, W, b_init=None)(np.array([0, 1, 1, 0, 0, 0]).astype(kind)))
    assert got.dtype == np.float64
    np.testing.assert_allclose(got, W[1] + W[2], rtol=1e-14)


def test_without_a_bias_nothing_maps_to_nothing(backend: str, host: Host) -> None:
    linear = layer(6, 4, W, None)
    assert linear.bias is None
    assert list(linear.states()) == ["weight"]
    assert host(linear(np.zeros(6))).tolist() == [0.0] * 4


def test_a_mask_of_zero_cuts_the_connection(backend: str, host: Host) -> None:
    mask = np.random.default_rng(6).integers(0, 2, (6, 4))
    assert 0 < mask.sum() < mask.size
    for given in (mask, mask.astype(bool), mask.tolist()):
        got = host(layer(6, 4, W, None, w_mask=given)(np.ones(6)))
        np.testing.assert_allclose(got, (W * mask).sum(0), rtol=1e-13)


def test_only_weights_under_a_mask_of_one_have_a_gradient(backend: str, host: Host) -> None:
    if not select.active_backend().capabilities["gradient"].claimed:
        pytest.skip(f"{backend} does not claim gradients")
    mask, x = np.random.default_rng(7).integers(0, 2, (6, 4)), np.arange(1.0, 7.0)
    linear = layer(6, 4, W, B, w_mask=mask)
    found = iso.transform.grad(lambda x: iso.math.sum(linear(x)), linear.states(iso.ParamState))(x)
    assert (host(found["weight"]) == x[:, None] * mask).all()
    assert host(found["bias"]).tolist() == [1.0] * 4


# Units


def test_the_output_is_in_the_unit_of_the_input_times_that_of_the_weights(backend: str, host: Host) -> None:
    x = np.arange(6.0)
    for value, weight, bias, unit in (
        (x, W * u.nS, B * u.nS, u.nS),
        (x * u.mV, W * u.nS, B * u.pA, u.pA),
        (x * u.mV, W, B * u.mV, u.mV),
        (x, W, B, None),
    ):
        y = layer(6, 4, weight, bias)(value)
        assert u.same_dimension(u.split(y)[1], unit)
        np.testing.assert_allclose(host(u.convert(y, unit, what="y")), x @ W + B, rtol=1e-13)


def test_units_that_cancel_leave_a_number(backend: str, host: Host) -> None:
    y = layer(6, 4, W / u.mV, B)(np.ones(6) * u.volt)
    assert u.split(y)[1] is None
    np.testing.assert_allclose(host(y), 1000 * W.sum(0) + B, rtol=1e-13)


def test_a_bias_in_another_unit_of_the_same_dimension_is_converted(backend: str, host: Host) -> None:
    y = layer(6, 4, W * u.nS, 0.001 * B * u.nA)(np.ones(6) * u.mV)
    np.testing.assert_allclose(host(y.to(u.pA)), W.sum(0) + B, rtol=1e-13)


def test_a_plain_zero_bias_is_in_the_unit_of_the_weights(numpy_backend: None, host: Host) -> None:
    for zero in ({}, {"b_init": 0}, {"b_init": np.zeros(4)}, {"b_init": lambda shape, rng: np.zeros(shape)}):
        linear = layer(6, 4, W * u.nS, **zero)
        assert linear.bias.value.unit == u.nS
        assert host(linear.bias.value).tolist() == [0.0] * 4


@pytest.mark.parametrize(
    ("bias", "value", "message"),
    [
        (1.0, np.ones(6), r"for an input in 1 \(dimensionless\), has the unit 1 \(dimensionless\).* in nS"),
        (1.0 * u.mV, np.ones(6), r"has the unit mV, expected a quantity in nS, such as 1 \* u\.nS"),
        (0.0, np.ones(6) * u.mV, r"for an input in mV, has the unit nS, expected a quantity in pA"),
        (iso.Constant(1 * u.nS), np.ones(6) * u.mV, r"has the unit nS, expected a quantity in pA"),
    ],
)
def test_a_bias_of_another_dimension_than_the_output_is_refused(
    backend: str, bias: Any, value: Any, message: str
) -> None:
    with pytest.raises(UnitError, match=r"Linear 'Linear': the bias \(b_init=\.\.\.\), " + f".*{message}"):
        layer(6, 4, W * u.nS, bias)(value)


# Weights and bias as States


def test_weights_and_bias_are_parameters_of_their_own(numpy_backend: None) -> None:
    linear = layer(6, 4)
    assert {k: type(v) for k, v in linear.states().items()} == {"weight": iso.ParamState, "bias": iso.ParamState}
    assert linear.weight.value.shape == (6, 4)
    assert linear.bias.value.tolist() == [0.0] * 4


def test_weights_and_bias_are_drawn_from_streams_of_their_own_on_every_backend_alike(backend: str, host: Host) -> None:
    with iso.environ.context(seed=7):
        linear = iso.init_all_states(iso.Linear(6, 4, b_init=iso.Normal(0.0, 1.0)), name="net")
    assert (host(linear.weight.value) == iso.KaimingNormal()((6, 4), HostRandom(7, "net.weight"))).all()
    assert (host(linear.bias.value) == HostRandom(7, "net.bias").normal((4,))).all()


def test_one_number_fills_the_matrix_with_weights_that_are_trained_one_by_one(numpy_backend: None) -> None:
    linear = layer(6, 4, 0.5 * u.nS, 1.0 * u.nS)
    assert linear.weight.value.shape == (6, 4)
    assert linear.bias.value.shape == (4,)
    assert np.unique(linear.weight.value.mantissa).tolist() == [0.5]


def test_a_given_parameter_is_held_as_it_is_and_shared(backend: str, host: Host) -> None:
    weight, bias = iso.ParamState(W), iso.ParamState(B)
    first, second = layer(6, 4, weight, bias), layer(6, 4, weight, bias)
    assert list(first.states()) == ["weight", "bias"]
    for linear in (first, second):
        assert linear.weight is weight
        assert linear.bias is bias
    weight.value = weight.value * 2.0
    iso.init_all_states(first)
    for linear in (first, second):
        np.testing.assert_allclose(host(linear(np.ones(6))), 2 * W.sum(0) + B, rtol=1e-13)


def test_a_given_parameter_of_one_number_weighs_every_pair(backend: str, host: Host) -> None:
    weight, x = iso.ParamState(0.5), np.arange(6.0)
    np.testing.assert_allclose(host(layer(6, 4, weight, None)(x)), np.full(4, 7.5), rtol=1e-14)
    diagonal = layer(6, 4, weight, None, w_mask=np.eye(6, 4))
    np.testing.assert_allclose(host(diagonal(x)), 0.5 * np.arange(4.0), rtol=1e-14)


def test_trained_values_survive_a_reset(numpy_backend: None, host: Host) -> None:
    linear = layer(6, 4)
    linear.weight.value, linear.bias.value = W, B
    iso.reset_all_states(linear)
    assert (host(linear.weight.value) == W).all()
    assert (host(linear.bias.value) == B).all()


def test_a_layer_that_is_not_initialised_says_so() -> None:
    with pytest.raises(StateError, match=r"state 'bias' is not initialised.*init_all_states"):
        _ = iso.Linear(6, 4).bias


# As the connection of a projection


@pytest.mark.parametrize(
    "weight",
    [iso.KaimingNormal(unit=u.nS), lambda shape, rng: 2.0 * iso.KaimingNormal(unit=u.nS)(shape, rng)],
    ids=["initialiser", "function"],
)
def test_a_projection_sends_the_weighted_spikes(backend: str, host: Host, weight: Any) -> None:
    post = iso.LIF(4, tau=10 * u.ms, R=1 * u.kohm, V_th=100 * u.mV)
    parts = {"syn": iso.Expon.desc(tau=5 * u.ms), "out": iso.COBA.desc(E=10 * u.mV)}
    proj = iso.init_all_states(iso.AlignPostProj(comm=iso.Linear(6, 4, weight), post=post, **parts))
    spikes = np.array([1.0, 0, 0, 1, 0, 1])
    proj(spikes)
    post()
    np.testing.assert_allclose(host(proj.syn.g.value), spikes @ host(proj.comm.weight.value), rtol=1e-13)
    assert proj.syn.g.value.unit == u.nS


# What is refused


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: iso.Linear(6, 4, W.T), ShapeError, r"Linear\(w_init=\.\.\.\) has shape \(4, 6\).*\(6, 4\)"),
        (lambda: iso.Linear(6, 4, W, W), ShapeError, r"Linear\(b_init=\.\.\.\) has shape \(6, 4\).*one bias.*\(4,\)"),
        (lambda: iso.Linear(6, 4, iso.ParamState(B)), ShapeError, r"Linear\(w_init=\.\.\.\).*\(4,\).*\(6, 4\)"),
        (lambda: iso.Linear(6, 4, W, iso.ParamState(W)), ShapeError, r"Linear\(b_init=\.\.\.\) has shape \(6, 4\)"),
        (lambda: iso.Linear(6, 4, np.nan), ParameterError, r"Linear\(w_init=\.\.\.\) holds NaN"),
        (lambda: iso.Linear(6, 4, W, np.inf * u.nS), ParameterError, r"Linear\(b_init=\.\.\.\) holds NaN or infinity"),
        (lambda: iso.Linear(6, 4, None), ParameterError, r"Linear\(w_init=\.\.\.\) is given None"),
        (lambda: iso.Linear(6, 4, w_mask=W.T != 0), ShapeError, r"w_mask=\.\.\.\) has shape \(4, 6\).*ones\(\(6, 4"),
        (lambda: iso.Linear(6, 4, w_mask=0.5 * (W > 0)), ParameterError, r"w_mask=\.\.\.\).*else than 0 and 1"),
        (lambda: iso.Linear(6, 4, w_mask=np.full((6, 4), np.nan)), ParameterError, r"w_mask.*else than 0 and 1"),
        (lambda: iso.Linear(6, 4, w_mask=(W > 0) * u.mV), ParameterError, r"w_mask.*else than 0 and 1"),
        (lambda: iso.Linear(6, 0), ShapeError, r"Linear\(out_size=\.\.\.\) is 0"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused_when_the_layer_is_built(make: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"b_init": iso.KaimingNormal()}, ShapeError, r"b_init=\.\.\.\) is Kaiming.*no values of shape \(4,\).*n_in"),
        ({"w_init": iso.Constant(np.ones(6))}, ShapeError, r"w_init=\.\.\.\) is Constant.*of shape \(6, 4\)"),
        ({"w_init": lambda shape, rng: np.ones(3)}, ShapeError, r"w_init=\.\.\.\) has shape \(3,\).*\(6, 4\)"),
        ({"w_init": lambda shape, rng: np.full(shape, np.nan)}, ParameterError, r"w_init=\.\.\.\) holds NaN"),
    ],
)
def test_draws_that_do_not_fit_are_refused_when_they_are_made(
    numpy_backend: None, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        layer(6, 4, **arguments)


@pytest.mark.parametrize("value", [np.ones(5), np.ones((6, 5)), np.float64(1.0), np.ones(5) * u.mV], ids=str)
def test_an_input_of_another_size_is_refused_with_both_sizes(backend: str, value: Any) -> None:
    shape = tuple(u.split(value)[0].shape)
    with pytest.raises(ShapeError, match=r"Linear 'Linear' takes arrays of shape \(\.\.\., 6\), .*") as refused:
        layer(6, 4, b_init=None)(value)
    assert f"was given shape {shape}" in str(refused.value)


def test_it_is_shown_with_what_it_is_made_from(numpy_backend: None) -> None:
    with iso.environ.context(precision="float32"):
        linear = layer(6, (2, 2), iso.KaimingNormal(unit=u.nS), w_mask=W != 0)
    assert repr(linear).split("\n") == [
        "Linear(",
        "  in_size=(6,),",
        "  out_size=(2, 2),",
        "  weight_source=KaimingNormal(scale=2., mode='fan_in', unit=nS),",
        "  bias_source=Constant(value=0.),",
        "  w_mask=float64[6, 4],",
        "  weight=ParamState(",
        '    value=Quantity(float32[6, 4], "nS")',
        "  ),",
        "  bias=ParamState(",
        '    value=Quantity(float32[4], "nS")',
        "  )",
        ")",
    ]
