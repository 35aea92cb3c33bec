"""Checkpoints: a run goes on elsewhere as if nothing had happened, and files that are not ours change nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import isospike as iso
from isospike import units as u
from isospike.checkpoint import checkpoint_notes
from isospike.errors import CheckpointError, ParameterError, StateError


class Net(iso.Module):
    """Sparsely coupled cells under noise."""

    def __init__(self, n: int = 40) -> None:
        self.cells = iso.LIFRef(n, tau=10 * u.ms, V_th=20 * u.mV, tau_ref=1 * u.ms)
        self.comm = iso.FixedProb(n, n, 0.2, iso.Normal(1 * u.mA, 0.3 * u.mA))

    def update(self) -> Any:
        noise = iso.random.normal(self, self.cells.in_size)
        return self.cells(30 * u.mA + self.comm(self.cells.get_spike()) + 5 * u.mA * noise)


@pytest.fixture
def environment() -> Any:
    with iso.environ.context(dt=0.1 * u.ms, numerics="exact", seed=3, backend="numpy"):
        yield


def made(n: int = 40) -> Net:
    return iso.init_all_states(Net(n))


def run(net: Net, steps: int = 200) -> np.ndarray:
    return np.asarray(iso.transform.for_loop(net, length=steps))


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("elsewhere", ["numpy", "jax", "torch"])
def test_a_run_that_goes_on_on_another_backend_is_the_one_that_never_stopped(tmp_path: Path, elsewhere: str) -> None:
    pytest.importorskip(elsewhere)
    whole = run(made(), 400)
    net = made()
    first = run(net)
    file = iso.save_checkpoint(tmp_path / "half.safetensors", net)
    other = made()
    iso.load_checkpoint(file, other)
    with iso.environ.context(backend=elsewhere):
        second = run(other)
    assert whole.sum() > 50
    np.testing.assert_array_equal(np.concatenate([first, second]), whole)


@pytest.mark.usefixtures("environment")
def test_trained_weights_and_their_grid_come_back(tmp_path: Path) -> None:
    net = made()
    net.comm.weight.value = net.comm.weight.value * 100
    net.comm.choose_grid()
    spikes = np.ones(40, bool)
    with iso.environ.context(backend="numpy"):
        expected = np.asarray(iso.transform.jit(net.comm)(spikes).mantissa)
        iso.save_checkpoint(tmp_path / "a", net)
        other = made()
        iso.load_checkpoint(tmp_path / "a", other)
        assert np.asarray(iso.transform.jit(other.comm)(spikes).mantissa).tobytes() == expected.tobytes()


@pytest.mark.usefixtures("environment")
def test_several_modules_share_a_file(tmp_path: Path) -> None:
    net = made()
    optimizer = iso.optim.Adam(0.1).register_trainable_weights(net.states(iso.ParamState))
    optimizer.update({"comm.weight": np.ones(net.comm.csr.n_synapses)})
    iso.save_checkpoint(tmp_path / "a", {"net": net, "optimizer": optimizer})
    again = made()
    resumed = iso.optim.Adam(0.1).register_trainable_weights(again.states(iso.ParamState))
    iso.load_checkpoint(tmp_path / "a", {"net": again, "optimizer": resumed})
    assert int(np.asarray(resumed.count.value)) == 1
    assert (np.asarray(resumed.memory["mean"].value[0]) == np.asarray(optimizer.memory["mean"].value[0])).all()
    assert (np.asarray(again.comm.weight.leaves[0]) == np.asarray(net.comm.weight.leaves[0])).all()


@pytest.mark.usefixtures("environment")
def test_the_file_is_plain_safetensors_with_units_beside_the_arrays(tmp_path: Path) -> None:
    net = made()
    run(net, 5)
    file = iso.save_checkpoint(tmp_path / "a.safetensors", net)
    arrays = load_file(file)
    assert int(arrays["clock#0"]) == 5
    assert arrays["cells.V#0"].dtype == np.float32


@pytest.mark.usefixtures("environment")
def test_a_full_disk_or_an_interrupt_leaves_the_earlier_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = made()
    file = iso.save_checkpoint(tmp_path / "a", net)
    before = file.read_bytes()
    run(net, 5)
    full, stop = OSError(28, "No space left on device"), KeyboardInterrupt()
    for error, expected in ((full, CheckpointError), (stop, KeyboardInterrupt)):

        def fail(*_: Any, error: BaseException = error) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fail)
            with pytest.raises(expected):
                iso.save_checkpoint(file, net)
        assert file.read_bytes() == before
        assert [p.name for p in tmp_path.iterdir()] == ["a"]


@pytest.mark.usefixtures("environment")
def test_files_that_are_no_checkpoints_are_refused_and_change_nothing(tmp_path: Path) -> None:
    net = made()
    run(net, 3)
    good = iso.save_checkpoint(tmp_path / "good", net).read_bytes()
    files = {
        "text": b"hello",
        "empty": b"",
        "cut": good[: len(good) // 2],
        "pickle": b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00K\x01.",
        "huge": (2**62).to_bytes(8, "little") + b"{}",
    }
    other = made()
    before = np.array(other.cells.V.leaves[0])
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(CheckpointError, match="is no checkpoint, or a damaged one"):
            iso.load_checkpoint(tmp_path / name, other)
        with pytest.raises(CheckpointError):
            iso.save_checkpoint(tmp_path / name, net)
        assert (tmp_path / name).read_bytes() == data
    save_file({"x": np.ones(3)}, tmp_path / "foreign")
    save_file({"x": np.ones(3)}, tmp_path / "header", {"schema": "isospike.checkpoint/1", "header": "{}"})
    save_file({"x": np.ones(3)}, tmp_path / "json", {"schema": "isospike.checkpoint/1", "header": "{"})
    for name, reason in (("foreign", "has the schema None"), ("header", "damaged header"), ("json", "damaged header")):
        with pytest.raises(CheckpointError, match=reason):
            iso.load_checkpoint(tmp_path / name, other)
    with pytest.raises(CheckpointError, match="Did you mean 'good'"):
        iso.load_checkpoint(tmp_path / "goood", other)
    assert (np.asarray(other.cells.V.leaves[0]) == before).all()


@pytest.mark.usefixtures("environment")
def test_modules_that_do_not_fit_are_refused_and_stay_as_they_are(tmp_path: Path) -> None:
    net = made()
    run(net, 3)
    file = iso.save_checkpoint(tmp_path / "a", net)
    with pytest.raises(CheckpointError, match=r"is float32\[40\] in mV in the file and float32\[30\] in mV"):
        iso.load_checkpoint(file, made(30))
    with (
        iso.environ.context(seed=4),
        pytest.raises(CheckpointError, match="was saved with seed 3, and Net is initialised with seed 4"),
    ):
        iso.load_checkpoint(file, made())
    with pytest.raises(CheckpointError, match="the file lacks V#0; the module lacks"):
        iso.load_checkpoint(file, iso.init_all_states(iso.LIF(40, tau=10 * u.ms, V_th=20 * u.mV)))
    with iso.environ.context(precision="float64"), pytest.raises(CheckpointError, match="float64"):
        iso.load_checkpoint(file, made())
    with pytest.raises(ParameterError, match="a checkpoint is of modules"):
        iso.save_checkpoint(tmp_path / "b", {"net": 3})  # type: ignore[dict-item]


@pytest.mark.usefixtures("environment")
def test_the_header_holds_what_is_needed_to_build_the_same_network(tmp_path: Path) -> None:
    from safetensors import safe_open

    with safe_open(iso.save_checkpoint(tmp_path / "a", made()), framework="numpy") as file:
        header = json.loads(file.metadata()["header"])
    assert header["seeds"] == {"": 3}
    assert header["states"]["cells.V#0"] == "mV"
    assert list(header["grids"]) == ["/comm"]


@pytest.mark.usefixtures("environment")
def test_notes_come_back_and_change_nothing_else(tmp_path: Path) -> None:
    net, notes = made(), {"epoch": 3, "losses": [0.1, 2.5e-300], "by": {"name": "Ω"}}
    plain = iso.save_checkpoint(tmp_path / "plain", net)
    noted = iso.save_checkpoint(tmp_path / "noted", net, notes=notes)
    assert checkpoint_notes(noted) == notes
    assert checkpoint_notes(plain) == {}
    iso.load_checkpoint(noted, net)
    with pytest.raises(CheckpointError, match="nowhere"):
        checkpoint_notes(tmp_path / "nowhere")


@pytest.mark.usefixtures("environment")
def test_a_checkpoint_of_before_there_were_notes_is_read(tmp_path: Path) -> None:
    net = made()
    file = iso.save_checkpoint(tmp_path / "a", net)
    with safe_open(file, framework="numpy") as stored:
        metadata = stored.metadata()
    header = json.loads(metadata["header"])
    del header["notes"]
    save_file(load_file(file), file, {**metadata, "header": json.dumps(header)})
    iso.load_checkpoint(file, net)
    assert checkpoint_notes(file) == {}


@pytest.mark.usefixtures("environment")
def test_a_checkpoint_of_before_dt_was_kept_is_read(tmp_path: Path) -> None:
    net = made()
    iso.simulate(net, 2 * u.ms)
    file = iso.save_checkpoint(tmp_path / "a", net)
    with safe_open(file, framework="numpy") as stored:
        metadata = stored.metadata()
    header = json.loads(metadata["header"])
    assert header.pop("dt_ms") == {"": 0.1}
    save_file(load_file(file), file, {**metadata, "header": json.dumps(header)})
    with iso.environ.context(dt=0.05 * u.ms):
        other = made()
        iso.load_checkpoint(file, other)
        assert iso.simulate(other, 1 * u.ms).start_step == 20


@pytest.mark.usefixtures("environment")
def test_steps_of_another_dt_are_refused_when_they_are_loaded_or_run(tmp_path: Path) -> None:
    net = made()
    iso.simulate(net, 2 * u.ms)
    file = iso.save_checkpoint(tmp_path / "a", net)
    with iso.environ.context(dt=0.05 * u.ms):
        other = made()
        with pytest.raises(
            CheckpointError, match=r"with dt = 0.1 ms, and dt is now 0.05 ms.*context\(dt=0.1 \* u.ms\)"
        ):
            iso.load_checkpoint(file, other)
        assert int(other.clock.value) == 0
    iso.load_checkpoint(file, other)
    with iso.environ.context(dt=0.05 * u.ms), pytest.raises(StateError, match=r"20 steps of dt = 0.1 ms"):
        iso.simulate(other, 1 * u.ms)
    with iso.environ.context(dt=100 * u.us):
        assert iso.simulate(other, 1 * u.ms).start_step == 20
    fresh = iso.save_checkpoint(tmp_path / "fresh", iso.init_all_states(other))
    with iso.environ.context(dt=0.05 * u.ms):
        iso.load_checkpoint(fresh, other)


@pytest.mark.usefixtures("environment")
def test_modules_that_are_not_initialised_are_refused_with_what_to_call(tmp_path: Path) -> None:
    file = iso.save_checkpoint(tmp_path / "a", made())
    for kinds in (None, iso.ParamState):
        with pytest.raises(CheckpointError, match=r"Net is not initialised.*call iso.init_all_states\(network\)"):
            iso.load_checkpoint(file, Net(), kinds=kinds)


@pytest.mark.parametrize(("batch_size", "other_size"), [(None, 3), (3, None)])
def test_weights_alone_go_into_another_batch_seed_and_dt(
    numpy_backend: None, tmp_path: Path, batch_size: int | None, other_size: int | None
) -> None:
    class Dense(iso.Module):
        def __init__(self) -> None:
            self.comm = iso.Linear(4, 3, iso.Normal(0 * u.mA, 1 * u.mA))
            self.cells = iso.LIF(3, tau=10 * u.ms, V_th=20 * u.mV)

        def update(self) -> Any:
            return self.cells(self.comm(np.ones(4)))

    net = iso.init_all_states(Dense(), batch_size=batch_size)
    iso.transform.for_loop(net, length=5)
    file = iso.save_checkpoint(tmp_path / "a", {"net": net, "optimizer": made()})
    with iso.environ.context(seed=7, dt=0.5 * u.ms):
        other = iso.init_all_states(Dense(), batch_size=other_size)
        V = np.array(other.cells.V.leaves[0])
        iso.load_checkpoint(file, {"net": other}, kinds=iso.ParamState)
    np.testing.assert_array_equal(other.comm.weight.leaves[0], net.comm.weight.leaves[0])
    np.testing.assert_array_equal(other.cells.V.leaves[0], V)
    assert int(other.clock.value) == 0


@pytest.mark.usefixtures("environment")
def test_weights_of_other_synapses_or_modules_are_refused(tmp_path: Path) -> None:
    file = iso.save_checkpoint(tmp_path / "a", made())
    with iso.environ.context(seed=4), pytest.raises(CheckpointError, match="synapses, which the weights belong to"):
        iso.load_checkpoint(file, made(), kinds=iso.ParamState)
    with pytest.raises(CheckpointError, match="the file lacks bias#0, weight#0; the module lacks"):
        iso.load_checkpoint(file, iso.init_all_states(iso.Linear(2, 2, 1.0)), kinds=iso.ParamState)
    with pytest.raises(CheckpointError, match="no State of these kinds"):
        iso.load_checkpoint(file, iso.init_all_states(iso.LIF(2, V_th=20 * u.mV)), kinds=iso.ParamState)
