"""The registry finds every plugin, survives broken ones, and refuses two owners of one name."""

from __future__ import annotations

import collections
import importlib.metadata
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from isospike import hookspecs, registry
from isospike.errors import MissingDependencyError, PluginError, UnknownNameError

Install = Callable[..., None]


def module(**tables: Any) -> str:
    """Write the source of a plugin module whose hooks return these tables."""
    lines = ["from isospike.hookspecs import Offer, hookimpl"]
    for kind, table in tables.items():
        lines += ["@hookimpl", f"def isospike_{kind}():", f"    return {table!r}"]
    return "\n".join(lines)


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install fake plugins, the only ones that the registry sees."""

    def entry_points(*, group: str) -> importlib.metadata.EntryPoints:
        found = importlib.metadata.distributions(path=[str(tmp_path)])
        return importlib.metadata.EntryPoints(e for d in found for e in d.entry_points if e.group == group)

    def write(name: str, source: str, distribution: str = "") -> None:
        distribution = distribution or f"dist-{name}"
        stem = f"fake_{distribution}_{name}".replace("-", "_")
        (tmp_path / f"{stem}.py").write_text(source)
        info = tmp_path / f"{distribution.replace('-', '_')}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n")
        (info / "entry_points.txt").write_text(f"[isospike]\n{name} = {stem}\n")

    before = set(sys.modules)
    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delenv("ISOSPIKE_BLOCK", raising=False)
    registry.reload()
    yield write
    registry.reload()
    for name in set(sys.modules) - before:
        if name.startswith("fake_"):
            del sys.modules[name]


def test_the_kinds_are_the_hooks_in_their_order() -> None:
    assert registry.KINDS[:2] == ("backends", "neurons")
    assert set(registry.KINDS) == {
        "backends",
        "commands",
        "conformance_cases",
        "connectivity",
        "encoders",
        "initialisers",
        "inputs",
        "neurons",
        "outputs",
        "projections",
        "surrogates",
        "synapses",
    }


@pytest.mark.parametrize("kind", registry.KINDS)
def test_every_hook_is_documented_by_an_example_target(kind: str) -> None:
    doc = getattr(hookspecs, f"isospike_{kind}").__doc__
    assert doc.startswith("Offer ")
    assert doc.count(":") >= 2


@pytest.mark.parametrize("kind", [kind for kind in registry.KINDS if kind != "backends"])
def test_every_kind_is_listed_sorted_and_resolved_to_its_target(install: Install, kind: str) -> None:
    install("one", module(**{kind: {"Queue": "collections:deque"}}))
    install("two", module(**{kind: {"Count": "collections:Counter", "Most": "collections:Counter.most_common"}}))
    assert registry.names(kind) == ["Count", "Most", "Queue"]
    assert registry.resolve(kind, "Queue") is collections.deque
    assert registry.resolve(kind, "Most") is collections.Counter.most_common


def test_listing_a_name_does_not_import_its_target(install: Install, tmp_path: Path) -> None:
    (tmp_path / "fake_heavy.py").write_text("Model = 'the model'\n")
    install("one", module(neurons={"Heavy": "fake_heavy:Model"}))
    assert registry.names("neurons") == ["Heavy"]
    assert "fake_heavy" not in sys.modules
    assert registry.resolve("neurons", "Heavy") == "the model"


def test_a_backend_without_its_library_is_listed_and_says_how_to_install_it(install: Install) -> None:
    offer = hookspecs.Offer("collections:deque", ("no_such_library", "json"), "fast", 7)
    install("quick", module(backends={"quick": offer}), distribution="third-party")
    assert registry.names("backends") == ["quick"]
    assert registry.offers() == {"quick": offer}
    assert offer.missing == ("no_such_library",)
    assert not registry.installed("quick")
    with pytest.raises(MissingDependencyError, match=r'needs no_such_library.*pip install "third-party\[fast\]"'):
        registry.resolve("backends", "quick")


def test_a_backend_with_its_library_is_installed_and_resolves(install: Install) -> None:
    install("quick", module(backends={"quick": hookspecs.Offer("collections:deque", ("json",))}))
    assert registry.installed("quick")
    assert not registry.installed("unheard_of")
    assert registry.resolve("backends", "quick").__name__ == "deque"


BROKEN = {
    "raises": ("raise RuntimeError('no luck')", "RuntimeError: no luck"),
    "misspelt": (module(neuron={"A": "a:A"}), "unknown hook 'isospike_neuron'"),
    "arguments": (module() + "\n@hookimpl\ndef isospike_neurons(wrong): ...", "wrong"),
    "no_table": (module(neurons=["A"]), "return a dict from name to target"),
    "no_target": (module(neurons={"A": "a.A"}), "package.module:Attribute"),
    "no_offer": (module(backends={"a": "a:A"}), "Offer"),
    "offer_of_a_model": (module(neurons={"A": hookspecs.Offer("a:A")}), "package.module:Attribute"),
    "asks_back": ("from isospike import registry\nregistry.names('neurons')", "while it was loading"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_reported_and_takes_no_other_down(install: Install, case: str) -> None:
    source, reason = BROKEN[case]
    install("aa", module(neurons={"First": "collections:deque"}))
    install("bad", source)
    install("zz", module(neurons={"Last": "collections:deque"}))
    assert registry.names("neurons") == ["First", "Last"]
    assert list(registry.broken()) == ["bad"]
    assert reason in registry.broken()["bad"]


def test_a_broken_plugin_offers_nothing_even_if_some_of_its_hooks_were_right(install: Install) -> None:
    install("half", module(neurons={"Good": "collections:deque"}, synapsis={"Bad": "a:A"}))
    assert registry.names("neurons") == []
    assert list(registry.broken()) == ["half"]


def test_one_module_under_two_names_is_refused_without_losing_the_first(install: Install, tmp_path: Path) -> None:
    install("one", module(neurons={"A": "collections:deque"}))
    install("two", "")
    (tmp_path / "dist_two-1.2.dist-info" / "entry_points.txt").write_text("[isospike]\ntwo = fake_dist_one_one\n")
    assert registry.names("neurons") == ["A"]
    assert "already registered" in registry.broken()["two"]


def test_an_unknown_name_lists_what_exists_the_nearest_and_what_failed(install: Install) -> None:
    install("good", module(neurons={"LIF": "collections:deque", "Izhikevich": "collections:deque"}))
    install("bad", "import no_such_module_at_all")
    with pytest.raises(UnknownNameError) as caught:
        registry.resolve("neurons", "Izikevich")
    message = str(caught.value)
    assert "There is no neuron 'Izikevich'. Did you mean 'Izhikevich'?" in message
    assert "Known neurons: Izhikevich, LIF." in message
    assert "'bad' (dist-bad 1.2): ModuleNotFoundError: No module named 'no_such_module_at_all'" in message


def test_names_are_exact_but_another_case_is_suggested(install: Install) -> None:
    install("good", module(neurons={"LIF": "collections:deque"}))
    with pytest.raises(UnknownNameError, match="Did you mean 'LIF'"):
        registry.resolve("neurons", "lif")


def test_an_unknown_kind_is_refused_with_the_nearest_one(install: Install) -> None:
    install("good", module())
    with pytest.raises(UnknownNameError, match="Did you mean 'neurons'"):
        registry.names("neuron")


def test_without_any_plugin_the_error_says_that_isospike_is_not_installed(install: Install) -> None:
    with pytest.raises(UnknownNameError, match="pip install -e"):
        registry.resolve("neurons", "LIF")


def test_two_plugins_with_one_model_name_are_both_named_and_blocking_one_helps(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("one", module(neurons={"LIF": "collections:deque"}, synapses={"Expon": "collections:deque"}))
    install("two", module(neurons={"LIF": "collections:Counter"}))
    with pytest.raises(PluginError, match=r"neuron 'LIF'.*'one' \(dist-one 1.2\).*'two'.*ISOSPIKE_BLOCK=two"):
        registry.names("neurons")
    assert registry.names("synapses") == ["Expon"]
    monkeypatch.setenv("ISOSPIKE_BLOCK", "two")
    registry.reload()
    assert registry.resolve("neurons", "LIF").__name__ == "deque"


def test_two_distributions_with_one_plugin_name_are_both_named_and_blocking_one_helps(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("same", module(neurons={"A": "collections:deque"}), distribution="left")
    install("same", module(neurons={"B": "collections:deque"}), distribution="right")
    with pytest.raises(PluginError, match=r"'same': '(left|right)' and '(left|right)'"):
        registry.plugins()
    monkeypatch.setenv("ISOSPIKE_BLOCK", "right")
    registry.reload()
    assert registry.names("neurons") == ["A"]


def test_a_blocked_plugin_is_never_imported_and_unknown_names_mention_it(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("one", module(neurons={"A": "collections:deque"}))
    install("two", module(neurons={"B": "collections:deque"}))
    monkeypatch.setenv("ISOSPIKE_BLOCK", "three, one")
    assert registry.names("neurons") == ["B"]
    assert registry.broken() == {}
    assert "fake_dist_one_one" not in sys.modules
    with pytest.raises(UnknownNameError, match="ISOSPIKE_BLOCK blocks: 'one'"):
        registry.resolve("neurons", "A")


def test_the_records_tell_a_doctor_who_offers_what(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("good", module(neurons={"A": "collections:deque"}))
    install("bad", "raise OSError('gone')")
    install("shut", module())
    monkeypatch.setenv("ISOSPIKE_BLOCK", "shut")
    bad, good, shut = registry.plugins()
    assert good == registry.Plugin(
        "good", "dist-good", "1.2", "fake_dist_good_good", {"neurons": {"A": "collections:deque"}}
    )
    assert (bad.name, bad.error, dict(bad.offers)) == ("bad", "OSError: gone", {})
    assert (shut.name, shut.blocked, shut.error) == ("shut", True, None)


@pytest.mark.parametrize("target", ["no_such_module:A", "collections:no_such_class"])
def test_a_target_that_cannot_be_imported_names_the_plugin(install: Install, target: str) -> None:
    install("one", module(neurons={"A": target}))
    with pytest.raises(PluginError, match=r"neuron 'A' of plugin 'one' \(dist-one 1.2\) cannot be imported from"):
        registry.resolve("neurons", "A")


def test_a_target_may_raise_its_own_isospike_error(install: Install, tmp_path: Path) -> None:
    cure = "from isospike.errors import MissingDependencyError\nraise MissingDependencyError('install it')\n"
    (tmp_path / "fake_needy.py").write_text(cure)
    install("one", module(neurons={"A": "fake_needy:A"}))
    with pytest.raises(MissingDependencyError, match="install it"):
        registry.resolve("neurons", "A")


def test_plugins_are_loaded_once_however_many_threads_ask(install: Install) -> None:
    install("slow", "import time\ntime.sleep(0.05)\n" + module(neurons={"A": "collections:deque"}))
    seen: list[tuple[registry.Plugin, ...]] = []
    threads = [threading.Thread(target=lambda: seen.append(tuple(registry.plugins()))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 8
    assert len({id(records[0]) for records in seen}) == 1
