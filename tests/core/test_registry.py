"""The registry finds every plugin, survives broken ones, and refuses two owners of one name."""

from __future__ import annotations

import collections
import importlib.metadata
import re
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import isospike as iso
from isospike import hookspecs, registry
from isospike.errors import ConfigError, MissingDependencyError, PluginError, PluginWarning, UnknownNameError
from isospike.registry import loading

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
        importlib.invalidate_caches()
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
    # No settings but those of a test.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
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
        "formats",
        "initialisers",
        "inputs",
        "neurons",
        "outputs",
        "projections",
        "readouts",
        "surrogates",
        "synapses",
        "writers",
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
    "leaves": ("raise SystemExit(3)", "SystemExit: 3"),
    "newer": ("ISOSPIKE_API = '1.9'", "written for version 1.9 of the plugin API, and this isospike has 1.0"),
    "of_the_future": ("ISOSPIKE_API = '2.0'\n" + module(neurons={"A": "a:A"}), "pip install --upgrade isospike"),
    "of_the_past": ("ISOSPIKE_API = '0.9'", "which ended with 1.0: pip install --upgrade dist-bad"),
    "of_no_api": ("ISOSPIKE_API = 'new'", 'write ISOSPIKE_API = "1.0"'),
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
    assert "the module of the plugin 'one' (dist-one 1.2) already" in registry.broken()["two"]


def test_an_unknown_name_lists_what_exists_the_nearest_and_what_failed(install: Install) -> None:
    install("good", module(neurons={"LIF": "collections:deque", "Izhikevich": "collections:deque"}))
    install("bad", "import no_such_module_at_all")
    with pytest.raises(UnknownNameError) as caught:
        registry.resolve("neurons", "Izikevich")
    message = str(caught.value)
    assert "There is no neuron 'Izikevich'. Did you mean 'Izhikevich'?" in message
    assert "Known neurons: Izhikevich, LIF." in message
    assert "'bad' (dist-bad 1.2): ModuleNotFoundError: No module named 'no_such_module_at_all'" in message
    assert "line 1)" in message


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


def test_a_name_that_two_plugins_offer_is_an_error_where_it_is_used_and_only_there(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("one", module(neurons={"LIF": "collections:deque", "Only": "collections:deque"}))
    install("two", module(neurons={"LIF": "collections:Counter"}))
    both = r"neuron 'LIF'.*'one' \(dist-one 1.2\).*'two' \(dist-two 1.2\).*ISOSPIKE_BLOCK=two"
    assert registry.names("neurons") == ["LIF", "Only"]
    assert registry.resolve("neurons", "Only").__name__ == "deque"
    with pytest.raises(PluginError, match=both):
        registry.resolve("neurons", "LIF")
    (sentence,) = registry.clashes()
    assert re.search(both, sentence)
    monkeypatch.setenv("ISOSPIKE_BLOCK", "two")
    registry.reload()
    assert registry.resolve("neurons", "LIF").__name__ == "deque"
    assert registry.clashes() == []


def test_a_name_of_two_kinds_is_told_apart_by_its_kind(install: Install) -> None:
    install("one", module(neurons={"Zed": "collections:deque"}, synapses={"Zed": "collections:Counter"}))
    with pytest.raises(AttributeError, match=r"write isospike\.neurons\.Zed or isospike\.synapses\.Zed"):
        _ = iso.Zed
    assert iso.neurons.Zed is collections.deque
    assert iso.synapses.Zed is collections.Counter


def test_a_backend_that_two_plugins_offer_is_chosen_by_nobody(install: Install) -> None:
    install("one", module(backends={"same": hookspecs.Offer("collections:deque"), "own": hookspecs.Offer("a:A")}))
    install("two", module(backends={"same": hookspecs.Offer("collections:Counter")}))
    assert list(registry.offers()) == ["own"]
    assert not registry.installed("same")
    with pytest.raises(PluginError, match="backend 'same' is offered by"):
        registry.resolve("backends", "same")


def test_two_distributions_may_call_their_plugins_alike_and_are_told_apart_where_they_clash(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("same", module(neurons={"A": "collections:deque", "L": "collections:deque"}), distribution="left")
    install("same", module(neurons={"A": "collections:Counter", "R": "collections:deque"}), distribution="right")
    assert registry.names("neurons") == ["A", "L", "R"]
    with pytest.raises(PluginError, match=r"'same' \(left 1.2\) and by plugin 'same' \(right 1.2\).*BLOCK=right"):
        registry.resolve("neurons", "A")
    monkeypatch.setenv("ISOSPIKE_BLOCK", "right")
    registry.reload()
    assert registry.resolve("neurons", "A") is collections.deque


def test_the_fix_of_a_clash_never_blocks_what_is_bundled(install: Install) -> None:
    install("aaa", module(neurons={"LIF": "collections:deque"}))
    install("models", module(neurons={"LIF": "collections:Counter"}), distribution="isospike")
    with pytest.raises(PluginError, match=r"ISOSPIKE_BLOCK=aaa$"):
        registry.resolve("neurons", "LIF")


def test_a_blocked_plugin_is_never_imported_and_unknown_names_mention_it(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("one", module(neurons={"A": "collections:deque"}))
    install("two", module(neurons={"B": "collections:deque"}))
    monkeypatch.setenv("ISOSPIKE_BLOCK", "three, one")
    assert registry.names("neurons") == ["B"]
    assert registry.broken() == {}
    assert "fake_dist_one_one" not in sys.modules
    with pytest.raises(UnknownNameError, match=r"blocked: 'one' \(dist-one 1.2\) by ISOSPIKE_BLOCK"):
        registry.resolve("neurons", "A")


@pytest.mark.parametrize("name", ["one", "dist-one"])
@pytest.mark.parametrize(
    ("file", "text"), [("pyproject.toml", "[tool.isospike]\n"), ("config/isospike/config.toml", "")]
)
def test_a_settings_file_blocks_as_well(install: Install, tmp_path: Path, file: str, text: str, name: str) -> None:
    install("one", module(neurons={"A": "collections:deque"}))
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_text(f'{text}block = ["{name}"]\n')
    assert registry.names("neurons") == []
    assert [plugin.blocked for plugin in registry.plugins()] == [str(tmp_path / file)]


def test_settings_that_block_no_list_of_names_are_refused(install: Install, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.isospike]\nblock = "one"\n')
    with pytest.raises(ConfigError, match=r'block = \["name"\]'):
        registry.plugins()


def test_a_plugin_that_hangs_at_import_is_given_up_and_named_and_what_does_not_use_it_goes_on(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("hangs", "import time\ntime.sleep(3600)")
    install("works", module(neurons={"A": "collections:deque"}))
    monkeypatch.setenv("ISOSPIKE_PLUGIN_TIMEOUT", "2")
    with pytest.warns(PluginWarning, match=r"'hangs' \(dist-hangs 1.2\) took 2.* ISOSPIKE_BLOCK=hangs"):
        assert registry.names("neurons") == ["A"]
    assert "still being imported after 2 s" in registry.broken()["hangs"]


@pytest.mark.parametrize("given", ["soon", "0", "-1", "nan", "1e30"])
def test_a_time_that_is_none_is_refused(install: Install, monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    install("one", module())
    monkeypatch.setenv("ISOSPIKE_PLUGIN_TIMEOUT", given)
    with pytest.raises(ConfigError, match="write ISOSPIKE_PLUGIN_TIMEOUT=10"):
        registry.plugins()


def test_a_plugin_that_is_slow_works_and_is_named(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "_SLOW", 0.2)
    install("slow", "import time\ntime.sleep(0.4)\n" + module(neurons={"A": "collections:deque"}))
    with pytest.warns(PluginWarning, match="'slow'"):
        assert registry.names("neurons") == ["A"]
    assert registry.broken() == {}
    assert registry.plugins()[0].seconds >= 0.4


def test_a_package_whose_import_asks_for_a_model_may_hold_the_plugin_that_offers_another(
    install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # While the package is being imported, its plugin module is loaded: nobody may wait for the other.
    package = tmp_path / "fake_package"
    package.mkdir()
    (package / "__init__.py").write_text(
        "from isospike import registry\nBase = registry.resolve('neurons', 'A')\nclass Own(Base): ...\n"
    )
    (package / "plugin.py").write_text(module(neurons={"Own": "fake_package:Own"}))
    install("base", module(neurons={"A": "collections:deque"}))
    install("own", "")
    (tmp_path / "dist_own-1.2.dist-info" / "entry_points.txt").write_text("[isospike]\nown = fake_package.plugin\n")
    monkeypatch.setenv("ISOSPIKE_PLUGIN_TIMEOUT", "30")
    assert importlib.import_module("fake_package").Own is registry.resolve("neurons", "Own")


def test_the_records_tell_a_doctor_who_offers_what(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("good", module(neurons={"A": "collections:deque"}))
    install("bad", "raise OSError('gone')")
    install("shut", module())
    monkeypatch.setenv("ISOSPIKE_BLOCK", "shut")
    bad, good, shut = registry.plugins()
    assert good == registry.Plugin(
        "good", "dist-good", "1.2", "fake_dist_good_good", {"neurons": {"A": "collections:deque"}}, "1.0"
    )
    assert (bad.name, bad.api, dict(bad.offers)) == ("bad", "", {})
    assert re.fullmatch(r"OSError: gone \(.*fake_dist_bad_bad\.py, line 1\)", bad.error)
    assert (shut.name, shut.blocked, shut.error) == ("shut", "ISOSPIKE_BLOCK", None)


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
