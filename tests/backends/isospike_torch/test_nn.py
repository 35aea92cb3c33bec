"""A model as a layer of torch: whatever torch does with a layer, it does with the model."""

from __future__ import annotations

import copy
import gc
import io
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import isospike as iso  # noqa: E402
from isospike import environ  # noqa: E402
from isospike import units as u  # noqa: E402
from isospike.errors import (  # noqa: E402
    BackendError,
    EnvironError,
    ParameterError,
    PlausibilityWarning,
    ShapeError,
    StateError,
    UnitError,
)
from isospike.transform import cache_info, for_loop, grad  # noqa: E402
from isospike_torch import as_nn_module  # noqa: E402

# Most tests compare layers that are made alike on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:as_nn_module.*starts from the same numbers")
N_STEPS, N_BATCH, N_IN, N_CELLS = 30, 3, 5, 4


def cells(tau: float = 10.0, **parameters: Any) -> iso.LIF:
    return iso.LIF(N_CELLS, tau=iso.ParamState(tau * u.ms), V_th=1 * u.mV, **parameters)


class Recurrent(iso.Module):
    """Cells that are driven by a dense layer and by their own spikes."""

    def __init__(self) -> None:
        self.inward = iso.Linear(N_IN, N_CELLS, w_init=iso.Uniform(0.0, 3.0))
        self.back = iso.Linear(N_CELLS, N_CELLS, b_init=None)
        self.cells = cells()

    def update(self, x: Any) -> Any:
        return self.cells((self.inward(x) + self.back(self.cells.spike())) * u.mA)


def lif_layer(**options: Any) -> Any:
    return as_nn_module(cells(), **{"dt": 1 * u.ms, "input_unit": u.mA, **options})


def recurrent_layer(**options: Any) -> Any:
    return as_nn_module(Recurrent(), **{"dt": 1 * u.ms, **options})


def given(*shape: int, dtype: Any = None) -> Any:
    """Return an input under which the cells spike, the same in every test."""
    generator = torch.Generator().manual_seed(0)
    return torch.rand(*shape, generator=generator, dtype=dtype or torch.float32) * 3


CURRENT, INPUT = given(N_STEPS, N_BATCH, N_CELLS), given(N_STEPS, N_BATCH, N_IN)


def assert_equal(got: Any, expected: Any, tolerance: float = 0.0) -> None:
    torch.testing.assert_close(got, expected, rtol=tolerance, atol=tolerance)


def gradients(layer: Any, x: Any) -> dict[str, Any]:
    """Return the gradient of a loss with another weight for each value."""
    layer.zero_grad()
    y = layer(x)
    (y * torch.arange(y.numel(), dtype=y.dtype).reshape(y.shape)).sum().backward()
    return {name: p.grad.clone() for name, p in layer.named_parameters()}


# --- what a layer is


def test_a_layer_is_part_of_a_sequential_and_learns() -> None:
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(N_IN, N_CELLS), lif_layer(), torch.nn.Linear(N_CELLS, 2))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
    before, losses = net[1].tau.item(), []
    for _ in range(15):
        loss = (net(INPUT).mean(0) - torch.tensor([1.0, -1.0])).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2
    assert net[1].tau.item() != before


def test_the_parameters_are_the_param_states_by_path_in_their_unit() -> None:
    layer = recurrent_layer()
    shapes = {name: tuple(p.shape) for name, p in layer.named_parameters()}
    assert shapes == {"inward.weight": (5, 4), "inward.bias": (4,), "back.weight": (4, 4), "cells.tau": ()}
    assert list(layer.state_dict()) == list(layer.model.states(iso.ParamState))
    assert layer.get_parameter("cells.tau").item() == 10.0


def test_a_model_without_parameters_is_a_layer_without_parameters() -> None:
    layer = as_nn_module(iso.LIF(N_CELLS, tau=10 * u.ms), dt=1 * u.ms, input_unit=u.mA)
    x = CURRENT.clone().requires_grad_()
    layer(x).sum().backward()
    assert not layer.state_dict()
    assert x.grad.abs().sum() > 0


def test_layers_of_one_class_are_told_apart_by_names() -> None:
    first, second = recurrent_layer(name="first"), recurrent_layer(name="second")
    assert second.model.path == "second"
    assert (first.get_parameter("back.weight") != second.get_parameter("back.weight")).all()
    assert_equal(first(INPUT), as_nn_module(iso.init_all_states(Recurrent(), name="first"), dt=1 * u.ms)(INPUT))
    with pytest.raises(
        ParameterError, match=r"as_nn_module\(name='b'\).*the name 'a': write iso\.init_all_states\(model, "
    ):
        as_nn_module(iso.init_all_states(Recurrent(), name="a"), name="b")


@pytest.mark.filterwarnings("error")
def test_a_second_layer_with_the_same_draws_is_warned_of() -> None:
    first = recurrent_layer(name="twin")
    with pytest.warns(PlausibilityWarning, match=r"'inward\.weight' starts from the same.*name 'twin'.*name='second'"):
        recurrent_layer(name="twin")
    with environ.context(seed=2):
        other = recurrent_layer(name="twin")
    assert (first.get_parameter("back.weight") != other.get_parameter("back.weight")).all()
    _ = [lif_layer() for _ in range(2)]  # one value of tau for all cells is no draw


def test_two_layers_of_a_class_have_their_own_parameters_and_states() -> None:
    net = torch.nn.Sequential(lif_layer(), lif_layer())
    assert list(net.state_dict()) == ["0.tau", "1.tau"]
    with torch.no_grad():
        net[1].tau.fill_(3.0)
    assert float(net[0].model.tau.mantissa) == 10.0
    assert_equal(net(CURRENT), net[1](net[0](CURRENT)))


def test_names_tell_the_draws_of_two_layers_of_a_class_apart() -> None:
    one, same, other = (
        as_nn_module(iso.init_all_states(iso.Linear(3, 3), name=name)).weight for name in ("a", "a", "b")
    )
    assert_equal(one, same)
    assert not torch.equal(one, other)


def test_a_model_that_was_initialised_keeps_its_states() -> None:
    with environ.context(seed=7):
        model = iso.init_all_states(Recurrent())
    weight = np.asarray(model.inward.weight.value)
    layer = as_nn_module(model, dt=1 * u.ms)
    np.testing.assert_array_equal(layer.inward.weight.detach(), weight)
    assert not np.array_equal(recurrent_layer().inward.weight.detach(), weight)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_a_state_that_holds_an_array_of_another_library_becomes_a_parameter_of_its_own(library: str) -> None:
    jax = pytest.importorskip("jax") if library == "jax" else None
    tau = torch.tensor(12.0) if jax is None else jax.numpy.asarray(12.0)
    model = iso.init_all_states(cells())
    model.states(iso.ParamState)["tau"].value = tau * u.ms
    layer = as_nn_module(model, dt=1 * u.ms, input_unit=u.mA)
    with torch.no_grad():
        layer.tau.fill_(3.0)
    assert float(tau) == 12.0
    assert float(model.tau.mantissa) == 3.0


def test_the_repr_tells_model_unit_and_axes() -> None:
    net = torch.nn.Sequential(lif_layer(keep_state=True), recurrent_layer(over_time=False))
    assert "SpikingModule(LIF, input_unit=mA, over_time=True, keep_state=True)" in repr(net)
    assert "Recurrent, over_time=False" in repr(net)


def test_training_and_evaluation_are_alike() -> None:
    layer = lif_layer()
    assert_equal(layer.eval()(CURRENT), layer.train()(CURRENT))


# --- one memory


def trained(layer: Any, x: Any) -> None:
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    layer(x).sum().backward()
    optimizer.step()


def test_an_optimiser_changes_the_model_which_other_backends_then_run() -> None:
    layer = recurrent_layer()
    before = np.asarray(layer.model.inward.weight.value)
    trained(layer, INPUT)
    for path, state in layer.model.states(iso.ParamState).items():
        assert state.leaves[0].data_ptr() == layer.get_parameter(path).data_ptr()
    assert not np.array_equal(layer.model.inward.weight.value, before)
    expected = layer(INPUT)[:, 0]
    iso.reset_all_states(layer.model)  # without the batch of the last call
    with environ.context(dt=1 * u.ms, backend="numpy"):
        got = for_loop(layer.model, INPUT[:, 0].numpy())
    np.testing.assert_allclose(got, expected.detach(), atol=1e-6)
    assert got.sum() > 10


def test_a_trained_population_is_simulated() -> None:
    layer = lif_layer()
    layer.model.add_current_input("drive", lambda V: 2.0 * u.mA)
    trained(layer, CURRENT)
    iso.reset_all_states(layer.model)
    with environ.context(dt=1 * u.ms, backend="numpy"):
        result = iso.simulate(layer.model, 50 * u.ms)
    assert len(result.spikes) > 10
    assert float(layer.model.tau.mantissa) == layer.tau.item()


def test_what_is_assigned_to_the_model_is_what_the_layer_trains() -> None:
    layer = lif_layer()
    layer.model.states(iso.ParamState)["tau"].value = 0.004 * u.second
    assert layer.state_dict()["tau"] == pytest.approx(4.0)
    layer.model.states(iso.ParamState)["tau"].value = 3 * u.ms
    layer(CURRENT)
    assert layer.tau.item() == 3.0
    layer.model.states(iso.ParamState)["tau"].value = 2 * u.ms
    assert copy.deepcopy(layer).tau.item() == 2.0
    layer.double()
    assert layer.tau.item() == 2.0
    assert layer.tau.dtype is torch.float64


def test_a_reset_of_the_model_before_a_step_of_the_optimiser_does_not_undo_it() -> None:
    layer = lif_layer()
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    layer(CURRENT).sum().backward()
    iso.reset_all_states(layer.model)
    optimizer.step()
    value = layer.tau.item()
    assert value != 10.0
    layer(CURRENT)
    assert layer.tau.item() == value
    assert float(layer.model.tau.mantissa) == pytest.approx(value)


def test_a_state_that_is_given_another_shape_is_refused() -> None:
    layer = lif_layer()
    layer.model.states(iso.ParamState)["tau"].replace(np.full(N_CELLS, 5.0) * u.ms)
    with pytest.raises(StateError, match=r"'tau' was given the shape \(4,\).*as_nn_module\(model\)"):
        layer(CURRENT)


def test_a_step_that_writes_a_parameter_is_refused() -> None:
    class Plastic(iso.Module):
        def __init__(self) -> None:
            self.w = iso.ParamState(1.0)

        def update(self, x: Any) -> Any:
            self.w.value = self.w.value * 0.5
            return x * self.w.value

    layer = as_nn_module(Plastic())
    with pytest.raises(StateError, match=r"Plastic writes its ParamState 'w'.*LongTermState"):
        layer(CURRENT)
    assert layer.model.w.value.item() == layer.w.item() == 1.0


def test_parameters_that_are_put_in_the_place_of_others_are_used() -> None:
    layer = lif_layer()
    layer.tau = torch.nn.Parameter(torch.tensor(2.0))
    expected = as_nn_module(cells(2.0), dt=1 * u.ms, input_unit=u.mA)(CURRENT)
    assert_equal(layer(CURRENT), expected)
    assert layer.model.states()["tau"].leaves[0].data_ptr() == layer.tau.data_ptr()


# --- gradients


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_gradients_are_those_of_transform_grad(precision: str) -> None:
    layer, dtype = recurrent_layer().to(getattr(torch, precision)), getattr(torch, precision)
    x = INPUT.to(dtype)
    got = gradients(layer, x)
    model = layer.model
    weights = np.arange(N_STEPS * N_BATCH * N_CELLS, dtype=precision).reshape(N_STEPS, N_BATCH, N_CELLS)

    def loss(inputs: Any, weights: Any) -> Any:
        return iso.math.sum(for_loop(model, inputs) * weights)

    iso.reset_all_states(model, batch_size=N_BATCH)
    with environ.context(dt=1 * u.ms, backend="torch", precision=precision):
        iso.reset_all_states(model, batch_size=N_BATCH)
        expected = grad(loss, model.states(iso.ParamState))(x, weights)
    assert set(got) == set(expected)
    for name, value in expected.items():
        bare = u.split(value)[0]
        assert bare.abs().max() > 0, name
        assert_equal(got[name], bare, 1e-12 if precision == "float64" else 1e-4)


def test_the_input_has_a_gradient_too() -> None:
    layer, x = lif_layer(), CURRENT.clone().requires_grad_()
    layer(x).sum().backward()
    assert x.grad.shape == x.shape
    assert (x.grad != 0).any()


def test_a_frozen_parameter_has_no_gradient_and_the_others_have_theirs() -> None:
    free, frozen = recurrent_layer(), recurrent_layer()
    frozen.cells.tau.requires_grad_(False)
    expected = gradients(free, INPUT)
    frozen(INPUT)
    y = frozen(INPUT)
    (y * torch.arange(y.numel(), dtype=y.dtype).reshape(y.shape)).sum().backward()
    assert frozen.cells.tau.grad is None
    assert_equal(frozen.inward.weight.grad, expected["inward.weight"])


def test_a_layer_of_frozen_parameters_is_connected_to_its_input_only() -> None:
    layer = lif_layer().requires_grad_(False)
    assert not layer(CURRENT).requires_grad
    assert layer(CURRENT.clone().requires_grad_()).requires_grad


def test_without_gradients_the_spikes_are_the_same_and_unconnected() -> None:
    layer = recurrent_layer()
    expected = layer(INPUT)
    for mode in (torch.no_grad, torch.inference_mode):
        with mode():
            y = layer(INPUT)
        assert not y.requires_grad
        assert_equal(y, expected.detach())


# Of the default engine, what is inferred is generated code, and only what is learnt is operations of torch.
@pytest.mark.parametrize(("engine", "tolerance"), [("eager", 0.0), ("auto", 1e-5)])
@pytest.mark.parametrize("keep_state", [False, True])
def test_training_goes_on_after_inference_mode(keep_state: bool, engine: str, tolerance: float) -> None:
    with environ.context(engine=engine):
        layer = recurrent_layer(keep_state=keep_state)
        with torch.inference_mode():
            layer(INPUT)
        got = gradients(layer, INPUT)
        other = recurrent_layer(keep_state=keep_state)
        other(INPUT)
        expected = gradients(other, INPUT)
    for name in expected:
        assert_equal(got[name], expected[name], tolerance)


def test_two_calls_before_one_backward_add_their_gradients() -> None:
    layer = lif_layer()
    once = gradients(layer, CURRENT)["tau"]
    layer.zero_grad()
    weights = torch.arange(CURRENT.numel(), dtype=torch.float32).reshape(CURRENT.shape)
    ((layer(CURRENT) + layer(CURRENT)) * weights).sum().backward()
    assert_equal(layer.tau.grad, 2 * once, 1e-5)


def test_checkpointing_gives_the_same_gradient() -> None:
    from torch.utils.checkpoint import checkpoint

    layer = lif_layer()
    expected = gradients(layer, CURRENT)["tau"]
    got = gradients(Wrapped(lambda x: checkpoint(layer, x, use_reentrant=False), layer), CURRENT)["layer.tau"]
    assert_equal(got, expected)


class Wrapped(torch.nn.Module):
    def __init__(self, function: Callable[[Any], Any], layer: Any) -> None:
        super().__init__()
        self.function, self.layer = function, layer

    def forward(self, x: Any) -> Any:
        return self.function(x)


# --- what torch does with layers


def test_a_state_dict_fits_a_fresh_layer_and_its_model() -> None:
    layer, fresh = recurrent_layer(), recurrent_layer()
    trained(layer, INPUT)
    assert not torch.equal(fresh.inward.weight, layer.inward.weight)
    assert not fresh.load_state_dict(layer.state_dict()).missing_keys
    np.testing.assert_array_equal(fresh.model.inward.weight.value, layer.model.inward.weight.value)
    assert_equal(fresh(INPUT), layer(INPUT))


@pytest.mark.parametrize("assign", [False, True])
def test_what_is_loaded_is_shared_before_the_next_call(assign: bool) -> None:
    net, saved = torch.nn.Sequential(lif_layer()), {"0.tau": torch.tensor(2.5)}
    net.load_state_dict(saved, assign=assign)
    assert float(net[0].model.tau.mantissa) == 2.5
    with torch.no_grad():
        net[0].tau.fill_(3.5)
    assert float(net[0].model.tau.mantissa) == 3.5


def test_a_state_dict_that_does_not_fit_is_refused_as_torch_does() -> None:
    layer = recurrent_layer()
    state = layer.state_dict()
    lacking = {k: v for k, v in state.items() if k != "cells.tau"}
    with pytest.raises(RuntimeError, match=r'Missing key.*"cells.tau"'):
        layer.load_state_dict(lacking)
    with pytest.raises(RuntimeError, match=r'Unexpected key.*"more"'):
        layer.load_state_dict({**state, "more": torch.zeros(1)})
    with pytest.raises(RuntimeError, match=r"size mismatch for cells.tau"):
        layer.load_state_dict({**state, "cells.tau": torch.zeros(3)})
    assert layer.load_state_dict(lacking, strict=False).missing_keys == ["cells.tau"]


def test_a_state_dict_goes_through_pickle_and_torch_save() -> None:
    layer, fresh = recurrent_layer(), recurrent_layer()
    trained(layer, INPUT)
    file = io.BytesIO()
    torch.save(layer.state_dict(), file)
    file.seek(0)
    for state in (pickle.loads(pickle.dumps(layer.state_dict())), torch.load(file, weights_only=True)):
        fresh.load_state_dict(state)
        assert_equal(fresh(INPUT), layer(INPUT))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))], ids=["copy", "pickle"])
def test_a_copy_is_a_layer_of_its_own_with_a_model_of_its_own(copied: Any) -> None:
    layer = lif_layer()
    trained(layer, CURRENT)
    value = layer.tau.item()
    twin = copied(torch.nn.Sequential(layer))[0]
    assert_equal(twin(CURRENT), layer(CURRENT))
    twin = copied(layer)
    with torch.no_grad():
        twin.tau.fill_(2.0)
    assert float(twin.model.tau.mantissa) == 2.0
    assert float(layer.model.tau.mantissa) == layer.tau.item() == value
    assert gradients(twin, CURRENT)["tau"] != 0
    assert layer.tau.grad is None or not torch.equal(layer.tau.grad, twin.tau.grad)


def test_a_copy_goes_on_where_the_original_stands() -> None:
    layer, whole = lif_layer(keep_state=True), lif_layer()
    layer(CURRENT[:10])
    twin = copy.deepcopy(layer)
    assert_equal(twin(CURRENT[10:]), whole(CURRENT)[10:])
    assert_equal(layer(CURRENT[10:]), whole(CURRENT)[10:])


def test_double_computes_in_float64_and_float_goes_back() -> None:
    layer, fresh = recurrent_layer(), recurrent_layer()
    before = layer(INPUT)
    y = layer.double()(INPUT.double())
    assert y.dtype is torch.float64
    assert {p.dtype for p in layer.parameters()} == {torch.float64}
    assert {s.spec.avals[0].dtype for s in layer.model.states(iso.ParamState).values()} == {"float64"}
    trained(layer, INPUT.double())
    assert layer.model.states()["cells.tau"].leaves[0].data_ptr() == layer.cells.tau.data_ptr()
    assert_equal(layer.float().load_state_dict(fresh.state_dict()), fresh.load_state_dict(fresh.state_dict()))
    assert_equal(layer(INPUT), before)


def test_the_same_layer_takes_both_precisions_where_it_has_no_parameter() -> None:
    layer = as_nn_module(iso.LIF(N_CELLS, tau=10 * u.ms), dt=1 * u.ms, input_unit=u.mA)
    assert [layer(CURRENT.to(d)).dtype for d in (torch.float32, torch.float64, torch.float32)] == [
        torch.float32,
        torch.float64,
        torch.float32,
    ]


def test_to_the_device_where_it_is_changes_nothing() -> None:
    layer = lif_layer(keep_state=True)
    layer(CURRENT[:10])
    assert layer.to("cpu") is layer
    assert_equal(layer(CURRENT[10:]), lif_layer()(CURRENT)[10:])


def test_half_precision_is_refused_with_the_way_back() -> None:
    layer = lif_layer()
    with pytest.raises(ParameterError, match=r"'tau' in float16, expected float32 or float64.*layer\.float\(\)"):
        layer.half()
    assert_equal(layer.float()(CURRENT), lif_layer()(CURRENT))


def test_under_autocast_a_layer_computes_in_float32_as_it_does_without() -> None:
    layer, linear = recurrent_layer(), torch.nn.Linear(N_IN, N_IN)
    with torch.autocast("cpu", torch.bfloat16):
        x = linear(INPUT)
        y = layer(x)
    assert x.dtype is torch.bfloat16
    assert_equal(y, layer(x.float()))


def test_functional_call_uses_what_it_is_given_and_leaves_the_layer_alone() -> None:
    layer, other = lif_layer(), as_nn_module(cells(3.0), dt=1 * u.ms, input_unit=u.mA)
    expected, own = other(CURRENT), layer(CURRENT)
    lent = {k: v.detach() for k, v in other.state_dict().items()}
    assert_equal(torch.func.functional_call(layer, lent, (CURRENT,)), expected)
    assert float(layer.model.tau.mantissa) == layer.tau.item() == 10.0
    assert_equal(layer(CURRENT), own)


def test_torch_func_gives_the_gradient_and_one_for_each_of_several_models() -> None:
    layer = lif_layer()
    expected = gradients(layer, CURRENT)["tau"]
    weights = torch.arange(CURRENT.numel(), dtype=torch.float32).reshape(CURRENT.shape)

    def loss(tau: Any) -> Any:
        return (torch.func.functional_call(layer, {"tau": tau}, (CURRENT,)) * weights).sum()

    assert_equal(torch.func.grad(loss)(torch.tensor(10.0)), expected, 1e-5)
    taus = torch.tensor([10.0, 4.0])
    each = torch.func.vmap(torch.func.grad(loss))(taus)
    assert_equal(each, torch.stack([torch.func.grad(loss)(tau) for tau in taus]), 1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # Dynamo looks into everything, and everything warns
def test_torch_compile_goes_round_the_layer() -> None:
    net = torch.nn.Sequential(torch.nn.Linear(N_IN, N_CELLS), lif_layer(), torch.nn.Linear(N_CELLS, 2))
    expected = gradients(net, INPUT)
    got = gradients(torch.compile(net), INPUT)
    for name, value in expected.items():
        assert_equal(got[f"_orig_mod.{name}"], value, 1e-4)


# --- calls one after the other


def test_batches_of_changing_size_keep_the_weights_and_run_as_in_a_fresh_layer() -> None:
    layer = recurrent_layer()
    trained(layer, INPUT)
    weights = copy.deepcopy(layer.state_dict())
    for size in (3, 1, 2, 3, 1):
        fresh = recurrent_layer()
        fresh.load_state_dict(weights)
        assert_equal(layer(INPUT[:, :size]), fresh(INPUT[:, :size]))
    for name, value in layer.state_dict().items():
        assert_equal(value, weights[name])


def test_calls_of_the_same_shape_trace_and_compile_once() -> None:
    layer = recurrent_layer()
    trained(layer, INPUT)
    before = cache_info()
    for _ in range(3):
        trained(layer, INPUT)
    assert cache_info() == before


def test_every_call_starts_from_the_initial_state_unless_it_is_kept() -> None:
    layer, keeping = lif_layer(), lif_layer(keep_state=True)
    assert_equal(layer(CURRENT), layer(CURRENT))
    parts = torch.cat([keeping(CURRENT[:7]), keeping(CURRENT[7:8]), keeping(CURRENT[8:])])
    assert_equal(parts, layer(CURRENT))


def test_steps_one_by_one_are_the_run_over_time() -> None:
    stepped = recurrent_layer(over_time=False, keep_state=True)
    expected = recurrent_layer()(INPUT)
    assert_equal(torch.stack([stepped(x) for x in INPUT]), expected)
    assert expected.sum() > 20


def test_without_a_batch_the_run_is_that_of_a_batch_of_one() -> None:
    layer, single = recurrent_layer(), recurrent_layer(batched=False)
    assert_equal(single(INPUT[:, 1]), layer(INPUT[:, 1:2])[:, 0], 1e-6)
    step = recurrent_layer(batched=False, over_time=False)
    assert step(INPUT[0, 0]).shape == (N_CELLS,)


def test_reset_starts_anew() -> None:
    layer = lif_layer(keep_state=True)
    first, second = layer(CURRENT), layer(CURRENT)
    assert not torch.equal(first, second)
    layer.reset()
    assert_equal(layer(CURRENT), first)


def test_another_batch_size_starts_anew_where_the_state_is_kept() -> None:
    layer = lif_layer(keep_state=True)
    layer(CURRENT)
    assert_equal(layer(CURRENT[:, :2]), lif_layer()(CURRENT[:, :2]))


def test_a_call_that_fails_leaves_the_next_one_at_the_initial_state() -> None:
    layer = lif_layer(keep_state=True)
    layer(CURRENT)
    with pytest.raises(ShapeError):
        layer(CURRENT[..., :3])
    assert layer.model.states()["tau"].leaves[0].data_ptr() == layer.tau.data_ptr()
    assert_equal(layer(CURRENT), lif_layer()(CURRENT))


def test_a_kept_state_is_cut_off_its_history() -> None:
    layer = recurrent_layer(keep_state=True)
    layer(INPUT).sum().backward()
    first = layer(INPUT)
    assert not any(x.requires_grad for s in layer.model.states().values() for x in s.leaves)
    layer.zero_grad()
    first.sum().backward()  # not through the first call, whose graph is gone
    assert layer.cells.tau.grad != 0


class Hidden(iso.Module):
    """A trace in a private attribute, a running mean, and an initial value that is a parameter."""

    def __init__(self) -> None:
        self.start = iso.ParamState(0.5)

    def init_state(self, batch_size: int | None = None) -> None:
        del batch_size
        self._trace = iso.HiddenState(self.start.value)
        self.mean = iso.LongTermState(0.0)

    def update(self, x: Any) -> Any:
        self._trace.value = 0.5 * self._trace.value + self.start.value
        self.mean.value = 0.9 * self.mean.value + 0.1 * iso.math.sum(x)
        return x * self._trace.value


def test_private_states_are_reset_and_cut_and_long_term_states_last() -> None:
    layer = as_nn_module(Hidden())
    x = torch.ones(2, 1, 1)
    first = layer(x)
    first.sum().backward()
    mean = float(layer.model.mean.value)
    second = layer(x)
    second.sum().backward()
    assert_equal(second, first)
    assert first.flatten().tolist() == [0.75, 0.875]
    assert mean == pytest.approx(0.19)
    assert float(layer.model.mean.value) == pytest.approx(0.19 * 0.81 + 0.19)


def test_an_initial_state_that_depends_on_a_parameter_is_made_anew_by_reset() -> None:
    layer = as_nn_module(Hidden())
    x = torch.ones(1, 1, 1)
    layer(x)
    with torch.no_grad():
        layer.start.fill_(2.0)
    layer.reset()
    assert layer(x).item() == 3.0


def test_memory_does_not_grow_with_calls() -> None:
    layer = recurrent_layer(keep_state=True)

    def tensors() -> int:
        gc.collect()
        return sum(issubclass(type(x), torch.Tensor) for x in gc.get_objects())

    for _ in range(3):
        trained(layer, INPUT)
    before = tensors()
    for _ in range(5):
        trained(layer, INPUT)
    assert tensors() <= before


# --- what a model may return, and what time it needs


class Returns(iso.Module):
    def __init__(self, form: Callable[[Any, Any], Any]) -> None:
        self.cells, self.form = cells(), form

    def update(self, x: Any) -> Any:
        return self.form(self.cells(x), self.cells.V.value)


@pytest.mark.parametrize("over_time", [True, False])
def test_results_keep_their_structure_and_lose_their_unit(over_time: bool) -> None:
    x = CURRENT if over_time else CURRENT[0]

    def run(form: Callable[[Any, Any], Any]) -> Any:
        return as_nn_module(Returns(form), dt=1 * u.ms, input_unit=u.mA, over_time=over_time)(x)

    named = run(lambda s, v: {"spikes": s, "V": v, "fired": s > 0})
    assert list(named) == ["spikes", "V", "fired"]
    assert named["fired"].dtype is torch.bool
    pair = run(lambda s, v: (s, [v]))
    assert isinstance(pair, tuple)
    assert isinstance(pair[1], list)
    V = run(lambda s, v: v)
    for got in (named["V"], pair[1][0], V):
        assert isinstance(got, torch.Tensor)
        assert got.requires_grad
        assert_equal(got, V)
    assert run(lambda s, v: None) is None


def test_dt_is_that_of_the_layer_before_that_of_the_environment() -> None:
    expected = lif_layer()(CURRENT)
    with environ.context(dt=0.1 * u.ms):
        assert_equal(lif_layer()(CURRENT), expected)
        fine = lif_layer(dt=None)(CURRENT)
    assert not torch.equal(fine, expected)
    with environ.context(dt=1 * u.ms):
        assert_equal(lif_layer(dt=None)(CURRENT), expected)


def test_states_that_need_dt_are_made_with_that_of_the_layer() -> None:
    class Timed(iso.Module):
        def init_state(self, batch_size: int | None = None) -> None:
            del batch_size
            self.n = iso.ShortTermState(float(5 * u.ms / environ.get_dt()))

        def update(self, x: Any) -> Any:
            return x * self.n.value

    assert float(as_nn_module(Timed(), dt=0.5 * u.ms)(torch.ones(1, 1, 1))) == 10.0


@pytest.mark.slow
def test_the_compiled_engine_gives_the_same_gradients() -> None:
    layer, x = recurrent_layer().double(), INPUT[:4].double()  # few steps: they compile as one
    expected = gradients(layer, x)
    with environ.context(engine="compiled"):
        got = gradients(layer, x)
    for name, value in expected.items():
        assert value.abs().max() > 0, name
        assert_equal(got[name], value, 1e-12)


# --- what is refused


def test_a_missing_dt_is_told() -> None:
    with pytest.raises(EnvironError, match=r"no 'dt'.*environ.context\(dt=0.1 \* u.ms\)"):
        lif_layer(dt=None)(CURRENT)


def test_a_dt_without_unit_is_refused_when_the_layer_is_made() -> None:
    with pytest.raises(EnvironError, match="expected a time with a unit"):
        lif_layer(dt=0.1)


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (CURRENT.int(), ParameterError, r"LIF is called with a tensor of int32.*x\.to\(torch\.float32\)"),
        (CURRENT.bfloat16(), ParameterError, r"tensor of bfloat16, expected .* of float32: write"),
        (CURRENT.double(), ParameterError, r"tensor of float64, expected .* of float32: write"),
        (CURRENT.numpy(), ParameterError, r"called with 'ndarray', expected a tensor \(time, batch, features\)"),
        (CURRENT * u.mA, ParameterError, r"called with 'Quantity'"),
        (CURRENT.to_sparse(), ParameterError, r"called with a tensor in torch.sparse_coo.*x\.to_dense\(\)"),
        (CURRENT.to("meta"), BackendError, r"no device 'meta'.*It finds"),
        (CURRENT[0], ShapeError, r"shape \(3, 4\), expected a tensor \(time, batch, features\).*over_time=\.\.\."),
        (CURRENT[0, 0], ShapeError, r"shape \(4,\), expected a tensor \(time, batch, features\)"),
        (CURRENT[..., :3], ShapeError, r"LIF 'LIF' is given an input of shape \(3, 3\)"),
        (CURRENT[:, :0], ParameterError, r"batch_size=\.\.\.\) is 0, expected a positive integer"),
    ],
    ids=[
        "int",
        "bfloat16",
        "double",
        "numpy",
        "quantity",
        "sparse",
        "meta",
        "no batch",
        "one axis",
        "features",
        "empty",
    ],
)
def test_inputs_that_do_not_fit_are_refused(x: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        lif_layer()(x)


def test_an_input_without_its_unit_is_refused() -> None:
    with pytest.raises(UnitError, match="expected one in mA"):
        lif_layer(input_unit=None)(CURRENT)


@pytest.mark.parametrize("unit", ["mA", 1 * u.mA, 1.0])
def test_an_input_unit_that_is_none_is_refused(unit: Any) -> None:
    with pytest.raises(ParameterError, match=r"input_unit=u\.mA"):
        lif_layer(input_unit=unit)


@pytest.mark.parametrize("model", [torch.nn.Linear(2, 2), iso.LIF, None])
def test_what_is_no_model_is_refused(model: Any) -> None:
    with pytest.raises(ParameterError, match="expected a model of isospike"):
        as_nn_module(model)


def named(name: str, value: Any = 1.0) -> iso.Module:
    class Named(iso.Module):
        def __init__(self) -> None:
            setattr(self, name, iso.ParamState(value))

        def update(self, x: Any) -> Any:
            return x

    return Named()


@pytest.mark.parametrize("name", ["training", "forward", "parameters", "model", "reset", "over_time"])
def test_a_state_with_a_name_that_a_layer_needs_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match=f"'{name}' has a name that torch.nn.Module needs.*another name"):
        as_nn_module(named(name))


def test_states_in_containers_go_by_their_path() -> None:
    assert list(as_nn_module(Listed()).state_dict()) == ["ws.0", "ws.1"]


class Listed(iso.Module):
    def __init__(self) -> None:
        self.ws = [iso.ParamState(1.0), iso.ParamState(2.0)]

    def update(self, x: Any) -> Any:
        return x * self.ws[0].value * self.ws[1].value


@pytest.mark.parametrize("value", [{"a": 1.0, "b": 2.0}, np.ones(2, bool)], ids=["dict", "bool"])
def test_a_parameter_that_is_no_floating_array_is_refused(value: Any) -> None:
    with pytest.raises(ParameterError, match=r"'w' holds .*one floating array"):
        as_nn_module(named("w", value))
