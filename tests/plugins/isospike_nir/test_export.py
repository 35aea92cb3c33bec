"""Modules of isospike that are written as NIR and read again do what they did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from tests.plugins.isospike_nir.conftest import ENGINES

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning

STEPS = 120
BACKENDS = ("numpy", "torch")
LEVELS: dict[str, Any] = {"V_th": 15 * u.mV, "R": 2 * u.ohm}


@pytest.fixture(autouse=True, params=BACKENDS)
def _double(request: pytest.FixtureRequest) -> Iterator[None]:
    with iso.environ.context(
        precision="float64", backend=request.param, engine=ENGINES.get(request.param), dt=0.5 * u.ms, seed=3
    ):
        yield


def again(module: Any, folder: Path) -> Any:
    """Return the graph of a module, written and read with the profile that its audit names."""
    iso.nir.save(module, folder / "module.nir")
    nir.read(folder / "module.nir")  # which checks the types of all nodes
    soft = "reset='subtract'" in str(iso.nir.from_network(module).audit)
    profile = iso.nir.Exact(reset="subtract" if soft else "v_reset")
    return iso.init_all_states(iso.nir.load(folder / "module.nir", profile=profile))


def run(module: Any, x: Any) -> Any:
    result = iso.transform.for_loop(module, x)
    values = result.values() if isinstance(result, dict) else result if isinstance(result, tuple) else [result]
    return [iso.namespace.to_host(u_split(y)) for y in values]


def u_split(y: Any) -> Any:
    return iso.units.split(y)[0]


class Outline(iso.Module):
    """A module whose step is a function."""

    def __init__(self, step: Callable[..., Any], **parts: Any) -> None:
        self.parts = parts
        self.step = step

    def update(self, x: Any) -> Any:
        return self.step(self.parts, x)


def same(step: Callable[..., Any], size: int, folder: Path, **parts: Any) -> Any:
    """Check that a module gives the same when it was written and read, and return the graph."""
    net = iso.init_all_states(Outline(step, **parts))
    graph = again(net, folder)
    rng = np.random.default_rng(0)
    x = (rng.random((STEPS, size)) < 0.3).astype(np.float64)
    for wanted, found in zip(run(net, x), run(graph, x), strict=True):
        assert np.count_nonzero(wanted) > 20
        np.testing.assert_allclose(found, wanted.reshape(found.shape), rtol=1e-9, atol=1e-9)
    return graph


def dense(n: int, m: int, size: float = 60.0, **options: Any) -> Any:
    return iso.Linear(n, m, iso.Normal(0 * u.mA, size * u.mA), **{"b_init": None, **options})


def cell(**options: Any) -> Any:
    return iso.LIF(3, **{**LEVELS, **options})


@pytest.mark.parametrize("reset", ["soft", "hard"])
@pytest.mark.parametrize("method", ["exp_euler", "euler"])
@pytest.mark.parametrize("cell", [iso.LIF, iso.IF])
def test_layers_with_a_readout_are_as_they_were(cell: Any, method: str, reset: str, tmp_path: Path) -> None:
    cells = cell(6, tau=np.linspace(8, 14, 6) * u.ms, method=method, spk_reset=reset, **LEVELS)
    out = iso.LI(2, tau=20 * u.ms, method=method)

    def step(net: Any, x: Any) -> Any:
        spikes = net["cells"](net["into"](x))
        return spikes, net["out"](net["w_out"](spikes))

    bias = iso.Normal(0 * u.mA, 5 * u.mA)
    graph = same(step, 4, tmp_path, into=dense(4, 6, b_init=bias), cells=cells, w_out=dense(6, 2), out=out)
    assert type(graph.nodes["parts.out"]).__name__ == "LI"
    assert "its values are in mV" in graph_audit(step, into=dense(4, 6), cells=cells, w_out=dense(6, 2), out=out)


def graph_audit(step: Callable[..., Any], **parts: Any) -> str:
    return str(iso.nir.from_network(iso.init_all_states(Outline(step, **parts))).audit)


def test_a_recurrent_layer_takes_the_spikes_of_the_step_before(tmp_path: Path) -> None:
    def step(net: Any, x: Any) -> Any:
        return net["cells"](net["into"](x) + net["back"](net["cells"].get_spike()))

    parts = {"into": dense(4, 8), "back": dense(8, 8, 30), "cells": iso.LIF(8, tau=10 * u.ms, **LEVELS)}
    same(step, 4, tmp_path, **parts)


def test_numbers_with_a_unit_put_to_them_and_delays_are_written(tmp_path: Path) -> None:
    def step(net: Any, x: Any) -> Any:
        return net["cells"](net["delay"](net["plain"](x)) * u.mA)

    plain = iso.Linear(4, 5, np.random.default_rng(2).normal(20, 40, (4, 5)), None)
    delay = iso.Delay(5, np.array([0.0, 0.5, 1.0, 2.0, 3.0]) * u.ms, keeps="values")
    same(step, 4, tmp_path, plain=plain, delay=delay, cells=iso.LIF(5, tau=10 * u.ms, **LEVELS))


def test_currents_in_another_unit_are_scaled(tmp_path: Path) -> None:
    class Output(iso.Module):
        def __init__(self) -> None:
            self.output = iso.Linear(4, 5, np.random.default_rng(2).normal(20, 40, (4, 5)), None)
            self.cells = iso.LIF(5, tau=10 * u.ms, **{**LEVELS, "R": 2000 * u.ohm})

        def update(self, x: Any) -> Any:
            return self.cells(self.output(x) * u.uA)

    graph = same(lambda net, x: net["net"](x), 4, tmp_path, net=Output())
    assert graph.outputs == (("output", (5,)),)
    alone = iso.nir.from_network(iso.init_all_states(Output()))
    assert alone.outputs == (("output_", (5,)),)


def test_modules_within_modules_are_written_under_their_paths(tmp_path: Path) -> None:
    class Deep(iso.Module):
        def __init__(self) -> None:
            self.layers = [dense(4, 6, 90), dense(6, 6, 90)]
            self.cells = [iso.LIF(6, tau=10 * u.ms, **LEVELS) for _ in range(2)]

        def update(self, x: Any) -> Any:
            for layer, cell in zip(self.layers, self.cells, strict=True):
                x = cell(layer(x))
            return x

    def step(net: Any, x: Any) -> Any:
        return net["readout"](net["deep"](x))

    graph = same(step, 4, tmp_path, deep=Deep(), readout=iso.LeakyRateReadout(6, 3, tau=20 * u.ms))
    names = {"parts.deep.layers.0", "parts.deep.cells.1", "parts.readout.linear", "parts.readout.rate"}
    assert names <= graph.nodes.keys()


class EINet(iso.Module):
    """A network as scripts for BrainPy write it: ranges of one population, and the time as an argument."""

    def __init__(self) -> None:
        self.cells = iso.LIF(8, tau=10 * u.ms, **LEVELS)
        out = iso.CUBA.desc(scale=1.0)
        self.exc = iso.AlignPostProj(
            comm=iso.FixedProb(6, 8, 0.5, 6 * u.mA), syn=iso.Expon.desc(tau=5 * u.ms), out=out, post=self.cells
        )
        self.inh = iso.AlignPostProj(
            comm=iso.AllToAll(2, 8, -3 * u.mA), syn=iso.Expon.desc(tau=9 * u.ms), out=out, post=self.cells
        )

    def update(self, t: Any, drive: Any) -> Any:
        with iso.environ.context(t=t):
            spikes = self.cells.get_spike()
            self.exc(spikes[:6])
            self.inh(spikes[..., 6:])
            return self.cells(drive)


def test_a_network_in_the_words_of_brainpy_is_written(tmp_path: Path) -> None:
    net = iso.init_all_states(EINet())
    graph = again(net, tmp_path)
    assert graph.inputs == (("drive", (8,)),)
    drive = np.broadcast_to(np.linspace(9, 25, 8), (STEPS, 8)).copy()
    times = np.arange(STEPS) * 0.5
    wanted = iso.namespace.to_host(iso.transform.for_loop(net, times * u.ms, drive * u.mA))
    assert wanted.sum() > 50
    np.testing.assert_array_equal(run(graph, drive)[0], wanted)


def test_a_convolution_is_written_as_a_matrix(tmp_path: Path) -> None:
    def step(net: Any, x: Any) -> Any:
        return net["out"](net["cells"](net["image"](x)))

    class Image(iso.Module):
        def __init__(self) -> None:
            self.conv = iso.Conv2d((4, 4, 1), 2, 3, w_init=iso.Normal(0 * u.mA, 60 * u.mA), stride=2)

        def update(self, x: Any) -> Any:
            return self.conv(x)

    cells = iso.LIF((2, 2, 2), tau=10 * u.ms, **LEVELS)
    net = iso.init_all_states(Outline(step, image=Image(), cells=cells, out=dense((2, 2, 2), 3)))
    graph = again(net, tmp_path)
    x = (np.random.default_rng(0).random((STEPS, 4, 4, 1)) < 0.4).astype(np.float64)
    (wanted,), (found,) = run(net, x), run(graph, x.reshape(STEPS, 16))
    assert np.count_nonzero(wanted) > 20
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9)
    assert "its cells, of shape (2, 2, 2), are written in a row of 8" in str(iso.nir.from_network(net).audit)


SYNAPSES = [
    iso.Expon.desc(tau=4 * u.ms),
    iso.Alpha.desc(tau=3 * u.ms),
    iso.DualExpon.desc(tau_decay=6 * u.ms, tau_rise=1 * u.ms),
]


@pytest.mark.parametrize("syn", SYNAPSES, ids=lambda s: s.cls.__name__)
@pytest.mark.parametrize("align", [iso.AlignPostProj, iso.AlignPreProj])
def test_synapses_are_filters_of_nir(align: Any, syn: Any, tmp_path: Path) -> None:
    cells = iso.LIF(6, tau=10 * u.ms, **LEVELS)
    options = {"syn": syn, "out": iso.CUBA.desc(scale=2.0), "post": cells}
    first = align(comm=dense(4, 6, 15), delay=1 * u.ms, **options)
    second = align(comm=dense(6, 6, 5), **options)

    def step(net: Any, x: Any) -> Any:
        net["first"](x)
        net["second"](net["cells"].get_spike())
        return net["cells"]()

    same(step, 4, tmp_path, first=first, second=second, cells=cells)


@pytest.mark.parametrize("method", ["exp_euler", "euler"])
@pytest.mark.parametrize("cell", [iso.LIF, iso.IF, iso.CubaLIF, iso.LI])
def test_jumps_are_the_currents_that_cause_them(cell: Any, method: str, tmp_path: Path) -> None:
    options = {"R": 2 * u.ohm} if cell is iso.LI else LEVELS
    cells = cell(6, tau=np.linspace(8, 14, 6) * u.ms, **options)
    unit = u.mA if cell is iso.CubaLIF else u.mV
    options = {**options, "method": method}
    weights = iso.AllToAll(4, 6, np.random.default_rng(1).uniform(0, 9, (4, 6)) * unit)
    proj = iso.DeltaProj(comm=weights, post=cells)

    def step(net: Any, x: Any) -> Any:
        net["proj"](x)
        return net["cells"]()

    same(step, 4, tmp_path, proj=proj, cells=cells)


def test_a_network_with_synapses_groups_and_delays_is_as_it_was(tmp_path: Path) -> None:
    net = iso.Network()
    times = np.arange(1.0, 50.0, 1.5)
    net.add_population("noise", iso.SpikeTime(3, times=times * u.ms, indices=np.arange(times.size) % 3))
    cells = net.add_population("E", iso.LIF((2, 3), tau=10 * u.ms, **LEVELS), groups={"some": (1, 5)})
    other = net.add_population("I", iso.CubaLIF(4, tau=10 * u.ms, tau_syn=3 * u.ms, **LEVELS))
    expon = {"syn": iso.Expon.desc(tau=4 * u.ms), "out": iso.CUBA.desc(scale=1.0)}
    joined = {
        "into": (iso.AlignPostProj(comm=iso.AllToAll(3, (2, 3), 12 * u.mA), post=cells, **expon), "noise"),
        "exc": (iso.DeltaProj(comm=iso.AllToAll(4, 4, 8 * u.mA), post=other, delay=1 * u.ms), "E.some"),
        "pre": (iso.AlignPreProj(comm=iso.FixedProb(4, 4, 0.6, 2 * u.mA), post=other, **expon), "E.some"),
        "inh": (iso.AlignPostProj(comm=iso.AllToAll(4, (2, 3), -1 * u.mA), post=cells, **expon), "I"),
    }
    for name, (proj, pre) in joined.items():
        net.add_projection(name, proj, pre=pre)
    spikes = iso.transform.for_loop(iso.init_all_states(net), length=STEPS)
    graph = again(net, tmp_path)
    y = iso.transform.for_loop(graph, iso.math.asarray(spikes["noise"]))
    assert "inh_synapse" not in graph.nodes  # it is that of 'into', as in the network
    for name in ("E", "I"):
        wanted = iso.namespace.to_host(spikes[name])
        assert wanted.sum() > 10
        np.testing.assert_array_equal(iso.namespace.to_host(y[f"{name}_output"]), wanted.reshape(STEPS, -1))


def test_groups_of_one_population_do_not_wait_longer_than_they_did(tmp_path: Path) -> None:
    net = iso.Network()
    cells = net.add_population("cells", iso.LIF(8, tau=10 * u.ms, **LEVELS), groups={"E": (0, 6), "I": (6, 8)})
    net.add_input("drive", iso.ConstantInput(8, amplitude=20 * u.mA), target="cells")
    for name, n, weight, delay in (("E", 6, 30.0, 1 * u.ms), ("I", 2, -9.0, None)):
        given = {"syn": iso.Expon.desc(tau=n * u.ms), "out": iso.CUBA.desc(scale=1.0), "post": cells, "delay": delay}
        comm = iso.FixedProb(n, 8, 0.7, weight * u.mA)
        net.add_projection(f"from_{name}", iso.AlignPostProj(comm=comm, **given), pre=f"cells.{name}")
    iso.init_all_states(net)
    graph = again(net, tmp_path)
    drive = np.broadcast_to(np.linspace(9, 25, 8), (STEPS, 8)).copy()
    net.drive.amplitude = np.linspace(9, 25, 8) * u.mA
    wanted = iso.namespace.to_host(iso.transform.for_loop(net, length=STEPS)["cells"])
    assert wanted.sum() > 50
    np.testing.assert_array_equal(run(graph, drive)[0], wanted)


def test_a_graph_read_as_it_was_not_written_is_said_aloud(tmp_path: Path) -> None:
    iso.nir.save(iso.init_all_states(cell()), tmp_path / "soft.nir")
    soft = iso.nir.Exact(reset="subtract")
    iso.nir.load(tmp_path / "soft.nir", profile=soft)
    with pytest.warns(
        PlausibilityWarning, match=r"profile Exact\(reset='subtract'\) and dt = 0.5 ms, and is read with"
    ):
        iso.nir.load(tmp_path / "soft.nir")
    with pytest.warns(PlausibilityWarning, match=r"dt = 1 ms: its steps are others"):
        graph = iso.nir.load(tmp_path / "soft.nir", profile=soft, dt=1 * u.ms)
    assert "its steps are others" in str(graph.audit)
    with pytest.raises(ParameterError, match=r"Exact\(reset='soft'\), expected 'v_reset' or 'subtract'"):
        iso.nir.Exact(reset="soft")


def test_parameters_that_are_drawn_or_trained_are_written_as_they_are(tmp_path: Path) -> None:
    tau = iso.ParamState(np.linspace(8, 14, 6) * u.ms)
    cells = iso.LIF(6, tau=tau, R=2 * u.ohm, V_th=iso.Uniform(10 * u.mV, 15 * u.mV))
    same(lambda net, x: net["cells"](x=net["into"](x)), 4, tmp_path, into=dense(4, 6), cells=cells)
    tau.value = 2 * tau.value
    net = iso.init_all_states(Outline(lambda net, x: net["cells"](x), cells=cells))
    np.testing.assert_allclose(iso.nir.to_nir(net).nodes["parts.cells"].tau, np.linspace(0.016, 0.028, 6))


def test_a_network_that_nothing_drives_gets_an_input(tmp_path: Path) -> None:
    net = iso.Network()
    net.add_population("cells", cell(V_rest=20 * u.mV))
    graph = again(iso.init_all_states(net), tmp_path)
    assert graph.inputs == (("silence", (3,)),)
    assert run(graph, np.zeros((STEPS, 3)))[0].any()


def test_what_was_trained_is_written(tmp_path: Path) -> None:
    net = iso.init_all_states(Outline(lambda net, x: net["cells"](net["into"](x)), into=dense(3, 3), cells=cell()))
    net.parts["into"].weight.value = net.parts["into"].weight.value * 0.5
    weight = iso.namespace.to_host(u_split(net.parts["into"].weight.value))
    np.testing.assert_array_equal(iso.nir.to_nir(net).nodes["parts.into"].weight, weight.T)
    alone = iso.nir.to_nir(iso.init_all_states(cell()))
    assert set(alone.nodes) == {"x", "lif", "output"}
