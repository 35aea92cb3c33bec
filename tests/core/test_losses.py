"""Losses are their formulas, and their gradients those of calculus."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import losses
from isospike import units as u
from isospike.errors import ParameterError, ShapeError

RNG = np.random.default_rng(0)
LOGITS, LABELS = RNG.normal(size=(5, 4)) * 3, np.array([0, 3, 1, 1, 2], np.int32)
SPIKES = (RNG.random((50, 3, 2)) < 0.1).astype(float)


@pytest.fixture(autouse=True)
def _environment(backend: str) -> Any:
    with iso.environ.context(precision="float64", dt=0.5 * u.ms):
        yield


def host(x: Any) -> np.ndarray:
    return np.asarray(u.split(x)[0])


def value(loss: Any, *arguments: Any) -> Any:
    return iso.transform.jit(loss)(*arguments)


def test_cross_entropy_is_minus_the_log_of_the_softmax() -> None:
    softmax = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
    expected = -np.log(softmax[np.arange(5), LABELS]).mean()
    assert float(host(value(losses.cross_entropy, LOGITS, LABELS))) == pytest.approx(expected, rel=1e-12)
    assert np.isfinite(host(value(losses.cross_entropy, 1e4 * LOGITS, LABELS)))


def test_the_gradient_of_cross_entropy_is_softmax_minus_one_hot(backend: str) -> None:
    if not iso.select.get_backend(backend).capabilities["gradient"].claimed:
        pytest.skip(f"{backend} has no gradient")
    softmax = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
    softmax[np.arange(5), LABELS] -= 1
    got = iso.transform.grad(losses.cross_entropy)(LOGITS, LABELS)
    np.testing.assert_allclose(host(got), softmax / 5, rtol=1e-10, atol=1e-14)


def test_accuracy_counts_the_largest() -> None:
    expected = (LOGITS.argmax(1) == LABELS).mean()
    assert float(host(value(losses.accuracy, LOGITS, LABELS))) == pytest.approx(expected)


def test_of_classes_that_share_the_largest_value_the_first_is_the_answer() -> None:
    shared = np.array([[0.0, 0.0, 0.0], [1.0, 2.0, 2.0], [3.0, 1.0, 3.0]])
    for labels, expected in (([0, 1, 0], 1), ([2, 2, 2], 0), ([0, 2, 2], 1 / 3)):
        assert float(host(value(losses.accuracy, shared, np.array(labels)))) == pytest.approx(expected)
    silent, labels = np.zeros((10, 10)), np.arange(10)
    assert float(host(value(losses.accuracy, silent, labels))) == pytest.approx(0.1)


def test_squared_errors_have_the_square_of_the_unit() -> None:
    got = value(losses.mean_squared_error, np.array([1.0, 3.0]) * u.mV, 1.0 * u.mV)
    assert float(got.to_decimal(u.mV**2)) == pytest.approx(2.0)


def test_rates_are_spikes_over_time() -> None:
    rates = SPIKES.mean(0) / 0.5e-3
    got = value(lambda s: losses.rate_error(s, 100 * u.Hz), SPIKES)
    assert float(host(got)) * u.scale_factor(got.unit, u.Hz**2) == pytest.approx(((rates - 100) ** 2).mean())
    got = value(lambda s: losses.rate_penalty(s, 50 * u.Hz, 150 * u.Hz), SPIKES)
    beyond = np.maximum(50 - rates, 0) ** 2 + np.maximum(rates - 150, 0) ** 2
    assert float(host(got)) * u.scale_factor(got.unit, u.Hz**2) == pytest.approx(beyond.mean())


def test_first_spikes_are_found_and_silence_is_the_whole_time() -> None:
    spikes = np.zeros((10, 3))
    spikes[[4, 7], 0], spikes[0, 1] = 1, 1
    got = value(losses.first_spike_times, spikes)
    assert np.asarray(got.to_decimal(u.ms)).tolist() == [2.0, 0.0, 5.0]
    early = value(lambda s: losses.first_spike_cross_entropy(s, np.int32(1), 1 * u.ms), spikes)
    late = value(lambda s: losses.first_spike_cross_entropy(s, np.int32(2), 1 * u.ms), spikes)
    assert float(host(early)) < 0.2 < 5 < float(host(late))


def test_van_rossum_is_the_integral_of_the_filtered_difference() -> None:
    tau, dt, fine = 5.0, 0.5, 200
    target = np.roll(SPIKES, 2, axis=0)
    t = np.arange(50 * fine) * dt / fine
    distance = []
    for cell in np.ndindex(3, 2):
        trace = np.zeros_like(t)
        for train, sign in ((SPIKES, 1), (target, -1)):
            for i in np.flatnonzero(train[(slice(None), *cell)]):
                trace += sign * np.where(t >= i * dt - 1e-9, np.exp(-(t - i * dt) / tau), 0)
        distance.append((trace**2).sum() * dt / fine / tau)
    got = value(lambda a, b: losses.van_rossum_distance(a, b, tau * u.ms), SPIKES, target)
    assert float(host(got)) == pytest.approx(np.mean(distance), rel=5e-3)
    one = np.zeros((400, 1))
    one[0] = 1
    got = value(lambda a: losses.van_rossum_distance(a, np.zeros((400, 1)), tau * u.ms), one)
    assert float(host(got)) == pytest.approx(0.5, rel=1e-6)


def test_labels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"logits of shape \(5, 4\) and labels of shape \(4,\)"):
        value(losses.cross_entropy, LOGITS, LABELS[:4])


@pytest.mark.parametrize("loss", [losses.cross_entropy, losses.accuracy])
def test_labels_outside_the_classes_are_refused_where_they_are_known(loss: Any) -> None:
    name = loss.__name__
    with pytest.raises(ParameterError, match=rf"{name}: the label 4 at \(1,\) is none of the 4 classes 0 to 3"):
        loss(LOGITS, np.array([0, 4, 1, 1, 2]))
    with pytest.raises(ParameterError, match=r"the label -1 at \(4,\)"):
        value(lambda x: loss(x, [0, 3, 1, 1, -1]), LOGITS)
    with pytest.raises(ParameterError, match=r"the label 0\.5 at \(0,\)"):
        loss(LOGITS, LABELS + 0.5)


@pytest.mark.parametrize("loss", [losses.cross_entropy, losses.accuracy])
def test_labels_outside_the_classes_give_nan_where_they_are_traced(loss: Any) -> None:
    for label in (4, -1):
        assert np.isnan(host(value(loss, LOGITS, np.array([0, label, 1, 1, 2]))))


@pytest.mark.parametrize("loss", [losses.cross_entropy, losses.accuracy])
def test_labels_may_be_a_list(loss: Any) -> None:
    expected = host(value(loss, LOGITS, LABELS))
    assert host(value(lambda x: loss(x, LABELS.tolist()), LOGITS)) == expected
