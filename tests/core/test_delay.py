"""Delays: when spikes and values come out, in which unit of time, and what a delay refuses."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import (
    EnvironError,
    ParameterError,
    PlausibilityWarning,
    ShapeError,
    StateError,
    UnitError,
    UnknownNameError,
)
from isospike.module import structure_version
from isospike.select import get_backend

Host = Callable[[Any], np.ndarray]
KEEPS = ["spikes", "values"]


def shifted(x: np.ndarray, steps: Any) -> np.ndarray:
    """Return x, of axes (time, ..., cell), with each cell moved by its own number of steps."""
    moved = np.zeros_like(x)
    for i, n in enumerate(np.broadcast_to(steps, x.shape[-1:])):
        moved[n:, ..., i] = x[: len(x) - n, ..., i]
    return moved


def spikes(n_steps: int = 150, *shape: int) -> np.ndarray:
    return (np.random.default_rng(3).random((n_steps, *(shape or (4,)))) < 0.3).astype("float32")


def run(delay: Any, x: np.ndarray) -> np.ndarray:
    return np.asarray(iso.transform.for_loop(lambda now: delay(now), x))


# When


@pytest.mark.parametrize("keeps", KEEPS)
@pytest.mark.parametrize("steps", [0, 1, 30, 31, 32, 61, 62, 93])
def test_spikes_come_out_as_many_steps_later(backend: str, keeps: str, steps: int) -> None:
    delay = iso.init_all_states(iso.Delay(4, steps * 0.1 * u.ms, keeps=keeps))
    x = spikes()
    assert delay.steps == steps
    np.testing.assert_array_equal(run(delay, x), shifted(x, steps))


@pytest.mark.parametrize("keeps", KEEPS)
def test_each_cell_may_have_its_own_delay(backend: str, keeps: str) -> None:
    steps = np.array([0, 7, 31, 70])
    delay = iso.init_all_states(iso.Delay(4, steps * 0.1 * u.ms, keeps=keeps))
    x = spikes()
    np.testing.assert_array_equal(run(delay, x), shifted(x, steps))


def test_values_come_out_as_they_went_in(backend: str) -> None:
    x = np.random.default_rng(1).normal(size=(40, 4)).astype("float32")
    delay = iso.init_all_states(iso.Delay(4, 1.3 * u.ms, keeps="values"))
    np.testing.assert_array_equal(run(delay, x), shifted(x, 13))


def test_whatever_is_not_zero_is_a_spike(numpy_backend: None) -> None:
    delay = iso.init_all_states(iso.Delay(3, 0.1 * u.ms))
    out = run(delay, np.array([[0.5, -2.0, 0.0], [0.0, 0.0, 0.0]]))
    assert out[1].tolist() == [1, 1, 0]


@pytest.mark.parametrize("keeps", KEEPS)
def test_a_population_of_two_axes_keeps_its_shape(backend: str, keeps: str) -> None:
    steps = np.array([[1, 2, 3], [4, 5, 40]])
    delay = iso.init_all_states(iso.Delay((2, 3), steps * 0.1 * u.ms, keeps=keeps))
    x = spikes(60, 2, 3)
    assert run(delay, x).shape == x.shape
    np.testing.assert_array_equal(
        run(iso.init_all_states(delay), x).reshape(60, 6), shifted(x.reshape(60, 6), steps.ravel())
    )


@pytest.mark.parametrize("keeps", KEEPS)
@pytest.mark.parametrize("time", [0.7, 4.0])
def test_members_of_a_batch_are_delayed_each_by_itself(backend: str, keeps: str, time: float) -> None:
    x = spikes(80, 3, 4)
    delay = iso.init_all_states(iso.Delay(4, time * u.ms, keeps=keeps), batch_size=3)
    np.testing.assert_array_equal(run(delay, x), shifted(x, round(time * 10)))
    alone = iso.init_all_states(iso.Delay(4, time * u.ms, keeps=keeps))
    np.testing.assert_array_equal(run(iso.init_all_states(delay, batch_size=3), x)[:, 1], run(alone, x[:, 1]))


@pytest.mark.parametrize("time", [0.7, 4.0])
def test_a_batch_may_be_driven_by_one_train(backend: str, time: float) -> None:
    x = spikes(60)
    delay = iso.init_all_states(iso.Delay(4, time * u.ms), batch_size=2)
    out = run(delay, x)
    assert out.shape == (60, 2, 4)
    np.testing.assert_array_equal(out[:, 1], shifted(x, round(time * 10)))


# In a network


class Chain(iso.Module):
    """One cell that spikes in a given step, and a projection that reads it before it is updated."""

    def __init__(self, delay: Any) -> None:
        self.pre = iso.LIF(1, V_th=1 * u.mV)
        self.post = iso.LIF(1, tau=10 * u.ms, V_th=100 * u.mV)
        comm = iso.FixedProb(1, 1, 1.0, 2 * u.mS)
        syn, out = iso.Expon.desc(tau=5 * u.ms), iso.COBA.desc(E=10 * u.mV)
        self.proj = iso.AlignPostProj(comm=comm, syn=syn, out=out, post=self.post, delay=delay)

    def update(self, jump: Any) -> Any:
        self.proj(self.pre.get_spike())
        self.pre.add_delta_input(jump * u.mV)
        self.pre()
        self.post()
        return self.pre.get_spike(), self.proj.syn.g.value


@pytest.mark.parametrize("delay", [None, 0 * u.ms, 0.1 * u.ms, 1.5 * u.ms, iso.Constant(1.5 * u.ms)], ids=str)
def test_a_spike_of_step_k_acts_in_step_k_plus_one_plus_its_delay(backend: str, host: Host, delay: Any) -> None:
    chain = iso.init_all_states(Chain(delay))
    jump = np.zeros(40)
    jump[2] = 1.5
    spiked, g = (host(x)[:, 0] for x in iso.transform.for_loop(lambda x: chain(x), jump))
    steps = 0 if delay is None else int(np.max(chain.proj.delay.steps))
    assert np.flatnonzero(spiked).tolist() == [2]
    assert np.flatnonzero(g)[0] == 2 + 1 + steps
    assert g.max() == 2


def test_in_flight_spikes_go_on_where_a_run_is_continued_on_another_backend(host: Host) -> None:
    def make() -> Any:
        net = iso.Network()
        net.add_population("source", iso.PoissonInput(20, rate=200 * u.Hz))
        cells = net.add_population("cells", iso.LIF(10, R=1 * u.Mohm, V_th=5 * u.mV))
        for name, delay in (("one", 4.0 * u.ms), ("each", iso.Uniform(0 * u.ms, 5 * u.ms))):
            comm = iso.FixedProb(20, 10, 0.5, 0.3 * u.uS)
            syn, out = iso.Expon.desc(), iso.COBA.desc(E=30 * u.mV)
            proj = iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells, delay=delay, label=name)
            net.add_projection(name, proj, pre="source")
        return iso.init_all_states(net, name="net")

    def advance(net: Any, backend: str, n: int) -> np.ndarray:
        engine = {"jax": "xla", "torch": "eager"}.get(backend)
        with iso.environ.context(backend=backend, engine=engine):
            return host(iso.transform.for_loop(lambda: (net(), net.cells.V.value)[1], length=n))

    with iso.environ.context(dt=0.1 * u.ms, numerics="exact", seed=2, backend="numpy"):
        whole = advance(make(), "numpy", 120)
        assert whole.any()
        for first, second in (("numpy", "jax"), ("jax", "torch"), ("torch", "numpy")):
            saved, resumed = make(), make()
            parts = [advance(saved, first, 50)]
            resumed.clock.value = np.asarray(saved.clock.value)
            for path, state in saved.states().items():
                mantissa, unit = u.split(state.value)
                resumed.states()[path].value = u.quantity(np.asarray(mantissa), unit)
            parts.append(advance(resumed, second, 70))
            assert np.concatenate(parts).tobytes() == whole.tobytes(), (first, second)


def test_the_history_of_spikes_is_one_word_for_31_steps(numpy_backend: None) -> None:
    for time, words in ((0.1, 1), (3.0, 1), (3.1, 2), (6.2, 3)):
        delay = iso.init_all_states(iso.Delay(1000, time * u.ms))
        assert delay.history.value.shape == (words, 1000)
        assert str(delay.history.value.dtype) == "int32"


def test_reset_empties_the_history_and_keeps_the_delay(backend: str) -> None:
    delay = iso.init_all_states(iso.Delay(4, iso.Uniform(0.5 * u.ms, 2 * u.ms)))
    drawn = delay.steps.copy()
    run(delay, np.ones((30, 4)))
    with iso.environ.context(seed=99):
        iso.reset_all_states(delay)
    assert (delay.steps == drawn).all()
    assert not run(delay, np.zeros((30, 4))).any()


def test_to_initialise_anew_leaves_compiled_steps_valid(numpy_backend: None) -> None:
    for delay in (
        iso.Delay(4, 1.5 * u.ms),
        iso.Delay(4, iso.Uniform(1 * u.ms, 2 * u.ms)),
        iso.Delay(4, 3.15 * u.ms, interpolation="linear"),
    ):
        iso.init_all_states(delay)
        version = structure_version()
        iso.init_all_states(delay)
        assert structure_version() == version
        with iso.environ.context(dt=0.05 * u.ms):
            iso.init_all_states(delay)
        assert structure_version() != version


# How times are read


def test_a_time_is_rounded_to_the_nearest_step_with_a_warning(numpy_backend: None) -> None:
    with pytest.warns(PlausibilityWarning, match=r"Delay\(time=\.\.\.\) is 12\.6 steps .*rounded to 13"):
        delay = iso.init_all_states(iso.Delay(2, 1.26 * u.ms))
    assert delay.steps == 13


def test_a_time_on_the_grid_is_taken_as_it_is(numpy_backend: None) -> None:
    for time in (0.3 * u.ms, 0.0003 * u.second, np.array([0.3, 0.6, 0.7]) * u.ms, 300 * u.us):
        delay = iso.init_all_states(iso.Delay(3, time))
        assert delay.steps.flat[0] == 3


def test_drawn_times_are_rounded_silently_and_are_the_same_for_one_seed(backend: str) -> None:
    make = lambda: iso.Delay(50, iso.Uniform(1 * u.ms, 2 * u.ms))  # noqa: E731
    with warnings.catch_warnings(), iso.environ.context(seed=7):
        warnings.simplefilter("error")
        first, second = (iso.init_all_states(make()).steps for _ in range(2))
    assert (first == second).all()
    assert first.min() >= 10
    assert first.max() <= 20
    assert len(set(first.tolist())) > 5


def test_the_delay_is_that_of_the_step_size_in_force(numpy_backend: None) -> None:
    with iso.environ.context(dt=0.05 * u.ms):
        assert iso.init_all_states(iso.Delay(2, 1.5 * u.ms)).steps == 30


def test_another_step_size_than_that_of_the_history_is_refused(backend: str) -> None:
    delay = iso.init_all_states(iso.Delay(2, 1.5 * u.ms), name="d")
    with (
        iso.environ.context(dt=0.05 * u.ms),
        pytest.raises(StateError, match=r"Delay 'd'.*dt = 0\.1 ms.*dt = 0\.05 ms"),
    ):
        delay(np.zeros(2))
    with iso.environ.context(dt=100 * u.us):
        delay(np.zeros(2))


def test_a_delay_needs_the_step_size_when_it_is_initialised() -> None:
    with pytest.raises(EnvironError, match="dt"):
        iso.init_all_states(iso.Delay(2, 1.5 * u.ms))


def test_a_delay_that_is_not_initialised_names_the_cure(numpy_backend: None) -> None:
    with pytest.raises(StateError, match="init_all_states"):
        iso.Delay(2, 1.5 * u.ms)(np.zeros(2))


@pytest.mark.parametrize(
    ("time", "error", "told"),
    [
        (-1 * u.ms, ParameterError, "is -1 ms, expected zero or a positive"),
        (3.0, UnitError, r"expected a time: write 1\.5 \* u\.ms"),
        (3 * u.mV, UnitError, "expected a time"),
        (iso.Uniform(0 * u.mV, 1 * u.mV), UnitError, "expected a time"),
        (np.ones(3) * u.ms, ShapeError, r"shape \(3,\).*one time per presynaptic cell.*\(2,\)"),
        (np.nan * u.ms, ParameterError, "NaN"),
        (iso.ParamState(1.0 * u.ms), ParameterError, "cannot be trained"),
        ("soon", ParameterError, "expected a number"),
    ],
)
def test_what_is_no_time_is_refused(time: Any, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=rf"Delay\(time=\.\.\.\).*{told}"):
        iso.Delay(2, time)


def test_a_slip_of_the_prefix_is_told(numpy_backend: None) -> None:
    with pytest.warns(PlausibilityWarning, match=r"Delay\(time=\.\.\.\) is 1500 ms, outside"):
        iso.Delay(2, 1.5 * u.second)


@pytest.mark.parametrize("argument", ["interpolation", "keeps"])
def test_an_unknown_way_is_refused_with_the_known_ones(argument: str) -> None:
    with pytest.raises(ParameterError, match=rf"Delay\({argument}=\.\.\.\) is 'cubic', expected '"):
        iso.Delay(2, 1 * u.ms, **{argument: "cubic"})


def test_spikes_of_another_population_are_refused(numpy_backend: None) -> None:
    delay = iso.init_all_states(iso.Delay(2, 1 * u.ms))
    with pytest.raises(ShapeError, match=r"takes the spikes of \(2,\) cells, but was given shape \(3,\)"):
        delay(np.zeros(3))


# Between two steps


@pytest.mark.parametrize("keeps", KEEPS)
def test_interpolation_splits_a_spike_into_parts_that_add_up_to_one(backend: str, keeps: str) -> None:
    with iso.environ.context(precision="float64"):
        delay = iso.init_all_states(
            iso.Delay(3, np.array([0.25, 0.3, 0.37]) * u.ms, interpolation="linear", keeps=keeps)
        )
        out = run(delay, np.eye(1, 8).repeat(3, 0).T)
    np.testing.assert_allclose(out[2:5], [[0.5, 0, 0], [0.5, 1, 0.3], [0, 0, 0.7]], atol=1e-12)
    np.testing.assert_allclose(out.sum(axis=0), 1, rtol=1e-15)


@pytest.mark.parametrize("per_synapse", [False, True])
def test_interpolation_delivers_the_charge_of_one_spike(backend: str, host: Host, per_synapse: bool) -> None:
    with iso.environ.context(precision="float64"):
        post = iso.LIF(1, V_th=100 * u.mV)
        comm = iso.FixedProb(1, 1, 1.0, 2 * u.mV)
        time = 0.25 * u.ms
        delay = (
            iso.SynapticDelay(comm, time, interpolation="linear")
            if per_synapse
            else iso.Delay(1, time, interpolation="linear")
        )
        proj = iso.init_all_states(iso.DeltaProj(comm=comm, post=post, delay=delay))

        arrived = host(iso.transform.for_loop(lambda x: proj.weighted(x), np.eye(1, 8).T))[:, 0]
    np.testing.assert_allclose(arrived, [0, 0, 1, 1, 0, 0, 0, 0], atol=1e-12)


def test_interpolation_is_silent_off_the_grid(numpy_backend: None) -> None:
    delay = iso.init_all_states(iso.Delay(1, 1.26 * u.ms, interpolation="linear"))
    assert delay.steps == 12


# One delay per synapse


def test_a_connection_without_single_synapses_has_no_delay_of_each(numpy_backend: None) -> None:
    comm = iso.AllToAll(3, 2, 1 * u.mV)
    with pytest.raises(ParameterError, match=r"SynapticDelay\(time=\.\.\.\).*AllToAll.*FixedProb.*iso\.Delay"):
        iso.DeltaProj(comm=comm, post=iso.LIF(2), delay=iso.Uniform(0 * u.ms, 1 * u.ms))


def test_an_array_of_one_time_per_synapse_follows_the_connection(backend: str, host: Host) -> None:
    times = np.array([0.4, 0.0, 0.2, 0.2, 0.1, 0.3])
    weight = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    post = iso.LIF(2, V_th=100 * u.mV)
    comm = iso.FixedProb(3, 2, 1.0, weight * u.mV)
    proj = iso.init_all_states(iso.DeltaProj(comm=comm, post=post, delay=times * u.ms))
    x = np.zeros((6, 3))
    x[0] = 1
    out = host(iso.transform.for_loop(lambda now: proj.weighted(now), x))
    expected = np.zeros((6, 2))
    for i, (t, w) in enumerate(zip(times, weight, strict=True)):
        expected[round(t / 0.1), i % 2] += w
    np.testing.assert_array_equal(out, expected)


def test_times_that_do_not_fit_the_synapses_are_refused(numpy_backend: None) -> None:
    proj = iso.DeltaProj(comm=iso.FixedProb(3, 2, 1.0, 1 * u.mV), post=iso.LIF(2), delay=np.ones(5) * u.ms)
    with pytest.raises(
        ShapeError, match=r"SynapticDelay\(time=\.\.\.\) has shape \(5,\).*one time per synapse.*\(6,\)"
    ):
        iso.init_all_states(proj)


def test_a_connection_without_synapses_delivers_nothing(backend: str, host: Host) -> None:
    comm = iso.FixedProb(3, 2, 0.0, 1 * u.mV)
    proj = iso.DeltaProj(comm=comm, post=iso.LIF(2), delay=iso.Uniform(0 * u.ms, 1 * u.ms))
    with pytest.warns(PlausibilityWarning, match="made no synapse"):
        iso.init_all_states(proj)
    assert host(iso.transform.for_loop(lambda x: proj.weighted(x), np.ones((4, 3)))).tolist() == [[0, 0]] * 4


def test_a_delay_changes_no_connection(numpy_backend: None) -> None:
    drawn = []
    for delay in (None, 1 * u.ms, iso.Uniform(0 * u.ms, 1 * u.ms)):
        comm = iso.FixedProb(30, 20, 0.3, iso.Normal(1 * u.mV, 0.1 * u.mV))
        iso.init_all_states(iso.DeltaProj(comm=comm, post=iso.LIF(20), delay=delay))
        drawn.append((comm.csr.indices, comm.weight.value.to_decimal(u.mV)))
    for indices, weight in drawn[1:]:
        np.testing.assert_array_equal(indices, drawn[0][0])
        np.testing.assert_array_equal(weight, drawn[0][1])


def test_delays_of_another_size_are_refused() -> None:
    comm = iso.FixedProb(3, 2, 1.0, 1 * u.mV)
    with pytest.raises(ShapeError, match=r"DeltaProj\(delay=\.\.\.\) is of \(4,\) cells, but comm takes \(3,\)"):
        iso.DeltaProj(comm=comm, post=iso.LIF(2), delay=iso.Delay(4, 1 * u.ms))
    with pytest.raises(ParameterError, match=r"DeltaProj\(delay=\.\.\.\).*expected a time"):
        iso.DeltaProj(comm=comm, post=iso.LIF(2), delay=np.ones((2, 2)) * u.ms)


# Gradients


def gradient_through(keeps: str | None, *, fit: bool) -> float:
    weight = iso.ParamState(np.ones(1))
    delay = iso.Delay(1, 0.3 * u.ms, keeps=keeps)

    def loss() -> Any:
        with iso.environ.context(fit=fit):
            iso.init_all_states(delay)
        out = iso.transform.for_loop(lambda x: delay(x * weight.value), np.arange(1.0, 7.0)[:, None])
        return iso.math.sum(out)

    return float(np.asarray(iso.transform.grad(loss, weight)())[0])


@pytest.mark.parametrize(("keeps", "fit"), [("values", False), (None, True)])
def test_a_gradient_flows_through_values(backend: str, keeps: str | None, fit: bool) -> None:
    if not (claim := get_backend(backend).capabilities["gradient"]).claimed:
        pytest.skip(f"{backend}: {claim.reason}")
    assert gradient_through(keeps, fit=fit) == pytest.approx(1 + 2 + 3)


def test_a_gradient_that_spikes_would_stop_is_told(backend: str) -> None:
    if not (claim := get_backend(backend).capabilities["gradient"]).claimed:
        pytest.skip(f"{backend}: {claim.reason}")
    with pytest.warns(PlausibilityWarning, match=r"no gradient.*fit=True.*keeps='values'"):
        assert gradient_through(None, fit=False) == 0


# Reading a State of some time ago


class Reader(iso.Module):
    """A cell and what is read of it."""

    def __init__(self, item: str, time: Any) -> None:
        self.cell = iso.LIF(2, tau=10 * u.ms, V_th=5 * u.mV, V_initializer=-3 * u.mV)
        source = self.cell.prefetch(item)
        self.past = source if time is None else source.delay.at(time)

    def update(self, *, first: bool) -> Any:
        past = self.past() if first else None
        self.cell(20 * u.mA)
        past = past if first else self.past()
        return past, self.cell.V.value, self.cell.get_spike()


@pytest.mark.parametrize(("first", "extra"), [(True, 1), (False, 0)])
@pytest.mark.parametrize(("item", "place", "before"), [("V", 1, -3.0), ("spike", 2, 0.0)])
@pytest.mark.parametrize("time", [None, 0.5, 4.0])
def test_a_prefetch_reads_what_was_there_that_time_ago(
    backend: str, host: Host, first: bool, extra: int, item: str, place: int, before: float, time: float | None
) -> None:
    reader = iso.init_all_states(Reader(item, None if time is None else time * u.ms))
    out = [host(x) for x in iso.transform.for_loop(lambda: reader(first=first), length=100)]
    n = round((time or 0) / 0.1) + extra
    past, truth = out[0], out[place]
    assert truth.any()
    np.testing.assert_array_equal(past[n:], truth[: 100 - n])
    np.testing.assert_array_equal(past[:n], np.full((n, 2), before))


def test_a_prefetch_of_a_state_has_its_unit_and_batch(backend: str) -> None:
    reader = iso.init_all_states(Reader("V", 0.5 * u.ms), batch_size=3)
    past = iso.transform.for_loop(lambda: reader(first=True)[0], length=4)
    assert past.unit == u.mV
    assert past.shape == (4, 3, 2)


def test_a_projection_may_read_the_spikes_itself(backend: str, host: Host) -> None:
    runs = []
    for is_prefetched in (False, True):
        net = iso.Network()
        cells = net.add_population("cells", iso.LIF(3, V_th=5 * u.mV))
        other = net.add_population("other", iso.LIF(3, V_th=400 * u.mV))
        net.add_input("drive", iso.ConstantInput(3, amplitude=20 * u.mA), target="cells")
        comm = iso.AllToAll(3, 3, 1 * u.mV)
        modules = (cells.prefetch("spike").delay.at(0.7 * u.ms),) if is_prefetched else ()
        delay = None if is_prefetched else 0.7 * u.ms
        net.add_projection("p", iso.DeltaProj(*modules, comm=comm, post=other, delay=delay), pre="cells")
        iso.init_all_states(net)
        runs.append(host(iso.transform.for_loop(lambda net=net: (net(), net.other.V.value)[1], length=100)))
    assert runs[0].any()
    np.testing.assert_array_equal(runs[0], runs[1])


def test_a_prefetch_of_what_does_not_exist_names_what_does() -> None:
    with pytest.raises(UnknownNameError, match=r"LIF\.prefetch\('v'\).*States are: V; 'spike'"):
        iso.LIF(2).prefetch("v")
