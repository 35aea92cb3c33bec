"""Graphs to load, and what the libraries of the profiles were seen to do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike_nir import Graph, Norse, Profile, Sinabs, SnnTorch

FIXTURES = Path(__file__).parent / "fixtures"
collect_ignore = ["record.py"]  # imports the libraries that it records
# torch compiles for seconds; op by op it runs the same graph.
ENGINES = {"torch": "eager"}
PROFILES: dict[str, Callable[..., Profile]] = {"norse": Norse, "snntorch": SnnTorch, "sinabs": Sinabs}


@dataclass(frozen=True)
class Recording:
    """A network of another library: its graph, the spikes that went in and those that came out."""

    graph: bytes
    x: np.ndarray
    y: np.ndarray
    profile: Profile

    @classmethod
    def read(cls, file: Path) -> Recording:
        with np.load(file) as data:
            options = json.loads(str(data["profile"]))
            name = options.pop("profile")
            if name == "norse":  # its exporter knows no recurrent cell, and the graph of one is written by hand
                options["times"] = "seconds" if file.stem == "norse_recurrent" else "dt"
            profile = PROFILES[name](**options)
            return cls(data["graph"].tobytes(), data["x"].astype(np.float32), data["y"], profile)

    def load(self, folder: Path) -> Graph:
        file = folder / "recorded.nir"
        file.write_bytes(self.graph)
        return iso.nir.load(file, profile=self.profile, dt=(self.profile.dt_ms is None and 1 * u.ms) or None)

    def spikes(self, folder: Path) -> np.ndarray:
        """Return what isospike makes of the same input, on the backend in force."""
        return run(self.load(folder), self.x)


def run(graph: Graph, x: np.ndarray) -> np.ndarray:
    """Return the outputs of a graph for inputs (steps, batch, ...), in float64 where that is in force."""
    with iso.environ.context(dt=graph.dt):
        iso.init_all_states(graph, batch_size=x.shape[1])
        return np.asarray(iso.transform.for_loop(graph, x))


@pytest.fixture
def engine(backend_name: str) -> Any:
    """Run a test on each backend, on the engine that needs no minutes to compile."""
    with iso.environ.context(backend=backend_name, engine=ENGINES.get(backend_name)):
        yield backend_name


@pytest.fixture
def chain() -> Callable[..., Any]:
    """Return a function that joins nodes of nir in a row, between an Input and an Output of the given shapes."""

    def make(nodes: Sequence[Any], inside: Sequence[int], outside: Sequence[int], edges: Sequence[Any] = ()) -> Any:
        names = [f"n{k}" for k in range(len(nodes))]
        row = ["input", *names, "output"]
        ends = {"input": nir.Input(np.array(inside)), "output": nir.Output(np.array(outside))}
        both = [*pairwise(row), *edges]
        return nir.NIRGraph({**ends, **dict(zip(names, nodes, strict=True))}, both, type_check=False)

    return make


def lif(n: int, **fields: Any) -> Any:
    """Return a node LIF of n cells, with some fields given."""
    given = {"tau": 0.02, "r": 1.0, "v_leak": 0.0, "v_threshold": 1.0, "v_reset": 0.0, **fields}
    return nir.LIF(**{name: np.broadcast_to(np.asarray(value, float), (n,)).copy() for name, value in given.items()})


@pytest.fixture
def sound(chain: Callable[..., Any], tmp_path: Path) -> Path:
    """Return the file of a sound graph."""
    path = tmp_path / "sound.nir"
    nir.write(path, chain([nir.Linear(np.ones((3, 2))), lif(3)], [2], [3]), compression=None)
    return path


def refused(error: type[Exception], message: str, source: Any, **options: Any) -> None:
    """Require that loading fails with an error whose message matches, over its lines too."""
    with pytest.raises(error, match=re.compile(message, re.DOTALL)):
        iso.nir.load(source, **options)
