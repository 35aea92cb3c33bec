"""Draws inside a step: functions of seed, module, step, draw and element, and of nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import TraceError
from isospike.random import random_bits
from isospike.random.philox import philox4x32, stream_key

Host = Callable[[Any], np.ndarray]


class Words(iso.Module):
    """Draws ``n`` times in each step."""

    def __init__(self, shape: tuple[int, ...] = (6,), n: int = 1) -> None:
        self.shape, self.n = shape, n

    def update(self) -> Any:
        return [random_bits(self, self.shape) for _ in range(self.n)]


def draw(module: Any, n_steps: int) -> list[Any]:
    return iso.transform.for_loop(lambda: module(), length=n_steps)


def test_words_are_philox_of_key_step_draw_and_element(backend: str, host: Host) -> None:
    with iso.environ.context(seed=11):
        words = iso.init_all_states(Words((2, 5), n=2), name="net")
    got = [host(x) for x in draw(words, 3)]
    element, batch = np.arange(5)[None, :], np.arange(2)[:, None]
    for k in range(3):
        for d in range(2):
            expected = philox4x32(np, (element, batch, k, d), stream_key(11, "net"))[0]
            assert (got[d][k] == expected).all()
    assert got[0].dtype == np.uint32


def test_words_are_the_same_however_a_run_is_cut(backend: str, host: Host) -> None:
    words = iso.init_all_states(Words())
    whole = host(draw(words, 20)[0])
    iso.init_all_states(words)
    parts = [host(draw(words, 3)[0]), *(host(words()[0])[None] for _ in range(4)), host(draw(words, 13)[0])]
    assert (np.concatenate(parts) == whole).all()


def test_seed_name_draw_step_and_batch_entry_all_matter(numpy_backend: None, host: Host) -> None:
    words = iso.init_all_states(Words((3, 40), n=2))
    a, b = (host(x) for x in draw(words, 2))
    streams = [a[0, 0], a[0, 1], a[1, 0], b[0, 0]]
    iso.init_all_states(words, name="another")
    streams.append(host(draw(words, 1)[0])[0, 0])
    with iso.environ.context(seed=1):
        iso.init_all_states(words)
        streams.append(host(draw(words, 1)[0])[0, 0])
    assert len(np.unique(np.stack(streams))) == 6 * 40


def test_noise_has_the_seed_of_initialisation_whatever_is_in_force_later(backend: str, host: Host) -> None:
    words = Words()
    runs = {}
    for seed in (7, 8):
        with iso.environ.context(seed=seed):
            iso.init_all_states(words)
        with iso.environ.context(seed=9):
            runs[seed] = host(draw(words, 4)[0])
    with iso.environ.context(seed=7):
        inside = host(draw(iso.init_all_states(Words()), 4)[0])
    assert (runs[7] == inside).all()
    assert not (runs[8] == inside).any()


def test_a_smaller_draw_is_the_beginning_of_a_larger_one(backend: str, host: Host) -> None:
    small, large = (host(draw(iso.init_all_states(Words((n,))), 2)[0]) for n in (3, 50))
    assert (large[:, :3] == small).all()


def test_two_modules_of_a_network_have_streams_of_their_own(backend: str, host: Host) -> None:
    class Two(iso.Module):
        def __init__(self) -> None:
            self.a, self.b = Words(), Words()

        def update(self) -> Any:
            return self.a()[0], self.b()[0]

    a, b = (host(x) for x in iso.transform.for_loop(iso.init_all_states(Two()), length=5))
    assert not (a == b).any()


def test_no_draw_is_made_outside_a_step(numpy_backend: None) -> None:
    words = iso.init_all_states(Words())
    with pytest.raises(TraceError, match=r"random numbers of 'Words' are drawn inside a step"):
        random_bits(words, (3,))


def test_noise_does_not_depend_on_how_dt_is_spelt(backend: str, host: Host) -> None:
    runs = []
    for dt in (0.1 * u.ms, 100 * u.usecond, 1e-4 * u.second):
        with iso.environ.context(dt=dt):
            source = iso.init_all_states(iso.PoissonInput(50, rate=500 * u.Hz))
            runs.append(host(iso.transform.for_loop(lambda source=source: source(), length=100)))
    assert runs[0].any()
    assert (runs[0] == runs[1]).all()
    assert (runs[0] == runs[2]).all()
