"""Writing golden chains."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from isospike import __version__
from isospike.files import write_whole
from isospike_conformance.case import Case
from isospike_conformance.compare import chain
from isospike_conformance.golden.comparison import described
from isospike_conformance.golden.file import Golden, GoldenRun
from isospike_conformance.golden.links import running_links
from isospike_conformance.golden.scheme import scheme_of
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE

__all__ = ["make_golden", "write_golden"]


def make_golden(case: Case, every: int = 50) -> Golden:
    """Run a case on the reference, in exact numerics and both precisions, and return its golden chains.

    Parameters
    ----------
    case : Case
        The case; it is run for ``case.steps`` steps.
    every : int, steps
        Distance of two links.
    """
    return Golden(
        schema="isospike.golden/1",
        case=case.name,
        isospike=__version__,
        writer=str(REFERENCE),
        numpy=np.__version__,
        scheme=scheme_of(case),
        steps=case.steps,
        every=every,
        runs={"float32": _run(case, "float32", every), "float64": _run(case, "float64", every)},
    )


def write_golden(case: Case, folder: Path) -> Path:
    """Write the golden chains of a case to ``folder/<case>.json``, in one move, and return the file."""
    golden = make_golden(case)
    path = folder / f"{case.name}.json"
    write_whole(path, (golden.model_dump_json(by_alias=True, indent=1) + "\n").encode())
    return path


def _run(case: Case, precision: str, every: int) -> GoldenRun:
    record = Running(case, REFERENCE, precision).run(case.steps)
    return GoldenRun(
        states={
            path: described(trace, tuple(f"{link:016x}" for link in running_links(chain(trace.values), every)))
            for path, trace in record.states.items()
        },
        spikes={name: len(steps) for name, (steps, _) in record.spikes.items()},
    )
