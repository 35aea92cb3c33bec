"""Thresholds, resets, refractory periods and crossings, each against what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning

pytestmark = pytest.mark.usefixtures("numpy_backend")
RAMP = "dv/dt = rate : 1; dw/dt = 0/ms : 1"


def ramp(threshold: str, reset: str | None = "v = 0", **given: Any) -> Any:
    """Return a cell whose v rises by 0.125 in each step."""
    equations = given.pop("equations", RAMP)
    cls = iso.neurons.from_equations(equations, threshold=threshold, reset=reset, rate=1.25 / u.ms, **given)
    return iso.init_all_states(cls(1))


def test_above_is_not_at_a_threshold(recorded: Any) -> None:
    at, above = (recorded(ramp(f"v {sign} 0.5"), lambda c: c(), 12)["output"][:, 0] for sign in (">=", ">"))
    assert np.flatnonzero(at).tolist() == [3, 7, 11]
    assert np.flatnonzero(above).tolist() == [4, 9]


def test_a_threshold_may_be_crossed_from_above_and_stand_on_either_side(recorded: Any) -> None:
    falling = {"equations": "dv/dt = -rate : 1", "v_initializer": 1.0}
    for threshold in ("v <= 0.5", "0.5 >= v"):
        spikes = recorded(ramp(threshold, "v = 1", **falling), lambda c: c(), 9)["output"][:, 0]
        assert np.flatnonzero(spikes).tolist() == [3, 7]


@pytest.mark.filterwarnings("ignore:.*cells start where:isospike.errors.PlausibilityWarning")
@pytest.mark.parametrize(
    ("threshold", "fires"),
    [
        ("v >= 0.5 and w < 0.5", lambda v: (v >= 0.5) & (v >= 0)),
        ("v >= 0.5 or v < 0.25", lambda v: (v >= 0.5) | (v < 0.25)),
        ("not (v >= 0.5 or v < 0.25)", lambda v: ~((v >= 0.5) | (v < 0.25))),
        ("v > 0.25 and not v > 0.75 and not w > 0", lambda v: (v > 0.25) & ~(v > 0.75)),
    ],
)
def test_conditions_are_joined_by_logic(recorded: Any, threshold: str, fires: Any) -> None:
    run = recorded(ramp(threshold, "w += 0"), lambda c: c(), 10)
    assert (run["output"].astype(bool) == fires(run["v"])).all()


def test_a_comparison_may_be_of_parameters_alone(recorded: Any) -> None:
    cls = iso.neurons.from_equations(
        "on : 1; dv/dt = 1.25/ms : 1", threshold="v >= 0.5 and on > 0", reset="v = 0", name="Gated"
    )
    run = recorded(iso.init_all_states(cls(2, on=[0.0, 2.0])), lambda c: c(), 8)
    assert [np.flatnonzero(column).tolist() for column in run["output"].T] == [[], [3, 7]]


@pytest.mark.parametrize("threshold", ["v/mV >= 0.5", "v*g >= 0.5*mV*g", "0.0005*volt <= v"])
def test_a_comparison_may_be_in_another_unit_than_its_state(recorded: Any, threshold: str) -> None:
    cls = iso.neurons.from_equations(
        "g : nS; dv/dt = 1.25*mV/ms + 0*v*g/mV/nS*mV/ms : mV", threshold=threshold, reset="v -= 0.5*mV", g=2 * u.nS
    )
    assert np.flatnonzero(recorded(iso.init_all_states(cls(1)), lambda c: c(), 8)["output"]).tolist() == [3, 7]


def test_time_that_is_counted_in_a_state_opens_a_threshold_without_losing_a_spike(recorded: Any) -> None:
    counted = ramp("v >= 0.5 and s > 0.65*ms", equations="dv/dt = rate : 1; ds/dt = 1 : ms")
    run = recorded(counted, lambda c: c(), 16)
    spikes, resets = np.flatnonzero(run["output"]), np.flatnonzero(np.diff(run["v"][:, 0]) < 0)
    assert spikes.tolist() == resets.tolist() == [6, 10, 14]


@pytest.mark.parametrize("start", [0.75, iso.Uniform(0.0, 1.0), np.array([0.0, 0.5]), "2*edge"])
def test_a_start_where_the_threshold_holds_gives_a_warning(start: Any) -> None:
    cls = iso.neurons.from_equations(
        RAMP, threshold="v >= edge", reset="v = 0", rate=1.25 / u.ms, edge=0.5, v_initializer=start
    )
    with pytest.warns(PlausibilityWarning, match=r"start where 'v >= edge' holds, .* another v_initializer than"):
        iso.init_all_states(cls(20 if isinstance(start, iso.Uniform) else 2))
    iso.init_all_states(cls(2, v_initializer=0.25))


def test_the_assignments_of_a_reset_are_made_in_their_order_on_the_cells_that_spiked(recorded: Any) -> None:
    equations = "dv/dt = rate : 1; dw/dt = 0/ms : 1; dx/dt = 0/ms : 1; dy/dt = 0/ms : 1"
    reset = "w += v; v = 0.25; w += v; x -= 1; y = y + 1; y *= 3; x /= 2"
    run = recorded(ramp("v >= 1", reset, equations=equations), lambda c: c(), 9)
    spike = int(np.flatnonzero(run["output"][:, 0])[0])
    assert run["v"][spike, 0] == 1.0
    after = {name: float(run[name][spike + 1, 0]) for name in "vwxy"}
    assert after == {"v": 0.375, "w": 1.25, "x": -0.5, "y": 3.0}
    assert all((run[name][:spike] == 0).all() for name in "wxy")


def test_without_a_reset_a_cell_spikes_where_the_condition_becomes_true(recorded: Any) -> None:
    oscillator = "dv/dt = w : 1; dw/dt = -omega**2 * v : 1/ms"
    cls = iso.neurons.from_equations(
        oscillator, threshold="v > 0.5", omega=1 / u.ms, v_initializer=1.0, method="rk4", name="Swing"
    )
    run = recorded(iso.init_all_states(cls(1)), lambda c: c(), 300)
    above = run["v"][:, 0] > 0.5
    assert np.flatnonzero(run["output"][:, 0]).tolist() == (np.flatnonzero(above[1:] & ~above[:-1]) + 1).tolist()
    assert len(np.flatnonzero(run["output"])) == 4
    assert set(run) == {"output", "v", "w", "v_before"}


def test_a_refractory_cell_does_not_spike_and_holds_what_the_equations_say(recorded: Any) -> None:
    equations = "dv/dt = rate : 1 (unless refractory); dw/dt = rate : 1"
    run = recorded(ramp("v >= 0.5", refractory=0.3 * u.ms, equations=equations), lambda c: c(), 16)
    assert np.flatnonzero(run["output"]).tolist() == [3, 10]
    assert run["v"][4:8, 0].tolist() == [0.0, 0.0, 0.0, 0.125]
    assert (np.diff(run["w"][:, 0]) == 0.125).all()


def test_what_is_not_held_goes_on_but_spikes_only_when_ready(recorded: Any) -> None:
    run = recorded(ramp("v >= 0.5", refractory=0.5 * u.ms), lambda c: c(), 16)
    assert np.flatnonzero(run["output"]).tolist() == [3, 9, 15]


def test_the_refractory_period_may_be_a_parameter_of_each_cell(recorded: Any) -> None:
    cls = iso.neurons.from_equations(
        "pause : ms; dv/dt = 1.25/ms : 1 (unless refractory)", threshold="v >= 0.5", reset="v = 0", refractory="pause"
    )
    cells = iso.init_all_states(cls(2, pause=np.array([0.0, 0.3]) * u.ms))
    spikes = recorded(cells, lambda c: c(), 12)["output"]
    assert [np.flatnonzero(column).tolist() for column in spikes.T] == [[3, 7, 11], [3, 10]]


def test_a_reset_that_leads_to_the_threshold_is_refused(leaky: Any) -> None:
    with pytest.raises(ParameterError, match="a reset would change nothing: choose another reset"):
        leaky()(3, V_r=-50 * u.mV)


def test_the_surrogate_is_measured_by_the_jump_of_the_reset_or_as_it_is_told(leaky: Any) -> None:
    class Seen(iso.Surrogate):
        def __call__(self, x: Any) -> Any:
            seen.append(x)
            return iso.ReluGrad()(x)

    seen: list[Any] = []
    for given in ({}, {"reset": "v -= V_th - V_r"}, {"scale": "2 * mV"}, {"reset": "v = V_r + 0*v"}):
        iso.init_all_states(leaky(spk_fun=Seen(), **given)(1)).spike()
    distances = [float(x[0]) for x in seen]
    assert distances == pytest.approx([-1.0, -1.0, -5.0, -10.0])


def test_a_model_without_threshold_does_not_spike(leaky: Any, recorded: Any) -> None:
    cells = iso.init_all_states(leaky(threshold=None, reset=None, V_th=None, V_r=None)(2))
    run = recorded(cells, lambda c: c(0.2 * u.nA), 10)
    assert (run["output"] == run["v"]).all()
    with pytest.raises(TypeError, match="does not spike"):
        cells.spike()
