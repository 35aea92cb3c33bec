"""What the pages on plugins tell to do is done word for word in an empty folder, and comes out as they say."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isospike import registry

PAGES = Path(__file__).parents[3] / "docs" / "how-to"
BLOCK = re.compile(r'^```(?:\w+ title="(?P<file>[^"]+)"|sh)\n(?P<text>.*?)^```', re.MULTILINE | re.DOTALL)
INSTALLED = [name for name in registry.names("backends") if registry.installed(name)]
# One backend is enough to see that a page is right; the slow tests have all of them.
FEW = ",".join(p.name for p in registry.plugins() if "backends" in p.offers and "numpy" not in p.offers["backends"])


class Reader:
    """Somebody who follows a page in an empty folder, on a machine without an index of packages."""

    def __init__(self, folder: Path, command: Callable[..., Any], **variables: str) -> None:
        self.folder, self.command = folder, command
        target = folder.with_name("site")
        self.variables = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(target),
            "PIP_TARGET": str(target),
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip reads a negative option that way: there is none
            **variables,
        }

    def follow(self, page: str) -> str:
        """Write the files and run the commands of a page in their order, and return what was printed."""
        printed = ""
        for block in BLOCK.finditer((PAGES / page).read_text(encoding="utf-8")):
            if block["file"]:
                file = self.folder / block["file"]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(block["text"], encoding="utf-8")
            else:
                printed += self.run(block["text"])
        return printed

    def run(self, script: str) -> str:
        """Run a script of the shell and return what it printed."""
        done = self.command(["bash", "-e", "-c", script], self.folder, self.variables)
        return str(done.stdout)


@pytest.fixture
def reader(tmp_path: Path, command: Callable[..., Any]) -> Callable[..., Reader]:
    """Return a function that makes a reader, who blocks the backends that are not needed."""

    def make(**variables: str) -> Reader:
        (tmp_path / "empty").mkdir()
        return Reader(tmp_path / "empty", command, **variables)

    return make


def spikes(reader: Reader, backend: str) -> int:
    reader.run(f"isospike run net.toml --no-plot --backend {backend} --out {backend}-result")
    header = json.loads((reader.folder / f"{backend}-result" / "run.json").read_text())
    return int(header["populations"][0]["spikes"])


def test_the_neuron_of_the_page_is_a_wheel_runs_from_toml_and_keeps_its_contract(reader: Callable[..., Reader]) -> None:
    one = reader(ISOSPIKE_BLOCK=FEW)
    printed = one.follow("write-a-neuron.md")
    assert "neurons Adapting" in printed
    assert " checks, 0 failed" in printed
    assert re.search(r"^\d+ passed", printed, re.MULTILINE)
    assert spikes(one, "numpy") > 0
    assert [path.name for path in (one.folder / "dist").iterdir()] == ["my_cells-0.1.0-py3-none-any.whl"]


@pytest.mark.slow
def test_the_neuron_of_the_page_does_so_on_every_backend(reader: Callable[..., Reader]) -> None:
    one = reader()
    printed = one.follow("write-a-neuron.md")
    assert " checks, 0 failed" in printed
    assert all(f"has the bits of the reference on {name}" in printed for name in INSTALLED)
    assert len({spikes(one, name) for name in INSTALLED}) == 1


def test_the_backend_of_the_page_keeps_its_contract_and_has_the_bits_of_the_reference(
    reader: Callable[..., Reader],
) -> None:
    printed = reader(ISOSPIKE_BLOCK=FEW).follow("write-a-backend.md")
    assert "5 checks, 0 failed" in printed
    for precision in ("float32", "float64"):
        assert re.search(rf"plain .*{precision}: .*L1.* reached", printed)
