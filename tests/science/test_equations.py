"""The equations of the networks, by other means: an adaptive integrator, and one step in 40 digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import mpmath
import numpy as np
import pytest
import reference_hh
from networks import build, numbers, targets

import isospike as iso
from isospike import units as u

mpmath.mp.dps = 40
mpf = mpmath.mpf
RATE = u.mV / u.ms


def hodgkin_huxley_cell() -> Any:
    """Return a cell as those of the network, whose synapses hold 60 nS of excitation and 40 nS of inhibition."""
    net = iso.Network()
    cells = net.add_population("cells", iso.TraubMilesHH(1, V_initializer=-65 * u.mV, gates="zero"))
    for name, g, tau, reversal in (("exc", 60 * u.nS, 5 * u.ms, 0 * u.mV), ("inh", 40 * u.nS, 10 * u.ms, -80 * u.mV)):
        syn, out = iso.Expon.desc(tau=tau, g_initializer=g), iso.COBA.desc(E=reversal)
        comm = iso.AllToAll(1, 1, 0 * u.nS)
        net.add_projection(name, iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells), pre="cells")
    return iso.init_all_states(net)


def test_a_hodgkin_huxley_cell_with_synapses_converges_to_the_solution_of_its_equations() -> None:
    integrate = pytest.importorskip("scipy.integrate")
    times = np.arange(1, 251) * 0.1
    start = [-65.0, 0.0, 0.0, 0.0, 60.0, 40.0]
    truth = integrate.solve_ivp(
        reference_hh.derivatives, (0, times[-1]), start, t_eval=times, method="DOP853", rtol=1e-10, atol=1e-10
    ).y
    assert ((truth[0, :-1] < -20) & (truth[0, 1:] >= -20)).sum() == 2
    errors = []
    for dt in (0.01, 0.005, 0.0025):
        with iso.environ.context(dt=dt * u.ms, precision="float64", backend="numpy"):
            net = hodgkin_huxley_cell()
            states = [net.cells.V, net.cells.m, net.cells.h, net.cells.n, net.exc.syn.g, net.inh.syn.g]

            def step(net: Any = net, states: Any = states) -> Any:
                net()
                return [s.value for s in states]

            run = iso.transform.for_loop(step, length=round(times[-1] / dt))
        found = np.array([u.split(x)[0][:, 0] for x in run])[:, round(0.1 / dt) - 1 :: round(0.1 / dt)]
        errors.append(abs(found - truth).mean(axis=1))
    np.testing.assert_allclose(errors[-1][4:], 0.0, atol=1e-8)  # which decay exactly
    for coarse, fine in pairwise(errors):
        np.testing.assert_allclose(coarse[:4] / fine[:4], 2.0, rtol=0.1)  # a scheme of first order


@dataclass
class Moment:
    """A network between two steps: its States as numbers, and for some cells what the last spikes send them."""

    net: Any
    states: dict[str, np.ndarray]
    fired: np.ndarray
    chosen: np.ndarray

    def arriving(self, projection: str) -> list[Any]:
        """Return the sum of the weights of what arrives at each chosen cell."""
        first = {"exc": 0, "inh": 3200}[projection]
        comm, found = getattr(self.net, projection).comm, [mpf(0)] * len(self.chosen)
        weights = np.broadcast_to(np.asarray(u.split(comm.weight.value)[0], np.float64), comm.csr.indices.shape)
        # Exact numerics rounds weights to what has exact sums.
        in_degree = int(np.bincount(comm.csr.indices).max())
        grid = 2.0 ** (np.frexp(abs(weights).max())[1] + in_degree.bit_length() - 53)
        for i in self.fired[(self.fired >= first) & (self.fired < first + comm.n_pre)] - first:
            row = slice(comm.csr.indptr[i], comm.csr.indptr[i + 1])
            for j, weight in zip(comm.csr.indices[row], weights[row], strict=True):
                for k in np.flatnonzero(self.chosen == j):
                    found[k] += mpf(float(np.rint(weight / grid) * grid))
        return found

    def of(self, path: str) -> list[Any]:
        """Return a State of the chosen cells."""
        return [mpf(float(x)) for x in self.states[path][self.chosen]]


def decayed(moment: Moment, projection: str, tau: int) -> list[Any]:
    g, decay = moment.of(f"{projection}.syn.g"), mpmath.exp(mpf("-0.1") / tau)
    return [decay * x + w for x, w in zip(g, moment.arriving(projection), strict=True)]


def relaxed(x: Any, steady: Any, steps: Any) -> Any:
    return steady + (x - steady) * mpmath.exp(-steps)


def integrate_and_fire(moment: Moment, steady: Callable[[Any, Any], tuple[Any, Any]]) -> dict[str, list[Any]]:
    g_e, g_i = decayed(moment, "exc", 5), decayed(moment, "inh", 10)
    fired, waits = np.isin(moment.chosen, moment.fired), abs(moment.states["cells.refractory"][moment.chosen]) > 1
    V = [mpf(-60) if f else v for f, v in zip(fired, moment.of("cells.V"), strict=True)]
    for k in np.flatnonzero(~waits):
        V_inf, speed = steady(g_e[k], g_i[k])
        V[k] = relaxed(V[k], V_inf, mpf("0.1") / 20 * speed)
    return {"cells.V": V, "exc.syn.g": g_e, "inh.syn.g": g_i}


def coba(moment: Moment) -> dict[str, list[Any]]:
    # R = 100 Mohm, so that 10 nS are one leak and 200 pA are 20 mV.
    return integrate_and_fire(moment, lambda e, i: ((-40 - 8 * i) / (1 + (e + i) / 10), 1 + (e + i) / 10))


def cuba(moment: Moment) -> dict[str, list[Any]]:
    return integrate_and_fire(moment, lambda e, i: (-49 + (e + i) / 10, mpf(1)))


def hh(moment: Moment) -> dict[str, list[Any]]:
    g_e, g_i = decayed(moment, "exc", 5), decayed(moment, "inh", 10)
    after: dict[str, list[Any]] = {"cells.V": [], "cells.m": [], "cells.h": [], "cells.n": []}
    for V, m, h, n, e, i in zip(*(moment.of(f"cells.{x}") for x in "Vmhn"), g_e, g_i, strict=True):
        na, k = 20000 * m**3 * h, 6000 * n**4
        total = 10 + na + k + e + i
        after["cells.V"].append(relaxed(V, (-600 + 50 * na - 90 * k - 80 * i) / total, mpf("0.1") * total / 200))
        v, exp = V + 63, mpmath.exp
        opening = (
            mpf("0.32") * (13 - v) / mpmath.expm1((13 - v) / 4),
            mpf("0.128") * exp((17 - v) / 18),
            mpf("0.032") * (15 - v) / mpmath.expm1((15 - v) / 5),
        )
        closing = (
            mpf("0.28") * (v - 40) / mpmath.expm1((v - 40) / 5),
            4 / (1 + exp((40 - v) / 5)),
            mpf("0.5") * exp((10 - v) / 40),
        )
        for name, x, alpha, beta in zip("mhn", (m, h, n), opening, closing, strict=True):
            after[f"cells.{name}"].append(relaxed(x, alpha / (alpha + beta), mpf("0.1") * (alpha + beta)))
    return {**after, "exc.syn.g": g_e, "inh.syn.g": g_i}


def izhikevich(moment: Moment) -> dict[str, list[Any]]:
    cells, chosen = moment.net.cells, moment.chosen
    with_units = {"a": u.ms**-1, "b": u.ms**-1, "c": u.mV, "d": RATE}
    given = [[mpf(float(x)) for x in numbers(getattr(cells, k), y)[chosen]] for k, y in with_units.items()]
    noise = [mpf(float(x)) for x in moment.states["noise"][chosen]]
    synapses = [e + i for e, i in zip(moment.arriving("exc"), moment.arriving("inh"), strict=True)]
    fired = np.isin(chosen, moment.fired)
    after: dict[str, list[Any]] = {"cells.V": [], "cells.u": []}
    rows = zip(moment.of("cells.V"), moment.of("cells.u"), fired, noise, synapses, *given, strict=True)
    for start, recovery, is_reset, x, y, a, b, c, d in rows:
        v, r = (c, recovery + d) if is_reset else (start, recovery)
        for _ in range(2):
            v += (mpf("0.04") * v**2 + 5 * v + 140 - r + x + y) / 2
        after["cells.V"].append(v)
        after["cells.u"].append(r + a * (b * v - r))
    return {**after, "exc.inlet.g": synapses}


def snapshot(net: Any) -> dict[str, np.ndarray]:
    return {k: np.array(u.split(s.value)[0]) for k, s in net.states().items() if not isinstance(s, iso.ParamState)}


# Largest error in units in the last place: of what relaxes, of HH's sums of large currents, and of Izhikevich's
# parabola, whose terms are some five times the potential.
STEPS = {coba: 2.0, cuba: 2.0, hh: 4.0, izhikevich: 10.0}


@pytest.mark.parametrize("step", STEPS, ids=lambda f: f.__name__)
def test_one_step_in_exact_numerics_is_that_of_40_digits(step: Callable[[Moment], dict[str, list[Any]]]) -> None:
    net, environment = build(step.__name__, precision="float64", backend="numpy", numerics="exact")
    with iso.environ.context(**environment):
        iso.transform.for_loop(lambda: net(), length=199)
        before = snapshot(net)
        fired = np.flatnonzero(np.asarray(net.cells.get_spike()))
        if step is izhikevich:
            before["noise"] = numbers(net.thalamus(), RATE)
            net.clock.value = net.clock.value - 1  # so that the step below draws it again
        net()
    assert fired.size > 0
    hit = np.bincount(np.concatenate([targets(net)[i] for i in fired]), minlength=4000)
    chosen = np.array([0, 1, 2, 3997, 3998, 3999, *fired[:3], *np.argsort(hit)[-3:]])
    after = snapshot(net)
    for path, true in step(Moment(net, before, fired, chosen)).items():
        got = after[path][chosen]
        off = [float(abs(mpf(float(x)) - t)) / np.spacing(abs(x)) for x, t in zip(got, true, strict=True)]
        assert max(off) < STEPS[step], f"{path}: {max(off):.2f} ulp"
