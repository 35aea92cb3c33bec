"""A file builds the network that the same calls in Python build."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.config import config_hash, load
from isospike.errors import ConfigError
from isospike.network import Network

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"

CELLS = """
[run]
dt = "0.1 ms"
duration = "1 ms"
backend = "numpy"
[populations.cells]
model = "LIF"
size = 10
groups = { A = [2, 6] }
V_th = "20 mV"
"""


def built(tmp_path: Path, text: str) -> tuple[Network, dict[str, Any]]:
    path = tmp_path / "net.toml"
    path.write_text(text)
    plan = load(path)
    with iso.environ.context(**plan.environment()):
        network, resolved = plan.build()
        assert isinstance(network, Network)
        return iso.init_all_states(network), resolved


def projection(name: str, comm: str, pre: str = "cells", more: str = "", tau: str = "5 ms") -> str:
    return f"""
[projections.{name}]
pre = "{pre}"
post = "cells"
comm = {comm}
syn = {{ kind = "Expon", tau = "{tau}" }}
out = {{ kind = "CUBA", scale = 1.0 }}
{more}
"""


def test_the_coba_file_is_the_network_written_in_python() -> None:
    plan = load(EXAMPLES / "coba.toml")
    entries = {**plan.environment(), "backend": "numpy"}
    with iso.environ.context(**entries):
        from_file = iso.init_all_states(plan.build()[0])
        in_python = iso.init_all_states(coba())
        results = [iso.simulate(net, 20 * u.ms) for net in (from_file, in_python)]
    assert results[0].spikes.equals(results[1].spikes)
    assert len(results[0].spikes) > 0


def coba() -> Network:
    net = iso.Network()
    cells = iso.LIFRef(
        4000,
        V_rest=-60 * u.mV,
        V_th=-50 * u.mV,
        V_reset=-60 * u.mV,
        tau=20 * u.ms,
        tau_ref=5 * u.ms,
        R=100 * u.Mohm,
        spk_reset="hard",
        V_initializer=iso.Normal(-65 * u.mV, 5 * u.mV),
    )
    net.add_population("cells", cells, groups={"E": (0, 3200), "I": (3200, 4000)})
    for name, pre, first, n, weight, tau, g, spread, reversal in (
        ("exc", "cells.E", 0, 3200, 6, 5, 40, 15, 0),
        ("inh", "cells.I", 3200, 800, 67, 10, 200, 120, -80),
    ):
        initial = iso.Normal(g * u.nS, spread * u.nS, low=0 * u.nS)
        joined = iso.AlignPostProj(
            comm=iso.FixedProb(n, 4000, 0.02, weight * u.nS, self_offset=first),
            syn=iso.Expon.desc(tau=tau * u.ms, g_initializer=initial),
            out=iso.COBA.desc(E=reversal * u.mV),
            post=cells,
        )
        net.add_projection(name, joined, pre=pre)
    net.add_input("drive", iso.ConstantInput(4000, amplitude=200 * u.pA), target="cells")
    return net


@pytest.mark.parametrize("name", ["coba", "cuba"])
def test_a_benchmark_states_the_hash_of_its_parameters(name: str) -> None:
    path = EXAMPLES / f"{name}.toml"
    plan = load(path)
    with iso.environ.context(**plan.environment()):
        _, resolved = plan.build()
    assert f'parameter_hash = "{config_hash(resolved)}"' in path.read_text()


@pytest.mark.parametrize("edit", [('"20 ms"', '"21 ms"'), ("prob = 0.02", "prob = 0.021"), ('"200 pA"', '"201 pA"')])
def test_an_edited_benchmark_does_not_keep_its_name(edit: tuple[str, str], tmp_path: Path) -> None:
    text = (EXAMPLES / "coba.toml").read_text()
    assert edit[0] in text
    with pytest.raises(ConfigError, match="edited network"):
        built(tmp_path, text.replace(edit[0], edit[1], 1))


@pytest.mark.parametrize(
    "edit",
    [('"20 ms"', '"0.02 s"'), ('"200 pA"', '"0.2 nA"'), ('"-65 mV"', '"-0.065 V"'), ('"1 s"', '"2 s"')],
)
def test_another_spelling_of_the_same_physics_keeps_the_hash(edit: tuple[str, str], tmp_path: Path) -> None:
    text = (EXAMPLES / "coba.toml").read_text()
    assert edit[0] in text
    built(tmp_path, text.replace(edit[0], edit[1], 1))


def test_a_stated_default_keeps_the_hash(tmp_path: Path) -> None:
    _, without = built(tmp_path, CELLS)
    _, stated = built(tmp_path, CELLS + 'method = "exp_euler"\ntau = "5 ms"\nspk_fun = { kind = "ReluGrad" }\n')
    assert config_hash(stated) == config_hash(without)


def test_sizes_follow_from_the_populations(tmp_path: Path) -> None:
    net, _ = built(tmp_path, CELLS + projection("p", '{ kind = "AllToAll", weight = "1 pA" }', pre="cells.A"))
    assert (net.p.comm.in_size, net.p.comm.out_size) == ((4,), (10,))


def test_a_layer_draws_its_weights_in_the_unit_that_the_file_gives(tmp_path: Path) -> None:
    comm = '{ kind = "Linear", w_init = { kind = "XavierNormal", unit = "1 pA" } }'
    net, resolved = built(tmp_path, CELLS + projection("p", comm, pre="cells.A"))
    assert net.p.comm.weight.value.unit == net.p.comm.bias.value.unit == u.pA
    assert net.p.comm.weight.value.shape == (4, 10)
    described = resolved["projections"]["p"]["comm"]
    assert described["w_init"] == {"kind": "XavierNormal", "scale": 1.0, "unit": "1.0 pA"}
    assert described["b_init"] == {"kind": "Constant", "value": 0.0}


def test_without_autapses_no_cell_of_a_group_meets_itself(tmp_path: Path) -> None:
    comm = '{ kind = "FixedProb", prob = 1.0, weight = "1 pA" }'
    net, _ = built(tmp_path, CELLS + projection("p", comm, pre="cells.A", more="autapses = false"))
    csr = net.p.comm.csr
    pre = np.repeat(np.arange(4), np.diff(csr.indptr))
    assert len(pre) == 4 * 9
    assert not (pre + 2 == csr.indices).any()


def test_a_projection_reaches_the_cells_of_a_group_only(tmp_path: Path) -> None:
    comm = '{ kind = "FixedProb", prob = 1.0, weight = "1 pA" }'
    text = projection("p", comm, pre="cells.A", more="autapses = false").replace('post = "cells"', 'post = "cells.A"')
    net, resolved = built(tmp_path, CELLS + text)
    csr = net.p.comm.csr
    assert csr.dense().tolist() == (1.0 - np.eye(4)).tolist()
    assert resolved["projections"]["p"]["post"] == "cells.A"
    with iso.environ.context(backend="numpy", dt=0.1 * u.ms):
        arriving = np.asarray(u.split(net.p.comm(np.ones(4)))[0])
    assert arriving.tolist() == [0, 0, 3, 3, 3, 3, 0, 0, 0, 0]


def test_all_but_themselves_are_reached_within_one_group(tmp_path: Path) -> None:
    comm = '{ kind = "AllToAll", weight = "1 pA" }'
    text = projection("p", comm, pre="cells.A", more="autapses = false")
    with pytest.raises(ConfigError, match="AllToAll cannot leave out"):
        built(tmp_path, CELLS + text)
    net, _ = built(tmp_path, CELLS + text.replace('post = "cells"', 'post = "cells.A"'))
    assert not net.p.comm.include_self


def test_a_group_of_another_size_than_the_connection_is_refused(tmp_path: Path) -> None:
    text = projection("p", '{ kind = "OneToOne", weight = "1 pA" }').replace('post = "cells"', 'post = "cells.A"')
    told = r"\[projections.p\] post = \"cells.A\": these are \(4,\) cells, but OneToOne delivers to \(10,\)"
    with pytest.raises(ConfigError, match=told):
        built(tmp_path, CELLS + text)


def test_autapses_that_a_rule_cannot_leave_out_are_refused(tmp_path: Path) -> None:
    comm = '{ kind = "OneToOne", weight = "1 pA" }'
    with pytest.raises(ConfigError, match=r"\[projections.p\] autapses = false: OneToOne cannot"):
        built(tmp_path, CELLS + projection("p", comm, more="autapses = false"))


def test_equal_synapses_onto_one_population_are_shared(tmp_path: Path) -> None:
    comm = '{ kind = "OneToOne", weight = "1 pA" }'
    text = CELLS + projection("p", comm) + projection("q", comm, tau="0.005 s") + projection("r", comm, tau="6 ms")
    net, _ = built(tmp_path, text)
    assert net.p.syn is net.q.syn
    assert net.p.syn is not net.r.syn


def test_parts_may_hold_parts_and_lists(tmp_path: Path) -> None:
    comm = '{ kind = "FixedProb", prob = 1.0, weight = { kind = "Normal", mean = "5 pA", std = "1 pA" } }'
    amplitude = str([f"{i} pA" for i in range(10)])
    text = (
        CELLS
        + projection("p", comm)
        + f'[inputs.i]\nmodel = "ConstantInput"\ntarget = "cells"\namplitude = {amplitude}'
    )
    net, resolved = built(tmp_path, text)
    assert net.p.comm.weight.value.shape == (100,)
    assert net.i.amplitude.shape == (10,)
    assert resolved["projections"]["p"]["comm"]["weight"]["kind"] == "Normal"
    assert resolved["inputs"]["i"]["amplitude"][3] == "3.0 pA"


def test_a_poisson_population_drives_cells_through_a_projection(tmp_path: Path) -> None:
    noise = '[populations.noise]\nmodel = "PoissonInput"\nsize = 50\nrate = "300 Hz"\n'
    comm = '{ kind = "FixedProb", prob = 1.0, weight = "1 uA" }'
    net, _ = built(tmp_path, CELLS + noise + projection("p", comm, pre="noise"))
    with iso.environ.context(dt=0.1 * u.ms, backend="numpy"):
        result = iso.simulate(net, 20 * u.ms)
    assert len(result.train("noise")[0]) > 100


def test_monitors_are_named_and_sampled_as_the_file_says(tmp_path: Path) -> None:
    one = '{ variable = "cells.V", neurons = [1], every = "0.5 ms", name = "one" }'
    path = tmp_path / "net.toml"
    path.write_text(f'{CELLS}\n[record]\nvariables = ["cells.V", {one}]')
    plan = load(path)
    with iso.environ.context(**plan.environment()):
        monitors = plan.monitors()
    assert list(monitors) == ["cells.V", "one"]
    assert (monitors["cells.V"].every, monitors["one"].every, monitors["one"].neurons) == (1, 5, [1])


def test_one_name_for_two_variables_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.toml"
    path.write_text(CELLS + '[record]\nvariables = ["cells.V", { variable = "cells.V", neurons = [1] }]')
    plan = load(path)
    with iso.environ.context(**plan.environment()), pytest.raises(ConfigError, match="recorded twice"):
        plan.monitors()


def test_a_model_of_a_plugin_is_configured_like_a_bundled_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from isospike import registry
    from isospike_models.neurons.lif import LIF

    class Mine(LIF):
        """A neuron whose constructor is its own."""

        def __init__(self, in_size: Any, *, gain: float, label: str = "none", **parameters: Any) -> None:
            super().__init__(in_size, **parameters)
            self.gain, self.label = gain, label

    names, resolve = registry.names, registry.resolve
    monkeypatch.setattr(registry, "names", lambda kind: [*names(kind), *(["Mine"] if kind == "neurons" else [])])
    monkeypatch.setattr(registry, "resolve", lambda kind, name: Mine if name == "Mine" else resolve(kind, name))
    net, resolved = built(tmp_path, CELLS.replace('"LIF"', '"Mine"\ngain = 2.0\nlabel = "5 ms"'))
    assert (net.cells.gain, net.cells.label) == (2.0, "5 ms")
    assert resolved["populations"]["cells"]["kind"] == "Mine"
    with pytest.raises(ConfigError, match="gain: is missing: Mine needs it"):
        built(tmp_path, CELLS.replace('"LIF"', '"Mine"'))


def test_the_chain_example_carries_a_pulse_to_its_end() -> None:
    plan = load(EXAMPLES / "chain.py")
    with warnings.catch_warnings(), iso.environ.context(**plan.environment(), backend="numpy"):
        net = iso.init_all_states(plan.build()[0])
        steps, cells = iso.simulate(net, plan.duration()).train("cells")
    first = [steps[cells == cell].min() for cell in range(50) if (cells == cell).any()]
    assert len(first) >= 40
    assert np.all(np.diff(first) > 0)


def test_delays_are_read_as_times_or_drawn_per_synapse(tmp_path: Path) -> None:
    comm = '{ kind = "FixedProb", prob = 0.5, weight = "1 nA" }'
    drawn = 'delay = { kind = "Uniform", low = "1 ms", high = "2 ms" }'
    text = projection("one", comm, more='delay = "1.5 ms"') + projection("each", comm, more=drawn)
    network, resolved = built(tmp_path, CELLS + text)
    assert network.one.delay.steps == 15
    assert network.each.delay.steps.shape == (network.each.comm.csr.n_synapses,)
    assert resolved["projections"]["one"]["delay"] == "1.5 ms"
    assert resolved["projections"]["each"]["delay"] == {"kind": "Uniform", "low": "1.0 ms", "high": "2.0 ms"}


def test_a_projection_without_a_delay_keeps_the_hash_of_a_class_that_knew_none(tmp_path: Path) -> None:
    _, resolved = built(tmp_path, CELLS + projection("one", '{ kind = "AllToAll", weight = "1 nA" }'))
    assert not {"delay", "stp"} & set(resolved["projections"]["one"])


def test_short_term_plasticity_has_the_size_of_the_source(tmp_path: Path) -> None:
    comm = '{ kind = "AllToAll", weight = "1 nA" }'
    network, _ = built(tmp_path, CELLS + projection("p", comm, "cells.A", 'stp = { kind = "STP", U = 0.5 }'))
    assert network.p.stp.in_size == (4,)
    assert network.p.syn.in_size == (10,)


def test_a_presynaptic_synapse_has_the_size_of_the_source(tmp_path: Path) -> None:
    comm = '{ kind = "AllToAll", weight = "1 nA" }'
    network, _ = built(tmp_path, CELLS + projection("p", comm, "cells.A", 'kind = "AlignPreProj"'))
    assert network.p.syn.in_size == (4,)


def test_gap_junctions_know_both_populations(tmp_path: Path) -> None:
    gap = """
    [projections.gap]
    kind = "GapJunction"
    pre = "cells"
    post = "cells"
    comm = { kind = "FixedProb", prob = 0.5, weight = "1 nS" }
    autapses = false
    """
    network, _ = built(tmp_path, CELLS + gap)
    assert network.gap.pre is network.gap.post is network.cells


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('delay = "1.5 mV"', r"projections\.p.*delay.*1\.5 mV"),
        ('delay = "-1 ms"', r"projections\.p.*delay.*-1 ms"),
        ('stp = { kind = "STP", U = 2 }', r"projections\.p.*stp.*U"),
        ('stp = { kind = "Expon" }', r"projections\.p.*stp"),
    ],
)
def test_a_wrong_delay_or_release_is_refused_with_its_key(tmp_path: Path, more: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        built(tmp_path, CELLS + projection("p", '{ kind = "AllToAll", weight = "1 nA" }', more=more))
