"""Gradients: closed forms and central differences, on every backend that claims them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike import units as u
from isospike.errors import BackendError, ParameterError, ShapeError, StateError
from isospike.select import get_backend
from isospike.transform import cache_info, for_loop, grad, jit, value_and_grad

W = np.array([1.0, -2.0, 0.5])


@pytest.fixture
def learner(backend: str) -> Iterator[str]:
    """Run a test in float64 on each backend that claims gradients."""
    claim = get_backend(backend).capabilities["gradient"]
    if not claim.claimed:
        pytest.skip(f"{backend}: {claim.reason}")
    with environ.context(precision="float64"):
        yield backend


def bare(x: Any) -> np.ndarray:
    return np.asarray(u.split(x)[0])


def test_a_gradient_is_that_of_calculus_and_carries_its_unit(learner: str) -> None:
    w = iso.ParamState(W * u.nS)
    value, slope = value_and_grad(lambda x: iso.math.sum((w.value * x) ** 2), w)(3.0 * u.mV)
    np.testing.assert_allclose(float(value.to_decimal(u.pA**2)), 9 * (W**2).sum(), rtol=1e-14)
    np.testing.assert_allclose(slope.to_decimal(u.pA**2 / u.nS), 18 * W, rtol=1e-14)


def test_a_loss_without_unit_has_the_inverse_unit_of_its_variable(learner: str) -> None:
    tau = iso.ParamState(5.0 * u.ms)
    slope = grad(lambda: iso.math.exp(-1.0 * u.ms / tau.value), tau)()
    assert float(slope.to_decimal(u.parse_unit("1/ms"))) == pytest.approx(np.exp(-0.2) / 25, rel=1e-14)


def test_gradients_come_in_the_structure_of_what_they_are_of(learner: str) -> None:
    a, b, c = (iso.ParamState(W * k) for k in (1.0, 2.0, 3.0))

    def loss() -> Any:
        return iso.math.sum(a.value * b.value + c.value**2)

    got = grad(loss, {"first": a, "rest": [b, (c,)]})()
    assert list(got) == ["first", "rest"]
    assert isinstance(got["rest"][1], tuple)
    np.testing.assert_allclose(bare(got["first"]), 2 * W)
    np.testing.assert_allclose(bare(got["rest"][0]), W)
    np.testing.assert_allclose(bare(got["rest"][1][0]), 6 * W)


def test_a_state_of_several_arrays_has_a_gradient_of_several_arrays(learner: str) -> None:
    state = iso.ParamState({"g": W * u.nS, "b": 2.0})
    got = grad(lambda: iso.math.sum(state.value["g"] * state.value["b"]), state)()
    np.testing.assert_allclose(bare(got["g"]), 2.0)
    assert float(got["b"].to_decimal(u.nS)) == pytest.approx(W.sum())


def test_arguments_are_named_by_position(learner: str) -> None:
    def loss(x: Any, y: Any, z: Any) -> Any:
        return iso.math.sum(x * y["y"] + z**2)

    y = {"y": 2 * W}
    np.testing.assert_allclose(bare(grad(loss)(W, y, W)), 2 * W)
    np.testing.assert_allclose(bare(grad(loss, argnums=1)(W, y, W)["y"]), W)
    first, third = grad(loss, argnums=(0, 2))(W, y, W)
    np.testing.assert_allclose(bare(first), 2 * W)
    np.testing.assert_allclose(bare(third), 2 * W)
    w = iso.ParamState(W)
    of_states, of_arguments = grad(lambda x: iso.math.sum(w.value * x), [w], argnums=0)(3 * W)
    np.testing.assert_allclose(bare(of_states[0]), 3 * W)
    np.testing.assert_allclose(bare(of_arguments), W)


def test_what_else_is_returned_comes_beside_the_gradient(learner: str) -> None:
    w = iso.ParamState(2.0)

    def loss(x: Any) -> Any:
        return w.value**2 * x, {"seen": x * 1.0 * u.mV}

    (value, aux), slope = value_and_grad(loss, w, has_aux=True)(3.0)
    assert (float(value), float(slope)) == (12.0, 12.0)
    assert float(aux["seen"].to_decimal(u.mV)) == 3.0
    slope, value, aux = grad(loss, w, has_aux=True, return_value=True)(3.0)
    assert (float(value), float(slope), u.split(aux["seen"])[1]) == (12.0, 12.0, u.mV)
    slope, value = grad(lambda: w.value**2, w, return_value=True)()
    assert (float(slope), float(value)) == (4.0, 4.0)


def test_a_state_that_the_loss_does_not_read_has_the_gradient_zero(learner: str) -> None:
    used, unused = iso.ParamState(W), iso.ParamState(W * u.mV)
    got = grad(lambda: iso.math.sum(used.value), [used, unused])()
    np.testing.assert_array_equal(bare(got[1]), 0)
    assert bare(got[1]).shape == W.shape
    np.testing.assert_array_equal(bare(grad(lambda: 2.0 * iso.math.sum(used.value > 0), unused)()), 0)


def test_states_that_the_loss_writes_keep_what_it_wrote(learner: str) -> None:
    w, seen = iso.ParamState(W), iso.ShortTermState(np.zeros(3))

    def loss() -> Any:
        seen.value = seen.value + w.value
        return iso.math.sum(seen.value**2)

    slope = grad(loss, w)
    np.testing.assert_allclose(bare(slope()), 2 * W)
    np.testing.assert_allclose(bare(slope()), 4 * W)
    np.testing.assert_allclose(bare(seen.value), 2 * W)


def cell_loss(cell: Any, current: Any, n: int = 40) -> Any:
    """Return the summed squared potential of a cell below threshold."""

    def step() -> Any:
        cell(current)
        return cell.V.value

    return iso.math.sum(for_loop(step, length=n) ** 2)


def test_a_loop_is_differentiated_through_its_steps(learner: str) -> None:
    tau = iso.ParamState(10.0 * u.ms)
    cell = iso.init_all_states(iso.LIF(2, tau=tau, V_th=400 * u.mV, spk_fun=iso.ReluGrad(width=0.5)))
    current = np.array([3.0, 5.0])

    def loss(x: Any) -> Any:
        cell.V.value = 0.0 * u.mV
        return cell_loss(cell, x * u.mA)

    value, (of_tau, of_current) = value_and_grad(loss, tau, argnums=0)(current)
    t = np.arange(1, 41)[:, None] * 0.1
    V = current * (1 - np.exp(-t / 10))
    np.testing.assert_allclose(bare(value), (V**2).sum(), rtol=1e-12)
    np.testing.assert_allclose(bare(of_tau), (2 * V * -current * np.exp(-t / 10) * t / 100).sum(), rtol=1e-10)
    np.testing.assert_allclose(bare(of_current), (2 * V * (1 - np.exp(-t / 10))).sum(0), rtol=1e-12)
    assert u.same_dimension(u.split(of_tau)[1], u.mV**2 / u.ms)


def test_the_clock_counts_the_steps_of_a_loop_once(learner: str) -> None:
    cell = iso.init_all_states(iso.LIF(2, V_th=400 * u.mV))
    grad(lambda x: cell_loss(cell, x * u.mA, n=7))(1.0)
    assert int(cell.clock.value) == 7
    grad(lambda x: iso.math.sum(cell(x * u.mA)))(1.0)
    assert int(cell.clock.value) == 8


def test_a_comparison_with_time_is_an_integer_one_under_a_gradient_too(learner: str) -> None:
    def count(scale: Any) -> Any:
        times = iso.math.arange(0 * u.ms, 3 * u.ms, 0.1 * u.ms)
        return scale * iso.math.sum(for_loop(lambda t: iso.math.where(t < 0.3 * u.ms, 1.0, 0.0), times))

    assert float(grad(count)(1.0)) == 3.0


@pytest.mark.parametrize("surrogate", [iso.ReluGrad(), iso.Sigmoid(alpha=3.0)], ids=lambda s: type(s).__name__)
def test_a_spike_has_the_derivative_of_its_surrogate_to_the_bit(surrogate: Any, learner: str) -> None:
    x = np.array([-1.5, -0.25, 0.0, 0.125, 0.75])
    slope = grad(lambda x: iso.math.sum(surrogate(x)))(x)
    np.testing.assert_array_equal(bare(slope), bare(jit(surrogate.derivative)(x)))


def test_gradients_of_gradients(learner: str) -> None:
    third = grad(grad(grad(lambda x: x**5)))
    assert float(third(2.0)) == pytest.approx(60 * 4)
    w = iso.ParamState(3.0)
    mixed = grad(lambda x: grad(lambda: w.value**2 * x**3, w)())
    assert float(mixed(2.0)) == pytest.approx(2 * 3 * 3 * 4)


def test_a_gradient_through_a_loop_of_gradients(learner: str) -> None:
    # Newton's method for the root of w, differentiated with respect to w.
    x = iso.ShortTermState(1.0)

    def step(w: Any) -> Any:
        slope, value = grad(lambda x: x**2 - w, return_value=True)(x.value)
        x.value = x.value - value / slope
        return x.value

    def newton(w: Any) -> Any:
        x.value = 1.0 * w
        return for_loop(lambda _: step(w), np.zeros(30))[-1]

    value, slope = value_and_grad(newton)(4.0)
    assert float(value) == pytest.approx(2.0, rel=1e-12)
    assert float(slope) == pytest.approx(0.25, rel=1e-9)


def test_stop_gradient_stops_it(learner: str) -> None:
    assert float(grad(lambda x: iso.math.stop_gradient(x) * x)(3.0)) == 3.0


@pytest.mark.parametrize("weight", [0.5, iso.Uniform(0.1, 0.9)], ids=["one", "each"])
@pytest.mark.parametrize("batch", [(), (4,)], ids=["single", "batch"])
def test_weights_and_spikes_of_a_sparse_connection_have_the_gradient_of_a_dense_one(
    weight: Any, batch: tuple[int, ...], learner: str
) -> None:
    comm = iso.init_all_states(iso.FixedProb(12, 9, 0.4, weight))
    spikes = np.random.default_rng(1).random((*batch, 12)) * (np.random.default_rng(2).random((*batch, 12)) < 0.5)
    target = np.random.default_rng(3).random((*batch, 9))
    of_weight, of_spikes = grad(
        lambda s: iso.math.sum((comm(s) - target) ** 2), comm.states(iso.ParamState)["weight"], argnums=0
    )(spikes)
    csr = comm.csr
    pre = np.repeat(np.arange(12), np.diff(csr.indptr))
    dense = np.zeros((12, 9))
    dense[pre, csr.indices] = bare(comm.weight.value)
    error = 2 * (spikes @ dense - target)
    each = (spikes.reshape(-1, 12).T @ error.reshape(-1, 9))[pre, csr.indices]
    expected = each if bare(comm.weight.value).ndim else each.sum()
    np.testing.assert_allclose(bare(of_weight), expected, rtol=1e-12)
    np.testing.assert_allclose(bare(of_spikes), error @ dense.T, rtol=1e-12)


def test_a_gradient_inside_jit_updates_parameters(learner: str) -> None:
    w = iso.ParamState(np.zeros(3))

    @jit
    def train(x: Any) -> Any:
        value, slope = value_and_grad(lambda: iso.math.sum((w.value - x) ** 2), w)()
        w.value = w.value - 0.25 * slope
        return value

    losses = [float(train(W)) for _ in range(5)]
    np.testing.assert_allclose(losses, (W**2).sum() * 0.25 ** np.arange(5))
    np.testing.assert_allclose(bare(w.value), W * (1 - 0.5**5))


def test_a_second_call_traces_and_compiles_nothing_and_a_changed_closure_is_seen(learner: str) -> None:
    w, power = iso.ParamState(2.0), 2.0

    def loss(x: Any) -> Any:
        return x * w.value**power

    assert float(grad(loss, w)(1.0)) == 4.0
    before = cache_info()
    assert float(grad(loss, w)(3.0)) == 12.0
    assert cache_info() == before
    power = 3.0
    assert float(grad(loss, w)(1.0)) == 12.0


def test_gradients_of_a_spiking_network_agree_with_central_differences_where_it_is_smooth(learner: str) -> None:
    cells = iso.LIF(3, tau=8 * u.ms, R=100 * u.Mohm, V_th=400 * u.mV, spk_fun=iso.ReluGrad(width=0.1))
    syn, out = iso.Expon.desc(tau=3 * u.ms, g_initializer=iso.Constant(2 * u.nS)), iso.COBA.desc(E=5 * u.mV)
    weight = iso.ParamState(0.5 * u.nS)
    comm = iso.AllToAll(4, 3, weight)
    proj = iso.init_all_states(iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells))
    iso.init_all_states(cells)
    spikes = (np.random.default_rng(0).random((25, 4)) < 0.3).astype(float)

    def rewound(w: Any) -> Any:
        weight.value = w * u.nS
        for state, value in start:
            state.value = value

        def step(s: Any) -> Any:
            proj(s)
            cells(0.2 * u.nA)
            return cells.V.value

        return iso.math.sum(for_loop(step, spikes)) / u.mV

    start = [(s, s.value) for s in proj.states(iso.HiddenState).values()]
    slope = float(grad(rewound)(0.5))
    run = jit(rewound)
    difference = (float(run(0.5 + 1e-5)) - float(run(0.5 - 1e-5))) / 2e-5
    assert slope == pytest.approx(difference, rel=1e-6)
    assert abs(slope) > 1e-3


def test_a_backend_without_gradients_says_so_with_the_reason() -> None:
    with environ.context(backend="numpy"), pytest.raises(BackendError, match=r"numpy.*gradient.*no automatic"):
        grad(lambda x: x**2)(1.0)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda x: x * np.ones(3), r"float32\[3\].*expected one floating number.*iso\.math\.sum"),
        (lambda x: x > 0, r"bool\[\].*expected one floating number"),
        (lambda x: (x, x), r"expected one floating number.*has_aux=True"),
        (lambda x: None, "nothing.*expected one floating number"),
    ],
    ids=["array", "bool", "pair", "nothing"],
)
def test_a_loss_that_is_no_number_is_refused(loss: Any, words: str, numpy_backend: None) -> None:
    with pytest.raises(ShapeError, match=words):
        grad(loss)(1.0)


def test_what_has_no_derivative_is_refused_by_name(numpy_backend: None) -> None:
    count = iso.ShortTermState(3, name="net.count")
    with pytest.raises(StateError, match=r"net\.count.*int32.*expected floating"):
        grad(lambda: 1.0 * count.value, count)()
    with pytest.raises(ParameterError, match=r"dtype int32.*such as 1\.0"):
        grad(lambda n: 1.0 * n)(3)
    with pytest.raises(ParameterError, match=r"holds 'w' of type str, expected States"):
        grad(lambda: 1.0, ["w"])
    with pytest.raises(ParameterError, match=r"argnums=1.*called with 1 positional"):
        grad(lambda x: x, argnums=1)(1.0)
    for argnums in (True, (), -1, "x"):
        with pytest.raises(ParameterError, match="expected positions of arguments"):
            grad(lambda x: x, argnums=argnums)
