"""Cases are found by the names that a user knows."""

from __future__ import annotations

import pytest

import isospike as iso
from isospike.errors import UnknownNameError
from isospike_conformance.find import find_case, find_model


def test_a_case_is_found_before_a_model():
    assert find_case("lif").truth is not None


def test_a_model_is_found_by_its_name_or_its_place():
    assert find_model("LIF") == (iso.LIF, "LIF")
    assert find_model("isospike_models.neurons.lif:LIF") == (iso.LIF, "LIF")
    assert find_case("LIF").name == "LIF"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("LIFF", "Did you mean 'LIF'"),
        ("nowhere.at_all:Model", "cannot be imported"),
        ("isospike_models.neurons.lif:Nothing", "cannot be imported"),
        ("isospike.units:parse_unit", "expected a class"),
    ],
)
def test_what_is_not_known_is_refused_with_what_to_write(source, message):
    with pytest.raises(UnknownNameError, match=message):
        find_case(source)
