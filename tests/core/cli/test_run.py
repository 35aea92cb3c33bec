"""`isospike run` writes a result from which the run can be repeated, and never harms an older one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import isospike as iso
from isospike.transform.loop import Chunk, Loop

Network = Callable[..., str]
Call = Callable[..., Any]


def manifest(folder: str = "net-result") -> dict[str, Any]:
    return json.loads(Path(folder, "run.json").read_text())["manifest"]


def test_a_run_writes_spikes_variables_and_manifest_and_prints_rates(network: Network, isospike: Call) -> None:
    done = isospike("run", network(), "--no-plot")
    assert done.exit_code == 0, done.stderr
    result = iso.load_result("net-result")
    assert result.steps == 200
    assert result.states["cells.V"].shape == (20, 2)
    assert len(result.spikes) > 0
    assert "cells.E" in done.stdout
    assert "real-time factor" in done.stdout
    assert sorted(path.name for path in Path("net-result").iterdir()) == ["data.zarr", "run.json"]


def test_the_manifest_says_what_was_run_and_how(network: Network, isospike: Call) -> None:
    isospike("run", network(), "--no-plot", "--seed", "7", "--precision", "float64")
    said = manifest()
    assert (said["seed"], said["precision"], said["numerics"]) == (7, "float64", "fast")
    assert said["backend"]["name"] == "numpy"
    assert said["config"]["run"] == {
        "duration": "20 ms",
        "dt": "0.1 ms",
        "backend": "numpy",
        "device": "cpu",
        "engine": "interpreter",
        "precision": "float64",
        "numerics": "fast",
        "seed": 7,
    }
    assert said["config"]["populations"]["cells"]["tau_ref"] == "5.0 ms", "defaults are filled in"
    assert said["config"]["projections"]["exc"]["comm"]["self_offset"] == 0
    assert set(said["timings"]) == {"build_s", "compile_s", "simulate_s", "write_s"}
    assert min(said["timings"].values()) > 0
    assert said["parameter_hash"].startswith("sha256:")
    assert said["config_hash"] != said["parameter_hash"]
    assert [row["group"] for row in said["rates"]] == ["", "E", "I"]
    assert said["versions"]["isospike"] == iso.__version__


def test_run_settings_change_the_config_hash_and_not_the_parameter_hash(network: Network, isospike: Call) -> None:
    isospike("run", network(), "--no-plot")
    isospike("run", network(), "--no-plot", "--duration", "10 ms", "--out", "short")
    assert manifest("short")["parameter_hash"] == manifest()["parameter_hash"]
    assert manifest("short")["config_hash"] != manifest()["config_hash"]
    assert iso.load_result("short").steps == 100


def test_one_seed_gives_the_same_spikes_again_and_another_seed_others(network: Network, isospike: Call) -> None:
    file = network()
    for seed, out in (("1", "a"), ("1", "b"), ("2", "c")):
        assert isospike("run", file, "--no-plot", "-q", "--seed", seed, "--out", out).exit_code == 0
    a, b, c = (iso.load_result(out).spikes for out in "abc")
    assert a.equals(b)
    assert not a.equals(c)


def test_the_picture_is_drawn_unless_refused(network: Network, isospike: Call) -> None:
    pytest.importorskip("matplotlib")
    isospike("run", network())
    assert Path("net-result", "raster.png").stat().st_size > 1000


def test_quiet_prints_nothing(network: Network, isospike: Call) -> None:
    done = isospike("run", network(), "--no-plot", "--quiet")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")


def test_an_older_result_is_replaced_with_force_only(network: Network, isospike: Call) -> None:
    file = network()
    isospike("run", file, "--no-plot", "--seed", "1")
    refused = isospike("run", file, "--no-plot", "--seed", "2")
    assert refused.exit_code == 2
    assert "exists already; replace it with --force" in refused.stderr
    assert manifest()["seed"] == 1
    assert isospike("run", file, "--no-plot", "--seed", "2", "--force").exit_code == 0
    assert manifest()["seed"] == 2


def test_force_never_replaces_what_is_no_result(network: Network, isospike: Call) -> None:
    Path("precious").mkdir()
    Path("precious", "thesis.tex").write_text("all of it")
    done = isospike("run", network(), "--out", "precious", "--force")
    assert done.exit_code == 2
    assert "is no result of isospike" in done.stderr
    assert Path("precious", "thesis.tex").exists()


def test_a_folder_that_cannot_be_written_is_found_before_the_simulation(
    network: Network, isospike: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isospike.cli.run.simulate", pytest.fail)
    file = network()
    Path("file").write_text("")
    for out, said in (
        ("file", "is not a folder"),
        ("no/where", "mkdir -p"),
        ("/proc/x", "cannot be written"),
    ):
        done = isospike("run", file, "--out", out)
        assert done.exit_code == 2
        assert said in done.stderr


@pytest.mark.parametrize("chunks", [0, 1])
def test_an_interrupted_run_keeps_what_was_computed(
    chunks: int, network: Network, isospike: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Loop.run

    def interrupted(loop: Loop) -> Iterator[Chunk]:
        for number, chunk in enumerate(run(loop)):
            if number < chunks:
                yield chunk
        raise KeyboardInterrupt

    monkeypatch.setattr(Loop, "run", interrupted)
    done = isospike("run", network(), "--no-plot")
    assert done.exit_code == 130
    assert "is saved in net-result" in done.stderr
    assert manifest()["interrupted"] is True
    assert (iso.load_result("net-result").steps > 0) == (chunks > 0)


def test_an_interrupt_before_the_simulation_leaves_nothing(
    network: Network, isospike: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(network: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("isospike.cli.run.init_all_states", interrupt)
    done = isospike("run", network())
    assert done.exit_code == 130
    assert os.listdir() == ["net.toml"]


def test_a_failed_write_leaves_nothing_behind(
    network: Network, isospike: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("isospike.results.writing._write", full)
    done = isospike("run", network())
    assert done.exit_code == 2
    assert "No space left" in done.stderr
    assert os.listdir() == ["net.toml"]


def test_an_implausible_parameter_is_one_line_on_the_error_stream(network: Network, isospike: Call) -> None:
    done = isospike("run", network(('tau = "20 ms"', 'tau = "20 s"')), "--no-plot", "--quiet")
    assert done.exit_code == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith("isospike: warning: LIFRef(tau=...) is 20000 ms")


@pytest.mark.parametrize("where", ["command line", "file"])
def test_further_writers_add_their_files_and_do_not_change_what_was_run(
    network: Network, isospike: Call, where: str
) -> None:
    isospike("run", network(), "--no-plot", "--out", "plain")
    if where == "file":
        done = isospike("run", network(("seed = 3", 'seed = 3\nwriters = ["csv"]')), "--no-plot")
    else:
        done = isospike("run", network(), "--no-plot", "--writer", "csv")
    assert done.exit_code == 0, done.stderr
    assert "spikes.csv" in done.stdout
    assert (
        len(Path("net-result", "spikes.csv").read_text().splitlines()) == len(iso.load_result("net-result").spikes) + 1
    )
    assert manifest()["config_hash"] == manifest("plain")["config_hash"]


def test_an_unknown_writer_is_refused_before_the_network_runs(network: Network, isospike: Call) -> None:
    done = isospike("run", network(), "--writer", "cvs")
    assert done.exit_code == 2
    assert "Did you mean 'csv'?" in done.stderr
    assert not Path("net-result").exists()
