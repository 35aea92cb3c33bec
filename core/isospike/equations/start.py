"""Start: the initial value of a State, given as an expression of parameters and other States."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from isospike import registry, units
from isospike.equations.checking import UnitCheck
from isospike.equations.names import check_used
from isospike.equations.nodes import Node
from isospike.equations.parser import read_expression
from isospike.equations.source import Source
from isospike.equations.statements import Statement
from isospike.equations.system import System
from isospike.errors import UnitError
from isospike.graph.trace import tracing
from isospike.initializer import Initializer
from isospike.namespace import to_host

__all__ = ["Start", "as_start", "check_unit"]


@dataclass(frozen=True)
class Start:
    """An expression that gives the initial value of a State.

    Parameters
    ----------
    state : str
        The State.
    text : str
        The expression.
    """

    state: str
    text: str

    @cached_property
    def node(self) -> Node:
        """The tree of the expression."""
        return read_expression(Source(f"from_equations({self.state}_initializer=...)", self.text))

    def check(self, system: System, others: Collection[str]) -> None:
        """Refuse an expression that is no initial value of this State.

        Parameters
        ----------
        system : System
            The model.
        others : collection of str
            The States whose initial value is an expression, this one among them.

        Raises
        ------
        ParameterError, UnitError
            It has another unit, or names what has no value yet; the piece is marked.
        """
        later = {n: "is not there yet: its own initial value is an expression" for n in others}
        known = [*system.states, *system.formulas, *system.parameters]
        check_used(self.node, known, {**system.flowing, **later})
        for name in sorted(system.reached(self.node) & later.keys()):
            raise self.node.error(f"{self.node.piece} needs {name}, which {later[name]}")
        unit = system.states[self.state].unit
        UnitCheck(system).require(self.node, unit, f"{self.state} is in {units.unit_name(unit)}")

    def require_finite(self, value: Any) -> None:
        """Refuse an initial value that is infinite or no number, where it is known.

        Raises
        ------
        ParameterError
        """
        if not tracing() and not np.isfinite(to_host(units.split(value)[0])).all():
            raise self.node.error(f"{self.state} would start at {value}, expected finite values")

    def __call__(self, *arguments: Any) -> Any:
        """Refuse to be drawn from: what an expression gives depends on the cells that it belongs to."""
        raise self.node.error("an initial value that is an expression belongs to a State, not to a parameter")

    def __repr__(self) -> str:
        """Return the text."""
        return repr(self.text)


def as_start(value: Any, name: str) -> Any:
    """Return what makes the initial value of a State: an expression of a text, the same value everywhere of others."""
    if isinstance(value, str):
        return Start(name, str(Start(name, value).node))  # however it was spaced
    return registry.resolve("initialisers", "Constant")(value)


def check_unit(owner: str, start: Any, statement: Statement) -> None:
    """Refuse an initialiser whose values are in another unit than the State.

    Parameters
    ----------
    owner : str
        Who is given it, for messages.
    start : Initializer or Start
        What makes the initial value; an expression knows more, and checks itself.
    statement : Statement
        The differential equation of the State.

    Raises
    ------
    UnitError
        The units do not fit.
    """
    if isinstance(start, Initializer) and not units.same_dimension(start.unit, statement.unit):
        argument = f"{statement.name}_initializer"
        raise UnitError(
            f"{owner}({argument}=...) is {start!r}, expected values that can be read in {statement.unit_text or '1'}: "
            f"write {argument}={units.as_code(0.0, statement.unit_text)}"
        )
