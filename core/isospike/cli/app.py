"""The commands and their options; what a command does is in the module of its name, imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from isospike.cli.boundary import boundary
from isospike.cli.commands import Commands
from isospike.cli.completion import offered

__all__ = ["app", "main"]

app = typer.Typer(
    name="isospike",
    cls=Commands,
    help="Spiking networks: one description, every array backend, the same spikes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _anywhere(context: typer.Context, debug: bool) -> bool:
    """Say whether the option is given, after the command or before it."""
    return debug or bool(context.find_root().params.get("debug"))


Debug = Annotated[bool, typer.Option("--debug", callback=_anywhere, help="Show tracebacks.")]


def main() -> None:
    """Run the command line."""
    app()


def _version(wanted: bool) -> None:
    if wanted:
        from isospike import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True)] = False,
    debug: Debug = False,
) -> None:
    """Spiking networks: one description, every array backend, the same spikes."""


@app.command()
def run(
    file: Annotated[Path, typer.Argument(help="A network: FILE.toml, or FILE.py with a build() function.")],
    backend: Annotated[
        str | None, typer.Option(help="Backend; `isospike backends` lists them.", autocompletion=offered("backends"))
    ] = None,
    device: Annotated[str | None, typer.Option(help="Device, such as cpu or cuda:0.")] = None,
    engine: Annotated[str | None, typer.Option(help="One of the backend's engines.")] = None,
    precision: Annotated[str | None, typer.Option(help="float32 or float64.")] = None,
    numerics: Annotated[str | None, typer.Option(help="fast, or exact: the same bits on every backend.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of connectivity, initial values and noise.")] = None,
    duration: Annotated[str | None, typer.Option(help='How long to run, such as "1 s".')] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the result; <FILE>-result by default.")] = None,
    writers: Annotated[
        list[str] | None,
        typer.Option(
            "--writer", help="A further format of the result, such as csv.", autocompletion=offered("writers")
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier result.")] = False,
    no_plot: Annotated[bool, typer.Option("--no-plot", help="Draw no raster.png.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print warnings and errors only.")] = False,
    debug: Debug = False,
) -> None:
    """Simulate a network and write its spikes, recorded variables and a picture to a folder."""
    with boundary(debug):
        from isospike.cli.run import run_file

        chosen = {"backend": backend, "device": device, "engine": engine, "writers": writers or None}
        settings = {**chosen, "precision": precision, "numerics": numerics, "seed": seed, "duration": duration}
        run_file(file, settings, out=out, force=force, plot=not no_plot, quiet=quiet)


@app.command()
def doctor(debug: Debug = False) -> None:
    """Show versions, backends, devices, compiler and plugins, and which backend is chosen and why."""
    with boundary(debug):
        from isospike.cli.doctor import show_doctor

        show_doctor()


@app.command()
def backends(debug: Debug = False) -> None:
    """List the backends and what each claims."""
    with boundary(debug):
        from isospike.cli.backends import show_backends

        show_backends()


@app.command()
def models(
    name: Annotated[
        str | None, typer.Argument(help="A model to show; all are listed otherwise.", autocompletion=offered("models"))
    ] = None,
    debug: Debug = False,
) -> None:
    """List the models by kind, or show one with its equations and parameters."""
    with boundary(debug):
        from isospike.cli.models import show_model, show_models

        show_models() if name is None else show_model(name)


@app.command("new-plugin")
def new_plugin(
    name: Annotated[str, typer.Argument(help="Name of the distribution, such as my-cells.")],
    debug: Debug = False,
) -> None:
    """Make a folder with a complete plugin to start from: a neuron, a synapse, a case, and tests of all three."""
    with boundary(debug):
        from isospike.cli.newplugin import make_plugin

        typer.echo(make_plugin(name, Path.cwd()))
