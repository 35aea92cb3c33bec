"""A profile gives the very spikes that its library gave, on every backend."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nir
import numpy as np
import pytest
from tests.plugins.isospike_nir.conftest import FIXTURES, Recording, lif

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning

RECORDINGS = sorted(FIXTURES.glob("*.npz"))
PEERS = ("norse", "snntorch", "sinabs", "nirtorch")


def test_there_are_recordings_of_feed_forward_recurrent_and_convolutional_networks() -> None:
    names = {p.stem for p in RECORDINGS}
    assert {"norse_lif", "norse_cuba", "norse_recurrent", "norse_conv"} <= names
    assert {"snntorch_lif", "snntorch_cuba", "snntorch_rleaky", "snntorch_rsynaptic", "snntorch_conv"} <= names
    assert {"sinabs_lif", "sinabs_iaf", "sinabs_conv"} <= names


@pytest.mark.parametrize("file", RECORDINGS, ids=lambda p: p.stem)
def test_the_spikes_are_those_that_the_library_gave(file: Path, engine: str, tmp_path: Path) -> None:
    recording = Recording.read(file)
    assert recording.y.sum() > 10
    np.testing.assert_array_equal(recording.spikes(tmp_path), recording.y)


@pytest.mark.filterwarnings("ignore:.*outside the usual range")  # no seconds: dt times these, or steps
@pytest.mark.parametrize("file", RECORDINGS, ids=lambda p: p.stem)
def test_the_profile_matters(file: Path, numpy_backend: None, tmp_path: Path) -> None:
    recording = Recording.read(file)
    recording.load(tmp_path)
    exact = iso.nir.load(tmp_path / "recorded.nir", dt=iso.environ.get_dt())
    with iso.environ.context(dt=exact.dt):
        iso.init_all_states(exact, batch_size=recording.x.shape[1])
        spikes = np.asarray(iso.transform.for_loop(exact, recording.x))
    assert (spikes != recording.y).any()


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.slow
def test_the_spikes_are_those_that_the_library_gives_now(seed: int, numpy_backend: None, tmp_path: Path) -> None:
    python = os.environ.get("ISOSPIKE_NIR_PEERS", sys.executable)
    if python == sys.executable and not all(map(importlib.util.find_spec, PEERS)):
        pytest.skip(f"{', '.join(PEERS)} are not installed here, and ISOSPIKE_NIR_PEERS names no python that has them")
    script = Path(__file__).with_name("record.py")
    subprocess.run([python, script, tmp_path, str(seed)], check=True, capture_output=True)
    files = sorted(tmp_path.glob("*.npz"))
    assert [f.name for f in files] == [f.name for f in RECORDINGS]
    for file in files:
        recording = Recording.read(file)
        np.testing.assert_array_equal(recording.spikes(tmp_path), recording.y, err_msg=file.stem)


def test_an_unknown_profile_is_refused_with_the_nearest() -> None:
    with pytest.raises(ParameterError, match=r"profile='nors', expected one of 'exact', 'norse'.*Did you mean 'norse'"):
        iso.nir.load("any.nir", profile="nors")


def test_a_reset_that_the_cells_of_snntorch_do_not_agree_on_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"SnnTorch\(reset='zero', reset_delay=False\)"):
        iso.nir.SnnTorch(reset="zero")


def test_the_choices_of_a_profile_that_no_file_tells_are_in_the_audit(tmp_path: Path, numpy_backend: None) -> None:
    texts = {}
    for name in ("norse_lif", "snntorch_rleaky", "sinabs_lif"):
        texts[name] = str(Recording.read(FIXTURES / f"{name}.npz").load(tmp_path).audit)
    assert "(graph): the time constants are taken to be products with dt, as norse writes them" in texts["norse_lif"]
    assert "input: its shape (2, 8) holds batch axes" in texts["norse_lif"]
    assert "1.lif: a spike lowers V by v_threshold in the next step" in texts["snntorch_rleaky"]
    assert "1.w_rec: closes a loop: it takes from '1.lif'" in texts["snntorch_rleaky"]
    assert "profile=iso.nir.Sinabs(norm_input=...)" in texts["sinabs_lif"]


@pytest.mark.parametrize(
    ("seconds", "profile", "message"),
    [
        (20.0, "exact", r"node 'n0' \(LIF\): tau is 20 s, outside the usual range of 5e-05 to 5 s"),
        (2e-5, "exact", "tau is 2e-05 s, outside"),
        (0.02, "sinabs", "tau is 0.02 steps, outside the usual range of 0.5 to 100000 steps"),
    ],
)
def test_a_time_constant_in_another_unit_is_said_aloud(
    seconds: float, profile: str, message: str, chain: Callable[..., Any], numpy_backend: None
) -> None:
    with pytest.warns(PlausibilityWarning, match=message):
        iso.nir.load(chain([lif(2, tau=seconds)], [2], [2]), profile=profile)


def test_a_delay_in_another_unit_is_said_aloud(chain: Callable[..., Any], numpy_backend: None) -> None:
    graph = chain([nir.Delay(np.full(2, 20.0))], [2], [2])
    with pytest.warns(PlausibilityWarning, match="20000 ms, outside the usual range of 0 to 1000 ms"):
        iso.nir.load(graph, dt=1 * u.ms)


def test_a_threshold_that_sinabs_cannot_divide_by_is_refused(chain: Callable[..., Any], numpy_backend: None) -> None:
    graph = chain([lif(2, v_threshold=0.0, tau=20.0)], [2], [2])
    with pytest.raises(ParameterError, match=r"node 'n0' \(LIF\): v_threshold is 0 at \(0,\).*expected positive"):
        iso.nir.load(graph, profile="sinabs")
    iso.nir.load(chain([lif(2, v_threshold=0.0)], [2], [2]))


def test_what_the_times_of_a_file_of_norse_are_is_guessed_aloud_or_said(
    chain: Callable[..., Any], numpy_backend: None
) -> None:
    short, long = (chain([lif(2, tau=tau)], [2], [2]) for tau in (5e-4, 0.02))

    def tau(graph: Any, profile: Any) -> float:
        loaded = iso.nir.load(graph, profile=profile, dt=1 * u.ms)
        return float(np.asarray(loaded.nodes["n0"].tau.to_decimal(u.second)).flat[0])

    with pytest.warns(
        PlausibilityWarning, match=r"shorter than dt = 1 ms.*iso\.nir\.Norse\(times='dt'\), or times='sec"
    ):
        assert tau(short, "norse") == pytest.approx(0.5)
    assert tau(long, "norse") == pytest.approx(0.02)
    assert tau(short, iso.nir.Norse(times="dt")) == pytest.approx(0.5)
    assert tau(short, iso.nir.Norse(times="seconds")) == pytest.approx(5e-4)
    with pytest.warns(PlausibilityWarning, match="tau is 20 s, outside the usual range"):
        assert tau(long, iso.nir.Norse(times="dt")) == pytest.approx(20)
    with pytest.raises(ParameterError, match=r"Norse\(times='ms'\), expected 'seconds' or 'dt'"):
        iso.nir.Norse(times="ms")
