"""Warnings point at the line that the user wrote."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import isospike as iso
from isospike import units as u
from isospike.dynamics import duration_steps
from isospike.errors import PlausibilityWarning
from isospike.warn import warn


def start_too_high() -> Any:
    cell = iso.LIF(2, V_th=20 * u.mV, V_initializer=-65 * u.volt)
    return iso.init_all_states(cell)


def assign_too_high() -> None:
    cell = iso.LIF(2, V_th=20 * u.mV)
    cell.V_rest = 3 * u.volt


SLIPS: list[tuple[Callable[[], Any], int]] = [
    (lambda: warn("unlikely"), 0),
    (lambda: iso.LIF(2, V_th=-50 * u.mV), 0),
    (lambda: iso.LIFRef(2, V_th=20 * u.mV, tau=50 * u.second), 0),
    (lambda: iso.Expon.desc(3, tau=50 * u.second).build(), 0),
    (lambda: duration_steps(0.25 * u.ms, "delay"), 0),
    (start_too_high, 2),
    (assign_too_high, 2),
]


@pytest.mark.parametrize(("slip", "line"), SLIPS)
def test_a_warning_names_the_line_of_the_user(numpy_backend: None, slip: Callable[[], Any], line: int) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        slip()
    assert [w.category for w in caught] == [PlausibilityWarning]
    assert caught[0].filename == __file__
    assert caught[0].lineno == inspect.getsourcelines(slip)[1] + line
