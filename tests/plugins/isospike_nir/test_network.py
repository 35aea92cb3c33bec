"""A network of isospike that is written as NIR spikes as it did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ConfigError

STEPS = 150


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64", backend="numpy", dt=0.5 * u.ms):
        yield


def network(reset: str = "hard", method: str = "exp_euler") -> Any:
    """Return two populations with a loop, a group, delays, and a drive."""
    net = iso.Network()
    noise = iso.SpikeTime(3, times=np.array([2.0, 7.0, 11.0, 20.0]) * u.ms, indices=np.array([0, 1, 2, 0]))
    net.add_population("noise", noise)
    levels = {
        "V_rest": -65 * u.mV,
        "V_th": -50 * u.mV,
        "V_reset": -68 * u.mV,
        "V_initializer": iso.Constant(-65 * u.mV),
    }
    cells = iso.LIF(6, tau=np.linspace(8, 14, 6) * u.ms, spk_reset=reset, method=method, **levels)
    net.add_population("E", cells, groups={"first": (0, 4)})
    net.add_population("I", iso.IF(4, R=2 * u.ohm, tau=10 * u.ms, V_th=15 * u.mV, spk_reset=reset))
    joined = [("in", iso.AllToAll(3, 6, 40 * u.mA), "noise", net.E, None)]
    joined += [("exc", iso.FixedProb(4, 4, 0.8, 60 * u.mA), "E.first", net.I, 2 * u.ms)]
    joined += [("inh", iso.Linear(4, 6, iso.Normal(-30 * u.mA, 5 * u.mA), None), "I", net.E, None)]
    for name, comm, pre, post, delay in joined:
        proj = iso.CurrentProj(comm=comm, out=iso.CUBA.desc(scale=1.0), post=post, delay=delay)
        net.add_projection(name, proj, pre=pre)
    net.add_input("drive", iso.ConstantInput(6, amplitude=np.linspace(14, 22, 6) * u.mA), target="E")
    return iso.init_all_states(net)


def test_the_graph_of_a_network_spikes_as_the_network_does(tmp_path: Path) -> None:
    net = network()
    spikes = iso.transform.for_loop(net, length=STEPS)
    iso.nir.save(net, tmp_path / "net.nir")
    graph = iso.init_all_states(iso.nir.load(tmp_path / "net.nir"))
    drive = np.broadcast_to(np.linspace(14, 22, 6), (STEPS, 6))
    y = iso.transform.for_loop(graph, {"noise": np.asarray(spikes["noise"]), "drive": drive.copy()})
    for name in ("E", "I"):
        assert np.asarray(spikes[name]).sum() > 5
        np.testing.assert_array_equal(np.asarray(y[f"{name}_output"]), np.asarray(spikes[name]))


def test_what_nir_has_no_word_for_is_in_the_audit() -> None:
    audit = iso.nir.from_network(network("soft")).audit
    assert any("load it with profile=iso.nir.Exact(reset='subtract')" in text for text in audit.about("E"))
    assert "starts at V_rest, or at 0 without one: NIR has no initial potential" in audit.about("I")
    assert audit.about("drive") == ["an input of the network: give what it was, in mA, in each step"]
    assert audit.about("noise") == ["a SpikeTime: give its spikes, as 0 and 1, in each step"]
    assert "holds the step that a projection takes, beside its own delay" in audit.about("exc_delay")


def test_what_nir_does_not_have_is_refused_by_name() -> None:
    net = iso.Network()
    net.add_population("cells", iso.LIFRef(4, V_th=15 * u.mV))
    with pytest.raises(ConfigError, match=r"population 'cells' is a LIFRef, which NIR has no node for.*iso\.LIF"):
        iso.nir.to_nir(iso.init_all_states(net))
    net = iso.Network()
    net.add_population("cells", iso.LIF(4, V_th=15 * u.mV))
    net.add_population("cells_output", iso.LIF(4, V_th=15 * u.mV))
    with pytest.raises(ConfigError, match="the network has a part 'cells_output', which is the name of a node"):
        iso.nir.to_nir(iso.init_all_states(net))
