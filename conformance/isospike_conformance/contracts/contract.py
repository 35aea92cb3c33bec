"""Contract: a class of checks, which pytest collects from a subclass and `run_contract` runs without pytest."""

from __future__ import annotations

import inspect
import time
import unittest
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["Checked", "Contract", "NotAsked", "expect", "refused", "run_contract"]


@dataclass(frozen=True)
class Checked:
    """What came of one check.

    Parameters
    ----------
    name : str
        The check, such as ``"keeps its bits in a batch"``.
    backend : str
        Where it ran; empty where it does not depend on that.
    status : {"passed", "FAILED", "not asked"}
        How it came out.
    reason : str
        Why it failed or was not asked; empty where it passed.
    seconds : float
        How long it took.
    """

    name: str
    backend: str
    status: str
    reason: str
    seconds: float


class NotAsked(unittest.SkipTest):
    """A check does not concern this model, or asks what the backend does not claim; pytest skips it."""


class Contract:
    """Base of contracts: each method ``test_*`` is a check that raises where it does not hold."""

    @property
    def title(self) -> str:
        """What the contract is about."""
        raise NotImplementedError

    @classmethod
    def checks(cls) -> list[str]:
        """Return the names of the checks, in the order in which they are defined, those of bases first."""
        found = dict.fromkeys(name for base in reversed(cls.__mro__) for name in vars(base) if name.startswith("test_"))
        return list(found)


def run_contract(contract: Contract, backends: Sequence[str]) -> Iterator[Checked]:
    """Yield what comes of each check, on each of the backends where it asks for one; a failure stops nothing."""
    for name in contract.checks():
        check = getattr(contract, name)
        takes_backend = "backend_name" in inspect.signature(check).parameters
        for backend in backends if takes_backend else [""]:
            start, status, reason = time.perf_counter(), "passed", ""
            try:
                with warnings.catch_warnings(action="ignore"):
                    check(backend) if backend else check()
            except NotAsked as skipped:
                status, reason = "not asked", str(skipped)
            except Exception as error:  # a stranger's model may fail in any way, and the rest is to be checked
                what = "" if isinstance(error, AssertionError) else f"{type(error).__name__}: "
                status, reason = "FAILED", f"{what}{error}" or repr(error)
            title = name.removeprefix("test_").replace("_", " ")
            yield Checked(title, backend, status, reason, time.perf_counter() - start)


def expect(condition: object, message: str) -> None:
    """Raise an ``AssertionError`` with the message where the condition does not hold; also under ``python -O``."""
    if not condition:
        raise AssertionError(message)


@contextmanager
def refused(error: type[Exception], what: str, fix: str) -> Iterator[None]:
    """Expect that the block raises such an error."""
    try:
        yield
    except error:
        return
    except Exception as other:
        message = f"{what} raises {type(other).__name__} ({other}), expected {error.__name__}: {fix}"
        raise AssertionError(message) from other
    raise AssertionError(f"{what} is not refused, expected {error.__name__}: {fix}")
