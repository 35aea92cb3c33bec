"""The progress of a training: a bar with the last epoch beside it, a callback, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

__all__ = ["Report", "bar"]

#: Called with the number of batches so far, and with what was measured last.
Report = Callable[[int, Mapping[str, float]], None]


@contextmanager
def bar(progress: Any, total: int) -> Iterator[Report]:
    """Yield a function that shows how far a training is.

    Parameters
    ----------
    progress : bool, callable or None
        True draws a bar on the error stream, a callable is called with the number of batches so far and of all
        batches, anything false does nothing.
    total : int
        Number of all batches.
    """
    if callable(progress):
        yield lambda done, measured: progress(done, total)
    elif not progress:
        yield lambda done, measured: None
    else:
        with _drawn(total) as report:
            yield report


@contextmanager
def _drawn(total: int) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("fit"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("batches"),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("compile", total=total)

        def report(done: int, measured: Mapping[str, float]) -> None:
            text = "  ".join(f"{name} {x:.4g}" for name, x in measured.items())
            progress.update(task, completed=done, description=text)

        yield report
