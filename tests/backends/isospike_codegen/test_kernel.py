"""A kernel that is loaded once per process."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from isospike.errors import BackendWarning
from isospike_codegen.compiler import KernelUnavailableError
from isospike_codegen.engine import Engine
from isospike_codegen.kernel import Kernel


def kernel(load: Callable[[], str]) -> Kernel:
    return Kernel(load, compiled="fast", plain="slow", loss="It is slow")


def found() -> str:
    return "g++ 12.2"


def refuse() -> str:
    raise KernelUnavailableError("a test", "Do nothing.")


def test_an_engine_is_shown_with_its_reason() -> None:
    assert str(kernel(found).engine()) == "fast (g++ 12.2)"
    assert str(kernel(refuse).engine()) == "slow (a test)"


def test_threads_start_the_engine_once() -> None:
    calls = []

    def slow_load() -> str:
        calls.append(threading.get_ident())
        time.sleep(0.05)
        return refuse()

    slow = kernel(slow_load)
    with ThreadPoolExecutor(8) as pool:
        engines = set(pool.map(lambda _: slow.engine(), range(8)))
    assert engines == {Engine("slow", False, "a test", "Do nothing.")}
    assert len(calls) == 1


def test_only_the_first_use_without_a_kernel_warns_with_reason_and_cure() -> None:
    refused = kernel(refuse)
    refused.engine()
    with pytest.warns(BackendWarning, match=r"It is slow: a test\..*Do nothing\."):
        assert not refused.ready()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not refused.ready()
        assert kernel(found).ready()
