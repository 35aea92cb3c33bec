from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import isospike as iso
from isospike import registry

INIT = Path(iso.__file__)


def shown_to_type_checkers() -> dict[str, str]:
    """Return the names under TYPE_CHECKING of isospike/__init__.py, with the module that each comes from."""
    (block,) = (n for n in ast.parse(INIT.read_text()).body if isinstance(n, ast.If))
    found = {}
    for statement in block.body:
        assert isinstance(statement, ast.ImportFrom)
        found.update({a.asname or a.name: statement.module or "" for a in statement.names})
    return found


def registered_models() -> set[str]:
    return {
        n
        for kind in registry.KINDS
        if kind not in ("backends", "commands", "writers", "conformance_cases", "formats")
        for n in registry.names(kind)
    }


def test_the_names_that_type_checkers_see_are_those_of_core_and_of_the_bundled_models() -> None:
    shown = shown_to_type_checkers()
    bundled = {n for n, module in shown.items() if module.startswith("isospike_models")}
    assert bundled == {n for n in registered_models() if getattr(iso, n).__module__.startswith("isospike_models")}
    assert set(shown) - bundled == set(iso._CORE) | set(iso._MODULES)
    assert set(iso.__all__) == set(shown)


@pytest.mark.parametrize("name", shown_to_type_checkers())
def test_a_public_name_is_the_object_that_type_checkers_see(name: str) -> None:
    module = shown_to_type_checkers()[name]
    shown = (
        importlib.import_module(f"isospike.{name}")
        if module == "isospike"
        else getattr(importlib.import_module(module), name)
    )
    assert getattr(iso, name) is shown
    assert inspect.getdoc(shown)
    assert name in dir(iso)


@pytest.mark.parametrize("kind", registry.MODEL_KINDS)
def test_every_kind_of_model_is_a_namespace_of_its_names(kind: str) -> None:
    names = registry.names(kind)
    assert set(names) <= set(dir(getattr(iso, kind)))
    assert getattr(getattr(iso, kind), names[0]) is registry.resolve(kind, names[0])
    with pytest.raises(AttributeError, match=f"Did you mean {names[0]!r}"):
        getattr(getattr(iso, kind), f"{names[0]}x")


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(AttributeError, match=r"isospike has no name 'LIFF'\. Did you mean 'LIF'") as refused:
        _ = iso.LIFF
    assert "`isospike models`" in str(refused.value)
    assert "dir(isospike)" in str(refused.value)


def test_what_a_plugin_author_builds_on_is_public() -> None:
    assert issubclass(iso.SparseComm, iso.Comm)
    assert issubclass(iso.AllToAll, iso.Comm)
    assert issubclass(iso.Normal, iso.Initializer)
    assert iso.Monitor("cells.V").every == 1


PACKAGES = ["isospike", "isospike_codegen", "isospike_numpy", "isospike_jax", "isospike_models", "isospike_nir"]


def modules() -> list[str]:
    found = []
    for package in PACKAGES:
        root = Path(str(importlib.import_module(package).__file__)).parent
        found += [".".join([package, *p.relative_to(root).with_suffix("").parts]) for p in root.rglob("*.py")]
    return [m.removesuffix(".__init__") for m in found if "_jax" not in m]


@pytest.mark.parametrize("module", modules())
def test_every_name_in_all_exists_and_is_documented(module: str) -> None:
    loaded = importlib.import_module(module)
    names = getattr(loaded, "__all__", [])
    assert list(names) == sorted(names, key=lambda n: (not n.isupper(), not n[0].isupper(), n)) or list(
        names
    ) == sorted(names)
    for name in names:
        value = getattr(loaded, name)
        assert not (inspect.isclass(value) or inspect.isfunction(value)) or inspect.getdoc(value), f"{module}.{name}"
    assert loaded.__doc__
