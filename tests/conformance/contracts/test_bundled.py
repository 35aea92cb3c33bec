"""Every bundled model and backend keeps its contract."""

from __future__ import annotations

import inspect
from functools import cache

import pytest

from isospike import registry
from isospike_conformance.contracts import Contract, contract_of

KINDS = ("neurons", "synapses", "connectivity", "outputs", "projections", "inputs")
MODELS = [name for kind in KINDS for name in registry.names(kind)]
# What tests/conformance/test_model_case.py asks of every model, too, of more backends and steps.
ASKED_ELSEWHERE = {"test_has_the_bits_of_the_reference", "test_keeps_its_bits_in_a_batch"}


@cache
def contract(name: str) -> Contract:
    return contract_of(name)


def checks(names: list[str], *, of_backends: bool) -> list[tuple[str, str]]:
    return [
        (name, check)
        for name in names
        for check in contract(name).checks()
        if check not in ASKED_ELSEWHERE
        and ("backend_name" in inspect.signature(getattr(contract(name), check)).parameters) == of_backends
    ]


@pytest.mark.parametrize(("name", "check"), checks(MODELS, of_backends=False))
def test_a_model_keeps_its_contract(name: str, check: str) -> None:
    getattr(contract(name), check)()


@pytest.mark.parametrize(
    ("name", "check"),
    [c for c in checks(MODELS, of_backends=True) if c[1] != "test_has_a_gradient"],  # which numpy does not claim
)
def test_a_model_keeps_its_contract_on_the_reference(name: str, check: str) -> None:
    getattr(contract(name), check)("numpy")


@pytest.mark.slow
@pytest.mark.parametrize(("name", "check"), checks(MODELS, of_backends=True))
def test_a_model_keeps_its_contract_on_every_backend(name: str, check: str, backend_name: str) -> None:
    getattr(contract(name), check)(backend_name)


def test_a_backend_keeps_its_contract(backend_name: str) -> None:
    for check in contract(backend_name).checks():
        getattr(contract(backend_name), check)()
