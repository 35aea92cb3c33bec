"""Building, keeping and refusing the compiled event kernels. A process that starts afresh is a real one."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from isospike_codegen.engine import Engine

Start = Callable[[], Engine]

COMPILER = next((path for name in ("c++", "g++", "clang++") if (path := shutil.which(name))), None)
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="no C++ compiler on this machine")

# Two calls of event_matvec and a gradient; prints the engine, the results and the warnings.
PROGRAM = """
import json, warnings
import numpy as np
{imports}
matrix = array([0, 2, 2, 3], np.int32), array([0, 1, 1], np.int32)
weights = array([1, 2, 3], np.float32)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    spikes = array([1, 1, 0.5], np.float32)
    batch = array([[1, 1, 0.5], [0, 0, 0]], np.float32)
    run = lambda s: event_matvec(s, weights, *matrix, n_post=2)
    results = [run(spikes), run(batch), grad(lambda s: run(s)[1])(spikes)]
print(json.dumps({{
    "engine": event_engine(),
    "results": [np.asarray(r).tolist() for r in results],
    "warnings": [[w.category.__name__, str(w.message)] for w in caught],
}}))
"""
RESULTS = [[1, 3.5], [[1, 3.5], [0, 0]], [2, 0, 3]]


@dataclass(frozen=True)
class Case:
    """A backend with a kernel: where it is, what its ways are called, and what a program imports."""

    module: str
    compiled: str
    plain: str
    imports: str


CASES = {
    "jax": Case("isospike_jax.ffi", "xla-ffi", "xla", """
from jax import grad
from jax.numpy import array
from isospike_jax.events import event_engine, event_matvec
"""),
    "torch": Case("isospike_torch.events.kernel", "torch-cpp", "torch", """
from torch import from_numpy
from torch.func import grad
from isospike_torch.events import event_engine, event_matvec
array = lambda values, dtype: from_numpy(np.array(values, dtype))
"""),
}  # fmt: skip


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


def fresh_process(case: Case, cache: Path, cxx: str) -> dict[str, Any]:
    environment = {**os.environ, "ISOSPIKE_CACHE_DIR": str(cache), "CXX": cxx, "JAX_PLATFORMS": "cpu"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    command = [sys.executable, "-c", PROGRAM.format(imports=case.imports)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def script(path: Path, body: str) -> str:
    """Write a compiler that answers ``--version`` and else does ``body``."""
    path.write_text(f'#!/bin/sh\nif [ "$1" = --version ]; then echo "fake 1.2.3"; exit 0; fi\n{body}\n')
    path.chmod(0o700)
    return str(path)


@pytest.fixture
def start(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Start:
    """Return what a process would find on its first call with an empty cache; for kernels that fail."""
    monkeypatch.setenv("ISOSPIKE_CACHE_DIR", str(tmp_path / "cache"))
    start: Start = importlib.import_module(case.module).KERNEL.start
    return start


@pytest.mark.parametrize(("body", "said"), [
    ("echo 'x.cc:1: error: no such header' >&2; exit 1", "exited with 1: x.cc:1: error: no such header"),
    ("kill -SEGV $$", "exited with -11"),
    ("exit 0", "No such file"),
    ('for last; do :; done; echo garbage > "$last"', "cannot be loaded"),
])  # fmt: skip
def test_a_compiler_that_fails_is_named_with_its_reason(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch, body: str, said: str
) -> None:
    monkeypatch.setenv("CXX", script(tmp_path / "cxx", body))
    engine = start()
    assert not engine.compiled
    assert said in engine.why
    assert engine.cure
    assert not list((tmp_path / "cache").rglob("build-*"))


def test_a_compiler_that_does_not_exist_is_named(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "/no/such/c++ -v")
    assert "/no/such/c++" in start().why


def test_a_machine_without_compiler_says_so(
    case: Case, tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert str(start()) == f"{case.plain} (no C++ compiler found)"
    assert "CXX=" in start().cure


def test_the_fallback_is_right_and_warns_once(case: Case, tmp_path: Path) -> None:
    told = fresh_process(case, tmp_path / "cache", script(tmp_path / "cxx", "echo 'error: broken' >&2; exit 3"))
    assert told["results"] == RESULTS
    assert str(told["engine"]).startswith(f"{case.plain} (")
    ((category, message),) = told["warnings"]
    assert category == "BackendWarning"
    assert "exited with 3: error: broken" in message
    assert "CXX=" in message


@needs_compiler
def test_processes_share_one_artefact_and_a_later_one_does_not_compile(case: Case, tmp_path: Path) -> None:
    log = tmp_path / "log"
    cxx = script(tmp_path / "cxx", f'echo build >> {log}\nexec {COMPILER} "$@"')
    with ThreadPoolExecutor() as pool:
        told = list(pool.map(lambda _: fresh_process(case, tmp_path / "cache", cxx), range(2)))
    builds = len(log.read_text().splitlines())
    told.append(fresh_process(case, tmp_path / "cache", cxx))
    assert [t["results"] for t in told] == [RESULTS] * 3
    assert [t["engine"] for t in told] == [f"{case.compiled} (cxx 1.2)"] * 3
    assert [t["warnings"] for t in told] == [[]] * 3
    assert len(log.read_text().splitlines()) == builds <= 2
    (artefact,) = (tmp_path / "cache" / "kernels").glob("*.so")
    assert artefact.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="no modes on Windows")
@pytest.mark.parametrize("mode", [0o770, 0o707])
@pytest.mark.parametrize("which", ["cache", "cache/kernels", "artefact"])
def test_what_other_users_can_write_is_refused(
    tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch, which: str, mode: int
) -> None:
    monkeypatch.setenv("CXX", script(tmp_path / "cxx", 'for last; do :; done; echo garbage > "$last"'))
    assert "cannot be loaded" in start().why
    (artefact,) = (tmp_path / "cache" / "kernels").glob("*.so")
    place = artefact if which == "artefact" else tmp_path / which
    place.chmod(mode)
    engine = start()
    assert f"{place} can be written by other users" in engine.why
    assert f"chmod go-w {place}" in engine.cure


@pytest.mark.skipif(sys.platform == "win32", reason="no owners on Windows")
def test_a_folder_of_another_user_is_refused(tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", script(tmp_path / "cxx", "exit 1"))
    monkeypatch.setattr(os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    engine = start()
    assert "belongs to user" in engine.why
    assert "ISOSPIKE_CACHE_DIR" in engine.cure


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", script(tmp_path / "cxx", "exit 1"))
    (tmp_path / "cache").write_text("a file where a folder should be")
    engine = start()
    assert f"{tmp_path / 'cache'}" in engine.why
    assert "ISOSPIKE_CACHE_DIR" in engine.cure
