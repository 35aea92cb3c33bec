"""The page on hooks tells of every hook as it is, and of nothing else."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from isospike import hookspecs, registry

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "hooks.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^### `(.+?)`\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL))


def signature(kind: str) -> str:
    hook = getattr(hookspecs, f"isospike_{kind}")
    return f"isospike_{kind}{inspect.signature(hook)}".replace("'", "")


def test_the_page_lists_every_hook_with_its_signature_in_the_order_of_the_contract() -> None:
    assert list(SECTIONS) == [signature(kind) for kind in registry.KINDS]


@pytest.mark.parametrize("kind", registry.KINDS)
def test_the_example_of_a_hook_is_what_a_bundled_plugin_offers(kind: str) -> None:
    offered = {name: target for p in registry.plugins() for name, target in p.offers.get(kind, {}).items()}
    for text in (SECTIONS[signature(kind)], str(getattr(hookspecs, f"isospike_{kind}").__doc__)):
        (name, target), *_ = re.findall(r'\{"(\w+)": (?:Offer\()?"([\w.]+:\w*)"', text)
        assert getattr(offered[name], "target", offered[name]) == target


def test_the_page_names_the_version_of_the_contract() -> None:
    assert f"version {hookspecs.API} of the plugin API" in PAGE
