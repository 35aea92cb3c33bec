"""Ctrl-C between the chunks of a run, never inside one, so that States and records agree afterwards.

An interrupt in the middle of a compiled call would lose the States whose buffers that call was given.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["interrupts_held"]


@contextmanager
def interrupts_held() -> Iterator[Callable[[], None]]:
    """Hold Ctrl-C back inside a ``with`` block until it is asked for, or until the block ends.

    A second Ctrl-C comes through at once. Outside the main thread, and where Ctrl-C is ignored, nothing is
    changed.

    Yields
    ------
    callable
        Lets a held interrupt through (as a rule, it raises ``KeyboardInterrupt``); does nothing where there
        is none.

    Examples
    --------
    >>> with interrupts_held() as let_through:
    ...     for chunk in range(3):
    ...         let_through()
    """
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    held: list[tuple[int, Any]] = []

    def hold(number: int, frame: Any) -> None:
        held.append((number, frame))
        if len(held) > 1:
            let_through()

    def let_through() -> None:
        if held:
            last = held[-1]
            held.clear()
            handler(*last)

    signal.signal(signal.SIGINT, hold)
    try:
        yield let_through
    finally:
        signal.signal(signal.SIGINT, handler)
        let_through()
