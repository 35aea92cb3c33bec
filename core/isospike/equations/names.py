"""The names of a model: each has one meaning, and each that is used has some."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from keyword import iskeyword

from isospike.equations.evaluate import unit_named
from isospike.equations.functions import CONSTANTS, FUNCTIONS
from isospike.equations.nodes import Node, named
from isospike.equations.statements import Statement
from isospike.equations.system import INPUT, INPUT_GIVEN, NOISE, is_noise
from isospike.errors import nearest
from isospike.neuron import Neuron

__all__ = ["check_definition", "check_used", "in_order"]

_TIME = ("t", "dt")
_RESERVED = ("in_size", "out_size", "int", "system", "made_of", "spk_fun", "method", "refractory")
_OPTIONS = ("kind", "equations", "threshold", "reset", "scale", "potential", "input", "name", "model", "size", "groups")
_SUFFIXES = ("_initializer", "_before")


def why_taken(name: str) -> str:
    """Return what a name means already, so that no model can define it; nothing where it is free."""
    if name in FUNCTIONS:
        return "the name of a function"
    if name in CONSTANTS or name in _TIME or is_noise(name):
        return f"known already: it is {'white noise' if is_noise(name) else 'time' if name in _TIME else 'a constant'}"
    if iskeyword(name):
        return "a word of Python, so that no value could be given to it by name"
    if unit_named(name) is not None:
        return "a unit, so that 5*" + name + " would have two meanings"
    if name in (*_RESERVED, *_OPTIONS) or name.endswith(_SUFFIXES) or name.startswith("_") or hasattr(Neuron, name):
        return "an attribute that every neuron has, or may have"
    return ""


def check_definition(statement: Statement, defined: Iterable[str]) -> None:
    """Refuse a statement that defines a name which has a meaning already.

    Raises
    ------
    ParameterError
        The name is marked.
    """
    name = statement.name.name
    if name in defined:
        raise statement.name.error(f"{name!r} is defined twice: give each its own name")
    if why := why_taken(name):
        raise statement.name.error(f"{name!r} is {why}: choose another name, such as {name}_m")
    if name == INPUT and statement.kind != "parameter":
        raise statement.name.error(f"{INPUT!r} is the input current: declare its unit by I : nA, and name others I_x")
    if name == INPUT and statement.flag:
        raise statement.name.error(INPUT_GIVEN)


def check_used(node: Node, known: Iterable[str], without: Mapping[str, str]) -> None:
    """Refuse an expression with a name that means nothing, or nothing there.

    Parameters
    ----------
    node : Node
        The expression.
    known : iterable of str
        What the model defines.
    without : mapping of str to str
        Known names that have no value there, and why; ``xi`` stands for all white noise.

    Raises
    ------
    ParameterError
        The name is marked.
    """
    known = [*known, *CONSTANTS, *_TIME, INPUT, NOISE]
    for name in named(node):
        text = name.name
        if why := without.get(NOISE if is_noise(text) else text):
            raise name.error(f"{text!r} {why}")
        if text in known or is_noise(text) or unit_named(text) is not None:
            continue
        hint = " Units of one letter are spelt out: volt, ampere, meter." if len(text) == 1 else nearest(text, known)
        fix = f"declare it in the equations, as in {text} : mV, or give its value beside them"
        raise name.error(f"{text!r} means nothing here.{hint} If it is a parameter, {fix}")


def in_order(formulas: Mapping[str, Statement]) -> dict[str, Statement]:
    """Return sub-expressions, those first that others need.

    Raises
    ------
    ParameterError
        Some need each other; one is marked.
    """
    needs = {n: {x.name for x in named(s.right)} & formulas.keys() for n, s in formulas.items() if s.right is not None}
    try:
        return {name: formulas[name] for name in TopologicalSorter(needs).static_order()}
    except CycleError as error:
        cycle = list(reversed(error.args[1]))
        raise formulas[cycle[0]].name.error(
            f"{' needs '.join(cycle)}: sub-expressions cannot need each other. Make one a State, as in d{cycle[0]}/dt"
        ) from None
