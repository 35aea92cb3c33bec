"""G: gradients of a loss, where the spikes that they come from are the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike import registry, tree, units
from isospike.backend import FUSED
from isospike.errors import MissingDependencyError
from isospike.namespace import to_host
from isospike.select import get_backend
from isospike.state import ParamState
from isospike.transform import jit, value_and_grad
from isospike_conformance.compare import compare_bits, compare_gradients, tolerance
from isospike_conformance.levels.level import Level, Outcome
from isospike_conformance.levels.subject import Subject
from isospike_conformance.running import Running
from isospike_conformance.truth import central_differences
from isospike_conformance.way import REFERENCE, Way

__all__ = ["LEVEL", "Learned", "learn", "peer_of"]


@dataclass(frozen=True, eq=False)
class Learned:
    """A loss, the spikes that it came from, and its gradients by parameter."""

    loss: float
    spikes: list[NDArray[Any]]
    gradients: dict[str, NDArray[Any]]


def judge(subject: Subject) -> Outcome:
    """Compare spikes by bits, then gradients with those of another backend, and with differences where it is smooth."""
    numerics, case = subject.exactness, subject.case
    forward = subject.references.once(
        ("forward", case, subject.precision, numerics),
        lambda: learn(Running(case, REFERENCE, subject.precision, numerics), differentiate=False),
    )
    got = learn(subject.running(numerics))
    for expected, spikes in zip(forward.spikes, got.spikes, strict=True):
        verdict = compare_bits(expected, spikes)
        if not verdict:
            return Outcome(False, f"gradients are not compared, since the spikes before them differ: {verdict}")
    if case.smooth and subject.precision == "float64":
        slopes = subject.references.once(("differences", case), lambda: central_differences(case))
        return _outcome(slopes, got, "truth", "differences", subject.precision, "central differences")
    peer = peer_of(subject.way)
    if peer is None:
        return Outcome(None, "no other installed backend claims gradients that these can be compared with")
    other = subject.references.once(
        ("gradients", case, subject.precision, numerics, peer),
        lambda: learn(Running(case, peer, subject.precision, numerics)),
    )
    return _outcome(other.gradients, got, "G", "across_backends", subject.precision, peer.name)


def learn(running: Running, *, differentiate: bool = True) -> Learned:
    """Return loss, spikes and gradients of a case, computed in one program."""
    module, loss = running.module, running.case.loss
    assert loss is not None

    def goal() -> Any:
        return loss(module)

    with running.environment():
        parameters = module.states(ParamState) if differentiate else {}
        if differentiate:
            (value, spikes), gradients = jit(value_and_grad(goal, parameters, has_aux=True))()
        else:
            (value, spikes), gradients = jit(goal)(), {}
        bare = {path: to_host(units.split(g)[0]) for path, g in gradients.items()}
        trains = [to_host(units.split(x)[0]) for x in tree.flatten(spikes)[0]]
        return Learned(float(np.asarray(to_host(units.split(value)[0]))), trains, bare)


def peer_of(way: Way) -> Way | None:
    """Return the default way of the first other installed backend that claims gradients."""
    for name in registry.names("backends"):
        try:
            if name != way.backend and get_backend(name).capabilities["gradient"].claimed:
                return Way(name)
        except (MissingDependencyError, KeyError):
            continue
    return None


def _outcome(
    expected: Mapping[str, NDArray[Any]], got: Learned, level: str, quantity: str, precision: str, what: str
) -> Outcome:
    verdict = compare_gradients(expected, got.gradients, tolerance(level, quantity, precision).number)
    spikes = f"{int(sum(np.count_nonzero(s) for s in got.spikes))} spikes identical, " if got.spikes else ""
    return Outcome(verdict.passed, f"{spikes}against {what}: {verdict}", verdict.largest)


LEVEL = Level(
    "G",
    "Gradients agree with those of another backend, and with finite differences where there are no spikes.",
    needs=("gradient",),
    judge=judge,
    # Gradients with generated code are those of another engine of the same backend.
    quick=lambda subject: subject.is_default and subject.way.instance().engine != FUSED,
)
