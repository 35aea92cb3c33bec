from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from isospike import environ
from isospike import units as u
from isospike.errors import EnvironError


def in_thread(function: Any) -> Any:
    result: list[Any] = []
    thread = threading.Thread(target=lambda: result.append(function()))
    thread.start()
    thread.join()
    return result[0]


def test_a_context_overrides_and_ends() -> None:
    with environ.context(dt=0.1 * u.ms):
        with environ.context(dt=1 * u.ms, precision=64):
            assert environ.get_dt() == 1 * u.ms
            assert environ.float_dtype() == "float64"
        assert environ.get_dt() == 0.1 * u.ms
        assert environ.float_dtype() == "float32"
    assert environ.get("dt", None) is None


def test_a_context_ends_with_an_error() -> None:
    with pytest.raises(RuntimeError), environ.context(dt=1 * u.ms):
        raise RuntimeError
    assert environ.get("dt", None) is None


def test_set_is_seen_in_other_threads_and_a_context_is_not() -> None:
    environ.set(seed=7)
    with environ.context(seed=9):
        assert environ.get("seed") == 9
        assert in_thread(lambda: environ.get("seed")) == 7
    environ.reset()
    assert environ.get("seed") == 0


def test_a_missing_entry_says_how_to_set_it() -> None:
    with pytest.raises(EnvironError, match=r"no 'dt'.*iso\.environ\.context\(dt=0\.1 \* u\.ms\).*iso\.environ\.set"):
        environ.get_dt()
    with pytest.raises(EnvironError, match=r"no 't'.*context\(t=t\)"):
        environ.get("t")
    assert environ.get("t", 3) == 3


BAD: list[tuple[dict[str, Any], str]] = [
    ({"Dt": 0.1}, "Did you mean 'dt'"),
    ({"precison": 32}, "Did you mean 'precision'"),
    ({"dt": 0.1}, "dt is 0.1, expected a time with a unit"),
    ({"dt": 0.1 * u.mV}, "expected a time with a unit"),
    ({"dt": "0.1 ms"}, "expected a time with a unit"),
    ({"dt": 0 * u.ms}, "expected a positive time"),
    ({"dt": -1 * u.ms}, "expected a positive time"),
    ({"dt": np.nan * u.ms}, "expected a positive time"),
    ({"dt": np.ones(2) * u.ms}, "expected one time"),
    ({"precision": "float16"}, "expected 'float32' or 'float64'"),
    ({"precision": 16}, "expected 'float32' or 'float64'"),
    ({"numerics": "precise"}, "expected 'fast' or 'exact'"),
    ({"seed": -1}, "expected an integer"),
    ({"seed": 1.5}, "expected an integer"),
    ({"seed": True}, "expected an integer"),
    ({"seed": 2**63}, "expected an integer"),
    ({"backend": 3}, "expected a name"),
]


@pytest.mark.parametrize(("entries", "words"), BAD, ids=str)
def test_misspelt_entries_and_impossible_values_are_refused(entries: dict[str, Any], words: str) -> None:
    for use in (environ.set, lambda **e: environ.context(**e).__enter__()):
        with pytest.raises(EnvironError, match=words):
            use(**entries)
    assert environ.all() == {"precision": "float32", "numerics": "fast", "seed": 0}


def test_entries_of_the_user_are_kept() -> None:
    with environ.context(temperature=37.0):
        assert environ.get("temperature") == 37.0
        assert environ.all()["temperature"] == 37.0


def test_seeds_of_numpy_are_integers() -> None:
    with environ.context(seed=np.int64(5)):
        assert environ.get("seed") == 5
