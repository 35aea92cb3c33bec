"""What compiles programs, and what a user is told when nothing does."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isospike.errors import BackendError
from isospike.graph.aval import Aval
from isospike.graph.ir import Graph, Node, Origin, Value
from isospike.graph.op import op
from isospike_codegen import toolchain
from isospike_codegen.cache import cache_folder
from isospike_native.backend import NativeBackend

needs_compiler = pytest.mark.skipif(not any(map(shutil.which, ("c++", "g++", "clang++"))), reason="no C++ compiler")
needs_zig = pytest.mark.skipif(importlib.util.find_spec("ziglang") is None, reason="no ziglang")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ISOSPIKE_CACHE_DIR", str(tmp_path / "cache"))
    toolchain._looked_for.cache_clear()
    toolchain._zig.cache_clear()
    yield
    toolchain._looked_for.cache_clear()
    toolchain._zig.cache_clear()


@pytest.fixture
def without_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setenv("PATH", "")


@pytest.fixture
def without_zig(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ziglang" else find(name))


def doubling(n: int = 3, name: str = "add") -> Graph:
    x, y = Value(Aval((n,), "float32")), Value(Aval((n,), "float32"))
    return Graph((x,), (Node(op(name), (x, x), {}, (y,), Origin("net.cells")),), (y,))


X = np.arange(3, dtype=np.float32)


def require_doubled(backend: NativeBackend) -> None:
    np.testing.assert_array_equal(backend.compile(doubling())([X])[0], 2 * X)


def library() -> Path:
    (found,) = cache_folder().glob("native-*.so")
    return found


@needs_zig
@pytest.mark.usefixtures("without_compiler")
def test_the_wheel_compiles_where_there_is_no_compiler() -> None:
    backend = NativeBackend()
    assert backend.engine == "zig"
    assert backend.versions()["compiler"].startswith("zig 0.")
    require_doubled(backend)


@needs_compiler
def test_a_compiler_is_preferred_to_the_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CXX", raising=False)
    backend = NativeBackend()
    assert backend.engine == "cpp"
    require_doubled(backend)


@pytest.mark.usefixtures("without_compiler", "without_zig")
def test_with_neither_the_user_is_told_what_to_install() -> None:
    backend = NativeBackend()
    with pytest.raises(
        BackendError, match=r"no C\+\+ compiler found.*apt install g\+\+.*pip install 'isospike\[native\]'"
    ):
        backend.compile(doubling())
    with pytest.raises(BackendError, match=r"ziglang is not installed.*pip install"):
        NativeBackend(engine="zig").compile(doubling())


def test_a_compiler_that_was_chosen_but_does_not_run_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CXX", str(tmp_path / "missing"))
    with pytest.raises(BackendError, match=r"the C\+\+ compiler did not run.*set CXX="):
        NativeBackend().compile(doubling())


def test_a_compiler_that_crashes_is_an_error_with_its_words(
    monkeypatch: pytest.MonkeyPatch, script: Callable[[str], str]
) -> None:
    crash = 'case "$*" in *--version*) echo fake 1.0;; *) echo "internal compiler error: oh no" >&2; exit 4;; esac'
    monkeypatch.setenv("CXX", script(crash))
    with pytest.raises(BackendError, match=r"exited with 4: internal compiler error: oh no.*run `"):
        NativeBackend().compile(doubling())
    assert not list(cache_folder().glob("*.so"))


def test_a_compiler_that_writes_rubbish_is_an_error(
    monkeypatch: pytest.MonkeyPatch, script: Callable[[str], str]
) -> None:
    rubbish = 'case "$*" in *--version*) echo fake 1.0;; *) for last; do :; done; echo rubbish > "$last";; esac'
    monkeypatch.setenv("CXX", script(rubbish))
    with pytest.raises(BackendError, match="cannot compile this program: "):
        NativeBackend().compile(doubling())


@needs_compiler
@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b[:5000] + b"?" + b[5001:]])
def test_a_damaged_library_is_compiled_again(damage: Any) -> None:
    backend = NativeBackend(engine="cpp")
    require_doubled(backend)
    whole = library().read_bytes()
    damaged = library().with_suffix(".new")
    damaged.write_bytes(damage(whole))
    damaged.chmod(0o700)
    damaged.replace(library())
    require_doubled(backend)
    assert library().read_bytes() == whole


@needs_compiler
def test_a_program_is_compiled_once_and_its_text_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    require_doubled(NativeBackend(engine="cpp"))
    text = library().with_suffix(".cpp").read_text()
    line = "const float net_cells_add = net_cells_given[i] + net_cells_given[i];  // net.cells at unknown line"
    assert line in text
    monkeypatch.setattr("isospike_codegen.cache.run", lambda command: pytest.fail("compiled again"))
    require_doubled(NativeBackend(engine="cpp"))


@needs_compiler
def test_a_cache_that_cannot_be_written_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ISOSPIKE_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(BackendError, match=r"the cache folder .* cannot be used.*Set ISOSPIKE_CACHE_DIR"):
        NativeBackend(engine="cpp").compile(doubling())


@needs_compiler
@pytest.mark.skipif(os.name == "nt", reason="no modes")
def test_a_library_that_others_can_write_is_refused() -> None:
    require_doubled(NativeBackend(engine="cpp"))
    library().chmod(0o777)
    with pytest.raises(BackendError, match="can be written by other users"):
        NativeBackend(engine="cpp").compile(doubling())


def test_an_array_that_int32_cannot_count_is_refused_with_its_place() -> None:
    with pytest.raises(BackendError, match=r"float32\[2147483648\] has 2147483648 elements.*backend='numpy'"):
        NativeBackend(engine="cpp").compile(doubling(2**31))


@pytest.mark.parametrize("asked", ["0", "two", "-1", "257", "1.5"])
def test_a_number_of_threads_that_makes_no_sense_is_an_error(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOSPIKE_THREADS", asked)
    with pytest.raises(BackendError, match=f"ISOSPIKE_THREADS='{asked}'.*ISOSPIKE_THREADS=2"):
        NativeBackend(engine="cpp")


@needs_compiler
@pytest.mark.parametrize("n_threads", ["1", "3"])
def test_a_broken_matrix_is_an_error_and_no_write_outside(n_threads: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOSPIKE_THREADS", n_threads)
    avals = [Aval((2,), "float32"), Aval((), "float32"), Aval((3,), "int32"), Aval((4,), "int32")]
    inputs, out = [Value(a) for a in avals], Value(Aval((5,), "float32"))
    node = Node(op("event_matvec"), tuple(inputs), {"n_post": 5}, (out,), Origin("net.syn"))
    run = NativeBackend(engine="cpp").compile(Graph(tuple(inputs), (node,), (out,)))
    spikes, weight = np.ones(2, np.float32), np.float32(2)
    whole = [np.array([0, 2, 4], np.int32), np.array([0, 4, 4, 1], np.int32)]
    np.testing.assert_array_equal(run([spikes, weight, *whole])[0], [2, 2, 0, 0, 4])
    for indptr, indices in (([0, 2, 9], [0, 4, 4, 1]), ([-1, 2, 4], [0, 4, 4, 1]), ([0, 2, 4], [0, 4, 5, -1])):
        with pytest.raises(BackendError, match=r"event_matvec of net\.syn.*the CSR matrix is broken"):
            run([spikes, weight, np.array(indptr, np.int32), np.array(indices, np.int32)])
