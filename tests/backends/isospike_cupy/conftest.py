"""The CuPy backend over a stand-in for CuPy, so that all of it but the GPU is run."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from isospike import select

OVER_NUMPY = Path(__file__).with_name("over_numpy")
# It imports itself by the name of the library that it stands in for.
collect_ignore = ["over_numpy"]


@pytest.fixture(scope="module")
def stand_in() -> Iterator[Any]:
    """Return the stand-in, which is what ``import cupy`` finds."""

    def loaded() -> list[str]:
        return [name for name in sys.modules if name.partition(".")[0] in ("cupy", "isospike_cupy")]

    with pytest.MonkeyPatch.context() as patch:
        for name in loaded():
            patch.delitem(sys.modules, name)
        patch.syspath_prepend(OVER_NUMPY)
        # Backends of these tests alone.
        patch.setattr(select, "_make", cache(select._make.__wrapped__))
        yield importlib.import_module("cupy")
        for name in loaded():
            del sys.modules[name]


@pytest.fixture
def backend(stand_in: Any) -> Any:
    """Return the backend on the stand-in's device, whose kernels a C++ compiler builds."""
    del stand_in
    if not any(map(shutil.which, ("c++", "g++", "clang++"))):
        pytest.skip("no C++ compiler")
    return select.get_backend("cupy")
