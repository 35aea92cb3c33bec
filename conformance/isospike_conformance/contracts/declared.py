"""What a model says of itself: its page, its parameters and its States."""

from __future__ import annotations

import inspect
import re
from typing import Any, ClassVar

from isospike import units
from isospike.errors import UnitError
from isospike.graph.trace import Trace
from isospike.module import Module
from isospike.owned import own_states
from isospike.state import ParamState
from isospike_conformance.contracts.contract import expect, refused
from isospike_conformance.contracts.used import Used

__all__ = ["Declared"]


class Declared(Used):
    """Checks of what a model declares."""

    #: Whether every argument has a unit of its own; what is put into a network may have that of what it is meant for.
    has_own_units: ClassVar[bool] = False

    def test_has_a_page(self) -> None:
        """The docstring says what the model is, and it or that of a base names every parameter."""
        pages = [inspect.cleandoc(base.__doc__ or "") for base in self.model.__mro__]
        expect(pages[0], f'{self.title} has no docstring: write """What it is.""" and its parameters below class')
        for name, field in self.model.fields.items():
            told = re.compile(rf"^\s*(?:\w+, )*{name}(?:, \w+)* : .", re.MULTILINE)
            kind = f"Quantity, {field.unit}" if getattr(field, "unit", "") else "..."
            fix = f"add `{name} : {kind}` below Parameters"
            expect(any(map(told.search, pages)), f"the docstring of {self.title} does not tell of {name}: {fix}")

    def test_refuses_parameters_in_another_unit(self) -> None:
        """Whatever quantity the model is given is checked; what is declared by ``parameter`` is."""
        model = self.instance(self.running())
        own = inspect.signature(self.model.__init__).parameters
        for name, held in list(vars(model).items()):
            unit, field = units.split(held)[1], model.fields.get(name)
            if unit is None or "weight" in name or getattr(field, "any_unit", False):
                continue
            wrong = held * units.parse_unit("cd")
            fix = f'declare it: {name}: Any = parameter(1.0, "{units.unit_name(unit)}", "what it is")'
            if field is not None or (self.has_own_units and name in own):
                with refused(UnitError, f"{self.title}({name}=...) in {units.unit_name(units.split(wrong)[1])}", fix):
                    setattr(model, name, wrong) if field is not None else self._rebuilt(model, **{name: wrong})

    def _rebuilt(self, model: Module, **given: Any) -> Module:
        """Return another such model, with one argument in place of the one that the first holds."""
        own = list(inspect.signature(self.model.__init__).parameters.values())[1:]
        held = {p.name: getattr(model, p.name) for p in own if p.default is p.empty and hasattr(model, p.name)}
        rebuilt: Module = self.model(**{**held, **given})
        return rebuilt

    def test_uses_the_states_that_it_declares(self) -> None:
        """States are made in ``init_state``, and a step reads or writes each of them."""
        running = self.running()
        model, declared = self.instance(running), self.model.declared_states()
        trace = Trace()
        with running.environment(), trace.active():
            running.case.step(running.module)
        trace.finished = True
        for name, state in own_states(model):
            if name.startswith("_") or isinstance(state, ParamState):
                continue
            expect(
                name.partition(".")[0] in declared, f"{self.title}.{name} is a State made elsewhere than in init_state"
            )
            expect(state in trace.states, f"{self.title}.{name} is a State that no step reads or writes: remove it")
