"""What is wrong with a file or a graph is said in one message that names the node."""

from __future__ import annotations

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
from isospike.errors import (
    ConfigError,
    MissingDependencyError,
    ParameterError,
    ShapeError,
    UnitError,
    UnknownNameError,
)

Chain = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("numpy_backend")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    refused(ConfigError, r"none\.nir does not exist", tmp_path / "none.nir")


def test_a_file_cut_off_anywhere_is_refused(sound: Path) -> None:
    whole = sound.read_bytes()
    for share in (0.0, 0.2, 0.5, 0.9, 0.999):
        sound.write_bytes(whole[: int(share * len(whole))])
        refused(ConfigError, r"sound\.nir cannot be read as HDF5, it may be cut off", sound)


def test_an_hdf5_file_of_something_else_is_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.nir", "w") as other:
        other["data"] = np.zeros(3)
    refused(ConfigError, "has no group 'node'", tmp_path / "other.nir")


def test_a_single_node_is_no_graph(tmp_path: Path) -> None:
    nir.write(tmp_path / "node.nir", nir.Linear(np.ones((3, 2))))
    refused(ConfigError, "holds 'Linear', expected a NIRGraph", tmp_path / "node.nir")


def test_a_link_out_of_the_file_is_refused(sound: Path, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as other:
        other["weight"] = np.zeros((3, 2))
    with h5py.File(sound, "a") as damaged:
        del damaged["node/nodes/n0/weight"]
        damaged["node/nodes/n0/weight"] = h5py.ExternalLink(str(tmp_path / "secret.h5"), "weight")
    refused(ConfigError, "node/nodes/n0/weight is a link to elsewhere", sound)


def test_a_group_that_holds_itself_is_refused(sound: Path) -> None:
    with h5py.File(sound, "a") as damaged:
        damaged["node/nodes/again"] = damaged["node/nodes"]
    refused(ConfigError, "is also under another name, or holds itself", sound)


def test_an_unknown_type_is_refused_with_the_nearest(sound: Path) -> None:
    with h5py.File(sound, "a") as damaged:
        del damaged["node/nodes/n1/type"]
        damaged["node/nodes/n1/type"] = "LIFF"
    refused(UnknownNameError, r"node 'n1' \(LIFF\) has a type.*Did you mean 'LIF'", sound)


def test_a_node_without_a_type_is_refused(sound: Path) -> None:
    with h5py.File(sound, "a") as damaged:
        del damaged["node/nodes/n1/type"]
    refused(ConfigError, "node 'n1' has no type", sound)


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"tau": [0.01, -0.02, 0.01]}, ParameterError, r"tau is -0\.02 at \(1,\), expected positive numbers"),
        ({"tau": 0.0}, ParameterError, r"tau is 0 at \(0,\) \(and 2 more\), expected positive"),
        ({"v_threshold": [1.0, np.nan, 1.0]}, ParameterError, r"v_threshold is nan at \(1,\), expected finite numbers"),
        ({"r": np.inf}, ParameterError, "r is inf"),
    ],
)
def test_a_neuron_with_a_wrong_number_is_refused(
    fields: dict[str, Any], error: type[Exception], message: str, chain: Chain
) -> None:
    refused(error, rf"node 'n0' \(LIF\): {message}", chain([lif(3, **fields)], [3], [3]))


def test_fields_that_are_missing_or_no_numbers_are_refused(sound: Path) -> None:
    with h5py.File(sound, "a") as damaged:
        del damaged["node/nodes/n1/tau"]
    refused(ParameterError, r"node 'n1' \(LIF\) has no field 'tau'.*v_threshold", sound)
    with h5py.File(sound, "a") as damaged:
        damaged["node/nodes/n1/tau"] = "fast"
    refused(ParameterError, r"node 'n1' \(LIF\): tau is 'fast', expected an array of numbers", sound)


def test_weights_with_nan_are_refused(chain: Chain) -> None:
    weight = np.array([[1.0, np.nan], [0.0, 1.0]])
    refused(ParameterError, r"node 'n0' \(Linear\): weight is nan at \(0, 1\)", chain([nir.Linear(weight)], [2], [2]))


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (nir.Linear(np.ones((4, 3, 2))), r"weight has shape \(4, 3, 2\), expected 2 axes"),
        (nir.Affine(np.ones((3, 2)), np.ones(2)), r"bias has shape \(2,\), but weight has 3 outputs"),
        (
            nir.Linear(np.ones((3, 5))),
            r"node 'input' \(Input\) gives values of shape \(2,\), but node 'n0'.*takes \(5,\)",
        ),
    ],
)
def test_weights_of_a_wrong_shape_are_refused(node: Any, message: str, chain: Chain) -> None:
    refused(ShapeError, message, chain([node], [2], [3]))


def test_neurons_that_do_not_fit_what_arrives_are_refused(chain: Chain) -> None:
    graph = chain([nir.Linear(np.ones((3, 2))), lif(4)], [2], [4])
    refused(ShapeError, r"node 'n0' \(Linear\) gives values of shape \(3,\), but node 'n1' \(LIF\) takes \(4,\)", graph)


def test_parameters_of_different_shapes_are_refused(sound: Path) -> None:
    with h5py.File(sound, "a") as damaged:
        del damaged["node/nodes/n1/tau"]
        damaged["node/nodes/n1/tau"] = np.full(2, 0.01)
    refused(ShapeError, r"node 'n1' \(LIF\) has parameters of shapes that do not go together: .*tau \(2,\)", sound)


def test_an_edge_to_nowhere_is_refused_with_the_nearest(chain: Chain) -> None:
    graph = chain([lif(2)], [2], [2])
    graph.edges.append(("n0", "outputs"))
    refused(UnknownNameError, r"no node 'outputs'\. Did you mean 'output'", graph)


def test_a_node_that_nothing_reaches_is_refused(chain: Chain) -> None:
    graph = chain([lif(2)], [2], [2])
    graph.nodes["alone"] = lif(2)
    refused(ConfigError, r"nothing arrives at node 'alone' \(LIF\)", graph)


def test_edges_that_are_no_pairs_are_refused(sound: Path) -> None:
    with h5py.File(sound, "a") as damaged:
        del damaged["node/edges"]
        damaged["node/edges"] = ["input", "n0"]
    refused(ConfigError, r"the graph has edges of shape \(2,\), expected pairs of names", sound)


def test_an_edge_that_is_there_twice_is_refused(chain: Chain) -> None:
    refused(
        ConfigError,
        "the edge from 'n0' to 'output' is there more than once",
        chain([lif(2)], [2], [2], [("n0", "output")]),
    )


def test_a_graph_without_ends_or_nodes_is_refused(chain: Chain) -> None:
    graph = chain([lif(2)], [2], [2])
    del graph.nodes["output"], graph.edges[-1]
    refused(ConfigError, "the graph has no Output", graph)
    refused(ConfigError, "the graph has no nodes", nir.NIRGraph({}, [], type_check=False))


def test_a_shape_that_nobody_tells_is_refused(chain: Chain) -> None:
    graph = chain([lif(1), nir.Scale(np.array(2.0))], [2], [2])
    graph.edges = [("n0", "n1"), ("n1", "n0"), ("n1", "output"), ("input", "output")]
    refused(ShapeError, r"the shape of node 'n0' \(LIF\) is not known", graph)


@pytest.mark.parametrize(
    ("node", "error", "message"),
    [
        (
            nir.Conv2d(None, np.ones((3, 4, 3, 3)), 1, 0, 1, 1, np.zeros(3)),
            ShapeError,
            r"its input has shape \(2, 8, 8\), but its weight of shape \(3, 4, 3, 3\) in 1 group takes 4 channels",
        ),
        (
            nir.Conv2d(None, np.ones((3, 2, 9, 9)), 1, 0, 1, 1, np.zeros(3)),
            ShapeError,
            r"its kernel reaches over \(9, 9\), more than",
        ),
        (
            nir.Conv2d(None, np.ones((3, 2, 3, 3)), 2, "same", 1, 1, np.zeros(3)),
            ParameterError,
            r"padding is 'same' with stride \(2, 2\)",
        ),
        (
            nir.Conv2d(None, np.ones((3, 2, 3, 3)), 1, 0, 1, 2, np.zeros(3)),
            ParameterError,
            "groups that divide its 3 channels",
        ),
        (
            nir.Conv2d(None, np.ones((3, 2, 3, 3)), 0, 0, 1, 1, np.zeros(3)),
            ParameterError,
            r"stride and dilation are \(0, 0, 1, 1\), expected positive",
        ),
        (
            nir.SumPool2d(np.array([9, 9]), np.array([1, 1]), np.array([0, 0])),
            ShapeError,
            r"windows of \(9, 9\) do not fit",
        ),
        (nir.AvgPool2d(np.array([2, 2]), np.array([0, 1]), np.array([0, 0])), ParameterError, r"stride=\(0, 1\)"),
        (nir.Flatten(None, 0, 5), ShapeError, "start_dim=0 and end_dim=5 are not axes of its input"),
        (nir.Delay(np.full((2, 8, 8), -0.1)), ParameterError, r"delay is -0\.1 s, expected 0 or more"),
    ],
    ids=lambda x: type(x).__name__ if isinstance(x, nir.ir.NIRNode) else "",
)
def test_layers_that_do_not_fit_are_refused(node: Any, error: type[Exception], message: str, chain: Chain) -> None:
    refused(error, rf"node 'n0' \({type(node).__name__}\).*{message}", chain([node], [2, 8, 8], [1]))


def test_what_is_neither_path_nor_graph_is_refused() -> None:
    refused(ConfigError, "expected the path of a .nir file", 3)


def test_a_step_that_is_no_time_is_refused(sound: Path) -> None:
    refused(UnitError, r"load\(dt=\.\.\.\)", sound, dt=1.0)
    refused(ParameterError, r"load\(dt=-1.*positive time", sound, dt=-1 * u.ms)


def test_running_with_another_step_than_it_was_loaded_for_is_refused(sound: Path) -> None:
    graph = iso.init_all_states(iso.nir.load(sound, dt=1 * u.ms))
    with pytest.raises(ParameterError, match=r"loaded for dt = 1 ms, but runs with dt = 0\.1 ms.*dt=graph\.dt"):
        graph(np.ones(2))


def test_an_input_of_a_wrong_shape_or_name_is_refused(sound: Path) -> None:
    graph = iso.init_all_states(iso.nir.load(sound))
    with pytest.raises(
        ShapeError, match=r"input 'input' has shape \(3,\), expected plain numbers of shape \(\.\.\., \(2,\)\)"
    ):
        graph(np.ones(3))
    with pytest.raises(ShapeError, match=r"given the inputs \['x'\], expected a dict with \['input'\]"):
        graph({"x": np.ones(2)})


def test_a_library_that_is_missing_is_named_with_the_extra(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = iso.nir.load(sound)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r'NIR needs h5py.*pip install "isospike\[nir\]"'):
        iso.nir.load(sound)
    with pytest.raises(MissingDependencyError, match="NIR needs nir"):
        iso.nir.to_nir(graph)
