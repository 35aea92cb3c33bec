"""`isospike contract` says of each check what came of it, and exits accordingly."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]


def test_a_model_and_a_backend_that_keep_their_contracts_pass(isospike: Call) -> None:
    done = isospike("contract", "OneToOne", "numpy", "--backend", "numpy")
    assert done.exit_code == 0, done.stdout
    assert "OneToOne\n  passed     " in done.stdout
    assert "  passed     has the bits of the reference on numpy\n" in done.stdout
    assert "numpy\n  passed     goes by the name that its plugin offers\n" in done.stdout
    assert (
        "  not asked  has a gradient on numpy\n             numpy does not claim gradient: NumPy has no" in done.stdout
    )
    assert " checks, 0 failed, 1 not asked" in done.stdout


def test_a_class_that_does_not_keep_it_fails_with_the_reason_and_the_rest_is_checked(
    isospike: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "untold_cells.py").write_text(
        "import isospike as iso\nfrom isospike.parameter import parameter\n"
        "class Untold(iso.LIF):\n    'A neuron.'\n    kappa = parameter(1.0, 'mV', 'who knows')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    done = isospike("contract", "untold_cells:Untold", "--backend", "numpy")
    sys.modules.pop("untold_cells")
    assert done.exit_code == 1
    assert "  FAILED     has a page\n             the docstring of Untold does not tell of kappa" in done.stdout
    assert " checks, 1 failed," in done.stdout


@pytest.mark.parametrize("arguments", [("LIFF",), ("LIF", "--backend", "nunpy"), ("nowhere:Model",)])
def test_what_does_not_exist_is_bad_input(isospike: Call, arguments: tuple[str, ...]) -> None:
    done = isospike("contract", *arguments)
    assert done.exit_code == 2
    assert "Did you mean" in done.stderr or "cannot be imported" in done.stderr
