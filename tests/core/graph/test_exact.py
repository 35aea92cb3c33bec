"""Exact numerics: the same bits on every backend, and the right ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

import isospike as iso
import isospike.ops
from isospike import environ
from isospike import units as u
from isospike.errors import NumericsError
from isospike.graph.exact import FORMS, REFUSED, SAFE
from isospike.graph.exact.bounds import SNAPPED, Bounds
from isospike.graph.passes import exact
from isospike.select import get_backend
from isospike.transform import for_loop, jit

PRECISIONS = ["float32", "float64"]
STRUCTURED = {"scan", "vjp", "event_matvec", "when", "while_loop"}
# Largest error in units of the last place, of 4000 arguments each; measured, and rounded up.
ULPS = {
    "atan": 0.9,
    "cos": 0.9,
    "cosh": 1.3,
    "exp": 1.1,
    "expm1": 1.8,
    "exprel": 1.6,
    "log": 0.9,
    "log1p": 0.9,
    "sin": 0.9,
    "sinh": 2.3,
    "sqrt": 0.5,
    "tanh": 2.3,
}
RANGES = {
    "atan": (-40, 40),
    "cos": (-(2**15), 2**15),
    "exp": (-55, 80),
    "expm1": (-60, 80),
    "exprel": (-60, 80),
    "tanh": (-12, 12),
    "sinh": (-60, 60),
    "cosh": (-60, 60),
    "log": (0.0, 100.0),
    "log1p": (-1.0, 100.0),
    "sin": (-(2**15), 2**15),
    "sqrt": (0.0, 100.0),
}
mpmath.mp.prec = 200
TRUTH: dict[str, Callable[[Any], Any]] = {
    "atan": mpmath.atan,
    "cos": mpmath.cos,
    "exp": mpmath.exp,
    "expm1": mpmath.expm1,
    "exprel": lambda x: mpmath.expm1(x) / x if x else mpmath.mpf(1),
    "tanh": mpmath.tanh,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "log": mpmath.log,
    "log1p": mpmath.log1p,
    "sin": mpmath.sin,
    "sqrt": mpmath.sqrt,
}


def test_every_operation_is_exact_or_has_an_exact_form_or_a_reason_why_not() -> None:
    names = {p.stem for p in Path(isospike.ops.__path__[0]).glob("*.py")} - {"__init__"}
    assert names == SAFE | set(FORMS) | set(REFUSED) | STRUCTURED
    assert not SAFE & set(FORMS)
    assert not set(REFUSED) & (SAFE | set(FORMS))


def computed(function: Callable[[Any], Any], x: np.ndarray, backend: str, engine: str | None = None) -> np.ndarray:
    with environ.context(numerics="exact", precision=str(x.dtype), backend=backend, engine=engine):
        return get_backend(backend).to_numpy(jit(function)(x))


def arguments(name: str, precision: str) -> np.ndarray:
    low, high = RANGES[name]
    rng = np.random.default_rng(4)
    near = rng.uniform(-1, 1, 1000) * 2.0 ** rng.uniform(-20, 0, 1000)
    edges = [0.0, -0.0, 0.5, -0.5, np.nextafter(0.5, 1), 0.34657359, -0.34657359, low, high]
    more = []
    if name in ("sin", "cos"):  # the numbers nearest to multiples of pi/2
        more = np.round(rng.uniform(-20000, 20000, 1000)) * (np.pi / 2)
    if name in ("log", "sqrt"):
        near, edges = abs(near), [1.0, 2.0, 4.0, np.nextafter(1.0, 0), np.nextafter(4.0, 0), 0.5, high]
        more = [*(1 + 0.1 * near), *2.0 ** rng.uniform(-100, 100, 1000)]
    if name == "log1p":
        edges = [-0.29, 0.41, 1.0, -0.5, high]
    return np.concatenate([rng.uniform(low, high, 3000), near, edges, more]).astype(precision)


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", TRUTH)
def test_a_function_is_accurate_to_the_stated_units_in_the_last_place(name: str, precision: str) -> None:
    x = arguments(name, precision)
    got = computed(getattr(iso.math, name), x, "numpy")
    true = [TRUTH[name](mpmath.mpf(float(v))) for v in x]
    rounded = np.array([float(t) for t in true]).astype(precision)
    unit = np.spacing(abs(rounded)).astype(np.float64)
    assert np.isfinite(got).all()
    errors = [abs(float(mpmath.mpf(float(g)) - t)) / e for g, t, e in zip(got, true, unit, strict=True)]
    assert max(errors) <= ULPS[name], f"{name}: {max(errors):.3f} ulp at {x[int(np.argmax(errors))]!r}"


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", TRUTH)
def test_a_function_has_the_same_bits_on_every_backend(name: str, precision: str, backend_name: str) -> None:
    special = np.array([np.inf, -np.inf, np.nan, 1e15, -1e15, 100, -100, 700, -700, 1e-20], precision)
    x = np.concatenate([arguments(name, precision), special])
    expected = computed(getattr(iso.math, name), x, "numpy")
    np.testing.assert_array_equal(
        computed(getattr(iso.math, name), x, backend_name).view(np.uint8), expected.view(np.uint8)
    )
    reference = {"exprel": lambda v: np.where(v == 0, 1, np.expm1(v) / np.where(v == 0, 1, v))}.get(
        name, getattr(np, {"atan": "arctan"}.get(name, name), None)
    )
    with np.errstate(all="ignore"):
        n = 3 if name in ("sin", "cos") else 5
        np.testing.assert_allclose(expected[-10:][:n], reference(special[:n]), rtol=1e-6)


def chain(x: Any) -> Any:
    """Return what invites a compiler to contract, to divide by multiplying, and to put together in other ways."""
    y = x * 1.1 + x * x
    z = (y / 3.0) / (x + 2.5) - y * 0.3 + 0.7 * (x - y / (1.5 - x))
    return iso.math.maximum(z, iso.math.minimum(y, 0.3)) + z / iso.math.sum(abs(x)) - x**3


@pytest.mark.parametrize("precision", PRECISIONS)
def test_what_compilers_rearrange_has_the_same_bits(precision: str, backend_name: str) -> None:
    x = np.random.default_rng(5).uniform(-1, 1, 4097).astype(precision)
    expected = computed(chain, x, "numpy")
    np.testing.assert_array_equal(computed(chain, x, backend_name), expected)
    with environ.context(precision=precision, backend="numpy"):
        np.testing.assert_allclose(expected, jit(chain)(x), rtol=1e-3 if precision == "float32" else 1e-11)


def test_inductor_gives_the_same_bits() -> None:
    pytest.importorskip("torch")
    x = np.random.default_rng(6).uniform(-1, 1, 1000).astype(np.float32)

    def whole(x: Any) -> Any:
        return chain(x) + sum(getattr(iso.math, name)(abs(x)) for name in TRUTH) + iso.math.pow(abs(x), 2.7)

    np.testing.assert_array_equal(computed(whole, x, "torch", "compiled"), computed(whole, x, "numpy"))


@pytest.mark.parametrize(
    "shapes", [((5,), (5, 3)), ((4, 5), (5, 3)), ((2, 4, 5), (5, 3)), ((4, 7), (7,)), ((7,), (7,))]
)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_matrix_products_and_sums_have_the_same_bits(shapes: Any, precision: str, backend_name: str) -> None:
    rng = np.random.default_rng(7)
    x, y = (rng.normal(size=s).astype(precision) for s in shapes)

    def both(x: Any) -> Any:
        if len(shapes[0]) == 1 and len(shapes[1]) == 2:
            x = iso.math.expand_dims(x, axis=0)
        return iso.math.matmul(x, y), iso.math.sum(x, axis=-1), iso.math.sum(x, axis=0, keepdims=True)

    with environ.context(numerics="exact", precision=precision):
        got, expected = [], []
        for name, results in ((backend_name, got), ("numpy", expected)):
            with environ.context(backend=name):
                results += [get_backend(name).to_numpy(r) for r in jit(both)(x)]
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_allclose(expected[0].reshape(np.matmul(x, y).shape), np.matmul(x, y), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(expected[1].reshape(-1), x.sum(-1).reshape(-1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("precision", PRECISIONS)
def test_what_decays_becomes_zero_everywhere_before_it_is_a_denormal(
    precision: str, backend_name: str, engine: str
) -> None:
    with environ.context(numerics="exact", precision=precision, backend=backend_name, engine=engine):
        g = iso.HiddenState(np.array([1.0, 1e-3, -2.0]))
        values = get_backend(backend_name).to_numpy(
            for_loop(lambda: setattr(g, "value", g.value * 0.5) or g.value, length=1100)
        )
    smallest = abs(values[values != 0]).min()
    assert smallest >= 2.0 ** SNAPPED[precision]
    assert (values[-1] == 0).all()
    assert (values[:60] == np.array([1.0, 1e-3, -2.0], precision) * 0.5 ** np.arange(1, 61)[:, None]).all()


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_exact_form_is_refused_by_name_with_the_reason(name: str) -> None:
    function = getattr(iso.math, name)
    with (
        environ.context(numerics="exact", backend="numpy"),
        pytest.raises(NumericsError, match=rf"{name}.*test_exact\.py:\d+.*{REFUSED[name][:20]}.*numerics='fast'"),
    ):
        jit(lambda x: function(x, 0.3) + 1)(np.ones(2))


def test_spikes_that_are_not_known_to_be_zero_or_one_are_refused_and_the_cure_works() -> None:
    comm = iso.init_all_states(iso.FixedProb(6, 4, 0.5, 1.0))
    x = np.array([0.0, 1, 1, 0, 1, 0])
    with environ.context(numerics="exact", backend="numpy"):
        with pytest.raises(NumericsError, match=r"comm\(iso\.math\.not_equal\(x, 0\)\)"):
            jit(comm)(x)
        exact_sum = jit(lambda x: comm(iso.math.not_equal(x, 0)))(x)
    with environ.context(backend="numpy"):
        np.testing.assert_array_equal(exact_sum, jit(comm)(x))


@pytest.mark.parametrize("stp", [iso.STP.desc(U=0.3), iso.STD.desc(U=0.3)])
def test_graded_spikes_are_refused_for_what_they_are_and_a_dense_connection_takes_them(stp: Any) -> None:
    x = np.array([[0.0, 1, 1, 0], [1, 0, 1, 0]])

    def project(comm: Any) -> Any:
        post = iso.LIF(3, V_th=20 * u.mV)
        parts = {"syn": iso.Expon.desc(), "out": iso.COBA.desc(), "post": post, "stp": stp}
        proj = iso.init_all_states(iso.AlignPostProj(comm=comm, **parts))
        return iso.transform.for_loop(lambda spikes: (proj(spikes), post()), x)

    with environ.context(numerics="exact", backend="numpy", dt=0.1 * u.ms):
        with pytest.raises(NumericsError, match=r"short-term plasticity .* no exact form .*numerics='fast'"):
            project(iso.FixedProb(4, 3, 0.5, 1.0 * u.mS))
        project(iso.AllToAll(4, 3, 1.0 * u.mS))


def test_weights_are_moved_to_a_grid_on_which_sums_are_exact_in_any_order() -> None:
    comm = iso.init_all_states(iso.FixedProb(400, 30, 0.5, iso.Uniform(0.1, 2.0)))
    with environ.context(numerics="exact", backend="numpy"):
        weights = np.asarray(jit(lambda: comm.on_grid(comm.weight.value))()).astype(np.float64)
    given = np.asarray(comm.weight.value).astype(np.float64)
    sums = np.bincount(comm.csr.indices, weights=weights)
    assert (sums.astype(np.float32) == sums).all(), "the sum of all weights of a cell fits into float32"
    assert abs(weights - given).max() <= 2.0 ** (comm.weight_grid.bound - 25)
    assert abs(weights / given - 1).max() < 1e-3


def test_values_that_cannot_be_small_are_not_snapped() -> None:
    state, other = iso.HiddenState(np.ones(3)), iso.HiddenState(np.ones(3))

    def step() -> None:
        state.value = 0.9 * state.value + 1.0
        other.value = state.value * (state.value - 3.0)

    with environ.context(numerics="exact", backend="numpy"):
        from isospike.transform.loop import Loop, describe

        loop = Loop(step, *describe((), stacked=True), 4)
    (scan,) = (n for n in loop.program.graph.nodes if n.op.name == "scan")
    assert sum(n.op.name == "where" for n in scan.attributes["body"].nodes) <= 2


def test_exact_numerics_are_another_program_and_change_little(backend: str) -> None:
    cell = iso.init_all_states(iso.LIF(5, tau=10 * u.ms, V_th=20 * u.mV))
    ends = []
    for numerics in ("fast", "exact"):
        iso.init_all_states(cell)
        with environ.context(numerics=numerics):
            for_loop(lambda: cell(30 * u.mA), length=200)
        ends.append(np.asarray(u.split(cell.V.value)[0]))
    np.testing.assert_allclose(ends[1], ends[0], rtol=1e-4)


def test_the_pass_leaves_inputs_where_they_are_and_says_what_it_added() -> None:
    from isospike.graph.aval import Aval
    from isospike.graph.trace import close, raw

    graph, _ = close(lambda x, y: raw.add(raw.multiply(x, y), y), [Aval((3,), "float32")] * 2)
    constants: dict[Any, Any] = {}
    result = exact(graph, constants)
    assert result.inputs[len(constants) :] == graph.inputs
    assert [v for v in result.inputs if v in constants] == list(constants)
    assert [n.op.name for n in result.nodes].count("guard") == 1
    assert Bounds({}, {}).of(graph.inputs[0]) < -126
