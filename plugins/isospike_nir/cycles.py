"""Loops of edges: where they are cut, so that the nodes can be run one after the other in each step."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from isospike_nir.nodes import KINDS
from isospike_nir.wiring import Wiring

__all__ = ["cut", "in_order"]

Edge = tuple[str, str]
Next = Callable[[str], Iterable[str]]


def cut(wiring: Wiring, dt: float) -> tuple[set[Edge], set[str]]:
    """Return the edges that carry what their node gave in the step before, and the delays that close a loop.

    A delay of a step or more in a loop closes it: its first step is that of the edges to it. Every other loop gets one
    step. It is cut at the nodes with a state, behind which the values are those of the step before, on the way
    back to the node of the loop that lies next to the inputs: a layer and the one before it act in the same step.
    """
    late: set[Edge] = set()
    closing: set[str] = set()
    distance = _distances(wiring)
    ahead = [set(wiring.nodes)]
    while ahead:
        for loop in _loops(wiring, ahead.pop(), late):
            delays = {n for n in loop if KINDS[wiring.nodes[n].type].closes_loop(wiring.nodes[n], dt)} - closing
            if delays:
                closing |= delays
                late |= {(a, n) for n in delays for a in wiring.before(n)}
            else:
                late |= _behind_states(wiring, loop, late, distance)
            ahead.append(loop)
    return late, closing


def in_order(wiring: Wiring, late: set[Edge]) -> list[str]:
    """Return the nodes in an order in which all that arrives at a node in the same step is there before it."""
    place = {name: k for k, name in enumerate(wiring.nodes)}
    waits = {n: sum((a, n) not in late for a in wiring.before(n)) for n in wiring.nodes}
    order: list[str] = []
    ready = [n for n, sources in waits.items() if not sources]
    while ready:
        order += ready
        followers = [b for a in ready for b in wiring.after(a) if (a, b) not in late]
        for name in followers:
            waits[name] -= 1
        ready = sorted({n for n in followers if not waits[n]}, key=place.__getitem__)
    return order


def _behind_states(wiring: Wiring, loop: set[str], late: set[Edge], distance: dict[str, int]) -> set[Edge]:
    """Return the edges of a loop at which the way back to its first node is cut."""
    first = min(loop, key=lambda n: (distance.get(n, len(distance)), n))
    found: set[Edge] = set()
    seen, ahead = {first}, [first]
    while ahead:
        node = ahead.pop()
        for source in wiring.before(node):
            if source not in loop or (source, node) in late:
                continue
            if KINDS[wiring.nodes[source].type].has_state():
                found.add((source, node))
            elif source not in seen:
                seen.add(source)
                ahead.append(source)
    # A loop in which nothing has a state is cut before its first node.
    return found or {(a, first) for a in wiring.before(first) if a in loop and (a, first) not in late}


def _distances(wiring: Wiring) -> dict[str, int]:
    """Return the number of edges from the inputs to each node."""
    distance = dict.fromkeys(wiring.ends("Input"), 0)
    ahead = deque(distance)
    while ahead:
        node = ahead.popleft()
        for follower in wiring.after(node):
            if follower not in distance:
                distance[follower] = distance[node] + 1
                ahead.append(follower)
    return distance


def _loops(wiring: Wiring, inside: set[str], late: set[Edge]) -> list[set[str]]:
    """Return the sets of nodes each of which can be reached from each other, over edges inside that are not late."""

    def after(node: str) -> Iterator[str]:
        return (b for b in wiring.after(node) if b in inside and (node, b) not in late)

    def before(node: str) -> Iterator[str]:
        return (a for a in wiring.before(node) if a in inside and (a, node) not in late)

    # Kosaraju: walk all, then backwards from the node that was left last; what that reaches lies in a loop with it.
    left: list[str] = []
    seen: set[str] = set()
    for name in (n for n in wiring.nodes if n in inside):
        _walk(name, after, seen, left)
    loops: list[set[str]] = []
    seen = set()
    for name in reversed(left):
        found: list[str] = []
        _walk(name, before, seen, found)
        if len(found) > 1 or (found and name in after(name)):
            loops.append(set(found))
    return loops


def _walk(start: str, ahead: Next, seen: set[str], left: list[str]) -> None:
    """Visit whatever can be reached and was not seen, and put down each node when all behind it is."""
    if start in seen:
        return
    seen.add(start)
    way = [(start, iter(ahead(start)))]
    while way:
        node, rest = way[-1]
        new = next((n for n in rest if n not in seen), None)
        if new is None:
            left.append(node)
            way.pop()
        else:
            seen.add(new)
            way.append((new, iter(ahead(new))))
