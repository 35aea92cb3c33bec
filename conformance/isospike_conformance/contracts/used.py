"""Used: a model put to use, which its checks then look at."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from isospike.module import Module
from isospike_conformance.case import Case
from isospike_conformance.contracts.contract import Contract, expect
from isospike_conformance.model_case import model_case
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE, Way

__all__ = ["STEPS", "Used"]

STEPS = 50


class Used(Contract):
    """Base of the contracts of models.

    Attributes
    ----------
    model : type
        The class that is checked.
    """

    model: ClassVar[Any]

    @property
    def title(self) -> str:
        """Name of the class."""
        return str(self.model.__name__)

    def case(self) -> Case:
        """Return how the model is put to use; override it where the contract finds no use, or a poor one."""
        return model_case(self.model, self.title)

    @cached_property
    def used(self) -> Case:
        """The case, found once."""
        return self.case()

    def running(self, way: Way = REFERENCE, precision: str = "float32", numerics: str = "exact") -> Running:
        """Return the case at its start."""
        return Running(self.used, way, precision, numerics)

    def instance(self, running: Running) -> Module:
        """Return the model in a running case."""
        found = next((m for m in running.module.modules().values() if type(m) is self.model), None)
        expect(
            found is not None, f"the case of {self.title} holds none: let build() of the case return a module with one"
        )
        assert found is not None
        return found
