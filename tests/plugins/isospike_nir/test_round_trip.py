"""A graph that is written and read again holds the same bits, trained or not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from tests.plugins.isospike_nir.conftest import FIXTURES, Recording, lif, run

import isospike as iso
from isospike import units as u
from isospike.errors import ConfigError

Chain = Callable[..., Any]
rng = np.random.default_rng(5)


def fields(graph: Any) -> dict[str, np.ndarray]:
    """Return every number of a graph, by node and field."""
    found = {}
    for name, node in graph.nodes.items():
        for field, value in node.to_dict().items():
            if field not in ("type", "metadata"):
                found[f"{name}.{field}"] = np.asarray(value)
    return found


def same(a: Any, b: Any) -> None:
    """Check that two graphs hold the same bits."""
    first, second = fields(a), fields(b)
    assert first.keys() == second.keys()
    for name in first:
        assert first[name].dtype == second[name].dtype, name
        assert first[name].tobytes() == second[name].tobytes(), name
    assert a.edges == b.edges


@pytest.mark.parametrize("file", sorted(FIXTURES.glob("*.npz")), ids=lambda p: p.stem)
def test_a_graph_of_each_library_comes_back_bit_for_bit(file: Path, tmp_path: Path, numpy_backend: None) -> None:
    recording = Recording.read(file)
    graph = recording.load(tmp_path)
    iso.nir.save(graph, tmp_path / "again.nir")
    again = iso.nir.load(tmp_path / "again.nir", profile=recording.profile, dt=graph.dt)
    same(iso.nir.to_nir(graph), iso.nir.to_nir(again))
    np.testing.assert_array_equal(run(again, recording.x), recording.y)


def test_the_numbers_are_those_of_the_file(chain: Chain, tmp_path: Path, numpy_backend: None) -> None:
    numbers = {name: rng.uniform(0.001, 0.1, 3) for name in ("tau", "r", "v_leak", "v_threshold", "v_reset")}
    nodes = [nir.Affine(rng.normal(size=(3, 2)), rng.normal(size=3)), nir.LIF(**numbers), nir.Scale(rng.normal(size=3))]
    original = chain(nodes, [2], [3])
    nir.write(tmp_path / "a.nir", original, compression=None)
    written = iso.nir.to_nir(iso.nir.load(tmp_path / "a.nir"))
    assert sorted(written.edges) == sorted(original.edges)
    for name, value in fields(original).items():
        np.testing.assert_array_equal(fields(written)[name], value, err_msg=name)


ALL = [
    nir.Conv2d((6, 6), rng.normal(size=(4, 1, 3, 3)), (2, 1), (1, 0), (1, 2), 2, rng.normal(size=4)),
    nir.Conv2d((6, 6), rng.normal(size=(4, 2, 3, 3)), 1, "same", 1, 1, rng.normal(size=4)),
    nir.SumPool2d(np.array([2, 3]), np.array([2, 1]), np.array([0, 1])),
    nir.AvgPool2d(np.array([2, 2]), np.array([1, 1]), np.array([1, 0])),
    nir.Flatten({"input": np.array([2, 6, 6])}, 0, 1),
    nir.Threshold(rng.normal(size=(2, 6, 6))),
    nir.Delay(rng.uniform(0.0, 0.003, (2, 6, 6)) // 0.001 * 0.001),
    nir.Scale(rng.normal(size=(2, 6, 6))),
    nir.I(rng.normal(size=(2, 6, 6))),
    nir.LI(*rng.uniform(0.01, 0.1, (3, 2, 6, 6))),
    nir.CubaLI(*rng.uniform(0.01, 0.1, (4, 2, 6, 6)), w_in=rng.normal(size=(2, 6, 6))),
]


@pytest.mark.parametrize("node", ALL, ids=lambda n: type(n).__name__)
def test_every_node_comes_back_and_does_the_same(node: Any, chain: Chain, tmp_path: Path, numpy_backend: None) -> None:
    x = rng.normal(size=(5, 2, 2, 6, 6)).astype(np.float32)
    graph = iso.nir.load(chain([node], [2, 6, 6], [1]), dt=1 * u.ms)
    iso.nir.save(graph, tmp_path / "node.nir")
    again = iso.nir.load(tmp_path / "node.nir", dt=1 * u.ms)
    same(iso.nir.to_nir(graph), iso.nir.to_nir(again))
    np.testing.assert_array_equal(run(graph, x), run(again, x))


@pytest.mark.parametrize("times", [None, "seconds", "dt"])
def test_short_time_constants_that_were_written_here_are_read_as_seconds(
    times: str | None, chain: Chain, tmp_path: Path, numpy_backend: None
) -> None:
    original = chain([lif(3, tau=rng.uniform(1e-4, 9e-4, 3))], [3], [3])
    graph = iso.nir.load(original, profile=iso.nir.Norse(times="seconds"), dt=1 * u.ms)
    iso.nir.save(graph, tmp_path / "short.nir")
    nir.write(tmp_path / "through.nir", nir.read(tmp_path / "short.nir"))
    in_memory = (nir.read(tmp_path / "short.nir"), iso.nir.to_nir(graph))
    for source in (tmp_path / "short.nir", tmp_path / "through.nir", *in_memory):
        again = iso.nir.load(source, profile=iso.nir.Norse(times=times), dt=1 * u.ms)
        same(iso.nir.to_nir(graph), iso.nir.to_nir(again))


def test_conv1d_comes_back_too(chain: Chain, tmp_path: Path, numpy_backend: None) -> None:
    node = nir.Conv1d(9, rng.normal(size=(4, 2, 3)), 2, 1, 1, 1, rng.normal(size=4))
    graph = iso.nir.load(chain([node], [2, 9], [4, 5]))
    iso.nir.save(graph, tmp_path / "conv.nir")
    same(iso.nir.to_nir(graph), iso.nir.to_nir(iso.nir.load(tmp_path / "conv.nir")))


def test_other_programs_read_what_is_written(chain: Chain, tmp_path: Path, numpy_backend: None) -> None:
    graph = iso.nir.load(chain([nir.Linear(rng.normal(size=(3, 2))), lif(3)], [2], [3]))
    iso.nir.save(graph, tmp_path / "a.nir")
    same(nir.read(tmp_path / "a.nir"), iso.nir.to_nir(graph))


def test_a_trained_graph_is_written_as_it_is_now(chain: Chain, tmp_path: Path, numpy_backend: None) -> None:
    graph = iso.init_all_states(iso.nir.load(chain([nir.Affine(np.ones((3, 2)), np.zeros(3))], [2], [3])))
    layer = graph.nodes["n0"]
    layer.weight.value = 0.5 * layer.weight.value
    layer.bias.value = layer.bias.value + 2.0
    written = iso.nir.to_nir(graph).nodes["n0"]
    assert (written.weight == 0.5).all()
    assert (written.bias == 2.0).all()


def test_what_is_no_graph_is_refused(tmp_path: Path, numpy_backend: None) -> None:
    with pytest.raises(ConfigError, match="population 'hh' is a HH, which NIR has no node for"):
        iso.nir.save(iso.HH(3), tmp_path / "a.nir")
    graph = iso.nir.Graph(
        {"cell": iso.LIF(3)}, [("x", "cell"), ("cell", "y")], inputs={"x": (3,)}, outputs={"y": (3,)}, dt=u.ms
    )
    with pytest.raises(ConfigError, match="node 'cell' is a LIF, which NIR does not have"):
        iso.nir.save(graph, tmp_path / "a.nir")
    assert not list(tmp_path.iterdir())
