"""The self-test of exact numerics: what a backend computes otherwise is found before it is relied on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike.errors import NumericsError
from isospike.graph.aval import Aval
from isospike.graph.exact import FUNCTIONS
from isospike.graph.trace import close, raw
from isospike.select import get_backend
from isospike.transform import jit, selftest
from isospike.transform.selftest import functions_of, require_exact


class Shortcut:
    """The NumPy backend with another evaluation of some operations, as a compiler may choose it."""

    def __init__(self, lowerings: Mapping[str, Callable[..., Any]]) -> None:
        from isospike_numpy.interpreter import compile_graph

        self._numpy, self._lowerings, self._compile = get_backend("numpy"), lowerings, compile_graph
        self.name, self.engine, self.device = "shortcut", "contracting", "cpu"
        self.compiled = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._numpy, name)

    def compile(self, graph: Any) -> Any:
        self.compiled += 1
        run = self._compile(graph, np, self._lowerings)
        return lambda inputs: run(*inputs)


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(selftest, "_passed", {})
    return


def fused(x: Any, y: Any) -> Any:
    """Return x + y as where the last product was kept in more digits."""
    wide = np.asarray(x, np.longdouble) + np.asarray(y, np.longdouble)
    return np.nextafter(wide.astype(np.result_type(x, y)), np.inf)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_every_backend_that_keeps_to_the_rules_passes(precision: str, backend_name: str) -> None:
    names = [(name, precision) for name in (*FUNCTIONS, "arithmetic")]
    require_exact(get_backend(backend_name), frozenset(names))


@pytest.mark.parametrize(
    ("what", "lowering"),
    [
        ("arithmetic", {"add": fused}),
        ("arithmetic", {"quotient": lambda x, y: x * (np.asarray(1, np.float32) / y)}),
        ("exp", {"round": np.floor}),
        ("log", {"exponent": lambda x: (np.frexp(x)[1]).astype(np.int32)}),
        ("sqrt", {"less_equal": lambda x, y: np.zeros(np.shape(x), bool) & (y > 0)}),
    ],
)
def test_a_shortcut_is_refused_by_the_name_of_backend_and_function_with_both_values(
    what: str, lowering: Mapping[str, Callable[..., Any]]
) -> None:
    message = (
        rf"backend 'shortcut' \(engine 'contracting', device 'cpu'\).*its {what} of [0-9.]+ and [0-9.]+ in float32 is "
        r"[-0-9.einfa]+, expected [-0-9.e]+\. .*XLA_FLAGS.*numerics='fast'"
    )
    with pytest.raises(NumericsError, match=message):
        require_exact(Shortcut(lowering), frozenset({(what, "float32")}))


def test_a_reciprocal_that_xla_takes_of_what_is_repeated_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jax")
    from isospike_jax import loop
    from isospike_jax.backend import JaxBackend

    monkeypatch.setitem(loop._LOWERINGS, "quotient", lambda x, y: x / y)
    with pytest.raises(NumericsError, match="its arithmetic of"):
        require_exact(JaxBackend(engine="xla"), frozenset({("arithmetic", "float32")}))


@pytest.mark.skipif(shutil.which("g++") is None, reason="no C++ compiler")
@pytest.mark.parametrize("name", ["jax", "torch"])
def test_generated_code_is_tried_as_the_step_of_a_loop(name: str) -> None:
    pytest.importorskip(name)
    names, backend = frozenset({("exp", "float32"), ("arithmetic", "float64")}), get_backend(name)
    require_exact(backend, names, "fused")
    assert selftest._passed == {(backend, "fused"): names}
    with pytest.raises(NumericsError, match=r"engine 'fused'.*its arithmetic"):
        require_exact(Shortcut({"add": fused}), frozenset({("arithmetic", "float32")}), "fused")


def test_a_function_is_tried_once_for_each_backend_and_dtype() -> None:
    backend, other = Shortcut({}), Shortcut({})
    for _ in range(2):
        require_exact(backend, frozenset({("exp", "float32"), ("arithmetic", "float32")}))
        require_exact(backend, frozenset({("exp", "float32")}))
    assert backend.compiled == 1
    require_exact(backend, frozenset({("exp", "float32"), ("exp", "float64")}))
    require_exact(other, frozenset({("exp", "float32")}))
    assert (backend.compiled, other.compiled) == (2, 1)


def test_a_program_is_tried_for_what_it_computes_and_only_in_exact_numerics() -> None:
    graph, _ = close(lambda x: raw.exp(raw.multiply(x, x)), [Aval((3,), "float32")])
    assert functions_of(graph) == {("exp", "float32"), ("arithmetic", "float32")}
    with environ.context(backend="numpy"):
        jit(iso.math.log)(np.ones(2))
        assert selftest._passed == {}
        with environ.context(numerics="exact"):
            jit(iso.math.log)(np.ones(2))
            iso.transform.for_loop(lambda x: iso.math.sqrt(x), np.ones(3))
    (passed,) = selftest._passed.values()
    assert {("log", "float32"), ("sqrt", "float32")} <= passed
    assert "exp" not in {name for name, _ in passed}


def test_jax_with_fast_math_is_refused() -> None:
    pytest.importorskip("jax")
    code = (
        "import numpy as np, isospike as iso\n"
        "with iso.environ.context(backend='jax', numerics='exact'):\n"
        "    iso.transform.jit(lambda x: x * 1.1 + x * x)(np.ones(3))\n"
    )
    variables = {**os.environ, "XLA_FLAGS": "--xla_cpu_enable_fast_math=true"}
    run = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert "numerics='exact' needs IEEE arithmetic, which backend 'jax' (engine 'xla'" in run.stderr
