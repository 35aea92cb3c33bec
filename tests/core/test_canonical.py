from __future__ import annotations

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.canonical import canonical, digest


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (5 * u.ms, 0.005 * u.second),
        (2.3 * u.ms, 0.0023 * u.second),
        (1, 1.0),
        (np.float32(0.5), 0.5),
        ([1.0, 2], [1, 2.0]),
        (iso.LIF(3, tau=5 * u.ms), iso.LIF(3, tau=0.005 * u.second)),
        (iso.ReluGrad(), iso.ReluGrad(alpha=0.3)),
    ],
)
def test_equal_parameters_have_equal_forms_and_hashes(a: object, b: object) -> None:
    assert canonical(a) == canonical(b)
    assert hash(canonical(a)) == hash(canonical(b))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (5 * u.ms, 5 * u.mV),
        (5 * u.ms, 5.0),
        (np.ones(2), np.ones((1, 2))),
        ("a", "b"),
        (0.1, 0.1 + 2e-17 * 2),
        (iso.LIF(3), iso.LIF(4)),
        (iso.LIF(3), iso.LIF(3, tau=6 * u.ms)),
        (iso.LIF(3), iso.LIFRef(3)),
        (iso.ReluGrad(), iso.ReluGrad(alpha=0.4)),
        (iso.ParamState(1.0), iso.ParamState(1.0)),
        ((1, 2), [1, 2]),
    ],
)
def test_different_parameters_have_different_forms(a: object, b: object) -> None:
    assert canonical(a) != canonical(b)


def test_a_trainable_parameter_equals_itself() -> None:
    weight = iso.ParamState(1.0)
    assert canonical(weight) == canonical(weight)


def test_a_digest_ignores_the_order_of_keys_and_refuses_nan() -> None:
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
    with pytest.raises(ValueError, match="JSON"):
        digest({"a": float("nan")})
