"""The code of every page runs, in the order in which it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")

WITH_CODE = [p for p in PAGES if FENCE.search(p.read_text())]


@pytest.mark.parametrize("page", WITH_CODE, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_code_of_a_page_runs_from_top_to_bottom(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = page.read_text()
    namespace = {"__name__": "page"}
    for block in FENCE.finditer(text):
        line = text[: block.start(1)].count("\n")
        exec(compile("\n" * line + block.group(1), str(page), "exec", dont_inherit=True), namespace)


TOML = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)
WITH_NETWORK = [p for p in PAGES if TOML.search(p.read_text())]


@pytest.mark.parametrize("page", WITH_NETWORK, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_network_of_a_page_runs(page, tmp_path):
    for block in TOML.finditer(page.read_text()):
        file = tmp_path / "net.toml"
        file.write_text(block.group(1))
        run = subprocess.run(
            [sys.executable, "-m", "isospike", "run", file, "--backend", "numpy", "--duration", "5 ms", "--no-plot"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        assert (tmp_path / "net-result" / "run.json").is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_the_links_of_a_page_lead_somewhere(page):
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not missing
