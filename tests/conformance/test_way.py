from __future__ import annotations

import numpy as np
import pytest

from isospike import environ
from isospike.errors import BackendError, UnknownNameError
from isospike.select import active_backend
from isospike_conformance.way import REFERENCE, Way, default_ways, usable_backends, ways_of


def test_there_is_a_way_for_each_engine_of_a_backend() -> None:
    assert ways_of("numpy") == [REFERENCE]
    pytest.importorskip("jax")
    assert {way.engine for way in ways_of("jax")} == {"xla", "fused", "eager"}
    assert [way.engine for way in default_ways("jax")] == ["xla", "fused"]


def test_an_engine_that_the_device_does_not_have_is_left_out() -> None:
    pytest.importorskip("torch")
    for way in ways_of("torch", "cpu"):
        assert way.instance().engine == way.engine
        assert way.instance().device.startswith("cpu")


def test_its_environment_makes_it_the_backend_in_force() -> None:
    with environ.context(**REFERENCE.environment):
        assert active_backend() is REFERENCE.instance()


def test_its_short_form_names_what_was_chosen_and_its_long_form_the_version() -> None:
    assert REFERENCE.name == "numpy interpreter"
    assert Way("numpy").name == "numpy"
    assert Way("numpy", None, "cpu").name == "numpy cpu"
    assert str(Way("numpy")) == str(REFERENCE) == f"numpy {np.__version__} cpu interpreter"


def test_a_backend_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'numpy'"):
        ways_of("numpi")


def test_a_backend_whose_library_or_device_is_missing_is_not_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    def instance(name: str) -> object:
        if name == "torch":
            raise BackendError("no device")
        return name

    monkeypatch.setattr("isospike_conformance.way.get_backend", instance)
    monkeypatch.setattr("isospike.registry.installed", lambda name: name in ("numpy", "torch"))
    assert usable_backends() == ["numpy"]
