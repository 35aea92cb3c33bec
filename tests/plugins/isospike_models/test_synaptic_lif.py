"""CubaLIF and CobaLIF: LIF with one synapse, in one model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy import integrate

import isospike as iso
from isospike import units as u
from isospike.errors import UnitError

Host = Callable[[Any], np.ndarray]
MEMBRANE = {"tau": 10 * u.ms, "R": 2 * u.ohm, "V_rest": -60 * u.mV, "V_reset": -65 * u.mV, "V_th": -50 * u.mV}
KINDS = {
    "CubaLIF": (iso.CUBA.desc(scale=1.0), 9 * u.mA, {}),
    "CobaLIF": (iso.COBA.desc(E=5 * u.mV), 0.3 * u.siemens, {"E": 5 * u.mV}),
}
BOTH = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def make(kind: str, size: int = 1, **parameters: Any) -> Any:
    given = {**MEMBRANE, "tau_syn": 4 * u.ms, "V_initializer": -60 * u.mV, **KINDS[kind][2], **parameters}
    return getattr(iso, kind)(size, **given)


@BOTH
@pytest.mark.parametrize("reset", ["soft", "hard"])
def test_it_is_lif_with_an_expon_synapse_bit_for_bit(backend: str, host: Host, kind: str, reset: str) -> None:
    out, weight, _ = KINDS[kind]
    weights = np.array([[1.0, 0.5, 2.0]]) * weight
    trains = (np.random.default_rng(3).uniform(size=(600, 1)) < 0.1).astype(float)
    inside, plain = make(kind, 3, spk_reset=reset), iso.LIF(3, **MEMBRANE, spk_reset=reset, V_initializer=-60 * u.mV)
    projections = (
        iso.DeltaProj(comm=iso.AllToAll(1, 3, weights), post=inside),
        iso.AlignPostProj(comm=iso.AllToAll(1, 3, weights), syn=iso.Expon.desc(tau=4 * u.ms), out=out, post=plain),
    )
    runs = []
    for proj in projections:
        iso.init_all_states(proj)

        def step(train: Any, proj: Any = proj) -> Any:
            proj(train)
            return {"spikes": proj.post(2 * u.mA), "V": proj.post.V.value}

        runs.append(iso.transform.for_loop(step, trains))
    assert host(runs[0]["spikes"]).sum() > 5
    for name in ("spikes", "V"):
        assert (host(runs[0][name]) == host(runs[1][name])).all()


@BOTH
def test_the_response_to_one_spike_converges_to_that_of_the_equations(
    numpy_backend: None, recorded: Any, kind: str
) -> None:
    def slopes(t: float, y: np.ndarray) -> list[float]:
        V, g = y
        drive = g if kind == "CubaLIF" else g * (5.0 - V)
        return [(-60.0 - V + 2.0 * drive) / 10.0, -g / 4.0]

    start = 2.0 if kind == "CubaLIF" else 0.05
    truth = integrate.solve_ivp(slopes, (0, 30), [-60.0, start], "DOP853", rtol=1e-10, atol=1e-12).y[0, -1]
    errors = []
    for dt in (0.1, 0.05, 0.025):
        cell = iso.init_all_states(
            make(kind, g_initializer=u.quantity(start, u.parse_unit(getattr(iso, kind).delta_unit)))
        )
        with iso.environ.context(dt=dt * u.ms):
            errors.append(abs(recorded(cell, lambda cell: cell(), round(30 / dt))["V"][-1, 0] - truth))
    assert errors[-1] < 0.01
    np.testing.assert_allclose(np.divide(errors[:-1], errors[1:]), 2.0, rtol=0.05)


def test_cuba_lif_is_the_synaptic_neuron_of_snntorch(backend: str, recorded: Any) -> None:
    alpha, beta, current = 0.8, 0.9, 0.7
    tau_syn, tau = -0.1 / np.log(alpha), -0.1 / np.log(beta)
    cell = iso.CubaLIF(1, tau=tau * u.ms, tau_syn=tau_syn * u.ms, R=1 / (1 - beta) * u.ohm)
    iso.init_all_states(cell)

    def step(cell: Any) -> Any:
        cell.add_delta_input(current * u.mA)
        return cell()

    run = recorded(cell, step, 40)
    synaptic = membrane = spike = 0.0
    for k in range(40):
        synaptic = alpha * synaptic + current
        # snnTorch subtracts the threshold of the last spike after the decay, we before it.
        membrane = beta * (membrane - spike) + synaptic
        spike = float(membrane >= 1.0)
        assert run["g"][k, 0] == pytest.approx(synaptic, rel=1e-12)
        assert run["V"][k, 0] == pytest.approx(membrane, rel=1e-9)
        assert run["output"][k, 0] == spike


@BOTH
def test_delta_inputs_are_of_the_unit_of_g(kind: str) -> None:
    with pytest.raises(UnitError, match=rf"weights in mV.*{kind} jumps in {getattr(iso, kind).delta_unit}"):
        iso.DeltaProj(comm=iso.AllToAll(1, 1, 1 * u.mV), post=make(kind))
    with pytest.raises(UnitError, match=rf"{kind}\(g_initializer=\.\.\.\).*mV"):
        make(kind, g_initializer=1 * u.mV)
