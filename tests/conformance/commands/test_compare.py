"""`isospike compare` says identical, or where not; its exit code says whether what is promised holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_exact_numerics_is_identical_and_code_0(isospike, network):
    done = isospike("compare", network(), "--backends", "numpy,jax", "--numerics", "exact")
    assert done.exit_code == 0, done.stderr
    assert "identical: all States of all 300 steps have the same bits (exact numerics)" in done.stdout
    assert "exact numerics promises the same bits: holds" in done.stdout


def test_a_difference_in_exact_numerics_is_code_1_and_names_the_node(isospike, network, doctored):
    doctored("product")
    done = isospike("compare", network(), "--backends", "numpy,doctored", "--numerics", "exact", "--duration", "2 ms")
    assert done.exit_code == 1
    assert "exact numerics promises the same bits: broken" in done.stdout
    assert "multiply at " in done.stdout


def test_fast_numerics_without_seeds_is_code_0_and_says_that_it_only_ran(isospike, network, doctored):
    doctored("fma")
    done = isospike("compare", network(), "--backends", "numpy,doctored", "--seeds", "0", "--json", "out.json")
    assert done.exit_code == 0, done.stderr
    assert "multiply-add at " in done.stdout
    assert "spikes      all " in done.stdout
    assert "it ran, and they were not judged" in done.stdout
    report = json.loads(Path("out.json").read_text())
    assert (report["schema"], report["passed"], report["steps"]) == ("isospike.comparison/1", True, 300)
    divergence = report["candidates"][0]["divergence"]
    assert divergence["schema"] == "isospike.divergence/1"
    assert divergence["node"]["label"] == "multiply-add"
    assert divergence["first_divergent_step"] is not None
    assert len(report["candidates"][0]["growth"]["steps"]) == 300


def test_the_first_spike_that_differs_is_named(isospike, network, doctored):
    doctored("strong")
    done = isospike("compare", network(), "--backends", "numpy,doctored", "--seeds", "0")
    assert "first mismatch at step " in done.stdout
    assert "neuron 19 of cells, only in the " in done.stdout
    assert "coincide in the last tenth of the run" in done.stdout


def test_a_small_sample_is_said_to_be_indicative(isospike, network, doctored, brief):
    doctored("fma")
    given = ("--backends", "numpy,doctored", "--seeds", "2", "--seed-duration", "60 ms", "--duration", "5 ms")
    done = isospike("compare", network(), *given)
    assert "2 seeds of 0.06 s on each side: indicative, not L2" in done.stdout
    assert done.exit_code == (0 if "passed (2 seeds" in done.stdout else 1)


def test_a_python_network_is_compared_as_well(isospike, network, tmp_path):
    file = tmp_path / "net.py"
    file.write_text(
        "import isospike as iso\nfrom isospike import units as u\n"
        "RUN = {'dt': '0.1 ms', 'duration': '2 ms', 'numerics': 'exact'}\n"
        "def build():\n"
        "    net = iso.Network()\n"
        "    net.add_population('cells', iso.LIF(4, V_th=1 * u.mV))\n"
        "    net.add_input('noise', iso.OUProcess(4, tau=5 * u.ms, sigma=1 * u.mA), target='cells')\n"
        "    return net\n"
    )
    done = isospike("compare", file, "--backends", "numpy,jax")
    assert done.exit_code == 0, done.stdout + done.stderr
    assert "all 20 steps" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--backends", "numpy,nosuch"), "nosuch"),
        (("--backends", "numpy"), "at least two different ones"),
        (("--backends", "numpy,jax", "--seeds", "1"), "one seed shows no spread"),
        (("--backends", "numpy,jax", "--precision", "float16"), "--precision"),
        (("--backends", "numpy,jax", "--html", "there.html"), "exists already"),
        (("--backends", "numpy,jax", "--json", "no/folder.json"), "mkdir -p"),
    ],
)
def test_bad_input_is_code_2_and_says_what_to_do(isospike, network, arguments, words):
    Path("there.html").write_text("mine")
    done = isospike("compare", network(), *arguments)
    assert done.exit_code == 2
    assert words in done.stderr
    assert done.stdout == ""
    assert Path("there.html").read_text() == "mine"


def test_an_unreadable_file_is_code_2(isospike, network, tmp_path):
    done = isospike("compare", tmp_path / "nothing.toml", "--backends", "numpy,jax")
    assert done.exit_code == 2
    assert "there is no file" in done.stderr
