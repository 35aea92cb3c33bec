"""Where errors end: one paragraph on the error stream and an exit code, instead of a traceback."""

from __future__ import annotations

import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from isospike.errors import IsospikeError

__all__ = ["BAD_INPUT", "BUG", "INTERRUPTED", "boundary", "say"]

BUG, BAD_INPUT, INTERRUPTED = 1, 2, 130
_LONGEST = 1500  # characters of an error; a file may hold a name of a million


@contextmanager
def boundary(debug: bool = False) -> Iterator[None]:
    """Run a command; on failure say why in one paragraph and exit.

    The exit code is 2 for what the user can mend, 130 for Ctrl-C, and 1 for anything else, a fault of
    isospike or of a plugin. ``debug``, or the environment variable ISOSPIKE_DEBUG, shows the traceback.
    """
    from isospike.environ import debug_enabled  # brings NumPy, for which --help need not wait

    debug = debug or debug_enabled()
    try:
        with _short_warnings(debug):
            yield
    except KeyboardInterrupt:
        say("interrupted; nothing was written")
        raise typer.Exit(INTERRUPTED) from None
    except (typer.Exit, BrokenPipeError):  # whoever read the output, such as head, has enough: Typer ends quietly
        raise
    except Exception as error:
        if debug:
            traceback.print_exc()
        code, text = _verdict(error)
        say(text)
        raise typer.Exit(code) from None


def say(text: str) -> None:
    """Write one paragraph to the error stream, without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) > _LONGEST:
        line = f"{line[: _LONGEST // 2]} [...] {line[-_LONGEST // 2 :]}"
    typer.echo(f"isospike: {line}", err=True)


def _verdict(error: Exception) -> tuple[int, str]:
    if isinstance(error, IsospikeError):
        return BAD_INPUT, f"error: {error}"
    if isinstance(error, MemoryError):
        return (
            BAD_INPUT,
            f"error: there is not enough memory ({error}): make the network smaller, or record less",
        )
    what = f"{type(error).__name__}: {error}"
    return BUG, f"internal error: {what}. This is a fault of isospike or of a plugin; --debug shows where"


@contextmanager
def _short_warnings(debug: bool) -> Iterator[None]:
    """Show each warning that is meant for users once, as one line; with ``debug`` leave warnings alone."""
    seen: set[str] = set()

    def show(message: Warning | str, *details: Any, **more: Any) -> None:
        del details, more
        if str(message) not in seen:
            seen.add(str(message))
            say(f"warning: {message}")

    with warnings.catch_warnings():
        if not debug and not sys.warnoptions:
            warnings.simplefilter("ignore")
            warnings.simplefilter("always", UserWarning)
            warnings.showwarning = show
        yield
