"""A kernel that is loaded once per process."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from isospike.errors import BackendWarning
from isospike_codegen.compiler import Compiler, KernelUnavailableError
from isospike_codegen.engine import Engine
from isospike_codegen.kernel import Kernel


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Compiler], None]], Kernel]:
    """Return what makes a kernel of a way to load it, on a machine with a compiler."""
    monkeypatch.setattr("isospike_codegen.kernel.find_compiler", lambda: Compiler(("g++",), "g++ 12.2.0"))
    return lambda load: Kernel(load, compiled="fast", plain="slow", loss="it is slow")


def refuse(_: Compiler) -> None:
    raise KernelUnavailableError("a test", "Do nothing.")


def test_an_engine_is_shown_with_its_reason(kernel: Callable[..., Kernel]) -> None:
    assert str(kernel(lambda _: None).engine()) == "fast (g++ 12.2)"
    assert str(kernel(refuse).engine()) == "slow (a test)"


def test_threads_start_the_engine_once(kernel: Callable[..., Kernel]) -> None:
    calls = []

    def slow_load(compiler: Compiler) -> None:
        calls.append(threading.get_ident())
        time.sleep(0.05)
        refuse(compiler)

    slow = kernel(slow_load)
    with ThreadPoolExecutor(8) as pool:
        engines = set(pool.map(lambda _: slow.engine(), range(8)))
    assert engines == {Engine("slow", False, "a test", "Do nothing.")}
    assert len(calls) == 1


def test_only_the_first_use_without_a_kernel_warns_with_reason_and_cure(kernel: Callable[..., Kernel]) -> None:
    refused = kernel(refuse)
    refused.engine()
    with pytest.warns(BackendWarning, match=r"it is slow: a test\..*Do nothing\."):
        assert not refused.ready()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not refused.ready()
        assert kernel(lambda _: None).ready()
