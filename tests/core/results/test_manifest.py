from __future__ import annotations

import datetime
import enum
import json
from pathlib import Path

import numpy as np
import pytest

from isospike.errors import ParameterError
from isospike.results import plain_json


class Colour(enum.Enum):
    RED = "red"


def test_manifest_becomes_plain_json() -> None:
    given = {
        "seed": np.int64(7),
        "dt": np.float32(0.5),
        "path": Path("a") / "b",
        "bad": float("nan"),
        "worse": np.float64("-inf"),
        "shape": (2, np.array([1, 2])),
        "names": {"b", "a"},
        "when": datetime.date(2026, 1, 2),
        "colour": Colour.RED,
        "dtype": np.dtype("float32"),
        3: {True: None},
    }
    plain = plain_json(given)
    assert plain == {
        "seed": 7,
        "dt": 0.5,
        "path": str(Path("a") / "b"),
        "bad": None,
        "worse": "-inf",
        "shape": [2, [1, 2]],
        "names": ["a", "b"],
        "when": "2026-01-02",
        "colour": "red",
        "dtype": "float32",
        "3": {"True": None},
    }
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


def test_manifest_names_the_entry_that_json_cannot_hold() -> None:
    with pytest.raises(ParameterError, match=r"manifest\['a'\]\[1\] is a object"):
        plain_json({"a": [1, object()]})
