"""The name under which a compiled kernel is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from isospike_jax.kernels import library
from isospike_jax.kernels.compiler import Compiler


def test_the_name_of_the_artefact_depends_on_all_that_it_is_built_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "kernel.cc"
    source.write_text("// another kernel")
    keys = [library._key(Compiler(("c++",), "c++ 1.0")), library._key(Compiler(("c++",), "c++ 1.1"))]
    keys.append(library._key(Compiler(("c++", "-g"), "c++ 1.0")))
    replaced = {
        "FLAGS": ("-O0",),
        "SOURCE": source,
        "_processor": lambda: "another machine",
        "importlib.metadata.version": lambda _: "0.0",
    }
    for name, value in replaced.items():
        with monkeypatch.context() as patch:
            patch.setattr(f"isospike_jax.kernels.library.{name}", value)
            keys.append(library._key(Compiler(("c++",), "c++ 1.0")))
    assert len(set(keys)) == len(keys)
    assert library._key(Compiler(("c++",), "c++ 1.0")) == keys[0]
