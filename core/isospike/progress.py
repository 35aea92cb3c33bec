"""Progress of a loop: a bar, a callback, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Report", "reporter"]

Report = Callable[[int, int], None]


@contextmanager
def reporter(pbar: Any, total: int, description: str = "simulate") -> Iterator[Report]:
    """Yield a function of (finished steps, all steps).

    Parameters
    ----------
    pbar : bool, callable or None
        True draws a bar on the error stream, a callable is called itself, anything false does nothing.
    total : int
        Number of steps.
    description : str
        Label of the bar.
    """
    if callable(pbar):
        yield pbar
    elif not pbar:
        yield lambda done, total: None
    else:
        with _bar(total, description) as report:
            yield report


@contextmanager
def _bar(total: int, description: str) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("steps"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        # The first chunk includes the compilation, so the bar starts pulsing until it is through.
        task = progress.add_task("compile", total=None)

        def report(done: int, total: int) -> None:
            progress.update(task, description=description, completed=done, total=total)

        yield report
