"""The C++ compiler of this machine: ``$CXX``, or the first one on the path."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Compiler", "KernelUnavailableError", "find_compiler", "run"]

PATIENCE = 300.0  # s; the build takes about 3 s


class KernelUnavailableError(Exception):
    """The kernel cannot be had: the reason and the cure, for `isospike_codegen.kernel.Kernel` to tell."""

    def __init__(self, why: str, cure: str) -> None:
        super().__init__(why)
        self.why, self.cure = why, cure


@dataclass(frozen=True)
class Compiler:
    """A compiler that answered: the words that call it, what it says of its version, a name other than its file's."""

    command: tuple[str, ...]
    version: str
    title: str = ""

    @property
    def name(self) -> str:
        """Name and number, such as ``g++ 12.2``."""
        number = re.search(r"\d+\.\d+", self.version)
        return f"{self.title or Path(self.command[0]).name} {number.group() if number else ''}".rstrip()


def find_compiler() -> Compiler:
    """Return the compiler, or raise with what to install."""
    chosen = tuple(shlex.split(os.environ.get("CXX", "")))
    command = chosen or next(((name,) for name in ("c++", "g++", "clang++") if shutil.which(name)), ())
    if not command:
        cure = "Install one (`apt install g++`, `conda install cxx-compiler`) or set CXX=/path/to/g++."
        raise KernelUnavailableError("no C++ compiler found", cure)
    return Compiler(command, run([*command, "--version"]))


def run(command: list[str]) -> str:
    """Return what a command prints, or raise with what it says of its failure."""
    shown = shlex.join(command)
    cure = f"To see the whole message run `{shown}`; to choose another compiler set CXX=/path/to/g++."
    try:
        done = _finished(command)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise KernelUnavailableError(f"the C++ compiler did not run: {error}", cure) from error
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        first = next((line for line in said if "error" in line), said[0])
        raise KernelUnavailableError(f"{command[0]} exited with {done.returncode}: {first}", cure)
    return done.stdout


def _finished(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; what it has started, such as cc1plus, is ended with it where it is given up."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, errors="replace", start_new_session=True
    ) as process:
        try:
            printed, said = process.communicate(timeout=PATIENCE)
        except BaseException:
            if hasattr(os, "killpg"):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            raise
    return subprocess.CompletedProcess(command, process.returncode, printed, said)
