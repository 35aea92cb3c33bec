"""A compiled kernel of one process: loaded on its first use, or why it is not.

Whatever goes wrong, the caller is told why and how to cure it, and uses what its array library has.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable

from isospike.errors import BackendWarning
from isospike_codegen.compiler import KernelUnavailableError
from isospike_codegen.engine import Engine

__all__ = ["Kernel"]


class Kernel:
    """A compiled kernel, built and loaded on first use; threads wait for the first one.

    Parameters
    ----------
    load : callable
        Builds the library, makes its functions known to the array library, and returns the name of what compiled it. It
        raises `KernelUnavailableError` with the reason and the cure.
    compiled, plain : str
        Names of the ways with the kernel and without.
    loss : str
        What the user loses without it, as a clause: ``On the CPU events are propagated by plain XLA, slower``.
    """

    def __init__(self, load: Callable[[], str], *, compiled: str, plain: str, loss: str) -> None:
        self._load, self._compiled, self._plain, self._loss = load, compiled, plain, loss
        self._lock = threading.RLock()
        self._engine: Engine | None = None
        self._told = False

    def engine(self) -> Engine:
        """Return how things are computed, after building and loading the kernel if possible; nothing is warned of."""
        with self._lock:
            if self._engine is None:
                self._engine = self.start()
            return self._engine

    def ready(self) -> bool:
        """Say whether the kernel is there, after building and loading it if possible.

        Warns
        -----
        BackendWarning
            Once per process, if there is no kernel: with the reason and the cure.
        """
        engine = self.engine()
        with self._lock:
            told, self._told = self._told, True
        if not engine.compiled and not told:
            msg = f"{self._loss}: {engine.why}. The results are right. {engine.cure}"
            warnings.warn(msg, BackendWarning, stacklevel=3)
        return engine.compiled

    def start(self) -> Engine:
        """Build and load the kernel, whatever was found before."""
        try:
            return Engine(self._compiled, True, self._load())
        except KernelUnavailableError as error:
            return Engine(self._plain, False, error.why, error.cure)
