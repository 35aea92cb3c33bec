"""Fixtures of all tests: a clean environment, and the backends that every law of core is checked on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import hypothesis
import numpy as np
import pytest

from isospike import environ
from isospike import units as u
from isospike.graph.trace import Trace
from isospike_conformance.way import default_ways

# How long an example takes says more of the machine than of isospike.
hypothesis.settings.register_profile("isospike", deadline=None)
hypothesis.settings.load_profile("isospike")


@pytest.fixture(autouse=True, scope="session")
def _interrupts() -> None:
    """Listen to Ctrl-C, which a shell lets its background jobs ignore."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _clean_environment() -> Iterator[None]:
    yield
    environ.reset()


@pytest.fixture
def engine(backend_name: str) -> str:
    """Return an engine of a backend's own: loops without gradients would else be generated code on all of them."""
    engine = default_ways(backend_name)[0].engine
    assert engine is not None
    return engine


@pytest.fixture
def backend(backend_name: str, engine: str) -> Iterator[str]:
    """Run a test on each backend, with dt = 0.1 ms."""
    with environ.context(backend=backend_name, engine=engine, dt=0.1 * u.ms):
        yield backend_name


@pytest.fixture
def numpy_backend() -> Iterator[None]:
    """Run a test on the reference backend, with dt = 0.1 ms."""
    with environ.context(backend="numpy", dt=0.1 * u.ms):
        yield


@pytest.fixture
def trace() -> Iterator[Trace]:
    """Record the operations of a test in a trace."""
    trace = Trace()
    with trace.active():
        yield trace
    trace.finished = True


@pytest.fixture
def host() -> Any:
    """Return a function from a value to its bare data on the host."""
    return lambda x: np.asarray(u.split(x)[0])
