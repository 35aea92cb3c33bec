"""The name under which a compiled library is kept, and what it is made of."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isospike_codegen import cache
from isospike_codegen.compiler import Compiler, KernelUnavailableError, find_compiler

CXX = Compiler(("c++",), "c++ 1.0")
needs_compiler = pytest.mark.skipif(not any(map(shutil.which, ("c++", "g++", "clang++"))), reason="no C++ compiler")


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return the key of a kernel and a shared header, of which a test changes one thing."""
    monkeypatch.setattr(cache, "INCLUDE", tmp_path / "include")

    def key(
        source: str = "int f();",
        header: str = "#pragma once",
        flags: tuple[str, ...] = ("-O2", "-g"),
        compiler: Compiler = CXX,
        depends: tuple[str, ...] = ("jaxlib", "1.0"),
    ) -> str:
        texts = {tmp_path / "kernel.cc": source, tmp_path / "include" / "isospike" / "shared.h": header}
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return cache._key([tmp_path / "kernel.cc"], flags, compiler, depends)

    return key


def test_the_name_of_the_artefact_depends_on_all_that_it_is_built_from(
    key: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"source": "// another kernel"},
        {"header": "// another header"},
        {"flags": ("-O0",)},
        {"flags": ("-O2",), "depends": ("-g", "jaxlib", "1.0")},
        {"compiler": Compiler(("c++",), "c++ 1.1")},
        {"compiler": Compiler(("c++", "-g"), "c++ 1.0")},
        {"depends": ("jaxlib", "1.1")},
        {"depends": ("torch", "1.0")},
    ]
    keys = [key(**change) for change in changes]
    for name, value in {"FLAGS": ("-O0",), "_processor": lambda: "another machine"}.items():
        with monkeypatch.context() as patch:
            patch.setattr(cache, name, value)
            keys.append(key())
    assert len(set(keys)) == len(keys)
    assert key() == keys[0]


@needs_compiler
def test_a_kernel_includes_the_shared_headers_and_can_be_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOSPIKE_CACHE_DIR", str(tmp_path / "cache"))
    source = tmp_path / "kernel.cc"
    source.write_text('#include "isospike/event_rows.h"\nextern "C" int block() { return isospike::kBlock; }')
    library = cache.built("block", [source], ["-std=c++17"], find_compiler(), places=["-L", str(tmp_path)])
    assert library.parent == cache.cache_folder()
    assert library.name.startswith("block-")
    assert ctypes.CDLL(str(library)).block() == 32


ONE = 'extern "C" int one() { return 1; }\n'


@needs_compiler
@pytest.mark.parametrize("text", [True, False])
def test_what_another_process_built_meanwhile_and_has_open_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: bool
) -> None:
    monkeypatch.setenv("ISOSPIKE_CACHE_DIR", str(tmp_path / "cache"))
    replace, kept = Path.replace, []

    def first_of_two(self: Path, target: Path) -> None:
        kept.append(replace(self, target).stat().st_ino)
        raise PermissionError(13, "The process cannot access the file because it is being used", str(target))

    monkeypatch.setattr(Path, "replace", first_of_two)
    if text:
        library = cache.built_from_text("one", ONE, [], find_compiler())
    else:
        (tmp_path / "one.cc").write_text(ONE)
        library = cache.built("one", [tmp_path / "one.cc"], [], find_compiler())
    assert library.stat().st_ino == kept[-1]
    assert ctypes.CDLL(str(library)).one() == 1
    assert not list(library.parent.glob("build-*"))


@needs_compiler
@pytest.mark.parametrize("there", [None, b"half a library"])
def test_a_library_that_cannot_be_put_in_its_place_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bytes | None
) -> None:
    monkeypatch.setenv("ISOSPIKE_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "one.cc").write_text(ONE)

    def held(self: Path, target: Path) -> None:
        if there is not None:
            target.write_bytes(there)
        raise PermissionError(13, "Access is denied", str(target))

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(KernelUnavailableError, match="Access is denied"):
        cache.built("one", [tmp_path / "one.cc"], [], find_compiler())
