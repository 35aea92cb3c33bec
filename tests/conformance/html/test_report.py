"""The HTML report is one file that needs nothing else, and says what the comparison found."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from isospike.config import load
from isospike.errors import MissingDependencyError
from isospike_conformance.comparison import Comparison
from isospike_conformance.html import render_report, require_libraries
from isospike_conformance.way import REFERENCE, Way

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Page(HTMLParser):
    """What a page holds: tags with their attributes, names, and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def report(network, doctored, brief):
    """Return the report of a candidate that contracts, and the file that it is in."""
    doctored("fma")
    file = network(('duration = "30 ms"', 'duration = "10 ms"'))
    plan = load(file.rename(file.with_name("<b>&net.toml")))
    comparison = Comparison(plan, [REFERENCE, Way("doctored", "interpreter")], seeds=2, seconds=0.01)
    comparison.run()
    comparison.sample()
    path = file.with_name("report.html")
    path.write_text(render_report(comparison))
    return path.read_text(), path


def test_a_report_refers_to_nothing_outside(report):
    text, path = report
    page = Page(text)
    references = [a[k] for _, a in page.tags for k in ("src", "href", "xlink:href", "action") if a.get(k)]
    assert references
    assert all(r.startswith(("#", "data:")) for r in references)
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []
    assert page.all("script") == []
    assert path.stat().st_size < 3e6


def test_a_report_names_state_node_and_values(report):
    text, _ = report
    page = Page(text)
    assert "multiply-add at " in page.text
    assert "cells.V" in page.text
    assert re.search(r"-?0x1\.[0-9a-f]{6}p", page.text)
    assert "indicative, not L2" in page.text
    assert "sha256:" in page.text


def test_names_of_the_user_are_text_and_not_markup(report):
    page = Page(report[0])
    assert "<b>&net.toml on 2 ways" in page.text
    assert page.all("b") == []


def test_a_report_can_be_read_without_seeing_it(report):
    page = Page(report[0])
    assert page.all("html")[0]["lang"] == "en"
    figures = page.all("svg")
    assert len(figures) == 2
    names = {a["id"] for _, a in page.tags if "id" in a}
    assert all(f["role"] == "img" and f["aria-labelledby"] in names for f in figures)
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in heading for heading in page.all("th"))


def test_names_inside_a_report_are_unique(report):
    names = [a["id"] for _, a in Page(report[0]).tags if "id" in a]
    assert len(names) == len(set(names))


def test_a_report_replaces_another_only_by_force(isospike, network, doctored):
    doctored("none")
    given = (
        "compare",
        network(),
        "--backends",
        "numpy,doctored",
        "--seeds",
        "0",
        "--duration",
        "1 ms",
        "--html",
        "r.html",
    )
    assert isospike(*given).exit_code == 0
    assert isospike(*given).exit_code == 2
    assert isospike(*given, "--force").exit_code == 0


def test_a_missing_library_is_named_with_its_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingDependencyError, match=r'pip install "isospike\[plot\]"'):
        require_libraries()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_a_browser_renders_title_figures_and_tables_and_asks_for_nothing(report, tmp_path):
    browser = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    seen = subprocess.run(
        [*browser, "--enable-logging=stderr", "--dump-dom", report[1].as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    page = Page(seen.stdout)
    assert "<title>&lt;b&gt;&amp;net.toml: numpy interpreter, doctored interpreter compared</title>" in seen.stdout
    assert len(page.all("svg")) == 2
    assert len(page.all("table")) >= 4
    assert "CONSOLE" not in seen.stderr
