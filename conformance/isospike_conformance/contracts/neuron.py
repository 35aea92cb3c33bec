"""NeuronContract: what every neuron keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

import isospike as iso
from isospike import units
from isospike.dynamics import Dynamics
from isospike.errors import ShapeError, UnitError
from isospike.namespace import to_host
from isospike_conformance.case import Case
from isospike_conformance.contracts.contract import NotAsked, expect, refused
from isospike_conformance.contracts.model import ModelContract
from isospike_conformance.contracts.used import STEPS
from isospike_conformance.running import Running
from isospike_conformance.usage import SPREAD, Driven, N
from isospike_conformance.way import REFERENCE

__all__ = ["NeuronContract"]


class NeuronContract(ModelContract):
    """What every neuron keeps, under currents from far below its threshold to far above.

    Attributes
    ----------
    model : type
        A subclass of Neuron.
    parameters : mapping
        Arguments of its constructor beside the size; none by default.
    """

    parameters: ClassVar[Mapping[str, Any]] = {}
    has_own_units = True

    def make(self, size: Any) -> Any:
        """Return a population."""
        return self.model(size, **self.parameters)

    def case(self) -> Case:
        """Return cells under constant currents."""
        about = f"Catches an operation of {self.title} that rounds in another way."
        return Case(self.title, about, lambda: Driven(self.make(N)), rounding="hh")

    def test_has_the_shape_of_its_population(self) -> None:
        """Spikes and potentials have a cell's worth for each cell, however the cells are arranged."""
        row, sheet = self._outputs(N), self._outputs((4, N // 4))
        for size, found in ((N,), row), ((4, N // 4), sheet):
            fix = f"expected {size}: make States of the shape self.in_size"
            expect(found.shape[1:] == size, f"a step of {self.title}({size}) returns shape {found.shape[1:]}, {fix}")
        expect(
            (sheet.reshape(row.shape) == row).all(), f"{self.title} computes otherwise where its cells have two axes"
        )

    def test_refuses_inputs_of_another_unit_or_shape(self) -> None:
        """An input goes through ``input_current``, which checks it."""
        fix = "add up inputs by self.input_current(x, V)"
        unit = units.parse_unit(self.model.input_unit) if self.model.input_unit else None
        running = self._alone(N)
        with running.environment():
            with refused(UnitError, f"an input of {self.title} in candela", fix):
                running.module(units.quantity(1.0, units.parse_unit("cd")))
            with refused(ShapeError, f"an input of {self.title} for {N + 1} cells", fix):
                running.module(units.quantity(np.zeros(N + 1), unit))

    def test_spikes_are_zero_or_one(self) -> None:
        """``spike`` returns 1 for cells that have just spiked, and 0 for the others; some currents make it do both."""
        if self.model.spike is Dynamics.spike:
            raise NotAsked(f"{self.title} does not spike")
        running = self.running()
        with running.environment():
            cells: Any = self.instance(running)

            def step() -> Any:
                running.case.step(running.module)
                return cells.spike()

            trains = to_host(iso.transform.for_loop(step, length=500))
        other = sorted({*np.unique(trains).tolist()} - {0.0, 1.0})
        expect(not other, f"{self.title}.spike() returns {other[:3]}, expected 0 or 1: return self.spk_fun(...)")
        fix = f"input_unit = {self.model.input_unit!r} should be one in which currents about 1 matter"
        silent = f"{self.title} does not spike under currents up to {SPREAD[-1]:g} in its input_unit"
        expect(trains.any(), f"{silent}: {fix}")

    def _outputs(self, size: Any) -> Any:
        """Return what some steps of a population return, on the host."""
        running = self._alone(size)
        unit = units.parse_unit(self.model.input_unit) if self.model.input_unit else None
        with running.environment():
            x = units.quantity(SPREAD.reshape(running.module.in_size), unit)
            outputs = iso.transform.for_loop(lambda: units.split(running.module(x))[0], length=STEPS)
        return to_host(outputs)

    def _alone(self, size: Any) -> Running:
        """Return a population and nothing else, at its start."""
        return Running(Case(self.title, "", lambda: self.make(size)), REFERENCE)
