"""``isospike backends``: what each backend claims, and why or why not."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from isospike import registry
from isospike.backend import Backend
from isospike.errors import IsospikeError

__all__ = ["loaded", "show_backends"]


def show_backends() -> None:
    """Print a table of capabilities for each backend that works, and for the others how to install them."""
    console = Console(highlight=False)
    for name in registry.offers():
        backend, problem = loaded(name)
        console.print(Text(name, style="bold"))
        console.print(Text(f"  {problem}") if backend is None else _claims(backend))


def loaded(name: str) -> tuple[Backend | None, str]:
    """Return a backend, or ``None`` and the reason why it cannot be had."""

    def make() -> Backend:
        # Not get_backend: a constructor that hangs would keep its lock, for which all other backends wait.
        backend: Backend = registry.resolve("backends", name)(device=None, engine=None)
        return backend

    # A plugin's backend, or the driver below it, may fail in any way, and the others are to be shown too.
    try:
        return registry.in_time("backends", name, make), ""
    except IsospikeError as error:
        return None, str(error)
    except (Exception, SystemExit) as error:
        return None, f"it cannot be loaded: {type(error).__name__}: {error}"


def _claims(backend: Backend) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1, 0, 1))
    for capability, claim in backend.capabilities.items():
        table.add_row(capability, "yes" if claim.claimed else "no", Text(claim.reason))
    for device, what in backend.devices().items():
        table.add_row(f"device {device}", "default" if device == backend.device else "", Text(what))
    for engine, what in backend.engines.items():
        table.add_row(f"engine {engine}", "default" if engine == backend.engine else "", Text(what))
    return table
