"""The plugin runs a test on each backend that is asked for."""

from __future__ import annotations

import pytest

from isospike import registry

TEST = """
from isospike import environ

def test_runs(backend):
    assert environ.get("backend") == backend
"""


# As much of CuPy as it takes to find no GPU.
WITHOUT_GPU = """
class ndarray:
    pass

class cuda:
    class runtime:
        CUDARuntimeError = RuntimeError

        def getDeviceCount():
            raise RuntimeError("cudaErrorNoDevice")

        def driverGetVersion():
            return 12090

        runtimeGetVersion = driverGetVersion
"""


@pytest.fixture
def run(pytester: pytest.Pytester):
    pytester.makepyfile(TEST)

    def run(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess("-p", "isospike_conformance.pytest_plugin", "-v", *arguments)

    return run


def test_every_installed_backend_is_run_by_default(run):
    run().assert_outcomes(passed=len([n for n in registry.names("backends") if registry.installed(n)]))


def test_a_backend_that_has_no_device_here_is_left_out_unless_it_is_asked_for(run, pytester):
    pytester.makepyfile(cupy=WITHOUT_GPU)
    others = [n for n in registry.names("backends") if registry.installed(n) and n != "cupy"]
    result = run("-rs")
    result.assert_outcomes(passed=len(others), skipped=1)
    result.stdout.fnmatch_lines(["*installed, no device: cudaErrorNoDevice*"])
    run("--isospike-backend", "cupy").assert_outcomes(passed=1)


def test_one_backend_can_be_chosen(run):
    result = run("--isospike-backend", "numpy")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*test_runs?numpy?*"])


def test_an_unknown_backend_is_refused_with_the_installed_ones(run):
    result = run("--isospike-backend", "nunpy")
    assert result.ret == pytest.ExitCode.USAGE_ERROR or result.ret == pytest.ExitCode.INTERRUPTED
    output = result.stdout.str() + result.stderr.str()
    assert "nunpy" in output
    assert "installed are" in output
    assert "numpy" in output.split("installed are")[1]
