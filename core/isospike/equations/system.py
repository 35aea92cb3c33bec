"""A model as its equations say it, read and ordered but not yet a class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from isospike.equations.evaluate import reached
from isospike.equations.nodes import Node
from isospike.equations.statements import CONSTANT, HELD, Assignment, Statement

__all__ = ["INPUT", "INPUT_GIVEN", "NOISE", "System", "is_noise"]

INPUT = "I"
"""The name of the current that flows in."""
INPUT_GIVEN = (
    f"{INPUT} is the input current: call the cells with it, as in cells(0.2 * u.nA), or name the constant {INPUT}_0"
)
"""Said where it is given a value, which nothing would read."""
NOISE = "xi"
"""The name of white noise; ``xi_a`` and the like are others, independent of it."""


@dataclass(frozen=True, eq=False)
class System:
    """Differential equations, and when and how they are interrupted by a spike.

    Parameters
    ----------
    states : mapping of str to Statement
        The differential equations by their State.
    formulas : mapping of str to Statement
        The sub-expressions, those first that others need.
    parameters : mapping of str to Unit or None
        The unit of each parameter.
    potential : str
        The State that delta inputs change, and that projections see.
    input_unit : str
        The unit of the input current; empty for a pure number.
    threshold : Node, optional
        The condition of a spike.
    reset : sequence of Assignment
        What a spike does; a model without one spikes where the condition becomes true.
    scale : Node, optional
        What the distance from the threshold is measured in.
    refractory : str
        The parameter that is the refractory period; empty where there is none.
    """

    states: Mapping[str, Statement]
    formulas: Mapping[str, Statement]
    parameters: Mapping[str, Any]
    potential: str
    input_unit: str
    threshold: Node | None = None
    reset: tuple[Assignment, ...] = ()
    scale: Node | None = None
    refractory: str = ""

    @property
    def rights(self) -> dict[str, Node]:
        """The right-hand sides of the sub-expressions."""
        return {name: s.right for name, s in self.formulas.items() if s.right is not None}

    @property
    def constant(self) -> tuple[str, ...]:
        """The sub-expressions that keep, over a step, the value at its beginning."""
        return tuple(name for name, s in self.formulas.items() if s.flag == CONSTANT)

    @property
    def held(self) -> tuple[str, ...]:
        """The States that stand still while a cell is refractory."""
        return tuple(name for name, s in self.states.items() if s.flag == HELD)

    @property
    def noises(self) -> tuple[str, ...]:
        """The names of white noise, in the order in which the equations name them."""
        names = (name for s in self.states.values() for name in sorted(self.reached(s.right)))
        return tuple(dict.fromkeys(name for name in names if is_noise(name)))

    @property
    def remembered(self) -> tuple[str, ...]:
        """The States whose value before the step decides whether a cell spikes: without a reset, crossings count."""
        if self.threshold is None or self.reset:
            return ()
        return tuple(name for name in self.states if name in self.reached(self.threshold))

    def expressions(self) -> Iterator[Node]:
        """Yield every expression of the model."""
        yield from self.rights.values()
        yield from (s.right for s in self.states.values() if s.right is not None)
        yield from (a.right for a in self.reset)
        yield from (node for node in (self.threshold, self.scale) if node is not None)

    def reached(self, node: Node | None) -> set[str]:
        """Return all names that an expression needs, by way of sub-expressions too."""
        return set() if node is None else reached(node, self.rights)

    def reached_by(self, formula: str) -> set[str]:
        """Return all names that a sub-expression needs."""
        return self.reached(self.formulas[formula].right)

    @property
    def flowing(self) -> dict[str, str]:
        """The names that have a value only while a step is integrated, each with the reason."""
        found = {name: "needs the input current" for name in self.formulas if INPUT in self.reached_by(name)}
        return {
            NOISE: "is white noise, which only a differential equation can hold",
            **found,
            INPUT: "is the input current, which is known only while a step is integrated",
        }

    def description(self) -> dict[str, Any]:
        """Return the model as plain texts, the same however it was spaced."""
        given = {
            "equations": "\n".join(map(str, (*self.formulas.values(), *self.states.values()))),
            "threshold": None if self.threshold is None else str(self.threshold),
            "reset": "; ".join(map(str, self.reset)),
            "scale": None if self.scale is None else str(self.scale),
            "refractory": self.refractory,
            "potential": self.potential,
            "input": self.input_unit or "1",
        }
        return {key: value for key, value in given.items() if value}


def is_noise(name: str) -> bool:
    """Say whether a name stands for white noise."""
    return name == NOISE or name.startswith(f"{NOISE}_")
