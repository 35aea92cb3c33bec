"""The compiler of this machine: it is found, asked, and ended with all that it has started."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from isospike_codegen import compiler
from isospike_codegen.compiler import KernelUnavailableError, run


def test_what_a_command_prints_is_returned() -> None:
    assert run(["echo", "12.2"]) == "12.2\n"


def test_a_command_that_fails_is_told_with_its_first_error() -> None:
    with pytest.raises(KernelUnavailableError, match="exited with 3: error: no such type"):
        run(["sh", "-c", "echo In file >&2; echo 'error: no such type' >&2; exit 3"])


def test_what_a_compiler_started_is_ended_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "PATIENCE", 0.5)
    with pytest.raises(KernelUnavailableError, match="timed out"):
        run(["sh", "-c", f"sleep 60 & echo $! > {tmp_path}/child; wait"])
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 5
    while _is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _is_running(child)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
