"""Gradients of every kind of part: the same on each backend, and those of finite differences where all is smooth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike_conformance.case import DYNAMICS, Case
from isospike_conformance.levels import Subject
from isospike_conformance.levels.gradients import judge
from isospike_conformance.references import References
from isospike_conformance.way import Way

N_IN, N, STEPS, DT = 5, 3, 120, 0.2  # cells that send, cells that are trained, steps of the loss, ms
RNG = np.random.default_rng(11)
SENT = (RNG.random((STEPS, N_IN)) < 0.05).astype(float)
WEIGHTS = RNG.uniform(0.5, 1.5, (N_IN, N))
V_FAR = 100 * u.mV  # a threshold so many heights of a spike away that the surrogate is zero
WAYS = [Way("jax"), Way("torch", "eager")]


class Driven(iso.Module):
    """Cells under a trained current, whose potential and spikes are returned."""

    def __init__(self, cells: Any, current: Any) -> None:
        self.cells, self.current = cells, iso.ParamState(current)

    def update(self, sent: Any) -> Any:
        """Advance by one step."""
        spikes = self.cells(self.current.value)
        return self.cells.V.value, spikes


class Joined(iso.Module):
    """Spikes that are given, through a projection with trained weights into leaky cells below their threshold."""

    def __init__(self, syn: Any, *, weight: Any = 1 * u.nS, out: Any = None, **more: Any) -> None:
        comm = iso.AllToAll(N_IN, N, iso.ParamState(WEIGHTS * weight))
        self.cells = quiet_cells()
        out = iso.COBA.desc(E=iso.ParamState(0 * u.mV)) if out is None else out
        self.projection = iso.AlignPostProj(comm=comm, syn=syn, out=out, post=self.cells, **more)

    def update(self, sent: Any) -> Any:
        """Advance by one step."""
        self.projection(sent)
        return self.cells.V.value, self.cells()


def quiet_cells() -> Any:
    """Return cells that no input here takes to their threshold."""
    levels = {"V_rest": -60 * u.mV, "V_reset": V_FAR - 1 * u.mV, "V_th": V_FAR}
    tau = iso.ParamState(np.array([10.0, 15.0, 20.0]) * u.ms)
    return iso.LIF(N, tau=tau, R=100 * u.Mohm, V_initializer=iso.Constant(-60 * u.mV), **levels)


def trained(*values: float, unit: Any) -> Any:
    """Return a parameter that is trained, one value a cell."""
    return iso.ParamState(np.array(values) * unit)


def leaky(V_th: Any) -> Driven:
    """Return cells that reach 2 mV."""
    tau = trained(4.0, 5.0, 6.0, unit=u.ms)
    return Driven(
        iso.LIF(N, tau=tau, V_th=V_th, V_reset=V_th - 1 * u.mV, spk_fun=iso.Sigmoid()), [1.7, 2.0, 2.3] * u.mA
    )


def adaptive(V_th: Any) -> Driven:
    """Return cells that reach 2 mV, and a trained growth of the threshold."""
    beta, tau_a = iso.ParamState(0.2 * u.mV), trained(20.0, 50.0, 90.0, unit=u.ms)
    levels = {"V_th": V_th, "V_reset": V_th - 1 * u.mV}
    cells = iso.ALIF(N, tau=4 * u.ms, beta=beta, tau_a=tau_a, spk_fun=iso.Sigmoid(), **levels)
    return Driven(cells, [1.7, 2.0, 2.3] * u.mA)


def exponential(current: float, V_reset: Any) -> Driven:
    """Return adaptive exponential cells, which spike above some 0.9 nA."""
    cells = iso.AdExIF(
        N,
        R=iso.ParamState(33 * u.Mohm),
        tau=9 * u.ms,
        tau_w=trained(20.0, 40.0, 144.0, unit=u.ms),
        a=iso.ParamState(4 * u.nS),
        b=iso.ParamState(80.5 * u.pA),
        V_rest=-70.6 * u.mV,
        V_reset=V_reset,
        V_T=-50.4 * u.mV,
        V_th=-30 * u.mV,
        delta_T=2 * u.mV,
        V_initializer=iso.Constant(-70 * u.mV),
        spk_fun=iso.Sigmoid(),
    )
    return Driven(cells, current * np.array([0.9, 1.0, 1.1]) * u.pA)


def squid() -> Driven:
    """Return axons of Hodgkin and Huxley, whose upstroke is smooth: nothing is reset."""
    cells = iso.HH(N, g_Na=trained(100.0, 120.0, 130.0, unit=u.mS), g_K=iso.ParamState(36 * u.mS))
    return Driven(cells, [8.0, 10.0, 15.0] * u.uA)


def case(name: str, build: Callable[[], iso.Module], *, smooth: bool) -> Case:
    """Return a case whose loss is the mean square of the potential."""

    def loss(module: Any) -> tuple[Any, Any]:
        V, spikes = iso.transform.for_loop(module, SENT)
        return iso.math.mean((V / u.mV / 10) ** 2), () if smooth else spikes

    return Case(name, "Gradients.", build, dt_ms=DT, levels=DYNAMICS | {"G"}, loss=loss, smooth=smooth)


TAU = {"tau": 8 * u.ms}
SMOOTH = {
    "lif": lambda: leaky(V_FAR),
    "alif": lambda: adaptive(V_FAR),
    "adex": lambda: exponential(300.0, -31 * u.mV),
    "hh": squid,
    "expon": lambda: Joined(iso.Expon.desc(tau=trained(3.0, 5.0, 9.0, unit=u.ms))),
    "alpha": lambda: Joined(iso.Alpha.desc(tau=trained(3.0, 5.0, 9.0, unit=u.ms))),
    "current": lambda: Joined(iso.Expon.desc(**TAU), weight=1 * u.pA, out=iso.CUBA.desc(scale=1.0)),
    "delay": lambda: Joined(iso.Expon.desc(**TAU), delay=iso.Delay(N_IN, 1.4 * u.ms, keeps="values")),
    "delays": lambda: Joined(iso.Expon.desc(**TAU), delay=iso.Delay(N_IN, np.arange(N_IN) * u.ms, keeps="values")),
    "stp": lambda: Joined(
        iso.Expon.desc(**TAU),
        stp=iso.STP.desc(U=iso.ParamState(0.3), tau_f=iso.ParamState(50 * u.ms), tau_d=iso.ParamState(90 * u.ms)),
    ),
}
SPIKING = {
    "lif": lambda: leaky(1 * u.mV),
    "alif": lambda: adaptive(1 * u.mV),
    "adex": lambda: exponential(1200.0, -65 * u.mV),
}


@pytest.fixture(scope="module")
def references() -> Any:
    """Differences and gradients of the other backend, computed once."""
    references = References()
    yield references
    references.close()


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_of_smooth_dynamics_are_finite_differences(name: str, way: Way, references: References) -> None:
    pytest.importorskip(way.backend)
    outcome = judge(Subject(way, "float64", references, case(name, SMOOTH[name], smooth=True)))
    assert outcome.passed, outcome.detail
    assert "against central differences" in outcome.detail


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", SPIKING)
def test_gradients_through_spikes_are_those_of_the_other_backend(
    name: str, precision: str, references: References
) -> None:
    pytest.importorskip("jax")
    pytest.importorskip("torch")
    outcome = judge(Subject(WAYS[1], precision, references, case(name, SPIKING[name], smooth=False)))
    assert outcome.passed, outcome.detail
    assert int(outcome.detail.split()[0]) >= N, "too few spikes for a surrogate to matter"


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_of_smooth_dynamics_are_those_of_the_other_backend_in_float32(
    name: str, references: References
) -> None:
    pytest.importorskip("jax")
    pytest.importorskip("torch")
    outcome = judge(Subject(WAYS[1], "float32", references, case(name, SMOOTH[name], smooth=False)))
    assert outcome.passed, outcome.detail
