"""Monitors: what is sampled, when, for which cells and in which unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, ShapeError, UnknownNameError
from isospike.monitor import Monitor

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


class Ring(iso.Module):
    """Five cells under currents of their own, two of them sharing one synapse with two projections."""

    def __init__(self) -> None:
        self.cells = iso.LIF(5, tau=10 * u.ms, R=1 * u.kohm, V_th=15 * u.mV)
        self.first, self.second = (self.project(w) for w in (1.0, 2.0))

    def project(self, weight: float) -> Any:
        syn, out = iso.Expon.desc(tau=5 * u.ms), iso.CUBA.desc(scale=1.0)
        return iso.AlignPostProj(comm=iso.OneToOne(5, weight * u.uA), syn=syn, out=out, post=self.cells)

    def init_state(self, batch_size: int | None = None) -> None:
        self.count = iso.ShortTermState(0)
        self.pair = iso.ShortTermState({"a": 1.0, "b": 2.0})

    def update(self) -> None:
        spikes = self.cells.get_spike()
        self.first(spikes)
        self.second(spikes)
        self.cells(np.linspace(10, 40, 5) * u.uA)
        self.count.value = self.count.value + 1


@pytest.fixture
def ring() -> Any:
    return iso.init_all_states(Ring())


def run(net: Any, monitors: Any, ms: float = 20.0) -> Any:
    return iso.simulate(net, ms * u.ms, monitors=monitors).states


def test_a_path_records_the_state_at_the_end_of_each_step(backend: str, ring: Any, host: Host) -> None:
    states = run(ring, "cells.V")
    assert states["cells.V"].shape == (200, 5)
    assert states["cells.V"].attrs["units"] == "mV"
    iso.init_all_states(ring)
    stepped = []
    for _ in range(20):
        ring()
        stepped.append(host(ring.cells.V.value))
    np.testing.assert_allclose(states["cells.V"][:20], stepped, rtol=1e-12)


def test_a_function_is_evaluated_at_the_end_of_each_step(backend: str, ring: Any) -> None:
    V = ring.cells.V
    states = run(
        ring,
        {"V": "cells.V", "twice": lambda: 2 * V.value, "mean": lambda: V.value.mean(), "one": lambda: 1.0},
    )
    np.testing.assert_allclose(states["twice"], 2 * states["V"], rtol=1e-15)
    np.testing.assert_allclose(states["mean"], states["V"].values.mean(1), rtol=1e-14)
    assert states["twice"].attrs["units"] == "mV"
    assert states["one"].attrs["units"] == "1"
    assert (states["one"] == 1).all()


def test_units_are_those_of_the_variable(numpy_backend: None, ring: Any) -> None:
    states = run(ring, {"g": "first.syn.g", "I": lambda: 1 * u.nS * ring.cells.V.value, "spikes": ring.cells.get_spike})
    assert states["g"].attrs["units"] == "uA"
    assert states["I"].attrs["units"] == "pA"
    assert states["spikes"].attrs["units"] == "1"


def test_a_shared_state_is_recorded_under_any_path_that_leads_to_it(numpy_backend: None, ring: Any) -> None:
    states = run(ring, ["first.syn.g", "second.syn.g"])
    assert states["first.syn.g"].values.any()
    np.testing.assert_array_equal(states["first.syn.g"], states["second.syn.g"])


@pytest.mark.parametrize("neurons", [[3, 0], np.array([4]), range(1, 4), [2, 2], []])
def test_only_the_named_cells_are_kept_in_their_order(backend: str, ring: Any, neurons: Any) -> None:
    states = run(ring, {"all": "cells.V", "some": Monitor("cells.V", neurons=neurons)})
    np.testing.assert_array_equal(states["some"], states["all"].values[:, list(neurons)])


@pytest.mark.parametrize("every", [1, 3, 7, np.int64(100), 5000])
def test_each_so_many_steps_are_kept_starting_with_the_first(backend: str, ring: Any, every: int) -> None:
    states = run(ring, {"all": "cells.V", "some": Monitor("cells.V", every=every)}, ms=250.0)
    np.testing.assert_array_equal(states["some"], states["all"].values[::every])
    time = states["some"].coords[states["some"].dims[0]]
    np.testing.assert_allclose(time, np.arange(0, 2500, every) * 0.1, rtol=1e-12)


def test_a_state_without_axes_is_recorded(backend: str, ring: Any) -> None:
    states = run(ring, ["count"], ms=2.0)
    assert states["count"].values.tolist() == list(range(1, 21))


def test_recording_changes_no_spike(backend: str, ring: Any) -> None:
    plain = iso.simulate(ring, 50 * u.ms).train("cells")
    iso.init_all_states(ring)
    recorded = iso.simulate(ring, 50 * u.ms, monitors={"V": Monitor("cells.V", every=3), "n": "count"}).train("cells")
    assert len(plain[0]) > 10
    np.testing.assert_array_equal(plain, recorded)


REFUSED = [
    (["cells.W"], UnknownNameError, r"monitor 'cells\.W'.*Did you mean 'cells\.V'.*count"),
    ({"x": 3}, UnknownNameError, r"monitor 'x': the network has no State 3"),
    ({"x": "cells"}, UnknownNameError, r"no State 'cells'"),
    ({"x": "cells.V.value"}, UnknownNameError, r"no State 'cells\.V\.value'"),
    (["pair"], ParameterError, r"monitor 'pair' gives a dict, expected one array.*\.value\["),
    ({"x": lambda: None}, ParameterError, r"monitor 'x' gives a NoneType"),
    ({"x": Monitor("cells.V", neurons=[0, 5])}, ShapeError, r"monitor 'x': neurons=\[0 5\].*has 5 entries"),
    ({"x": Monitor("cells.V", neurons=[-1])}, ShapeError, r"monitor 'x': neurons=\[-1\]"),
    ({"x": Monitor("count", neurons=[0])}, ShapeError, r"monitor 'x'.*is a single number"),
    ({"x": Monitor("cells.V", neurons=[0.5])}, ParameterError, r"neurons=\[0\.5\].*list of indices"),
    ({"x": Monitor("cells.V", neurons=[True, False])}, ParameterError, r"list of indices"),
    ({"x": Monitor("cells.V", neurons=3)}, ParameterError, r"neurons=3, expected a list"),
    ({"x": Monitor("cells.V", every=0)}, ParameterError, r"monitor 'x': every=0.*positive number of steps"),
    ({"x": Monitor("cells.V", every=0.5)}, ParameterError, r"every=0\.5"),
    ({"x": Monitor("cells.V", every=True)}, ParameterError, r"every=True"),
    ([lambda: 1.0], ParameterError, r"needs a name: write monitors=\{'mean'"),
    ([Monitor("cells.V"), "cells.V"], ParameterError, r"two monitors record 'cells.V': give each a name"),
    (["cells.V", Monitor("cells.V")], ParameterError, r"two monitors record 'cells.V'"),
    ({3: "cells.V"}, ParameterError, r"3 cannot name a trace"),
]


@pytest.mark.parametrize(
    ("monitors", "error", "message"), REFUSED, ids=[f"{r[1].__name__}{i}" for i, r in enumerate(REFUSED)]
)
def test_a_monitor_that_records_nothing_sensible_is_refused_by_name(
    numpy_backend: None, ring: Any, monitors: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        run(ring, monitors)


@pytest.mark.parametrize("names", [["a/b"], ["time"], [""], ["V", "V_neuron"]])
def test_a_name_that_no_result_can_hold_is_refused_before_the_run(
    numpy_backend: None, ring: Any, names: list[str]
) -> None:
    with pytest.raises(ParameterError, match="cannot name a trace"):
        run(ring, dict.fromkeys(names, "cells.V"))
    assert int(ring.clock.value) == 0


def test_a_monitor_without_a_name_goes_by_its_path(numpy_backend: None, ring: Any) -> None:
    assert list(run(ring, [Monitor("cells.V", every=5), "count"])) == ["cells.V", "count"]
    assert list(run(ring, Monitor("cells.V"))) == ["cells.V"]


def test_recorded_cells_are_found_by_their_index(numpy_backend: None, ring: Any, tmp_path: Path) -> None:
    result = iso.simulate(ring, 20 * u.ms, monitors={"v": Monitor("cells.V", neurons=[3, 1]), "all": "cells.V"})
    result.save(tmp_path / "run")
    for states in (result.states, iso.load_result(tmp_path / "run").states):
        assert states["v"].coords["v_neuron"].values.tolist() == [3, 1]
        for cell in (1, 3):
            np.testing.assert_array_equal(states["v"].sel(v_neuron=cell), states["all"][:, cell])
        assert "all_neuron" not in states.coords
