"""What ``isospike conform`` does: choose what to judge, print what is found, write the certificate."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from isospike import registry
from isospike.backend import AUTO
from isospike.cli.boundary import BUG, INTERRUPTED, say
from isospike.errors import ParameterError
from isospike_conformance.case import LEVELS, Case
from isospike_conformance.certificate import Certificate, check_certificate, count_levels, write_certificate
from isospike_conformance.find import find_case
from isospike_conformance.finding import Finding
from isospike_conformance.known import known_differences
from isospike_conformance.suite import SUITE_VERSION, Suite, default_levels, levels_reached, require_suite
from isospike_conformance.way import Way, default_ways, usable_backends, ways_of

__all__ = ["Request", "conform_to"]

FAILED = BUG


@dataclass(frozen=True)
class Request:
    """The options of the command."""

    backends: tuple[str, ...] = ()
    device: str | None = None
    engine: str | None = None
    all_installed: bool = False
    models: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    long: bool = False
    suite: str | None = None

    def ways(self) -> list[Way]:
        """Return the ways to judge: those of the named backends, or of all installed ones."""
        every = self.all_installed or bool(self.models and not self.backends)
        if bool(self.backends) == every:
            raise ParameterError(
                "conform is to judge either backends by name or all of them: isospike conform --backend jax, "
                "isospike conform --all-installed, or isospike conform --model package.module:Class"
            )
        names = usable_backends() if every else self.backends
        for name in self.backends:
            Way(name, None, self.device).instance()  # one that has no such device says so
        if self.engine == AUTO:
            return [way for name in names for way in default_ways(name, self.device)]
        if self.engine is not None:
            ways = [Way(name, self.engine, self.device) for name in names]
            for way in ways:
                way.instance()
            return ways
        return [way for name in names for way in ways_of(name, self.device)]

    def chosen_cases(self) -> dict[str, Case]:
        """Return the cases by their sources: those that are named, those of the models, or all."""
        sources = (*self.cases, *self.models) or tuple(registry.names("conformance_cases"))
        return {source: find_case(source) for source in sources}


def conform_to(request: Request, certificate: Path | None, *, quiet: bool) -> int:
    """Judge what is asked for, print and write it, and return the exit code."""
    start = time.perf_counter()
    if request.suite is not None:
        require_suite(request.suite)
    if certificate is not None:
        check_certificate(certificate)
    ways, cases, levels = request.ways(), request.chosen_cases(), list(request.levels) or default_levels()
    suite = Suite(cases, ways, levels, request.long, known_differences())
    findings, complete = _collected(suite, quiet=quiet)
    _print(findings, suite)
    out = Console(highlight=False, soft_wrap=True)
    out.print(f"suite {SUITE_VERSION}, {len(findings)} findings in {time.perf_counter() - start:.1f} s", markup=False)
    if certificate is not None:
        known = suite.known.met()
        record = Certificate.of(
            findings, ways, levels=levels, cases=list(cases), known=known, long=request.long, complete=complete
        )
        write_certificate(record, certificate)
        out.print(f"certificate: {certificate}", markup=False)
    if not complete:
        say("interrupted; what was found until then is above")
        return INTERRUPTED
    return 0 if findings and all(f.holds for f in findings) else FAILED


def _collected(suite: Suite, *, quiet: bool) -> tuple[list[Finding], bool]:
    """Return the findings, and whether these are all; Ctrl-C keeps what there is."""
    findings: list[Finding] = []
    console = Console(stderr=True, highlight=False, quiet=quiet or not sys.stderr.isatty())
    with console.status("") as status:
        try:
            for finding in suite.run():
                findings.append(finding)
                failed = sum(not f.holds for f in findings)
                last = " ".join((finding.level, finding.case, finding.way, finding.precision))
                status.update(Text(f"{len(findings)} findings, {failed} failed; last {last}"))
        except KeyboardInterrupt:
            return findings, False
    return findings, True


def _print(findings: Sequence[Finding], suite: Suite) -> None:
    out = Console(highlight=False, soft_wrap=True)
    out.print(_table(findings))
    for finding in findings:
        if finding.status in ("failed", "known difference"):
            out.print(Text(str(finding), style="bold red" if not finding.holds else ""))
    for difference in suite.known.unmet(findings):
        out.print(Text(f"known difference that matches nothing of what was run: {difference}"))
    for way, precisions in levels_reached(findings).items():
        for precision, names in precisions.items():
            out.print(f"{way} {precision}: {' '.join(names) or 'no level'} reached", markup=False)


def _table(findings: Sequence[Finding]) -> Table:
    """Return one row a level and way: how often it came out how, and the largest error."""
    table = Table(box=None, pad_edge=False)
    for name in ("level", "way"):
        table.add_column(name)
    for name in ("passed", "failed", "not claimed", "known", "worst error"):
        table.add_column(name, justify="right")
    order = {name: place for place, name in enumerate(("truth", *LEVELS))}
    for c in sorted(count_levels(findings), key=lambda count: (order[count.level], count.way)):
        worst = "" if c.worst is None else f"{c.worst}" if isinstance(c.worst, str) else f"{c.worst:.3g}"
        numbers = (c.passed, c.failed, c.not_claimed, c.known_differences)
        style = "bold red" if c.failed else ""
        table.add_row(c.level, c.way, *(str(n) if n else "-" for n in numbers), worst, style=style)
    return table
