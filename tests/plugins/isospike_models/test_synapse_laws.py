"""The laws of every synapse and every release: the same bits everywhere, batches, precision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u

N = 4
TAUS = np.array([0.5, 2.0, 5.0, 80.0]) * u.ms
MODELS: dict[str, Callable[[], Any]] = {
    "Expon": lambda: iso.Expon(N, tau=TAUS),
    "Alpha": lambda: iso.Alpha(N, tau=TAUS),
    "DualExpon": lambda: iso.DualExpon(N, tau_decay=TAUS, tau_rise=0.3 * u.ms),
    "Instant": lambda: iso.Instant(N),
    "AMPA": lambda: iso.AMPA(N),
    "GABAa": lambda: iso.GABAa(N, beta=0.3 / u.ms),
    "BioNMDA": lambda: iso.BioNMDA(N),
    "NMDA": lambda: iso.NMDA(N, tau_rise=TAUS),
    "STP": lambda: iso.STP(N, U=np.array([0.1, 0.4, 0.8, 1.0]), tau_f=TAUS, tau_d=20 * u.ms),
    "STD": lambda: iso.STD(N, U=0.4, tau=TAUS),
}


class Driven(iso.Module):
    """A synapse under random spikes."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.source = iso.PoissonInput(N, rate=400 * u.Hz)
        self.synapse = make()
        if isinstance(self.synapse, iso.Synapse):
            self.synapse.unit = None

    def update(self) -> Any:
        self.source()
        return self.synapse(self.source.spike())


def drive(driven: Any) -> Any:
    return driven()


@pytest.fixture(params=MODELS)
def make(request: pytest.FixtureRequest) -> Callable[[], Any]:
    return lambda: Driven(MODELS[request.param])


def test_all_synapses_are_held_to_the_laws() -> None:
    assert set(MODELS) == set(iso.registry.names("synapses"))


def test_exact_numerics_has_the_same_bits_on_every_backend(make: Any, same_bits: Any) -> None:
    for run in same_bits(make, drive).values():
        assert run["output"].any()


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_batch_of_one_has_the_bits_of_no_batch(backend: str, make: Any, batch_of_one: Any, precision: str) -> None:
    def all_but_the_draws(driven: Any) -> Any:
        return driven.synapse(iso.math.where(driven.source.fired.value, 1.0, 0.0) + pulse(driven.clock.value))

    def pulse(step: Any) -> Any:
        return iso.math.where(step % 7 == 0, 1.0, 0.0)

    with iso.environ.context(precision=precision):
        batch_of_one(make, all_but_the_draws)


def test_float32_stays_near_float64(backend: str, make: Any, recorded: Any) -> None:
    runs = {}
    for precision in ("float32", "float64"):
        with iso.environ.context(precision=precision, seed=5):
            runs[precision] = recorded(iso.init_all_states(make()), drive, 300)["output"]
    assert runs["float32"].dtype == "float32"
    assert runs["float64"].any()
    np.testing.assert_allclose(runs["float32"], runs["float64"], rtol=2e-4, atol=1e-6)


def test_nothing_comes_of_nothing(backend: str, make: Any, recorded: Any) -> None:
    driven = iso.init_all_states(make())
    assert not recorded(driven.synapse, lambda synapse: synapse(np.zeros(N)), 50)["output"].any()


def test_events_of_a_linear_synapse_add_up(numpy_backend: None) -> None:
    events = np.random.default_rng(1).integers(0, 3, (100, N)).astype(float)
    parts = (events > 0).astype(float), (events > 1).astype(float)
    for name, make in MODELS.items():
        with iso.environ.context(precision="float64"):
            if not getattr(make(), "is_linear", False):
                continue
            runs = []
            for given in (events, *parts):
                synapse = make()
                synapse.unit = None
                iso.init_all_states(synapse)
                runs.append(np.asarray(iso.transform.for_loop(lambda x, s=synapse: s(x), given)))
        np.testing.assert_allclose(runs[0], runs[1] + runs[2], rtol=1e-12, atol=1e-13, err_msg=name)
