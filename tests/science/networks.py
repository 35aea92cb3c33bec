"""The networks of docs/examples, to be built in part or whole, run on any backend, and looked into."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np

import isospike as iso
from isospike import units as u
from isospike.config.build import build_network
from isospike.config.document import checked
from isospike.config.place import Place
from isospike.config.plan import Plan, load
from isospike.config.schema import Document
from isospike.namespace import to_host

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
FILES = {name: next(EXAMPLES.glob(f"{name}.*")) for name in ("coba", "cuba", "hh", "izhikevich")}


def plan_of(name: str, divisor: int = 1) -> Plan:
    """Return the plan of an example; of a network file also with fewer cells, and as many synapses to each."""
    path = FILES[name]
    if divisor == 1:
        return load(path)
    data = tomllib.loads(path.read_text())
    del data["parameter_hash"]
    cells = data["populations"]["cells"]
    cells["size"] //= divisor
    cells["groups"] = {group: [first // divisor, end // divisor] for group, (first, end) in cells["groups"].items()}
    for projection in data["projections"].values():
        projection["comm"]["prob"] *= divisor
    document = checked(Document, data, Place(str(path)))
    return Plan(path, document.run, document.record, lambda: build_network(document, str(path)))


def build(name: str, divisor: int = 1, **environment: Any) -> tuple[Any, dict[str, Any]]:
    """Return an initialised example and the environment to run it in."""
    plan = plan_of(name, divisor)
    environment = {**plan.environment(), **environment}
    with iso.environ.context(**environment):
        return iso.init_all_states(plan.build()[0]), environment


def simulated(name: str, ms: float, **environment: Any) -> Any:
    """Return the result of some milliseconds."""
    net, environment = build(name, **environment)
    with iso.environ.context(**environment):
        return iso.simulate(net, ms * u.ms)


def numbers(value: Any, unit: Any) -> np.ndarray:
    """Return a State, or a quantity, as float64 numbers of a unit."""
    mantissa, given = u.split(getattr(value, "value", value))
    return np.asarray(to_host(mantissa), dtype=np.float64) * u.scale_factor(given, unit)


def targets(net: Any) -> list[np.ndarray]:
    """Return the cells that each cell excites or inhibits."""
    found: list[np.ndarray] = []
    for projection in (net.exc, net.inh):
        csr = projection.comm.csr
        found += np.split(csr.indices, csr.indptr[1:-1])
    return found


class Running:
    """A network of the examples on one backend, which gives all its States step by step."""

    def __init__(self, name: str, precision: str, backend: str, engine: str | None = None, *, divisor: int = 1) -> None:
        chosen = {"backend": backend, "engine": engine, "precision": precision, "numerics": "exact"}
        self.net, self.environment = build(name, divisor, **chosen)

    def run(self, n_steps: int) -> dict[str, np.ndarray]:
        """Return the States after each of some steps, and the spikes, as the whole numbers that their bits are."""
        states = self.net.states(iso.ShortTermState)

        def step() -> Any:
            spikes = self.net()["cells"]
            return [*(s.value for s in states.values()), spikes]

        with iso.environ.context(**self.environment):
            arrays = [to_host(u.split(x)[0]) for x in iso.transform.for_loop(step, length=n_steps)]
        return {k: a.view(f"uint{8 * a.itemsize}") for k, a in zip((*states, "spikes"), arrays, strict=True)}


def require_same(got: dict[str, np.ndarray], expected: dict[str, np.ndarray], what: str) -> None:
    """Refuse States of which one differs in one bit at one step."""
    for path, bits in expected.items():
        differs = (got[path] != bits).reshape(len(bits), -1).any(axis=1)
        assert not differs.any(), f"{what}: {path} differs from step {int(np.argmax(differs))} on"
