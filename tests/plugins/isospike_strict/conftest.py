"""The strict backend as a distribution that is installed while its tests run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from isospike import registry

SOURCE = Path(__file__).parent / "src"
sys.path.append(str(SOURCE))  # as an installed package has it; what is collected here imports it

ENTRY_POINTS = "[isospike]\nisospike-strict = isospike_strict.plugin\n"


@pytest.fixture(scope="module", autouse=True)
def _installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Write what pip writes into site-packages, so that isospike finds the entry point."""
    folder = tmp_path_factory.mktemp("site-packages")
    info = folder / "isospike_strict-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: isospike-strict\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sys.path, str(folder)])
        # Level P asks other processes, which are to find it as well.
        found = filter(None, (os.environ.get("PYTHONPATH"), str(SOURCE), str(folder)))
        patch.setenv("PYTHONPATH", os.pathsep.join(found))
        registry.reload()
        yield
    registry.reload()
