"""Another process of Python, which runs cases under other environment variables.

Run as a module it answers: a line of JSON with what to run, a line of JSON with the chains of its States.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike.errors import BackendError
from isospike_conformance.compare import Record, chain
from isospike_conformance.find import find_case
from isospike_conformance.running import Running
from isospike_conformance.way import Way

__all__ = ["Worker", "chains_of"]

Chains = dict[str, NDArray[np.uint64]]


def chains_of(record: Record) -> Chains:
    """Return the chain of every State of a record; see `isospike_conformance.compare.chain`."""
    return {path: chain(trace.values) for path, trace in record.states.items()}


class Worker:
    """A process that answers until it is closed.

    Parameters
    ----------
    variables : mapping of str to str
        Environment variables beside those of this process.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  # open as long as the process; see close
        self._process = subprocess.Popen(
            [sys.executable, "-m", __spec__.name],
            env={**os.environ, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )

    def chains(self, source: str, way: Way, precision: str, steps: int) -> Chains:
        """Return the chains of a case that `isospike_conformance.find.find_case` finds by its source.

        Raises
        ------
        BackendError
            The process has ended, or the run failed in it.
        """
        pipes = self._process.stdin, self._process.stdout
        assert pipes[0] is not None
        assert pipes[1] is not None
        request = {"source": source, "way": asdict(way), "precision": precision, "steps": steps}
        try:
            print(json.dumps(request), file=pipes[0], flush=True)
            line = pipes[1].readline()
        except BrokenPipeError:
            line = ""
        reply: dict[str, Any] = json.loads(line) if line else {"error": f"it has ended: {self._last_words()}"}
        if "error" in reply:
            raise BackendError(f"{source} on {way.name} in another process: {reply['error']}")
        return {path: np.array(links, np.uint64) for path, links in reply["chains"].items()}

    def close(self) -> None:
        """End the process."""
        if self._process.poll() is None:
            self._process.communicate()
        for file in (self._process.stdin, self._process.stdout, self._errors):
            if file is not None:
                file.close()

    def _last_words(self) -> str:
        self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().strip().splitlines()
        return lines[-1] if lines else f"exit code {self._process.returncode}"


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the chains that are asked for, or the first line of what went wrong."""
    try:
        running = Running(find_case(request["source"]), Way(**request["way"]), request["precision"])
        chains = chains_of(running.run(request["steps"]))
    except Exception as error:  # whatever it is, the process that asked has to hear of it
        return {"error": f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"}
    return {"chains": {path: links.tolist() for path, links in chains.items()}}


def main() -> None:
    """Answer each line of standard input; what libraries print goes to the error stream."""
    out, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=out, flush=True)


if __name__ == "__main__":
    main()
