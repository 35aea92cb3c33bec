"""``isospike run``: from a network file to a folder of results."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from isospike import environ
from isospike.cli.boundary import INTERRUPTED, say
from isospike.cli.folder import add_write_time, check_folder
from isospike.cli.report import print_report
from isospike.cli.versions import versions
from isospike.config import Plan, config_hash, load
from isospike.config.place import blaming_table
from isospike.config.pyfile import blaming
from isospike.initialise import init_all_states
from isospike.module import Module
from isospike.results import Result, check_writers, plain_json, save_result
from isospike.select import active_backend
from isospike.simulation import simulate

__all__ = ["run_file"]


def run_file(
    file: Path, settings: Mapping[str, Any], *, out: Path | None, force: bool, plot: bool, quiet: bool
) -> None:
    """Build the network of a file, simulate it, write the result and print its summary.

    Parameters
    ----------
    file : Path
        TOML, or Python with ``build()``.
    settings : mapping
        Run settings that win over those of the file; ``None`` leaves the file's.
    out : Path, optional
        Folder of the result; that of the file, or ``<stem>-result`` in the working folder, by default.
    force : bool
        Replace an earlier result.
    plot : bool
        Draw ``raster.png``.
    quiet : bool
        Print no progress and no summary.
    """
    plan = load(file).with_options(**settings)
    entries, duration = plan.environment(), plan.duration()
    folder = (out or Path(plan.run.out or f"{file.stem}-result")).expanduser()
    check_folder(folder, force=force)
    check_writers(plan.run.writers)
    with environ.context(**entries), blaming(file):
        active_backend()  # an unknown backend is found before the network is drawn
        network, resolved, build_s = _built(plan)
        progress = not quiet and sys.stderr.isatty()
        with blaming_table(str(file), resolved):
            result = simulate(network, duration, monitors=plan.monitors(), progress=progress)
        result = _documented(result, plan, resolved, build_s)
    files, write_s = _written(result, folder, force=force, plot=plot, writers=plan.run.writers)
    if not quiet:
        print_report(result, folder, files, write_s)
    if result.manifest["interrupted"]:
        say(f"interrupted after {result.duration_ms:g} ms of simulated time, which is saved in {folder}")
        raise typer.Exit(INTERRUPTED)


def _built(plan: Plan) -> tuple[Module, dict[str, Any], float]:
    start = time.perf_counter()
    network, resolved = plan.build()
    with blaming_table(str(plan.path), resolved):
        init_all_states(network)
    return network, resolved, time.perf_counter() - start


def _documented(result: Result, plan: Plan, resolved: Mapping[str, Any], build_s: float) -> Result:
    """Return the result with a manifest from which the run can be repeated."""
    manifest = result.manifest
    effective = {
        "backend": manifest["backend"]["name"],
        **{k: manifest["backend"][k] for k in ("device", "engine")},
        **{k: environ.get(k) for k in ("precision", "numerics", "seed")},
    }
    run = {**plan.run.model_dump(exclude={"out", "writers"}), **effective}
    config = {"run": run, **resolved, "record": plan.record.model_dump()}
    simulate_s = manifest["timings"]["simulate_s"]
    further = {
        "file": str(plan.path),
        "config": config,
        "config_hash": config_hash(config),
        "parameter_hash": config_hash(resolved),
        "versions": versions(),
        "timings": {"build_s": build_s, **manifest["timings"]},
        "real_time_factor": simulate_s / (result.duration_ms / 1000) if result.steps else None,
        "rates": result.rates().to_dict("records"),
    }
    return dataclasses.replace(result, manifest=plain_json({**manifest, **further}))


def _written(result: Result, folder: Path, **options: Any) -> tuple[list[Path], float]:
    start = time.perf_counter()
    files = save_result(result, folder, **options)
    write_s = time.perf_counter() - start
    add_write_time(folder, write_s)
    return files, write_s
