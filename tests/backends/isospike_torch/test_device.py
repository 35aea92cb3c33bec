"""Arrays come in from any library and go out to any, on the device in force, connected to what needs a gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch")

import isospike as iso  # noqa: E402
from isospike import environ  # noqa: E402
from isospike import units as u  # noqa: E402
from isospike.cli import app  # noqa: E402
from isospike.errors import BackendError, ParameterError, TraceError  # noqa: E402
from isospike.select import active_backend, get_backend  # noqa: E402
from isospike.transform import for_loop, grad, jit  # noqa: E402
from isospike_torch.device import TORCH_DTYPES, device_name, device_names, require_dtype, tensor  # noqa: E402

CPU = torch.device("cpu")
VALUES = {
    "bool": [True, False, True],
    "int32": [-(2**31), 0, 2**31 - 1],
    "uint32": [0, 7, 2**32 - 1],
    "float32": [-0.5, 0.0, 3.25],
    "float64": [-0.1, 1e300, 2.0],
}


@pytest.fixture
def torch_backend() -> Iterator[None]:
    """Run a test in float64 on the CPU."""
    with environ.context(backend="torch", device="cpu", dt=0.1 * u.ms, precision="float64"):
        yield


# --- in


@pytest.mark.parametrize("dtype", VALUES)
def test_arrays_of_numpy_are_copied(dtype: str) -> None:
    source = np.array(VALUES[dtype], dtype)
    got = tensor(source, dtype, CPU)
    assert got.dtype is TORCH_DTYPES[dtype]
    np.testing.assert_array_equal(got.numpy(), source)
    source[:] = source[::-1].copy()
    source[0] = VALUES[dtype][1]
    np.testing.assert_array_equal(got.numpy(), np.array(VALUES[dtype], dtype))


def test_read_only_views_reversed_and_foreign_endian_arrays_come_in_without_a_warning() -> None:
    source = np.arange(4.0)
    source.flags.writeable = False
    for x in (source, source[::-1], source[::2], source.astype(">f8"), source.astype(np.float16)):
        assert tensor(x, "float32", CPU).tolist() == x.tolist()


@pytest.mark.parametrize("value", [3, 3.0, True, np.float64(3), np.uint8(3), [1, 2], range(3), np.array(2)])
def test_numbers_and_lists_come_in(value: Any) -> None:
    got = tensor(value, "float32", CPU)
    assert got.dtype is torch.float32
    np.testing.assert_array_equal(got.numpy(), np.asarray(value, np.float32))


@pytest.mark.parametrize("dtype", VALUES)
def test_a_tensor_that_fits_is_returned_as_it_is(dtype: str) -> None:
    source = torch.tensor(VALUES[dtype], dtype=TORCH_DTYPES[dtype])
    assert tensor(source, dtype, CPU) is source


def test_a_tensor_of_another_dtype_is_cast_and_stays_connected() -> None:
    source = torch.ones(3, requires_grad=True)
    got = tensor(source, "float64", CPU)
    assert got.dtype is torch.float64
    got.sum().backward()
    assert source.grad.tolist() == [1, 1, 1]


@pytest.mark.parametrize("dtype", ["bool", "int32", "uint32", "float32"])
def test_arrays_of_jax_come_by_dlpack_and_are_copied(dtype: str) -> None:
    jnp = pytest.importorskip("jax.numpy")
    source = jnp.asarray(np.array(VALUES[dtype], dtype))
    got = tensor(source, dtype, CPU)
    assert got.dtype is TORCH_DTYPES[dtype]
    np.testing.assert_array_equal(got.numpy(), np.array(VALUES[dtype], dtype))
    got[0] = got[1]
    np.testing.assert_array_equal(source, np.array(VALUES[dtype], dtype))
    assert tensor(source, "float64", CPU).dtype is torch.float64


def test_a_tensor_without_strides_is_refused_with_the_way_out() -> None:
    with pytest.raises(BackendError, match=r"sparse_coo.*x\.to_dense\(\)"):
        tensor(torch.eye(3).to_sparse(), "float32", CPU)


def test_what_comes_in_during_inference_mode_may_be_used_for_training() -> None:
    with torch.inference_mode():
        assert not tensor(np.ones(3), "float32", CPU).is_inference()


def test_every_function_takes_tensors_and_arrays_of_jax(torch_backend: None) -> None:
    jnp = pytest.importorskip("jax.numpy")
    double = jit(lambda x: x * 2)
    for x in (torch.ones(3), jnp.ones(3), np.ones(3), torch.ones(3).double()):
        got = double(x)
        assert isinstance(got, torch.Tensor)
        assert got.dtype is torch.float64
        assert got.tolist() == [2, 2, 2]


# --- out


@pytest.mark.parametrize("dtype", VALUES)
def test_results_go_out_by_dlpack(dtype: str, torch_backend: None) -> None:
    with environ.context(precision="float32" if dtype == "float32" else "float64"):
        got = jit(lambda x: iso.math.where(True, x, x))(tensor(VALUES[dtype], dtype, CPU))
    assert got.dtype is TORCH_DTYPES[dtype]
    np.testing.assert_array_equal(np.from_dlpack(got), np.array(VALUES[dtype], dtype))
    np.testing.assert_array_equal(active_backend().to_numpy(got), np.array(VALUES[dtype], dtype))


def test_results_go_out_to_jax(torch_backend: None) -> None:
    jnp = pytest.importorskip("jax.numpy")
    with environ.context(precision="float32"):
        got = for_loop(lambda x: (x * 2, x > 1), torch.arange(3, dtype=torch.float32))
    np.testing.assert_array_equal(jnp.from_dlpack(got[0]), [0, 2, 4])
    np.testing.assert_array_equal(jnp.from_dlpack(got[1]), [False, False, True])


def test_what_needs_a_gradient_goes_to_numpy_without_it(torch_backend: None) -> None:
    got = jit(lambda x: x * 2)(torch.ones(3, requires_grad=True))
    assert got.requires_grad
    np.testing.assert_array_equal(active_backend().to_numpy(got), [2, 2, 2])


def test_values_of_states_are_copies(torch_backend: None) -> None:
    state = iso.ShortTermState(np.ones(3))
    jit(lambda: setattr(state, "value", state.value * 2))()
    assert isinstance(state.leaves[0], torch.Tensor)
    state.value.add_(1)
    assert state.value.tolist() == [2, 2, 2]


# --- devices


def test_unknown_devices_are_refused_naming_what_there_is() -> None:
    with environ.context(backend="torch", device="cpi"), pytest.raises(BackendError) as caught:
        active_backend()
    for words in ("'torch' has no device 'cpi'", "Did you mean 'cpu'?", "It finds cpu", "device=None"):
        assert words in str(caught.value)


def test_float64_is_refused_on_mps() -> None:
    for device in ("mps", "mps:0"):
        with pytest.raises(BackendError, match=rf"device '{device}' has no float64.*precision='float32'.*device='cpu'"):
            require_dtype("float64", device)
    require_dtype("float32", "mps")
    require_dtype("float64", "cuda:0")


class Machine:
    """What torch says of a machine with more devices than this one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch = monkeypatch

    def has(self, *, cuda: int = 0, mps: bool = False, default: str = "cpu") -> None:
        self.patch.setattr(torch.cuda, "device_count", lambda: cuda)
        self.patch.setattr(torch.backends.mps, "is_available", lambda: mps)
        self.patch.setattr(torch, "get_default_device", lambda: torch.device(default))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


@pytest.mark.parametrize(
    ("cuda", "mps", "default", "expected"),
    [
        (0, False, "cpu", ["cpu"]),
        (2, False, "cpu", ["cpu", "cuda:0", "cuda:1"]),
        (2, False, "cuda:1", ["cuda:1", "cpu", "cuda:0"]),
        (2, False, "cuda", ["cuda:0", "cpu", "cuda:1"]),
        (0, True, "mps:0", ["mps", "cpu"]),
        (0, False, "meta", ["cpu"]),
    ],
)
def test_the_default_device_of_torch_comes_first(
    cuda: int, mps: bool, default: str, expected: list[str], machine: Machine
) -> None:
    machine.has(cuda=cuda, mps=mps, default=default)
    assert device_names() == expected


def test_devices_go_by_the_names_that_the_backend_knows() -> None:
    names = [device_name(torch.device(d)) for d in ("cpu", "cpu:0", "mps:0", "cuda:1")]
    assert names == ["cpu", "cpu", "mps", "cuda:1"]


def test_set_default_device_is_respected(machine: Machine) -> None:
    from isospike_torch.backend import TorchBackend

    machine.has(cuda=2, default="cuda:1")
    assert TorchBackend().device == "cuda:1"
    assert TorchBackend().engine == "cuda-graph"
    assert TorchBackend("cpu").engine in ("auto", "eager")  # the latter where there is no compiler
    assert TorchBackend("cuda").device == "cuda:1"
    assert TorchBackend("cuda:0").device == "cuda:0"


def test_each_device_is_told_by_the_name_that_chooses_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    from isospike_torch.backend import TorchBackend

    machine.has(cuda=2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda name: f"GPU of {name}")
    devices = TorchBackend().devices()
    assert devices == {"cpu": "CPU", "cuda:0": "GPU of cuda:0", "cuda:1": "GPU of cuda:1"}
    assert [TorchBackend(name).device for name in devices] == list(devices)


def test_nothing_is_made_on_the_default_device_of_torch_where_another_is_chosen(torch_backend: None) -> None:
    def run() -> Any:
        cells = iso.init_all_states(iso.LIFRef(4, tau=10 * u.ms, V_th=1 * u.mV))
        synapses = iso.init_all_states(iso.EventFixedProb(4, 3, 0.5, 1.0))

        def step(x: Any) -> Any:
            spikes = cells(x * u.mA) + iso.random.bernoulli(cells, 0.5, (4,))
            return spikes, synapses(spikes), cells.refractory.value

        return for_loop(step, np.full((20, 4), 9.0))

    expected = run()
    # A tensor of this device has no data: whatever was made there would raise.
    torch.set_default_device("meta")
    try:
        got = run()
    finally:
        torch.set_default_device(None)
    for a, b in zip(got, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=0)
    assert expected[0].sum() > 10


def test_a_run_records_device_and_engine() -> None:
    cells = iso.init_all_states(iso.LIF(3))
    with environ.context(backend="torch", device="cpu", engine="eager", dt=0.1 * u.ms):
        backend = iso.simulate(cells, 1 * u.ms).manifest["backend"]
    assert {k: backend[k] for k in ("name", "device", "engine")} == {
        "name": "torch",
        "device": "cpu",
        "engine": "eager",
    }


def test_the_command_line_lists_devices_and_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    doctor, backends = (CliRunner().invoke(app, [c], catch_exceptions=False).stdout for c in ("doctor", "backends"))
    (line,) = [line for line in doctor.splitlines() if line.split()[:1] == ["torch"] and "engine" in line]
    backend = get_backend("torch")
    assert ", ".join(backend.devices()) in line
    assert f"engine {backend.engine}" in line
    for engine in ("auto", "eager", "fused", "compiled", "cuda-graph"):
        assert f"engine {engine}" in backends
    assert "native; not on MPS" in backends


# --- gradients into what torch knows


class Fire(torch.autograd.Function):
    """A step whose derivative is a triangle: ReluGrad, written by hand."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return (x >= 0).to(x.dtype)

    @staticmethod
    def backward(ctx: Any, slope: Any) -> Any:
        (x,) = ctx.saved_tensors
        return slope * torch.clamp(0.3 - 0.3 * torch.abs(x), min=0)


def by_hand(current: Any, tau: Any) -> Any:
    """Return spikes and potential of LIF cells with V_th of 1 and soft reset, under dt of 0.1."""
    V, spikes, rows = torch.zeros_like(current[0]), torch.zeros_like(current[0]), []
    for x in current:
        V = V - spikes
        V = V + (1 - torch.exp(-0.1 / tau)) * (x - V)
        spikes = Fire.apply(V - 1)
        rows.append(torch.stack([spikes, V]))
    return torch.stack(rows)


def weighted(y: Any) -> Any:
    return (y * torch.cos(torch.arange(y.numel(), dtype=y.dtype)).reshape(y.shape)).sum()


@pytest.mark.parametrize("n", [1, 7, 256, 1000, 1024, 1030, 2100])
def test_a_loop_is_connected_to_its_inputs_and_states(n: int, torch_backend: None) -> None:
    """One step, a program that is filled up, a whole one, and several of which the last is filled up."""
    current = torch.rand(n, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(n)) * 3
    tau = torch.tensor(2.0, dtype=torch.float64)
    wanted = [x.clone().requires_grad_() for x in (current, tau)]
    given = [x.clone().requires_grad_() for x in (current, tau)]
    expected = by_hand(*wanted)
    weighted(expected).backward()

    cells = iso.init_all_states(iso.LIF(3, tau=iso.ParamState(given[1] * u.ms), V_th=1 * u.mV))
    spikes, V = for_loop(lambda x: (cells(x * u.mA), cells.V.value), given[0])
    got = torch.stack([spikes, V.mantissa], 1)
    weighted(got).backward()
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-12)
    for a, b in zip(given, wanted, strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=1e-12, atol=1e-12 * float(b.grad.abs().max()))
    assert n < 100 or expected[:, 0].sum() > n / 20


def test_jit_is_connected_to_its_arguments(torch_backend: None) -> None:
    x, y = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in ([0.3, -2.0], [1.5, 0.25]))
    got = jit(lambda given: {"z": iso.math.exp(given["x"]) * given["y"] ** 2})({"x": x, "y": y})["z"]
    weighted(got).backward()
    grads = [x.grad.clone(), y.grad.clone()]
    x.grad = y.grad = None
    weighted(torch.exp(x) * y**2).backward()
    for a, b in zip(grads, (x.grad, y.grad), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=0)


def test_a_time_that_needs_a_gradient_is_no_grid_of_steps(torch_backend: None) -> None:
    t = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64, requires_grad=True)
    decay = for_loop(lambda t: iso.math.exp(-t / (1 * u.ms)), t * u.ms)
    single = jit(lambda t: iso.math.exp(-t / (1 * u.ms)))(t[0] * u.ms)
    (decay.sum() + single).backward()
    expected = -torch.exp(-t.detach()) * torch.tensor([2.0, 1.0, 1.0], dtype=torch.float64)
    torch.testing.assert_close(t.grad, expected, rtol=1e-12, atol=0)


def test_without_gradients_nothing_is_connected(torch_backend: None) -> None:
    x = torch.ones(3, dtype=torch.float64, requires_grad=True)
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            assert not for_loop(lambda x: x * 2, x).requires_grad


@pytest.mark.parametrize("value", ["scalar", "float32", "fits", "unit"])
def test_a_state_that_is_assigned_a_tensor_stays_connected_to_it(value: str, torch_backend: None) -> None:
    source = torch.ones(
        () if value == "scalar" else 3, dtype=getattr(torch, "float32" if value == "float32" else "float64")
    )
    source.requires_grad_()
    state = iso.HiddenState(np.zeros(3) * u.mV)
    state.value = source * (u.volt if value == "unit" else u.mV)
    assert state.spec.avals[0].dtype == "float64"
    for_loop(lambda: setattr(state, "value", state.value * 0.5), length=2)
    state.value.mantissa.sum().backward()
    assert source.grad.sum() == pytest.approx(0.75 * (1000 if value == "unit" else 1))


def test_a_parameter_made_of_a_tensor_stays_connected_to_it(torch_backend: None) -> None:
    tau = torch.tensor(0.01, dtype=torch.float64, requires_grad=True)
    cells = iso.init_all_states(iso.LIF(2, tau=iso.ParamState(tau * u.second)))
    cells(0.5 * u.mA)
    assert float(cells.tau.mantissa.detach()) == 10.0
    cells.V.value.mantissa.sum().backward()
    # dV/dtau of 2 * 0.5 * (1 - exp(-dt / tau)), with tau in seconds.
    assert tau.grad.item() == pytest.approx(-np.exp(-0.01) * 0.1 / 10**2 * 1000, rel=1e-12)


def closures(w: Any) -> dict[str, Callable[[], Any]]:
    quantity, state = w * u.mA, iso.HiddenState(0.0)
    return {
        "operand": lambda: jit(lambda x: x * w)(1.0),
        "computed by torch": lambda: jit(lambda x: x * (w * 2))(1.0),
        "function of math": lambda: jit(lambda x: x * iso.math.exp(w))(1.0),
        "quantity": lambda: jit(lambda x: x * (quantity * 2.0))(1.0),
        "in a loop": lambda: for_loop(lambda x: x * w, np.ones(3)),
        "returned": lambda: for_loop(lambda: w, length=3),
        "input of an inner loop": lambda: jit(lambda x: for_loop(lambda y: y * x, w[None]))(1.0),
        "argument of an inner grad": lambda: jit(lambda x: x * grad(lambda y: y * y)(w))(1.0),
        "assigned to a state": lambda: jit(lambda: setattr(state, "value", w))(),
    }


@pytest.mark.parametrize("name", closures(torch.ones(())))
def test_a_tensor_that_needs_a_gradient_is_not_taken_for_a_constant(name: str, torch_backend: None) -> None:
    call = closures(torch.tensor(2.0, requires_grad=True))[name]
    with pytest.raises(TraceError, match=r"needs a gradient is used in .*test_device\.py:\d+.*iso\.ParamState"):
        call()


def test_a_tensor_without_a_gradient_is_a_constant(torch_backend: None) -> None:
    for call in closures(torch.tensor(2.0)).values():
        call()
    assert jit(lambda x: x * torch.tensor([2, 3]))(1.0).tolist() == [2, 3]
    assert jit(lambda x: x + torch.tensor([True, False]))(1).tolist() == [2, 1]


class Elsewhere(torch.Tensor):
    """A tensor that NumPy cannot read, as on a GPU, until it is brought to the host."""

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("can't convert device type tensor to numpy. Use Tensor.cpu() first.")

    def cpu(self) -> Any:  # type: ignore[override]
        return self.as_subclass(torch.Tensor)


def test_tensors_on_a_device_may_be_constants_times_integers_and_parameters(torch_backend: None) -> None:
    w, n, t = (torch.tensor(x).as_subclass(Elsewhere) for x in ([2.0, 3.0], [2, 3], [0.5, 0.6]))
    assert jit(lambda x: x * w + iso.math.exp(w) * 0)(1.0).tolist() == [2, 3]
    assert jit(lambda x: x * n)(1.0).tolist() == [2, 3]
    assert jit(lambda x: x * 2)(n).tolist() == [4, 6]
    steps = for_loop(lambda t: t, t * u.ms)
    np.testing.assert_allclose(np.asarray(steps.mantissa), [0.5, 0.6])
    cells = iso.LIF(2, tau=w * u.ms, V_th=iso.ParamState(w * u.mV))
    np.testing.assert_array_equal(cells.tau.mantissa, [2.0, 3.0])
    assert iso.Linear(1, 2, w_init=w[None]).weight_source.tolist() == [[2.0, 3.0]]


def test_math_leaves_tensors_where_they_are(torch_backend: None) -> None:
    x = torch.ones(3, requires_grad=True)
    assert iso.math.asarray(x) is x
    assert iso.math.exp(iso.math.asarray(x)).requires_grad


@pytest.mark.parametrize(
    "make",
    [lambda w: iso.LIF(2, tau=w * u.ms), lambda w: iso.Linear(2, 2, w_init=w), lambda w: iso.Linear(2, 2, b_init=w)],
    ids=["tau", "w_init", "b_init"],
)
def test_a_plain_parameter_that_needs_a_gradient_is_refused(make: Callable[[Any], Any]) -> None:
    with pytest.raises(ParameterError, match=r"is a tensor that needs a gradient.*iso\.ParamState\(\.\.\.\)"):
        make(torch.tensor(2.0, requires_grad=True))
