"""Importing isospike and listing what it offers stay cheap, whatever is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

HEAVY = {
    "brainunit",
    "cupy",
    "jax",
    "matplotlib",
    "pandas",
    "pydantic",
    "saiunit",
    "torch",
    "typer",
    "xarray",
    "zarr",
}
BUDGET = 0.25  # seconds; five runs, the best counts, so that a busy machine does not decide

CHILD = """
import json, sys, time
start = time.perf_counter()
{statement}
seconds = time.perf_counter() - start
print(json.dumps([seconds, sorted({{name.partition(".")[0] for name in sys.modules}})]))
"""


def measured(statement: str) -> tuple[float, set[str]]:
    """Run a statement in a fresh interpreter; return its seconds and the top-level modules that it left."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ISOSPIKE_")}
    child = subprocess.run(
        [sys.executable, "-c", CHILD.format(statement=statement)],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    seconds, modules = json.loads(child.stdout)
    return seconds, set(modules)


@pytest.mark.parametrize(
    "statement",
    [
        "import isospike",
        "import isospike.registry; assert isospike.registry.names('backends')",
        "import isospike.registry; assert isospike.registry.names('neurons')",
        "import isospike.registry; assert isospike.registry.plugins() and not isospike.registry.broken()",
    ],
)
def test_importing_and_listing_load_nothing_heavy(statement: str) -> None:
    _, modules = measured(statement)
    assert modules & HEAVY == set()


def test_listing_loads_of_the_bundled_packages_their_plugin_modules_and_nothing_else() -> None:
    code = "import sys; from isospike import registry; registry.names('neurons'); print(*sys.modules)"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name for name in child.stdout.split() if name.startswith("isospike_")}
    assert "isospike_models.plugin" in loaded
    assert {name for name in loaded if "." in name and not name.endswith(".plugin")} == set()


def test_importing_isospike_is_quick() -> None:
    measured("import isospike")  # writes the bytecode
    assert min(measured("import isospike")[0] for _ in range(5)) < BUDGET
