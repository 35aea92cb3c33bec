from __future__ import annotations

from collections import namedtuple
from typing import Any

import pytest

from isospike.tree import flatten, map_leaves, unflatten

Point = namedtuple("Point", "x y")
VALUES: list[Any] = [
    1,
    None,
    (),
    [],
    {},
    (1, [2, {"a": 3, "b": None}]),
    Point(1, (2, 3)),
    {"b": 1, "a": (2,)},
    [Point(None, 1)],
    "text",
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_is_rebuilt_from_its_leaves_and_structure(value: Any) -> None:
    leaves, structure = flatten(value)
    rebuilt = unflatten(structure, leaves)
    assert rebuilt == value
    assert type(rebuilt) is type(value)
    hash(structure)


def test_leaves_come_in_order_and_none_holds_none() -> None:
    assert flatten({"b": 1, "a": (2, None, [3])})[0] == [1, 2, 3]


def test_different_structures_differ() -> None:
    structures = [flatten(v)[1] for v in VALUES]
    assert (
        len({s for s in structures if s is not None}) == len([s for s in structures if s is not None]) - 1
    )  # 1 and "text" are leaves


def test_a_function_is_applied_to_every_leaf() -> None:
    assert map_leaves(lambda x: 2 * x, {"a": (1, [2]), "n": None}) == {"a": (2, [4]), "n": None}
