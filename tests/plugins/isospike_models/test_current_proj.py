"""CurrentProj and AlignPreProj: values that act while they last, and what they share."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, ShapeError, UnitError

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def target(n: int = 2) -> Any:
    return iso.LIF(n, tau=10 * u.ms, R=1 * u.kohm, V_th=100 * u.mV)


def test_values_act_in_the_step_of_the_call_and_no_longer(backend: str, host: Host) -> None:
    post = target()
    out = iso.CUBA.desc(scale=1.0)
    proj = iso.CurrentProj(comm=iso.AllToAll(3, 2, np.arange(6.0).reshape(3, 2) * u.uA), out=out, post=post)
    iso.init_all_states(proj)
    proj(np.array([0.5, -1.0, 2.0]))
    post()
    assert host(proj.inlet.g.value).tolist() == [6, 7.5]
    first = host(post.V.value)
    np.testing.assert_allclose(first, np.array([6, 7.5]) * (1 - np.exp(-0.01)), rtol=1e-13)
    post()
    np.testing.assert_allclose(host(post.V.value), first * np.exp(-0.01), rtol=1e-13)


@pytest.mark.parametrize("delay", [None, 0.3 * u.ms, np.array([0.3, 0.0, 0.1]) * u.ms])
def test_delayed_values_keep_their_size(backend: str, host: Host, delay: Any) -> None:
    post = target()
    proj = iso.CurrentProj(comm=iso.AllToAll(3, 2, 1 * u.uA), out=iso.CUBA.desc(scale=1.0), post=post, delay=delay)
    iso.init_all_states(proj)
    x = np.random.default_rng(0).normal(size=(10, 3))
    out = host(iso.transform.for_loop(lambda now: proj.weighted(now), x))
    steps = np.broadcast_to(0 if delay is None else proj.delay.steps, 3)
    expected = sum(np.concatenate([np.zeros(n), x[: 10 - n, i]]) for i, n in enumerate(steps))
    np.testing.assert_allclose(out, np.stack([expected, expected], axis=1), rtol=1e-13, atol=1e-15)


def test_one_presynaptic_synapse_serves_several_projections(backend: str, host: Host) -> None:
    """The peer's way to AlignPre: a synapse of the presynaptic population, which projections prefetch."""

    class Net(iso.Module):
        def __init__(self) -> None:
            self.syn = iso.Expon(3, tau=5 * u.ms)
            self.syn.unit = None
            self.posts = [target(), target()]
            self.projections = [
                iso.CurrentProj(
                    self.syn.prefetch("g"), comm=iso.AllToAll(3, 2, w * u.uS), out=iso.COBA.desc(E=10 * u.mV), post=post
                )
                for w, post in zip((1.0, 2.0), self.posts, strict=True)
            ]

        def update(self, x: Any) -> Any:
            self.syn(x)
            for proj, post in zip(self.projections, self.posts, strict=True):
                proj()
                post()
            return [proj.inlet.g.value for proj in self.projections]

    net = iso.init_all_states(Net())
    x = (np.random.default_rng(0).random((20, 3)) < 0.4).astype(float)
    first, second = (host(g) for g in iso.transform.for_loop(lambda now: net(now), x))
    assert first.any()
    np.testing.assert_allclose(second, 2 * first, rtol=1e-13)


def test_described_outputs_share_what_arrives(numpy_backend: None) -> None:
    post = target()
    comm = lambda: iso.AllToAll(3, 2, 1 * u.nS)  # noqa: E731
    make = lambda **more: iso.CurrentProj(comm=comm(), post=post, **more)  # noqa: E731
    first, same = (make(out=iso.COBA.desc(E=0 * u.mV)) for _ in range(2))
    other, labelled, own = (
        make(out=iso.COBA.desc(E=1 * u.mV)),
        make(out=iso.COBA.desc(), label="x"),
        make(out=iso.COBA()),
    )
    assert first.inlet is same.inlet
    assert len({id(p.inlet) for p in (first, other, labelled, own)}) == 4


def test_memory_of_align_pre_grows_with_the_source(numpy_backend: None) -> None:
    proj = iso.AlignPreProj(
        comm=iso.FixedProb(50, 400, 0.5, 1 * u.nS), syn=iso.Expon.desc(), out=iso.COBA.desc(), post=target(400)
    )
    iso.init_all_states(proj)
    assert proj.syn.g.value.shape == (50,)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_runs_as_the_original(numpy_backend: None, host: Host, copied: Any) -> None:
    proj = iso.AlignPreProj(
        comm=iso.AllToAll(3, 2, 1 * u.uS),
        syn=iso.NMDA.desc(),
        out=iso.MgBlock.desc(),
        post=target(),
        delay=0.2 * u.ms,
    )
    iso.init_all_states(proj)

    def run(one: Any) -> np.ndarray:
        return host(
            iso.transform.for_loop(lambda x: (one(x), one.post(3 * u.uA), one.post.V.value)[2], np.ones((9, 3)))
        )

    twin = copied(proj)
    np.testing.assert_array_equal(run(proj), run(twin))


def test_a_synapse_of_one_projection_is_refused_by_another() -> None:
    syn, post = iso.NMDA(3), target()
    make = lambda: iso.AlignPreProj(comm=iso.AllToAll(3, 2, 1 * u.nS), syn=syn, out=iso.COBA.desc(), post=post)  # noqa: E731
    make()
    with pytest.raises(ParameterError, match=r"NMDA is the synapse of another projection.*NMDA\.desc"):
        make()


def test_parts_that_do_not_fit_are_refused() -> None:
    out, syn = iso.COBA.desc(), iso.Expon.desc()
    with pytest.raises(UnitError, match=r"CurrentProj\(comm=AllToAll\) has weights in mV"):
        iso.CurrentProj(comm=iso.AllToAll(3, 2, 1 * u.mV), out=out, post=target())
    with pytest.raises(ShapeError, match=r"CurrentProj\(comm=\.\.\.\) delivers to \(5,\)"):
        iso.CurrentProj(comm=iso.AllToAll(3, 5, 1 * u.nS), out=out, post=target())
    with pytest.raises(ParameterError, match=r"AlignPreProj\(out=\.\.\.\).*an Output"):
        iso.AlignPreProj(comm=iso.AllToAll(3, 2, 1 * u.nS), syn=syn, out=syn, post=target())
    with pytest.raises(ShapeError, match=r"AlignPreProj\(syn=Expon\) has size \(2,\).*\(3,\)"):
        iso.AlignPreProj(comm=iso.AllToAll(3, 2, 1 * u.nS), syn=iso.Expon(2), out=out, post=target())
