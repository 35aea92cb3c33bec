"""Inputs: constant currents, and Poisson trains that are the same on every backend."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning, UnitError

Host = Callable[[Any], np.ndarray]


def train(size: Any = 20, rate: Any = 400 * u.Hz, batch_size: int | None = None, name: str | None = None) -> Any:
    return iso.init_all_states(iso.PoissonInput(size, rate=rate), batch_size, name=name)


def spikes(source: Any, n_steps: int) -> Any:
    return iso.transform.for_loop(lambda: source(), length=n_steps)


def test_spikes_are_the_same_on_every_backend(host: Host) -> None:
    runs = []
    for name in ("numpy", "jax"):
        pytest.importorskip(name)
        with iso.environ.context(backend=name, dt=0.1 * u.ms):
            runs.append(host(spikes(train((4, 5)), 300)))
    assert runs[0].any()
    assert (runs[0] == runs[1]).all()


def test_cutting_a_run_into_pieces_changes_no_spike(backend: str, host: Host) -> None:
    whole, pieces = train(), train()
    together = host(spikes(whole, 300))
    parts = [host(spikes(pieces, n)) for n in (1, 149)]
    parts += [host(pieces())[None] for _ in range(10)]
    parts.append(host(spikes(pieces, 140)))
    assert (np.concatenate(parts) == together).all()


def test_spikes_do_not_repeat_when_time_starts_again(backend: str, host: Host) -> None:
    source = train()

    def step(t: Any) -> Any:
        with iso.environ.context(t=t):
            return source()

    times = np.arange(200) * 0.1 * u.ms
    first, second = (host(iso.transform.for_loop(step, times)) for _ in range(2))
    assert (first != second).any()


def test_initialising_again_repeats_and_another_seed_or_name_does_not(backend: str, host: Host) -> None:
    source = train()
    first = host(spikes(source, 200))
    iso.init_all_states(source)
    assert (host(spikes(source, 200)) == first).all()
    iso.init_all_states(source, name="another")
    assert (host(spikes(source, 200)) != first).any()
    with iso.environ.context(seed=5):
        iso.init_all_states(source)
    assert (host(spikes(source, 200)) != first).any()


def test_two_inputs_of_a_network_are_independent(backend: str, host: Host) -> None:
    class Two(iso.Module):
        def __init__(self) -> None:
            self.a, self.b = (iso.PoissonInput(200, rate=1000 * u.Hz) for _ in range(2))

        def update(self) -> Any:
            return self.a(), self.b()

    two = iso.init_all_states(Two())
    a, b = (host(x) for x in iso.transform.for_loop(lambda: two(), length=200))
    assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 4 / np.sqrt(a.size)


def test_entries_of_a_batch_differ_and_the_first_has_the_bits_of_no_batch(backend: str, host: Host) -> None:
    alone = host(spikes(train(), 200))
    for batch_size in (1, 3):
        together = host(spikes(train(batch_size=batch_size), 200))
        assert together.shape == (200, batch_size, 20)
        assert (together[:, 0] == alone).all()
    assert (together[:, 1] != alone).any()
    assert (together[:, 1] != together[:, 2]).any()


def test_rate_is_within_four_standard_deviations(backend: str, host: Host) -> None:
    n_steps, size = 4000, 100
    for rate in (5.0, 400.0):
        counts = host(spikes(train(size, rate * u.Hz), n_steps)).sum()
        p = 1 - np.exp(-rate * 1e-4)
        n = n_steps * size
        assert abs(counts - n * p) < 4 * np.sqrt(n * p * (1 - p))


def test_counts_are_binomial(numpy_backend: None, host: Host) -> None:
    window, p = 100, 1 - np.exp(-0.04)
    counts = host(spikes(train(50), 4000)).reshape(40, window, 50).sum(1).ravel().astype(int)
    k = np.arange(window + 1)
    steps = np.concatenate([[0.0], np.log((window - k[:-1]) / k[1:] * p / (1 - p))])
    probability = np.exp(window * np.log(1 - p) + np.cumsum(steps))
    edges = [0, 2, 3, 4, 5, 6, 7, window + 1]
    expected = [len(counts) * probability[a:b].sum() for a, b in pairwise(edges)]
    observed = np.histogram(counts, edges)[0]
    chi_square = (((observed - expected) ** 2) / expected).sum()
    assert min(expected) > 50
    assert chi_square < 22.5  # 0.1 % of 6 degrees of freedom


def test_trains_have_no_memory(numpy_backend: None, host: Host) -> None:
    x = host(spikes(train(200), 2000))
    assert abs(np.corrcoef(x[1:].ravel(), x[:-1].ravel())[0, 1]) < 4 / np.sqrt(x.size)
    assert abs(np.corrcoef(x[:, 1:].ravel(), x[:, :-1].ravel())[0, 1]) < 4 / np.sqrt(x.size)


def test_each_train_has_its_own_rate(backend: str, host: Host) -> None:
    counts = host(spikes(train(3, np.array([0.0, 100.0, 5000.0]) * u.Hz), 5000)).sum(0)
    assert counts[0] == 0
    assert abs(counts[1] - 50) < 30
    assert abs(counts[2] - 5000 * (1 - np.exp(-0.5))) < 150


def test_spikes_are_read_until_the_next_update(backend: str, host: Host) -> None:
    source = train(rate=3000 * u.Hz)
    assert not host(source.get_spike()).any()
    drawn = host(source())
    assert drawn.any()
    assert (host(source.get_spike()) == drawn).all()
    assert set(np.unique(drawn)) <= {0.0, 1.0}


@pytest.mark.parametrize(
    ("rate", "error", "message"),
    [
        (-1 * u.Hz, ParameterError, r"PoissonInput\(rate=\.\.\.\) is -1 Hz"),
        (10 * u.ms, UnitError, r"PoissonInput\(rate=\.\.\.\).*ms.*Hz"),
        (10.0, UnitError, r"PoissonInput\(rate=\.\.\.\)"),
        (iso.ParamState(10.0 * u.Hz), ParameterError, r"PoissonInput\(rate=\.\.\.\).*cannot be trained"),
    ],
)
def test_a_wrong_rate_is_refused_when_it_is_built(rate: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        iso.PoissonInput(3, rate=rate)


def test_a_rate_too_high_for_dt_is_refused(numpy_backend: None) -> None:
    source = train(rate=9000 * u.Hz)
    source()
    with (
        iso.environ.context(dt=1 * u.ms),
        pytest.raises(ParameterError, match=r"PoissonInput\(rate=.*9 spikes in a step.*lower the rate or dt"),
    ):
        source()


def test_a_constant_input_is_its_amplitude(backend: str, host: Host) -> None:
    source = iso.init_all_states(iso.ConstantInput(3, amplitude=np.array([1.0, 2.0, 3.0]) * u.uA))
    assert source().unit == u.mA
    np.testing.assert_allclose(host(source()), [0.001, 0.002, 0.003], rtol=1e-6)


def test_a_constant_input_of_another_unit_is_refused() -> None:
    with pytest.raises(UnitError, match=r"ConstantInput\(amplitude=\.\.\.\).*mV.*mA"):
        iso.ConstantInput(3, amplitude=1 * u.mV)


def test_a_current_of_amperes_warns() -> None:
    with pytest.warns(PlausibilityWarning, match=r"ConstantInput\(amplitude=\.\.\.\) is -200000 mA, outside"):
        iso.ConstantInput(3, amplitude=-200 * u.amp)
