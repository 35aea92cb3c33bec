"""A class that is made of equations behaves as one that is written by hand."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import StateError
from isospike.select import get_backend


def test_it_is_reached_through_the_namespace_of_neurons_and_listed_there(leaky: Any) -> None:
    assert "from_equations" in dir(iso.neurons)
    assert issubclass(leaky(), iso.Neuron)


def test_its_parameters_are_numbers_arrays_initialisers_or_states(
    numpy_backend: None, leaky: Any, recorded: Any
) -> None:
    cls, ones = leaky(), np.ones(3)
    values = {name: getattr(cls(3), name) for name in ("E_L", "R", "tau", "V_th", "V_r")}
    with iso.environ.context(precision="float64"):
        ways = (
            {},
            {n: v * ones for n, v in values.items()},
            {n: iso.Constant(v) for n, v in values.items()},
            {n: iso.ParamState(v) for n, v in values.items()},
        )
        cells = [iso.init_all_states(cls(3, **way)) for way in ways]
        first, *others = [recorded(cell, lambda c: c(0.2 * u.nA), 200) for cell in cells]
    assert set(cells[-1].states(iso.ParamState)) == set(values)
    assert first["output"].any()
    for run in others:
        np.testing.assert_allclose(run["v"], first["v"], rtol=1e-9)


def test_a_gradient_with_respect_to_a_parameter_is_that_of_differences(backend: str, leaky: Any) -> None:
    if not (claim := get_backend(backend).capabilities["gradient"]).claimed:
        pytest.skip(f"{backend}: {claim.reason}")
    cell = leaky(spk_fun=iso.ReluGrad(width=1e-6))(2)

    def loss(factor: Any) -> Any:
        iso.init_all_states(cell)
        v = iso.transform.for_loop(lambda: (cell(factor * 0.2 * u.nA), cell.v.value)[1], length=20)
        return iso.math.mean(v[-1])

    with iso.environ.context(precision="float64"):
        slope = float(u.split(iso.transform.grad(loss)(0.3))[0])
        high, low = (float(u.split(iso.transform.jit(loss)(0.3 + e))[0]) for e in (1e-5, -1e-5))
    assert slope == pytest.approx((high - low) / 2e-5, rel=1e-4)
    assert slope > 0.01


def test_the_surrogate_lets_a_gradient_through_a_spike(leaky: Any) -> None:
    pytest.importorskip("jax")
    with iso.environ.context(backend="jax", dt=0.1 * u.ms):
        cell = leaky(threshold="v > V_th and not v > 0*mV")(1, tau=iso.ParamState(20 * u.ms))
        iso.init_all_states(cell)

        def count() -> Any:
            iso.reset_all_states(cell)
            return iso.math.sum(iso.transform.for_loop(lambda: cell(0.2 * u.nA), length=150))

        slope = iso.transform.grad(count, cell.states(iso.ParamState))()
    assert float(u.split(slope["tau"])[0]) < 0


def test_a_batch_of_one_has_the_bits_of_no_batch_and_axes_only_arrange_cells(
    numpy_backend: None, leaky: Any, recorded: Any
) -> None:
    cls = leaky(v_initializer=iso.Normal(-60 * u.mV, 2 * u.mV))
    alone, batched, sheet = (
        recorded(iso.init_all_states(cls(size), batch_size=batch), lambda c: c(0.2 * u.nA), 100)
        for size, batch in ((6, None), (6, 1), ((2, 3), None))
    )
    for name, value in alone.items():
        assert (batched[name][:, 0] == value).all()
        assert (sheet[name].reshape(100, 6) == value).all()


def test_a_state_is_missed_by_its_name_before_it_is_made(leaky: Any) -> None:
    with pytest.raises(StateError, match=r"state 'v' is not initialised\. Call iso\.init_all_states"):
        _ = leaky()(3).v


def test_a_pickle_and_a_copy_go_on_as_the_original(numpy_backend: None, leaky: Any) -> None:
    cls = leaky("dv/dt = (E_L - v + R*I) / tau : mV (unless refractory)", refractory=2 * u.ms)
    cell = iso.init_all_states(cls(3, tau=10 * u.ms))
    cell(0.2 * u.nA)
    copied, pickled = copy.deepcopy(cell), pickle.loads(pickle.dumps(cell))
    assert type(copied) is cls
    assert pickle.loads(pickle.dumps(cls.__base__)) is cls.__base__
    assert type(pickled).system.description() == cls.system.description()
    for other in (cell, copied, pickled):
        other(0.2 * u.nA)
        assert (other.v.value == cell.v.value).all()


def test_it_saves_and_resumes(numpy_backend: None, leaky: Any, tmp_path: Any) -> None:
    cls = leaky("dv/dt = (E_L - v + R*I) / tau : mV (unless refractory)", refractory=2 * u.ms)
    first = iso.init_all_states(cls(3))
    for _ in range(150):
        first(0.2 * u.nA)
    iso.save_checkpoint(tmp_path / "state.safetensors", first)
    second = iso.init_all_states(cls(3))
    iso.load_checkpoint(tmp_path / "state.safetensors", second)
    for cell in (first, second):
        cell(0.2 * u.nA)
    assert (first.v.value == second.v.value).all()
    assert (first.refractory.value == second.refractory.value).all()


def test_it_is_a_population_of_a_network_with_conductances(numpy_backend: None, leaky: Any) -> None:
    net = iso.Network()
    text = net.add_population("text", leaky(threshold="v >= V_th")(20))
    by_hand = net.add_population(
        "hand",
        iso.LIF(20, V_rest=-60 * u.mV, R=100 * u.Mohm, tau=20 * u.ms, V_th=-50 * u.mV, V_reset=-60 * u.mV,
                spk_reset="hard", V_initializer=-60 * u.mV),
    )  # fmt: skip
    for name, cells in (("to_text", text), ("to_hand", by_hand)):
        comm = iso.AllToAll(20, 20, 0.2 * u.nS)
        syn, out = iso.Expon.desc(tau=5 * u.ms), iso.COBA.desc(E=0 * u.mV)
        net.add_projection(name, iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells), pre="hand")
        net.add_input(f"{name}_drive", iso.ConstantInput(20, amplitude=0.2 * u.nA), target=name.removeprefix("to_"))
    iso.init_all_states(net)
    for _ in range(300):
        net()
    assert (text.v.value == by_hand.V.value).all()
    assert float(by_hand.V.value.max() / u.mV) > -60.0


def test_a_plugin_may_offer_it_and_it_is_judged_like_any_model(leaky: Any) -> None:
    from isospike_conformance.model_case import model_case
    from isospike_conformance.running import Running
    from isospike_conformance.way import REFERENCE

    cls = leaky("I : nA; dv/dt = (E_L - v + R*I) / tau : mV", name="Leaky")
    record = Running(model_case(cls, "Leaky"), REFERENCE).run(200)
    assert len(record.spikes["cells"][0]) > 0
