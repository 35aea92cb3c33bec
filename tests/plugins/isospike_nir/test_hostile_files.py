"""A file that was made to harm: it is refused at once, reads no other file, and takes no more than it brings."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import pytest
from tests.plugins.isospike_nir.conftest import lif, refused

import isospike as iso
from isospike import units as u
from isospike.errors import ConfigError, ParameterError, PlausibilityWarning, ShapeError

Chain = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("numpy_backend")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Return another file, with weights that nobody gave."""
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["weight"] = np.full((3, 2), 7.0)
    return tmp_path / "secret.h5"


def relay(n: int = 2) -> Any:
    """Return a nested graph that only passes on."""
    ends = {"input": nir.Input(np.array([n])), "output": nir.Output(np.array([n]))}
    return nir.NIRGraph(ends, [("input", "output")], type_check=False)


def test_data_in_another_file_are_refused(sound: Path, secret: Path) -> None:
    with h5py.File(sound, "a") as file:
        del file["node/nodes/n0/weight"]
        places = [(str(secret), 0, h5py.h5f.UNLIMITED)]
        file["node/nodes/n0"].create_dataset("weight", (3, 2), "f8", external=places)
    refused(ConfigError, "the data of .*node/nodes/n0/weight are in another file", sound)


def test_a_virtual_dataset_is_refused(sound: Path, secret: Path) -> None:
    layout = h5py.VirtualLayout((3, 2), "f8")
    layout[:] = h5py.VirtualSource(str(secret), "weight", (3, 2))
    with h5py.File(sound, "a") as file:
        del file["node/nodes/n0/weight"]
        file["node/nodes/n0"].create_virtual_dataset("weight", layout)
    refused(ConfigError, "the data of .*node/nodes/n0/weight are in another file", sound)


def test_the_first_group_may_be_no_link_either_and_a_pipe_is_not_opened(sound: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with h5py.File(sound, "w") as file:
        file["node"] = h5py.ExternalLink(str(tmp_path / "pipe"), "node")
    refused(ConfigError, "/node is a link to elsewhere", sound)


def test_groups_that_are_there_twice_at_every_level_are_refused_at_once(sound: Path) -> None:
    with h5py.File(sound, "a") as file:
        group = file.create_group("node/metadata/start")
        for k in range(28):  # 2**28 ways to the end
            outer = file.create_group(f"level{k}")
            outer["left"] = outer["right"] = group
            group = outer
        file["node/metadata/end"] = group
    refused(ConfigError, "is also under another name", sound)


def test_groups_ten_thousand_deep_are_refused(sound: Path) -> None:
    with h5py.File(sound, "a") as file:
        group = file["node"].create_group("metadata/deep")
        for _ in range(10_000):
            group = group.create_group("g")
    refused(ConfigError, "lies deeper than 32 groups", sound)


@pytest.mark.parametrize("shape", [(3, 3_000_000), (2**31, 2**31)])
def test_data_that_were_never_written_are_refused(shape: tuple[int, int], sound: Path) -> None:
    with h5py.File(sound, "a") as file:
        del file["node/nodes/n0/weight"]
        file["node/nodes/n0"].create_dataset("weight", shape, "f8", chunks=(1, 1000))
    refused(ConfigError, r"node/nodes/n0/weight claims \d+ bytes, of which the file holds 0", sound)


def test_zeros_that_are_compressed_as_far_as_can_be_are_read(chain: Chain, tmp_path: Path) -> None:
    graph = chain([nir.Linear(np.zeros((1200, 1200)))], [1200], [1200])
    nir.write(tmp_path / "zeros.nir", graph, compression="gzip")
    assert (tmp_path / "zeros.nir").stat().st_size < 200_000
    assert iso.nir.load(tmp_path / "zeros.nir").outputs == (("output", (1200,)),)


@pytest.mark.parametrize(
    ("node", "shape", "message"),
    [
        (nir.Scale(np.array(2.0)), [2**30], r"node 'input' \(Input\) has the shape \(1073741824,\).*at most"),
        (nir.Scale(np.array(2.0)), [0], r"node 'input' \(Input\) has the shape \(0,\)"),
        (nir.Scale(np.array(2.0)), [-3], r"node 'input' \(Input\) has the shape \(-3,\)"),
        (
            nir.SumPool2d(*np.array([[2, 2], [1, 1], [2**30, 2**30]])),
            [1, 4, 4],
            r"'n0' \(SumPool2d\): its windows read",
        ),
        (nir.Conv2d(None, np.ones((1, 1, 2, 2)), 1, (2**20, 2**20), 1, 1, np.zeros(1)), [1, 4, 4], "its windows read"),
        (nir.Conv2d(None, np.ones((1, 1, 9, 9)), 1, 0, 1, 1, np.zeros(1)), [1, 4000, 4000], "its windows read"),
    ],
    ids=["huge", "none", "negative", "pool", "padding", "image"],
)
def test_a_shape_beyond_any_memory_is_refused(node: Any, shape: list[int], message: str, chain: Chain) -> None:
    refused(ShapeError, message, chain([node], shape, [1]))


def test_a_delay_that_no_memory_keeps_is_refused(chain: Chain) -> None:
    message = r"node 'n0' \(Delay\): delay is up to 2e\+06 s, 2000000000 steps of dt = 1 ms.*are times in seconds\?"
    refused(ParameterError, message, chain([nir.Delay(np.full(2, 2e6))], [2], [2]), dt=1 * u.ms)


def test_a_number_that_the_precision_does_not_hold_is_refused(chain: Chain) -> None:
    graph = chain([nir.Linear(np.full((2, 2), 1e300))], [2], [2])
    refused(ParameterError, r"node 'n0' \(Linear\): weight is 1e\+300.*numbers that a float32 can hold", graph)
    with iso.environ.context(precision="float64"):
        iso.nir.load(graph)


def test_edges_into_an_input_or_out_of_an_output_are_refused(chain: Chain) -> None:
    back = ("n1", "input")
    refused(ConfigError, r"to 'input', an Input: values go", chain([lif(2), lif(2)], [2], [2], [back]))
    refused(ConfigError, r"from 'output', an Output: values go", chain([lif(2)], [2], [2], [("output", "n0")]))


def test_a_nested_graph_that_feeds_itself_is_refused(chain: Chain) -> None:
    graph = chain([relay(), lif(2)], [2], [2], [("n0", "n0")])
    refused(ConfigError, "the nested graph 'n0' feeds itself, with no node in between", graph)


def test_nested_graphs_that_double_their_edges_are_refused_at_once(chain: Chain) -> None:
    graph = chain([relay() for _ in range(40)], [2], [2])
    for k in range(40):
        graph.nodes[f"beside{k}"] = relay()
    ends = [(f"{a}{k}", f"{b}{k + 1}") for k in range(39) for a, b in (("n", "beside"), ("beside", "n"))]
    graph.edges += [*ends, *((f"beside{k}", f"beside{k + 1}") for k in range(39)), ("input", "beside0")]
    refused(ConfigError, "is there more than once", graph)


def test_a_graph_that_holds_itself_is_refused(chain: Chain) -> None:
    graph = chain([lif(2)], [2], [2])
    graph.nodes["n0"] = graph
    refused(ConfigError, "holds graphs within graphs without end", graph)


def test_a_graph_of_very_many_edges_is_read(chain: Chain) -> None:
    n = 1500
    graph = chain([nir.Scale(np.ones(2)) for _ in range(n)], [2], [2])
    graph.edges += [(f"n{a}", f"n{b}") for a in range(0, n, 50) for b in range(a + 2, n)]
    assert iso.nir.load(graph, dt=1 * u.ms).late == ()


def test_metadata_may_be_anything(sound: Path) -> None:
    with h5py.File(sound, "a") as file:
        file.require_group("node/metadata")["written_by"] = np.arange(3)
    assert iso.nir.load(sound).inputs == (("input", (2,)),)


def test_fields_that_nir_does_not_have_are_said_aloud(sound: Path) -> None:
    with h5py.File(sound, "a") as file:
        file["node/nodes/n1/tau_ref"] = np.full(3, 0.002)
    with pytest.warns(PlausibilityWarning, match=r"node 'n1' \(LIF\): its fields tau_ref are none of NIR's"):
        graph = iso.nir.load(sound)
    assert graph.audit.about("n1")[-1] == "its fields tau_ref are none of NIR's and were not read"


def test_what_leads_nowhere_is_in_the_audit(chain: Chain) -> None:
    graph = chain([lif(2)], [2], [2])
    graph.nodes |= {"spare": nir.Input(np.array([2])), "end": lif(2), "island": lif(2)}
    graph.edges += [("n0", "end"), ("island", "island")]
    audit = iso.nir.load(graph).audit
    assert audit.about("spare") == ["leads to no output: nothing of it is returned"]
    assert "leads to no output: nothing of it is returned" in audit.about("end")
    assert "is reached from no input" in audit.about("island")
    assert "is reached from no input" not in audit.about("n0")


def test_a_step_of_several_times_is_refused(sound: Path) -> None:
    refused(ParameterError, "expected a positive time", sound, dt=np.ones(2) * u.ms)
    refused(ParameterError, "expected a positive time", sound, dt=np.inf * u.ms)
