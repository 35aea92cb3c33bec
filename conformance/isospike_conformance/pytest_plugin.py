"""pytest fixtures that run one test on every backend; load it with ``-p isospike_conformance.pytest_plugin``.

It is not an entry point of pytest on purpose: pytest would then rewrite every module of the installed
distribution, traced code included.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from isospike import environ, registry
from isospike.errors import BackendError
from isospike.select import get_backend

__all__ = ["backend", "pytest_addoption", "pytest_generate_tests", "pytest_runtest_setup"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--isospike-backend NAME``, which may be given more than once."""
    group = parser.getgroup("isospike")
    group.addoption(
        "--isospike-backend",
        action="append",
        metavar="NAME",
        help="backend that tests with the fixture `backend` run on; every installed one by default",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``backend_name`` or ``backend`` once for each backend."""
    if "backend_name" in metafunc.fixturenames:
        metafunc.parametrize("backend_name", _chosen(metafunc.config))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test on a backend that nobody asked for and that has no device here."""
    called = getattr(item, "callspec", None)
    name = called.params.get("backend_name") if called else None
    if name and not item.config.getoption("--isospike-backend"):
        try:
            get_backend(name)
        except BackendError as error:
            pytest.skip(str(error))


@pytest.fixture
def backend(backend_name: str) -> Iterator[str]:
    """Make a backend the one in force for the test, and yield its name."""
    with environ.context(backend=backend_name):
        yield backend_name


def _chosen(config: pytest.Config) -> list[str]:
    offered = registry.names("backends")
    asked = config.getoption("--isospike-backend")
    for name in asked or ():
        if name not in offered or not registry.installed(name):
            state = "is not installed" if name in offered else "does not exist"
            msg = (
                f"--isospike-backend={name}: this backend {state}; installed are "
                f"{', '.join(filter(registry.installed, offered))}"
            )
            raise pytest.UsageError(msg)
    return asked or [name for name in offered if registry.installed(name)]
