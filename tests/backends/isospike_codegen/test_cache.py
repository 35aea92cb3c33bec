"""The name under which a compiled library is kept, and what it is made of."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isospike_codegen import cache
from isospike_codegen.compiler import Compiler, find_compiler

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
