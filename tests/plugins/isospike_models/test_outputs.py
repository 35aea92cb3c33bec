"""COBA, CUBA and MgBlock: their currents, and how they act on a membrane."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import UnitError

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def one_event(weight: Any, out: Any, **parameters: Any) -> Any:
    """Return V one step after an event of that weight, starting from -60 mV."""
    given = {
        "tau": 20 * u.ms,
        "R": 100 * u.Mohm,
        "V_rest": -60 * u.mV,
        "V_initializer": -60 * u.mV,
        **parameters,
    }
    post = iso.LIF(1, V_th=100 * u.mV, **given)
    proj = iso.AlignPostProj(comm=iso.OneToOne(1, weight), syn=iso.Expon.desc(tau=5 * u.ms), out=out, post=post)
    iso.init_all_states(proj)
    proj(np.ones(1))
    post(200 * u.pA)
    return post.V.value


def test_a_conductance_drives_towards_its_reversal_potential(numpy_backend: None) -> None:
    assert iso.COBA(E=-80 * u.mV).current_unit(u.nS).has_same_dim(u.pA)
    current = iso.COBA(E=-80 * u.mV).update(6 * u.nS, np.array([-60.0, -80.0, -90.0]) * u.mV)
    np.testing.assert_allclose(current.to_decimal(u.pA), [-120, 0, 60])


def test_a_membrane_under_a_conductance_takes_the_exact_step(backend: str, host: Host) -> None:
    V = host(one_event(6 * u.nS, iso.COBA.desc(E=0 * u.mV)))
    g = 6e-9 * 100e6
    V_inf = (-60 + 20) / (1 + g)
    np.testing.assert_allclose(V, [V_inf + (-60 - V_inf) * np.exp(-(1 + g) * 0.1 / 20)], rtol=1e-13)


@pytest.mark.parametrize(
    ("weight", "scale"),
    [(16 * u.pA, 1.0), (0.016 * u.nA, 1.0), (16 * u.nS, 1 * u.mV), (8 * u.nS, 2 * u.mV), (0.016, 1 * u.nA)],
    ids=str,
)
def test_a_current_adds_to_the_input_whatever_its_unit(backend: str, host: Host, weight: Any, scale: Any) -> None:
    V = host(one_event(weight, iso.CUBA.desc(scale=scale)))
    V_inf = -60 + (200e-12 + 16e-12) * 100e6 * 1e3
    np.testing.assert_allclose(V, [V_inf + (-60 - V_inf) * np.exp(-0.1 / 20)], rtol=1e-13)


def test_the_default_scale_of_cuba_turns_mS_into_mA(numpy_backend: None) -> None:
    assert iso.CUBA().update(3 * u.mS, -60 * u.mV).to_decimal(u.mA) == 3


def test_a_current_does_not_depend_on_the_potential(numpy_backend: None) -> None:
    out = iso.CUBA(scale=1.0)
    assert out.update(3 * u.pA, -60 * u.mV) == out.update(3 * u.pA, 50 * u.mV) == 3 * u.pA


def test_each_cell_may_have_its_own_reversal_potential(numpy_backend: None, host: Host) -> None:
    E = np.array([-80.0, 0.0])
    post = iso.LIF(2, V_th=100 * u.mV, R=100 * u.Mohm)
    out, syn = iso.COBA.desc(E=E * u.mV), iso.Expon.desc()
    proj = iso.init_all_states(iso.AlignPostProj(comm=iso.OneToOne(2, 6 * u.nS), syn=syn, out=out, post=post))
    proj(np.ones(2))
    post()
    np.testing.assert_allclose(host(post.V.value), 0.6 * E / 1.6 * (1 - np.exp(-1.6 * 0.1 / 5)), rtol=1e-13)


def test_a_reversal_potential_of_another_unit_is_refused() -> None:
    with pytest.raises(UnitError, match=r"COBA\(E=\.\.\.\).*ms.*mV"):
        iso.COBA(E=3 * u.ms)


def test_magnesium_blocks_as_jahr_and_stevens_measured(numpy_backend: None) -> None:
    V = np.array([-80.0, -40.0, 0.0, 40.0])
    current = iso.MgBlock(cc_Mg=1.0 * u.mM).update(2 * u.nS, V * u.mV)
    np.testing.assert_allclose(
        current.to_decimal(u.pA), 2 * (0 - V) / (1 + 1.0 / 3.57 * np.exp(-0.062 * V)), rtol=1e-14
    )


def test_half_of_the_channels_are_blocked_at_the_offset_where_magnesium_is_beta(numpy_backend: None) -> None:
    out = iso.MgBlock(cc_Mg=2 * u.mM, beta=2 * u.mM, V_offset=-30 * u.mV)
    free = iso.MgBlock(cc_Mg=0 * u.mM)
    at = -30 * u.mV
    assert (out.update(2 * u.nS, at) / free.update(2 * u.nS, at)) == pytest.approx(0.5, rel=1e-15)


def test_a_membrane_under_a_magnesium_block_approaches_the_solution_of_its_equation(backend: str, host: Host) -> None:
    from scipy.integrate import solve_ivp

    g, tau, R = 30e-3, 20.0, 100.0  # uS, ms, Mohm; the synapse barely decays
    errors = []
    for dt in (0.1, 0.05):
        with iso.environ.context(dt=dt * u.ms):
            post = iso.LIF(
                1, V_th=100 * u.mV, tau=tau * u.ms, R=R * u.Mohm, V_rest=-65 * u.mV, V_initializer=-65 * u.mV
            )
            syn = iso.Expon.desc(tau=5000 * u.ms, g_initializer=iso.Constant(g * u.uS))
            proj = iso.AlignPostProj(comm=iso.OneToOne(1, 1 * u.uS), syn=syn, out=iso.MgBlock.desc(), post=post)
            iso.init_all_states(proj)
            V = host(
                iso.transform.for_loop(lambda proj=proj: (proj.post(), proj.post.V.value)[1], length=round(20 / dt))
            )

        def rhs(t: float, V: np.ndarray) -> np.ndarray:
            block = 1 / (1 + 1.2 / 3.57 * np.exp(-0.062 * V))
            return (-65 - V + R * g * np.exp(-t / 5000) * block * (0 - V)) / tau

        truth = solve_ivp(rhs, (0, 20), [-65.0], rtol=1e-10, atol=1e-10).y[0, -1]
        errors.append(abs(float(V[-1, 0]) - truth))
    assert truth > -60
    assert errors[0] < 5e-3
    assert errors[1] < errors[0]


def test_the_defaults_of_the_magnesium_block_take_a_potential_with_its_unit(numpy_backend: None) -> None:
    assert iso.MgBlock().current_unit(u.nS).has_same_dim(u.pA)
    with pytest.raises(UnitError, match=r"MgBlock\(alpha=\.\.\.\)"):
        iso.MgBlock(alpha=0.062)


def test_a_parameter_may_be_drawn_for_each_cell_of_the_target(numpy_backend: None, host: Any) -> None:
    def reversals(seed: int) -> np.ndarray:
        post = iso.LIF(4, R=1 * u.Mohm)
        out = iso.COBA.desc(E=iso.Normal(0 * u.mV, 5 * u.mV))
        proj = iso.AlignPostProj(comm=iso.OneToOne(4, 1 * u.nS), syn=iso.Expon.desc(), out=out, post=post)
        with iso.environ.context(seed=seed):
            iso.init_all_states(proj)
        return host(proj.out.E)

    assert len(set(reversals(1))) == 4
    assert (reversals(1) == reversals(1)).all()
    assert (reversals(1) != reversals(2)).all()
