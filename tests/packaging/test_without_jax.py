"""Where JAX is not installed, the numpy backend runs models with units all the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from typing import Any

import pytest

BLOCK = """
import json, sys
from importlib.machinery import PathFinder

find_spec = PathFinder.find_spec

def find_what_is_installed(name, path=None, target=None):
    return None if name.partition(".")[0] in ("jax", "jaxlib") else find_spec(name, path, target)

PathFinder.find_spec = find_what_is_installed
"""

REPORT = """
found = sorted(name for name in sys.modules if name.partition(".")[0] in ("jax", "jaxlib"))
print(json.dumps({"jax": found, **report}))
"""


def without_jax(code: str) -> Any:
    """Run code where jax cannot be imported; return what it puts into ``report``."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ISOSPIKE_", "JAX_"))}
    child = subprocess.run(
        [sys.executable, "-W", "error", "-c", BLOCK + textwrap.dedent(code) + REPORT],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    report = json.loads(child.stdout.splitlines()[-1])
    assert report.pop("jax") == []
    return report


def test_a_population_runs_with_units() -> None:
    report = without_jax(
        """
        import numpy as np
        import isospike as iso
        from isospike import units as u
        cell = iso.init_all_states(iso.LIF(100, tau=10 * u.ms, V_th=20 * u.mV, spk_reset="hard"))
        with iso.environ.context(dt=0.1 * u.ms):
            times = iso.math.arange(0 * u.ms, 200 * u.ms, iso.environ.get_dt())
            spikes = iso.transform.for_loop(lambda t: cell(25 * u.mA), times)
            bare = cell(25 * u.mA)
        report = {"shape": spikes.shape, "spikes": float(spikes.sum()), "V": str(cell.V.value.unit)}
        """
    )
    assert report == {"shape": [2000, 100], "spikes": 100.0 * (2000 // 161), "V": "mV"}


def test_a_network_is_simulated_on_the_backend_that_is_chosen_by_itself() -> None:
    report = without_jax(
        """
        import isospike as iso
        from isospike import units as u
        net = iso.Network()
        cells = net.add_population("cells", iso.LIFRef(50, tau_ref=1 * u.ms, V_th=15 * u.mV))
        net.add_population("noise", iso.PoissonInput(20, rate=400 * u.Hz))
        comm = iso.FixedProb(20, 50, 0.3, 10 * u.mA)
        syn, out = iso.Expon.desc(tau=5 * u.ms), iso.CUBA.desc(scale=1.0)
        net.add_projection("p", iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells), pre="noise")
        with iso.environ.context(dt=0.1 * u.ms):
            result = iso.simulate(iso.init_all_states(net), 50 * u.ms, monitors=["cells.V"])
        report = {
            "backend": result.manifest["backend"]["name"],
            "spikes": int((result.spikes["population"] == "cells").sum()),
            "unit": result.states["cells.V"].attrs["units"],
        }
        """
    )
    assert report.pop("spikes") > 10
    assert report == {"backend": "numpy", "unit": "mV"}


def test_units_convert_check_and_make_times() -> None:
    report = without_jax(
        """
        import isospike as iso
        from isospike import units as u
        assert (5 * u.ms + 1 * u.second).to_decimal(u.ms) == 1005
        assert (2 * u.nS * (3 * u.mV)).to_decimal(u.pA) == 6
        times = iso.math.arange(0 * u.ms, 1 * u.ms, 0.1 * u.ms)
        try:
            iso.LIF(10, tau=10 * u.mV)
        except iso.errors.UnitError as error:
            number = float(iso.math.exp(1 * u.mV / u.volt))
            report = {"error": str(error), "n": len(times.mantissa), "exp": number}
        """
    )
    assert "LIF(tau=...)" in report["error"]
    assert report["n"] == 10
    assert report["exp"] == pytest.approx(1.0010005, rel=1e-6)


def test_asking_for_jax_says_how_to_install_it() -> None:
    report = without_jax(
        """
        import isospike as iso
        from isospike import units as u
        cell = iso.init_all_states(iso.LIF(3, V_th=15 * u.mV))
        try:
            with iso.environ.context(dt=0.1 * u.ms, backend="jax"):
                cell()
        except iso.errors.MissingDependencyError as error:
            report = {"error": str(error)}
        """
    )
    assert 'pip install "isospike[jax]"' in report["error"]


def test_names_of_the_peer_work_too() -> None:
    report = without_jax(
        """
        from isospike.compat import brainpy, brainstate, braintools
        from isospike import units as u
        start = braintools.init.Constant(1.0 * u.mV)
        neuron = brainpy.state.LIF(10, tau=10.0 * u.ms, V_th=20.0 * u.mV, V_initializer=start)
        brainstate.nn.init_all_states(neuron)
        with brainstate.environ.context(dt=0.1 * u.ms):
            spikes = brainstate.transform.for_loop(lambda: neuron(25.0 * u.mA), length=200)
        report = {"shape": spikes.shape}
        """
    )
    assert report == {"shape": [200, 10]}
