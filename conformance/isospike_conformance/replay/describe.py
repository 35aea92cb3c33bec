"""A differing node in words: where the model says it, what it was given and what a compiler made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import PurePath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike.graph.ir import Node, Value
from isospike_conformance.compare.bits import hex_text
from isospike_conformance.compare.element import Element
from isospike_conformance.compare.nodedivergence import NodeDivergence, Operand
from isospike_conformance.replay.onestep import OneStep
from isospike_conformance.replay.parting import Parting

__all__ = ["describe"]

Data = Mapping[Value, NDArray[Any]]


def describe(step: OneStep, parting: Parting, known: Data, state: str, at: Element, form: str) -> NodeDivergence:
    """Return what is to be said of a node.

    Parameters
    ----------
    step : OneStep
        The step that it is of.
    parting : Parting
        The node and both results.
    known : dict of Value to array
        All values of the step.
    state : str
        The State that it leads to.
    at : Element
        The element of the results to be shown.
    form : {"alone", "fused"}
        Whether it differs by itself, or only compiled together with others.
    """
    node, bits = parting.node, parting.bits
    makers = {v: maker for maker in step.graph.nodes for v in maker.outputs}
    label = node.op.name
    if form == "fused" and any(
        _rounds_once(parting, exact, at.index) for exact in _sums(node, makers, known, at.index)
    ):
        label = f"multiply-{label}"
    return NodeDivergence(
        op=node.op.name,
        label=label,
        module=step.path(node.origin.module),
        file=PurePath(node.origin.file).name,
        line=node.origin.line,
        form=form,
        state=state,
        unit=step.units.get(parting.value, ""),
        operands=tuple(_operand(step, v, makers, known[v], parting, at.index) for v in node.inputs),
        size=bits.size,
        n_differ=bits.n_differ or 0,
        first=at,
    )


def _operand(
    step: OneStep, value: Value, makers: Mapping[Value, Node], array: NDArray[Any], parting: Parting, index: int
) -> Operand:
    element = _element(array, parting.reference.shape, index)
    single = None if element is None else element.item()
    return Operand(
        name=_name(step, value, makers.get(value)),
        dtype=array.dtype.name,
        shape=array.shape,
        value=single,
        hex="" if element is None else hex_text(element),
    )


def _name(step: OneStep, value: Value, maker: Node | None) -> str:
    if maker is None:
        return step.names.get(value, "constant")
    origin = maker.origin
    line = f"{PurePath(origin.file).name}:{origin.line}"
    return f"{maker.op.name} at {step.path(origin.module)} ({line})"


def _element(array: NDArray[Any], shape: tuple[int, ...], index: int) -> NDArray[Any] | None:
    """Return the element that an element-wise operation makes the one at ``index`` of; None where it is none."""
    try:
        return np.asarray(np.broadcast_to(array, shape)[np.unravel_index(index, shape)])
    except ValueError:
        return None


def _sums(node: Node, makers: Mapping[Value, Node], known: Data, index: int) -> Iterator[Fraction]:
    """Yield a * b + c without any rounding, for each product that an addition or subtraction is given."""
    if node.op.name not in ("add", "subtract"):
        return
    shape, sign = node.outputs[0].aval.shape, -1 if node.op.name == "subtract" else 1
    for place, factor in ((0, (1, sign)), (1, (sign, 1))):
        product, other = node.inputs[place], node.inputs[1 - place]
        maker = makers.get(product)
        if maker is None or maker.op.name != "multiply":
            continue
        elements = [_element(known[v], shape, index) for v in (*maker.inputs, other)]
        if all(e is not None and np.isfinite(e) for e in elements):
            a, b, c = (Fraction(e.item()) for e in elements if e is not None)
            yield factor[0] * a * b + factor[1] * c


def _rounds_once(parting: Parting, exact: Fraction, index: int) -> bool:
    """Say whether a side has the number of its dtype that is closest to the exact one."""
    return any(_is_closest(side.reshape(-1)[index], exact) for side in (parting.reference, parting.candidate))


def _is_closest(result: Any, exact: Fraction) -> bool:
    if not np.isfinite(result):
        return False
    around = [np.nextafter(result, result.dtype.type(end)) for end in (-np.inf, np.inf)]
    error = abs(Fraction(result.item()) - exact)
    return all(error <= abs(Fraction(n.item()) - exact) for n in around if np.isfinite(n))
