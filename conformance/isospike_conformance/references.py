"""Runs of the reference, computed once and shared by all that is compared with them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from isospike.results.trace import Trace
from isospike_conformance.case import Case
from isospike_conformance.compare import Record
from isospike_conformance.running import Running, Saved
from isospike_conformance.way import REFERENCE
from isospike_conformance.worker import Worker

__all__ = ["WINDOW", "References", "head", "windows"]

WINDOW = 1000  # steps whose States are held at a time
_KEPT = 16  # results: those of the case in hand, in both precisions and numerics, or of all groups of operations

T = TypeVar("T")


class References:
    """What the reference makes of cases; the latest results are kept, and other processes until it is closed."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._workers: dict[tuple[tuple[str, str], ...], Worker] = {}

    def close(self) -> None:
        """End the processes."""
        for worker in self._workers.values():
            worker.close()
        self._workers.clear()

    def worker(self, variables: Mapping[str, str]) -> Worker:
        """Return a process under these environment variables."""
        key = tuple(sorted(variables.items()))
        if key not in self._workers:
            self._workers[key] = Worker(variables)
        return self._workers[key]

    def record(self, case: Case, precision: str, numerics: str, steps: int) -> Record:
        """Return the record of the first steps, at most `WINDOW` of them."""
        most = max(steps, min(case.steps, WINDOW))
        whole = self.once(
            (case, precision, numerics, most),
            lambda: Running(case, REFERENCE, precision, numerics).run(most),
        )
        return head(whole, steps)

    def saved(self, case: Case, precision: str, numerics: str, steps: Sequence[int]) -> dict[int, Saved]:
        """Return all States as they are after each of some numbers of steps."""

        def compute() -> dict[int, Saved]:
            running, found = Running(case, REFERENCE, precision, numerics), dict[int, Saved]()
            for step in sorted(steps):
                if step > running.done:
                    running.run(step - running.done)
                found[step] = running.save()
            return found

        return self.once((case, precision, numerics, tuple(steps)), compute)

    def once(self, key: Any, compute: Callable[[], T]) -> T:
        """Return what was computed under this key, or compute it."""
        if key not in self._kept:
            self._kept[key] = compute()
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        result: T = self._kept[key]
        return result


def head(record: Record, steps: int) -> Record:
    """Return the first steps of a record that starts at step 0."""
    if steps == record.steps:
        return record

    def cut(trace: Trace) -> Trace:
        return Trace(trace.values[:steps], trace.steps[:steps], trace.unit)

    spikes = {name: (at[at < steps], cells[at < steps]) for name, (at, cells) in record.spikes.items()}
    return replace(record, steps=steps, states={k: cut(t) for k, t in record.states.items()}, spikes=spikes)


def windows(running: Running, steps: int) -> Iterator[Record]:
    """Run in pieces whose States fit into memory."""
    for start in range(0, steps, WINDOW):
        yield running.run(min(WINDOW, steps - start))
