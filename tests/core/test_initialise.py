"""Initialising and resetting: what is made anew, what stays, and what belongs to the network as a whole."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, ShapeError, StateError, TraceError

Host = Callable[[Any], np.ndarray]


def network() -> Any:
    net = iso.Network()
    net.add_population("noise", iso.PoissonInput(5, rate=5000 * u.Hz))
    cells = net.add_population("cells", iso.LIF(4, V_th=20 * u.mV, V_initializer=iso.Uniform(0 * u.mV, 9 * u.mV)))
    syn, out = iso.Expon.desc(tau=5 * u.ms), iso.COBA.desc(E=50 * u.mV)
    comm = iso.FixedProb(5, 4, 0.5, iso.Normal(1 * u.mS, 0.1 * u.mS))
    net.add_projection("p", iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells), pre="noise")
    return net


class Scaled(iso.Module):
    """Keeps what it is told to in ``init_state``, beside a State."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make
        self.gain: Any = 0

    def init_state(self, batch_size: int | None = None) -> None:
        self.gain = self.make()
        self.x = iso.ShortTermState(1.0)

    def update(self) -> Any:
        return self.x.value * self.gain


def test_a_step_sees_what_init_state_assigns(backend: str, host: Host) -> None:
    module = Scaled(functools.partial(next, itertools.count(1)))
    step = lambda: module()  # noqa: E731
    for k in (1, 2, 3):
        iso.init_all_states(module)
        assert (host(module()), host(iso.transform.for_loop(step, length=1))[0]) == (k, k)


@pytest.mark.parametrize("value", [2, 0.5, 3 * u.mV, np.ones(3)], ids=repr)
def test_initialising_again_with_equal_values_traces_nothing(numpy_backend: None, value: Any) -> None:
    module = iso.init_all_states(Scaled(lambda: value * 1))
    module()
    before = iso.transform.cache_info().traces
    iso.init_all_states(module)
    module()
    assert iso.transform.cache_info().traces == before


class Several(iso.Module):
    """Holds its States in containers."""

    def init_state(self, batch_size: int | None = None) -> None:
        self.xs = [iso.ShortTermState(0.0), iso.LongTermState(0.0)]
        self.named = {"a": iso.ShortTermState(0.0), "deep": (iso.ShortTermState(0.0), 1)}

    def update(self) -> Any:
        for state in self.states().values():
            state.value = state.value + 1
        return self.xs[0].value


def test_states_in_containers_are_found_named_and_kept(backend: str, host: Host) -> None:
    module = iso.init_all_states(Several())
    states = module.states()
    assert list(states) == ["xs.0", "xs.1", "named.a", "named.deep.0"]
    assert all(state.name == f"Several.{path}" for path, state in states.items())
    step = lambda: module()  # noqa: E731
    assert host(iso.transform.for_loop(step, length=3)).tolist() == [1, 2, 3]
    iso.reset_all_states(module)
    assert [float(host(s.value)) for s in states.values()] == [0, 3, 0, 0]
    traces = iso.transform.cache_info().traces
    iso.init_all_states(module)
    assert list(module.states().values()) == list(states.values())
    assert host(iso.transform.for_loop(step, length=3)).tolist() == [1, 2, 3]
    assert [float(host(s.value)) for s in states.values()] == [3, 3, 3, 3]
    assert iso.transform.cache_info().traces == traces


@pytest.mark.parametrize("again", [iso.init_all_states, iso.reset_all_states])
def test_inputs_that_wait_are_forgotten(backend: str, host: Host, again: Any) -> None:
    net = iso.init_all_states(network())
    net.p(np.ones(5))
    net.cells.add_delta_input(3 * u.mV)
    start = host(iso.init_all_states(network()).cells.V.value)
    again(net)
    net.cells()
    assert host(net.p.syn.g.value).tolist() == [0, 0, 0, 0]
    np.testing.assert_allclose(host(net.cells.V.value), start * np.exp(-0.02), rtol=1e-6)


def test_a_reset_restores_initial_values_and_touches_no_synapse_whatever_seed_is_in_force(
    backend: str, host: Host
) -> None:
    with iso.environ.context(seed=1):
        net = iso.init_all_states(network())
    csr, weight, start = net.p.comm.csr, host(net.p.comm.weight.value), host(net.cells.V.value)
    net()
    net.p.comm.prob = 0.9
    iso.reset_all_states(net)
    assert net.p.comm.csr is csr
    assert (host(net.p.comm.weight.value) == weight).all()
    assert (host(net.cells.V.value) == start).all()
    iso.init_all_states(net)
    assert net.p.comm.csr is not csr


@pytest.mark.parametrize(
    "make",
    [
        lambda draw: iso.FixedProb(5, 4, 0.5, draw),
        lambda draw: iso.AllToAll(5, 4, draw),
        lambda draw: iso.Linear(5, 4, draw, draw),
    ],
    ids=["FixedProb", "AllToAll", "Linear"],
)
def test_a_reset_draws_no_weight_that_it_would_throw_away(numpy_backend: None, make: Any) -> None:
    drawn = []

    def draw(shape: tuple[int, ...], rng: Any) -> Any:
        drawn.append(shape)
        return rng.normal(shape) * u.mS

    comm = iso.init_all_states(make(draw))
    assert drawn
    drawn.clear()
    iso.reset_all_states(comm)
    assert not drawn
    iso.init_all_states(comm)
    assert drawn


def test_initialising_a_part_makes_its_states_anew_and_leaves_the_network_alone(backend: str, host: Host) -> None:
    net = iso.init_all_states(network())
    start = host(net.cells.V.value)
    for _ in range(10):
        net()
    places = {path: m.path for path, m in net.modules().items()}
    names = [s.name for s in net.states().values()]
    with iso.environ.context(seed=5):
        for part in (net.cells, net.p, net.noise):
            iso.init_all_states(part)
    assert (host(net.cells.V.value) == start).all()
    assert int(net.clock.value) == 10
    assert all(m.clock is net.clock for m in net.modules().values())
    assert {path: m.path for path, m in net.modules().items()} == places
    assert [s.name for s in net.states().values()] == names


def test_a_part_that_is_given_a_name_becomes_a_root(numpy_backend: None) -> None:
    net = iso.init_all_states(network())
    net()
    iso.init_all_states(net.cells, name="alone")
    assert (net.cells.path, int(net.cells.clock.value), int(net.clock.value)) == ("alone", 0, 1)
    iso.init_all_states(net.cells)
    assert net.cells.path == "LIF"


def test_a_module_added_to_a_part_joins_the_network(numpy_backend: None) -> None:
    class Holder(iso.Module):
        def __init__(self) -> None:
            self.inner: Any = None

    class Outer(iso.Module):
        def __init__(self) -> None:
            self.holder = Holder()

    outer = iso.init_all_states(Outer())
    outer.holder.inner = iso.LIF(2, V_th=20 * u.mV)
    iso.init_all_states(outer.holder)
    assert outer.holder.inner.path == "Outer.holder.inner"
    assert outer.holder.inner.clock is outer.clock


@pytest.mark.parametrize("use", [lambda m: m.V, lambda m: m.clock], ids=["state", "clock"])
def test_a_module_that_was_not_found_says_where_modules_are_looked_for(numpy_backend: None, use: Any) -> None:
    class Hidden(iso.Module):
        def __init__(self) -> None:
            self._cells = iso.LIF(3, V_th=20 * u.mV)

    with pytest.raises(StateError, match=r"init_all_states\(network\).*public attributes.*lists, tuples and dicts"):
        use(iso.init_all_states(Hidden())._cells)


def doubled_after_reset(net: Any) -> Callable[[], Any]:
    """Return a compiled step that resets the network and then doubles its weights."""

    @iso.transform.jit
    def step() -> Any:
        iso.reset_all_states(net)
        net.weight.value = 2 * net.weight.value
        return net.weight.value

    return step


def test_a_reset_inside_jit_leaves_what_was_trained_in_the_calls_before(backend: str, host: Host) -> None:
    step = doubled_after_reset(iso.init_all_states(iso.Linear(2, 2, 1.0, None)))
    assert [float(host(step())[0, 0]) for _ in range(3)] == [2.0, 4.0, 8.0]


def test_a_reset_inside_jit_puts_short_term_states_back(backend: str, host: Host) -> None:
    net = iso.init_all_states(network())

    @iso.transform.jit
    def run() -> Any:
        iso.reset_all_states(net)
        return iso.transform.for_loop(net, length=20)

    with iso.environ.context(dt=0.1 * u.ms):
        iso.transform.for_loop(net, length=7)
        V = host(net.cells.V.value.mantissa)
        run()
        assert not np.array_equal(host(net.cells.V.value.mantissa), V)
        iso.reset_all_states(net)
        start = host(net.cells.V.value.mantissa)

        @iso.transform.jit
        def only_reset() -> None:
            iso.reset_all_states(net)

        iso.transform.for_loop(net, length=7)
        only_reset()
    np.testing.assert_array_equal(host(net.cells.V.value.mantissa), start)


def test_a_reset_inside_jit_compiles_nothing_in_later_calls(backend: str) -> None:
    step = doubled_after_reset(iso.init_all_states(iso.Linear(2, 2, 1.0, None)))
    step()
    before = iso.transform.cache_info()
    step()
    assert iso.transform.cache_info() == before


def test_weights_are_not_drawn_anew_in_each_call_of_a_compiled_step(numpy_backend: None) -> None:
    net = iso.init_all_states(iso.Linear(2, 2, 1.0, None))
    with pytest.raises(TraceError, match=r"draw weight anew.*reset_all_states"):
        iso.transform.jit(lambda: iso.init_all_states(net))()


def test_a_method_named_advance_belongs_to_the_user(numpy_backend: None, host: Host) -> None:
    class Ours(iso.Module):
        def advance(self, x: Any) -> Any:
            return 2 * x

        def update(self, x: Any) -> Any:
            return self.advance(x) + 1

    assert float(host(iso.init_all_states(Ours())(3.0))) == 7.0


def test_a_reset_inside_jit_writes_nothing_that_it_leaves_alone(numpy_backend: None) -> None:
    net = iso.init_all_states(iso.Linear(2, 2, 1.0, None))
    before = net.weight.leaves[0]
    iso.transform.jit(lambda: iso.reset_all_states(net) and None)()
    assert net.weight.leaves[0] is before


def test_a_reset_that_fails_leaves_trained_weights_alone(numpy_backend: None, host: Host) -> None:
    class Failing(iso.Module):
        fails = False

        def init_state(self, batch_size: int | None = None) -> None:
            self.weight = iso.ParamState(1.0)
            if self.fails:
                raise ValueError

    module = iso.init_all_states(Failing())
    module.weight.value, module.fails = 5.0, True
    with pytest.raises(ValueError):  # noqa: PT011
        iso.reset_all_states(module)
    assert float(host(module.weight.value)) == 5.0


def test_a_reset_takes_the_batch_away_and_brings_it_back_and_keeps_the_weights(backend: str, host: Host) -> None:
    net = iso.Network()
    cells = net.add_population("cells", iso.LIF(4, V_th=20 * u.mV, R=iso.ParamState(1 * u.ohm)))
    net.add_input("drive", iso.ConstantInput(4, amplitude=25 * u.mA), target="cells")
    iso.init_all_states(net, batch_size=3)
    cells.states()["R"].value = 2 * u.ohm  # as a training leaves it
    with pytest.raises(ShapeError, match=r"iso\.reset_all_states\(network, batch_size=None\), which keeps what was"):
        iso.simulate(net, 10 * u.ms)
    iso.reset_all_states(net, batch_size=None)
    assert cells.V.value.shape == (4,)
    assert len(iso.simulate(net, 10 * u.ms).spikes)
    for options, shape in (({}, (3, 4)), ({"batch_size": 5}, (5, 4)), ({}, (3, 4))):
        assert iso.reset_all_states(net, **options).cells.V.value.shape == shape
    assert host(cells.R) == 2


@pytest.mark.parametrize("batch_size", [0, 1.5, True, "three"])
def test_a_batch_size_that_is_none_is_refused(batch_size: Any) -> None:
    cell = iso.init_all_states(iso.LIF(2, V_th=1 * u.mV))
    with pytest.raises(ParameterError, match=r"reset_all_states\(batch_size=\.\.\.\) is .*positive integer or None"):
        iso.reset_all_states(cell, batch_size=batch_size)
