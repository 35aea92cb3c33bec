"""AlignPostProj: when spikes act, what projections share, and what is refused when they are built."""

from __future__ import annotations

import copy
import gc
import pickle
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning, ShapeError, StateError, UnitError

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def target(size: Any = 4) -> Any:
    return iso.LIF(size, tau=10 * u.ms, R=1 * u.kohm, V_th=100 * u.mV)


def project(post: Any, *, weight: Any = 1 * u.nS, n_pre: int = 3, **parts: Any) -> Any:
    given = {
        "comm": iso.AllToAll(n_pre, post.in_size, weight),
        "syn": iso.Expon.desc(tau=5 * u.ms),
        "out": iso.COBA.desc(E=10 * u.mV),
        **parts,
    }
    return iso.AlignPostProj(post=post, **given)


class Pair(iso.Module):
    """Two projections onto one population, driven by given spikes."""

    def __init__(self, first: Any, second: Any, **parts: Any) -> None:
        self.post = target()
        self.a = project(self.post, **{**parts, **first})
        self.b = project(self.post, **{**parts, **second})

    def update(self, a: Any, b: Any) -> Any:
        self.a(a)
        self.b(b)
        self.post(3 * u.uA)
        return self.post.V.value


# When spikes act


class Chain(iso.Module):
    """One cell that spikes once drives another."""

    def __init__(self) -> None:
        self.pre = iso.LIF(1, tau=10 * u.ms, V_th=1 * u.mV)
        self.post = target(1)
        self.proj = project(self.post, weight=2 * u.mS, n_pre=1)

    def update(self, jump: Any) -> Any:
        self.proj(self.pre.get_spike())
        self.pre.add_delta_input(jump * u.mV)
        spike = self.pre()
        self.post()
        return {"spike": spike, "g": self.proj.syn.g.value, "V": self.post.V.value}


def test_a_spike_acts_in_the_step_after_it(backend: str, host: Host) -> None:
    chain = iso.init_all_states(Chain())
    jump = np.zeros(6)
    jump[2] = 1.5
    seen = {k: host(v)[:, 0] for k, v in iso.transform.for_loop(lambda x: chain(x), jump).items()}
    assert seen["spike"].tolist() == [0, 0, 1, 0, 0, 0]
    np.testing.assert_allclose(seen["g"], [0, 0, 0, 2, 2 * np.exp(-0.02), 2 * np.exp(-0.04)], rtol=1e-14)
    assert seen["V"][2] == 0
    assert seen["V"][3] == pytest.approx(20 / 3 * (1 - np.exp(-3 * 0.01)), rel=1e-13)


def test_modules_before_the_connection_see_the_spikes_first(numpy_backend: None, host: Host) -> None:
    class Twice(iso.Module):
        def update(self, x: Any) -> Any:
            return 2.0 * x

    post = target(4)
    comm, syn, out = iso.AllToAll(3, 4, 1 * u.nS), iso.Expon.desc(), iso.COBA.desc()
    proj = iso.init_all_states(iso.AlignPostProj(Twice(), comm=comm, syn=syn, out=out, post=post))
    proj(np.ones(3))
    post()
    assert host(proj.syn.g.value).tolist() == [6] * 4


# Sharing

TAUS = np.full(2000, 5.0)
SHARED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "unit of tau": ({"syn": iso.Expon.desc(tau=5 * u.ms)}, {"syn": iso.Expon.desc(tau=0.005 * u.second)}),
    "way to give the size": (
        {"syn": iso.Expon.desc(4, tau=5 * u.ms)},
        {"syn": iso.Expon.desc(in_size=4, tau=5.0 * u.ms)},
    ),
    "unit of E": ({"out": iso.COBA.desc(E=10 * u.mV)}, {"out": iso.COBA.desc(E=0.01 * u.volt)}),
    "weight": ({"weight": 1 * u.nS}, {"weight": 3 * u.uS}),
    "object that initialises": (
        {"syn": iso.Expon.desc(g_initializer=iso.Normal(1 * u.nS, 2 * u.nS))},
        {"syn": iso.Expon.desc(g_initializer=iso.Normal(0.001 * u.uS, 2 * u.nS))},
    ),
    "nothing but the label": ({"label": "x"}, {"label": "x"}),
}
SEPARATE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "tau": ({"syn": iso.Expon.desc(tau=5 * u.ms)}, {"syn": iso.Expon.desc(tau=5.0001 * u.ms)}),
    "E": ({"out": iso.COBA.desc(E=10 * u.mV)}, {"out": iso.COBA.desc(E=11 * u.mV)}),
    "label": ({"label": "x"}, {"label": "y"}),
    "label and none": ({"label": "x"}, {}),
    "initialiser": (
        {"syn": iso.Expon.desc(g_initializer=iso.Normal(1 * u.nS, 2 * u.nS))},
        {"syn": iso.Expon.desc(g_initializer=iso.Normal(1 * u.nS, 3 * u.nS))},
    ),
    "kind of output": ({"out": iso.CUBA.desc(scale=1 * u.mV)}, {}),
    "instance and description": ({"syn": iso.Expon(4, tau=5 * u.ms)}, {}),
    "output instance": ({"out": iso.COBA(E=10 * u.mV)}, {}),
    "two instances": ({"syn": iso.Expon(4, tau=5 * u.ms)}, {"syn": iso.Expon(4, tau=5 * u.ms)}),
}


@pytest.mark.parametrize(("first", "second"), SHARED.values(), ids=SHARED)
def test_descriptions_of_equal_value_share_one_synapse(first: Any, second: Any) -> None:
    pair = Pair(first, second)
    assert pair.a.syn is pair.b.syn
    assert pair.a.out is pair.b.out


@pytest.mark.parametrize(("first", "second"), SEPARATE.values(), ids=SEPARATE)
def test_descriptions_that_differ_share_nothing(first: Any, second: Any) -> None:
    pair = Pair(first, second)
    assert pair.a.syn is not pair.b.syn


def test_long_arrays_are_compared_element_by_element() -> None:
    post = target(2000)
    other = TAUS.copy()
    other[1000] = 50.0
    same, equal, different = (project(post, syn=iso.Expon.desc(tau=tau * u.ms)) for tau in (TAUS, TAUS.copy(), other))
    assert same.syn is equal.syn
    assert different.syn is not same.syn
    assert different.syn.tau[1000] == 50 * u.ms


def test_a_trainable_parameter_is_shared_only_with_itself() -> None:
    post = target()
    one, two = iso.ParamState(5.0 * u.ms), iso.ParamState(5.0 * u.ms)
    first, second, third = (project(post, syn=iso.Expon.desc(tau=tau)) for tau in (one, one, two))
    assert first.syn is second.syn
    assert third.syn is not first.syn


def test_what_a_subclass_keeps_beside_its_parameters_is_compared() -> None:
    class Scaled(iso.Expon):
        def __init__(self, in_size: Any, factor: float, **parameters: Any) -> None:
            super().__init__(in_size, **parameters)
            self.factor = factor

    post = target()
    first, same, other = (project(post, syn=Scaled.desc(4, f)) for f in (1.0, 1.0, 2.0))
    assert first.syn is same.syn
    assert first.syn is not other.syn


def test_projections_onto_two_populations_share_nothing() -> None:
    assert project(target()).syn is not project(target()).syn


def test_private_synapses_stay_private_when_projections_are_forgotten() -> None:
    post = target()
    for _ in range(4):
        project(post, syn=iso.Expon(4, tau=5 * u.ms))
        gc.collect()
    assert len({id(held[0]) for held in post._aligned}) == 4


def test_a_shared_state_is_found_once(numpy_backend: None) -> None:
    pair = iso.init_all_states(Pair({}, {}))
    assert list(pair.states(iso.HiddenState)) == ["post.V", "a.syn.g"]


def test_sharing_changes_no_potential(backend: str, host: Host) -> None:
    events = np.random.default_rng(3).integers(0, 2, (2, 300, 3)).astype(float)
    runs = []
    for a, b in (("", ""), ("x", "y")):
        weights = {"weight": 0.1 * u.mS}, {"weight": 0.25 * u.mS}
        pair = iso.init_all_states(Pair({"label": a, **weights[0]}, {"label": b, **weights[1]}))
        runs.append(host(iso.transform.for_loop(lambda x, y, pair=pair: pair(x, y), *events)))
    assert runs[0].min() > 0.02
    np.testing.assert_allclose(runs[0], runs[1], rtol=1e-12)


@pytest.mark.parametrize("parts", [{"syn": iso.Expon}, {"out": iso.COBA}, {"syn": iso.Expon, "out": iso.COBA}])
def test_an_instance_acts_as_its_description_does(backend: str, host: Host, parts: dict[str, Any]) -> None:
    arguments = {"syn": {"in_size": 4, "tau": 3 * u.ms}, "out": {"E": 20 * u.mV}}
    events = np.random.default_rng(6).integers(0, 2, (50, 3)).astype(float)
    runs = []
    for make in (lambda cls: cls, lambda cls: cls.desc):
        built = {name: make(cls)(**arguments[name]) for name, cls in parts.items()}
        pair = iso.init_all_states(Pair({"weight": 0.1 * u.mS, **built}, {"weight": 0.1 * u.mS}))
        runs.append(host(iso.transform.for_loop(lambda x, pair=pair: pair(x, x), events)))
    np.testing.assert_allclose(runs[0], runs[1], rtol=1e-12)


def test_synaptic_memory_grows_with_the_targets_only(numpy_backend: None) -> None:
    post = target(50)
    net = iso.Network()
    net.add_population("cells", post)
    for i in range(6):
        comm = iso.FixedProb(400 * (i + 1), 50, 0.5, 1 * u.nS)
        pre = net.add_population(f"pre{i}", iso.PoissonInput(400 * (i + 1)))
        net.add_projection(f"p{i}", project(post, comm=comm), pre=f"pre{i}")
        assert pre.size == comm.n_pre
    iso.init_all_states(net)
    hidden = net.states(iso.HiddenState).values()
    assert sum(aval.shape[0] for s in hidden for aval in s.spec.avals) == 2 * 50
    assert sum(p.comm.csr.n_synapses for p in vars(net).values() if isinstance(p, iso.AlignPostProj)) > 200000


# Refused when built


def test_weights_that_give_no_current_name_comm_output_and_units() -> None:
    for weight, named in ((1 * u.mV, "mV"), (1.0, "dimensionless"), (1 * u.nA, "nA")):
        with pytest.raises(UnitError, match=rf"AlignPostProj\(comm=AllToAll\).*weights in .*{named}.*COBA.*LIF.*mA"):
            project(target(), weight=weight)
    with pytest.raises(UnitError, match=r"weights in nS.*CUBA turns into nS.*scale=1\.0"):
        project(target(), out=iso.CUBA.desc(scale=1.0))


def test_weights_are_checked_whatever_they_are_made_from() -> None:
    for weight in (iso.Normal(1 * u.mV, 1 * u.mV), iso.ParamState(1.0 * u.mV), iso.Constant(1 * u.mV)):
        with pytest.raises(UnitError, match="weights in mV"):
            project(target(), weight=weight)


def test_sizes_that_do_not_fit_name_both() -> None:
    with pytest.raises(ShapeError, match=r"comm=.*delivers to \(5,\).*LIF has \(4,\).*out_size=4"):
        project(target(), comm=iso.AllToAll(3, 5, 1 * u.nS))
    for syn in (iso.Expon.desc(5), iso.Expon(5)):
        with pytest.raises(ShapeError, match=r"syn=Expon\) has size \(5,\).*LIF has \(4,\)"):
            project(target(), syn=syn)


def test_spikes_of_a_population_of_another_size_name_both(numpy_backend: None) -> None:
    proj = iso.init_all_states(project(target()))
    for spikes in (np.ones(4), np.ones((3, 1)), np.array(1.0), np.ones(3) * u.mV):
        with pytest.raises(ShapeError, match=r"AllToAll 'AlignPostProj\.comm'.*\(3,\) presynaptic.*was given shape"):
            proj(spikes)


class Kinetic(iso.Dynamics):
    """A conductance that is not linear in its input, such as AMPA: no Synapse that can be aligned."""


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"syn": Kinetic.desc(4)}, r"syn=\.\.\..*Kinetic.*a Synapse.*iso\.Expon\.desc"),
        ({"syn": Kinetic(4)}, r"syn=\.\.\..*Kinetic.*a Synapse"),
        ({"syn": iso.COBA.desc()}, r"syn=\.\.\..*COBA.*a Synapse"),
        ({"out": iso.Expon.desc()}, r"out=\.\.\..*Expon.*an Output.*iso\.COBA\.desc"),
        ({"comm": 1 * u.nS}, r"comm=\.\.\..*a Comm.*iso\.FixedProb"),
    ],
    ids=["kinetic-desc", "kinetic", "out-as-syn", "syn-as-out", "weight-as-comm"],
)
def test_a_part_of_the_wrong_kind_names_what_is_expected(part: dict[str, Any], expected: str) -> None:
    with pytest.raises(ParameterError, match=expected):
        project(target(), **part)


def test_post_must_be_a_neuron() -> None:
    with pytest.raises(ParameterError, match=r"post=\.\.\..*Expon.*a Neuron"):
        project(iso.Expon(4))


def test_a_synapse_of_one_projection_is_refused_by_another() -> None:
    syn = iso.Expon(4, tau=5 * u.ms)
    post = target()
    project(post, syn=syn)
    for other in (post, target()):
        with pytest.raises(ParameterError, match=r"Expon is the synapse of another projection.*Expon\.desc"):
            project(other, syn=syn)


# Mistakes in use


def test_a_target_that_is_never_updated_is_named(backend: str) -> None:
    pair = iso.init_all_states(Pair({}, {}), name="net")
    with pytest.raises(StateError, match=r"LIF 'net\.post', which was not updated.*call the population after"):
        iso.transform.for_loop(lambda x: pair.a(x), np.ones((5, 3)))


def test_a_target_that_is_updated_before_its_projection_is_named(backend: str) -> None:
    pair = iso.init_all_states(Pair({}, {}), name="net")

    def step(x: Any) -> None:
        pair.post()
        pair.a(x)

    with pytest.raises(StateError, match=r"LIF 'net\.post'.*after it in the same step"):
        iso.transform.for_loop(step, np.ones((5, 3)))


@pytest.mark.parametrize(
    "comm", [iso.FixedProb(3, 4, 0.5, 1 * u.nS), iso.AllToAll(3, 4, 1 * u.nS), iso.OneToOne(4, 1 * u.nS)]
)
def test_states_that_are_not_initialised_name_the_cure(numpy_backend: None, comm: Any) -> None:
    proj = project(target(), comm=comm)
    with pytest.raises(StateError, match=r"not initialised.*init_all_states"):
        proj(np.ones(comm.n_pre))


def test_a_projection_added_after_a_call_counts_at_once(numpy_backend: None, host: Host) -> None:
    post = iso.init_all_states(target(4))
    for _ in range(2):
        post(1 * u.uA)
    proj = project(post, weight=2 * u.mS)
    iso.init_all_states(proj)
    post(0 * u.uA)
    assert not host(post.V.value).any()
    proj(np.ones(3))
    post(0 * u.uA)
    assert host(post.V.value).min() > 0.05


def test_step_by_step_calls_equal_the_loop(backend: str, host: Host) -> None:
    events = np.random.default_rng(4).integers(0, 2, (20, 3)).astype(float)
    pair = iso.init_all_states(Pair({}, {"label": "x"}))
    looped = host(iso.transform.for_loop(lambda x: pair(x, x), events))
    iso.init_all_states(pair)
    stepped = []
    for x in events:
        pair.a(x)
        pair.b(x)
        pair.post(3 * u.uA)
        stepped.append(host(pair.post.V.value))
    np.testing.assert_allclose(stepped, looped, rtol=1e-13)


def test_a_batch_of_one_has_the_bits_of_no_batch(backend: str, host: Host) -> None:
    events = np.random.default_rng(5).integers(0, 2, (100, 3)).astype(float)
    runs = []
    for batch_size in (None, 1):
        pair = iso.init_all_states(Pair({}, {"comm": iso.FixedProb(3, 4, 0.7, 1 * u.nS)}), batch_size=batch_size)
        x = events if batch_size is None else events[:, None]
        runs.append(host(iso.transform.for_loop(lambda x, pair=pair: pair(x, x), x)))
    assert runs[1].shape == (100, 1, 4)
    assert (runs[0] == runs[1][:, 0]).all()


# Scale


def cortical(**parameters: Any) -> Any:
    volts = {"V_rest": -60 * u.mV, "V_reset": -60 * u.mV, "V_th": -50 * u.mV, "V_initializer": -60 * u.mV}
    return iso.LIF(4, **{"R": 100 * u.Mohm, **volts, **parameters})


@pytest.mark.parametrize(
    ("weight", "out", "measure"),
    [
        (6 * u.mS, iso.COBA.desc(E=0 * u.mV), "leak"),
        (-16 * u.uA, iso.CUBA.desc(scale=1.0), "step from V_reset to V_th"),
        (16 * u.pA, iso.CUBA.desc(scale=1e9), "step from V_reset to V_th"),
        (np.eye(3, 4) * u.uS * 100, iso.COBA.desc(E=0 * u.mV), "leak"),
    ],
    ids=repr,
)
def test_weights_out_of_proportion_to_the_resistance_warn(weight: Any, out: Any, measure: str) -> None:
    with pytest.warns(PlausibilityWarning, match=rf"weights of up to .* times the {measure}; .*Check the units"):
        project(cortical(), weight=weight, out=out)


def test_weights_in_proportion_do_not_warn() -> None:
    for weight in (0 * u.nS, 6 * u.nS, 67 * u.nS, np.eye(3, 4) * u.nS, iso.Normal(6 * u.nS, 1 * u.nS)):
        project(cortical(R=np.full(4, 100.0) * u.Mohm), weight=weight)
    for current in (0 * u.pA, 16.2 * u.pA, -90 * u.pA):
        project(cortical(), weight=current, out=iso.CUBA.desc(scale=1.0))


# Copies


@pytest.mark.parametrize("called", [False, True])
def test_the_projections_of_a_copy_drive_the_copy(backend: str, host: Host, called: bool) -> None:
    pair = iso.init_all_states(Pair({}, {"syn": iso.Expon.desc(tau=9 * u.ms)}))
    one = np.ones(3)
    if called:
        pair(one, one)
    copied, untouched = copy.deepcopy(pair), copy.deepcopy(pair)
    seen = [host(copied(one, one)) for _ in range(5)]
    for path, state in pair.states().items():
        assert (host(state.value) == host(untouched.states()[path].value)).all()
    assert [s.tolist() for s in seen] == [host(pair(one, one)).tolist() for _ in range(5)]


def test_a_called_network_can_be_pickled(numpy_backend: None, host: Host) -> None:
    pair, one = iso.init_all_states(Pair({}, {})), np.ones(3)
    pair(one, one)
    again = pickle.loads(pickle.dumps(pair))
    assert (host(again(one, one)) == host(pair(one, one))).all()
