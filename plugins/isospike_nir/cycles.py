"""Loops of edges: where they are cut, so that the nodes can be run one after the other in each step."""

from __future__ import annotations

from isospike_nir.nodes import KINDS
from isospike_nir.wiring import Wiring

__all__ = ["cut", "in_order"]

Edge = tuple[str, str]


def cut(wiring: Wiring, dt: float) -> tuple[set[Edge], set[str]]:
    """Return the edges that carry what their node gave in the step before, and the delays that close a loop.

    A delay of a step or more in a loop closes it: its first step is that of the edges to it. Every other loop gets one
    step. It is cut at the nodes with a state, behind which the values are those of the step before, on the way
    back to the node of the loop that lies next to the inputs: a layer and the one before it act in the same step.
    """
    late: set[Edge] = set()
    closing: set[str] = set()
    while loops := _loops(wiring, late):
        for loop in loops:
            delays = {n for n in loop if KINDS[wiring.nodes[n].type].closes_loop(wiring.nodes[n], dt)} - closing
            if delays:
                closing |= delays
                late |= {(a, b) for a, b in wiring.edges if b in delays}
            else:
                late |= _behind_states(wiring, loop, late)
    return late, closing


def in_order(wiring: Wiring, late: set[Edge]) -> list[str]:
    """Return the nodes in an order in which all that arrives at a node in the same step is there before it."""
    waits = {n: {a for a, b in wiring.edges if b == n and (a, b) not in late} for n in wiring.nodes}
    order: list[str] = []
    while waits:
        ready = [n for n, sources in waits.items() if not sources]
        order += ready
        waits = {n: sources.difference(ready) for n, sources in waits.items() if n not in ready}
    return order


def _behind_states(wiring: Wiring, loop: set[str], late: set[Edge]) -> set[Edge]:
    """Return the edges of a loop at which the way back to its first node is cut."""
    distance = _distances(wiring)
    first = min(loop, key=lambda n: (distance.get(n, len(distance)), n))
    inside = [(a, b) for a, b in wiring.edges if a in loop and b in loop and (a, b) not in late]
    found: set[Edge] = set()
    seen, ahead = {first}, [first]
    while ahead:
        node = ahead.pop()
        for edge in inside:
            source = edge[0]
            if edge[1] != node:
                continue
            if KINDS[wiring.nodes[source].type].has_state():
                found.add(edge)
            elif source not in seen:
                seen.add(source)
                ahead.append(source)
    # A loop in which nothing has a state is cut before its first node.
    return found or {edge for edge in inside if edge[1] == first}


def _distances(wiring: Wiring) -> dict[str, int]:
    """Return the number of edges from the inputs to each node."""
    distance = dict.fromkeys(wiring.ends("Input"), 0)
    ahead = list(distance)
    while ahead:
        node = ahead.pop(0)
        for follower in wiring.after(node):
            if follower not in distance:
                distance[follower] = distance[node] + 1
                ahead.append(follower)
    return distance


def _loops(wiring: Wiring, late: set[Edge]) -> list[set[str]]:
    """Return the sets of nodes each of which can be reached from each other, over edges that are not late."""
    ahead = {n: {b for a, b in wiring.edges if a == n and (a, b) not in late} for n in wiring.nodes}
    reached = {n: _reached(n, ahead) for n in wiring.nodes}
    loops: list[set[str]] = []
    for name in wiring.nodes:
        if name in reached[name] and not any(name in loop for loop in loops):
            loops.append({n for n in reached[name] if name in reached[n]})
    return loops


def _reached(start: str, ahead: dict[str, set[str]]) -> set[str]:
    found: set[str] = set()
    stack = [start]
    while stack:
        new = ahead[stack.pop()] - found
        found |= new
        stack += new
    return found
