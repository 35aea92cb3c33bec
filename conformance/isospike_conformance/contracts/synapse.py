"""SynapseContract: what every synapse keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import isospike as iso
from isospike import units
from isospike.module import Module
from isospike.namespace import to_host
from isospike_conformance.case import Case
from isospike_conformance.contracts.contract import NotAsked, expect
from isospike_conformance.contracts.model import ModelContract
from isospike_conformance.contracts.used import STEPS
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE

__all__ = ["SynapseContract"]

_WEIGHTS = ("nS", "pA", "mV")
_N = 8


class SynapseContract(ModelContract):
    """What every synapse keeps, in a network of two populations and alone.

    Attributes
    ----------
    model : type
        A subclass of Synapse.
    parameters : mapping
        Arguments of its constructor beside the size; none by default. They are those of a synapse alone; override
        ``case`` where the network needs others.
    """

    parameters: ClassVar[Mapping[str, Any]] = {}
    has_own_units = True

    def test_takes_the_unit_of_the_weights(self) -> None:
        """Where a sum of inputs is the sum of responses, the variable is in the unit of whatever arrives."""
        if not self.model.is_linear:
            raise NotAsked(f"{self.title} is held per presynaptic cell, where its variable is a number")
        for name in _WEIGHTS:
            unit = units.parse_unit(name)
            found = units.split(self._response(unit, np.ones(_N))[1])[1]
            fix = "make States of units.quantity(iso.math.zeros(shape), self.unit)"
            expect(units.same_dimension(found, unit), f"{self.title} of weights in {name} is in {found}: {fix}")

    def test_responds_as_it_says(self) -> None:
        """``update`` returns ``conductance()``, and a sum of inputs gives the sum of responses if so declared."""
        unit = units.parse_unit("nS") if self.model.is_linear else None
        a, b = np.linspace(0.0, 1.0, _N), np.linspace(2.0, 0.0, _N)
        runs = [[to_host(units.split(x)[0]) for x in self._response(unit, given)] for given in (a, b, a + b)]
        for returned, held in runs:
            expect((returned == held).all(), f"{self.title}: update() returns something else than conductance()")
            expect(held.shape == (STEPS, _N), f"{self.title}({_N}) has shape {held.shape[1:]}, expected ({_N},)")
        if self.model.is_linear:
            fix = "write is_linear = False, so that it is held per presynaptic cell"
            close = np.allclose(runs[0][1] + runs[1][1], runs[2][1], rtol=1e-9, atol=1e-12)
            expect(close, f"{self.title} says is_linear, but two inputs together do not give the sum of both: {fix}")

    def _response(self, unit: Any, weights: Any) -> tuple[Any, Any]:
        """Return what ``update`` and ``conductance`` return in each step after one event of these weights."""
        fed = Running(Case(self.title, "", lambda: _Fed(self._made(unit), weights)), REFERENCE, "float64", "fast")
        with fed.environment():
            pair: tuple[Any, Any] = iso.transform.for_loop(fed.module, length=STEPS)
        return pair

    def _made(self, unit: Any) -> Any:
        synapse = self.model(_N, **self.parameters)
        synapse.unit = unit
        return synapse


class _Fed(Module):
    """A synapse that receives one event."""

    def __init__(self, synapse: Any, weights: Any) -> None:
        self.synapse, self.weights = synapse, weights

    def init_state(self, batch_size: int | None = None) -> None:
        """Count the steps."""
        self.step = iso.ShortTermState(np.int32(0))

    def update(self) -> Any:
        """Deliver the event in the first step."""
        first = iso.math.where(self.step.value == 0, 1.0, 0.0)
        self.step.value = self.step.value + 1
        event = units.quantity(first * self.weights, self.synapse.unit)
        if self.synapse.is_linear:  # held per postsynaptic cell, where projections leave what arrives
            self.synapse.add_delta_input(event)
        returned = self.synapse() if self.synapse.is_linear else self.synapse(event)
        return returned, self.synapse.conductance()
