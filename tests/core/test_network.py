"""Network: the order of a step, names and groups, and what is refused when it is wired."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.dynamics import Dynamics
from isospike.errors import ParameterError, ShapeError, StateError, UnitError, UnknownNameError

Host = Callable[[Any], np.ndarray]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def cells(size: Any = 10, **parameters: Any) -> Any:
    return iso.LIF(size, **{"tau": 10 * u.ms, "R": 1 * u.kohm, "V_th": 15 * u.mV, **parameters})


def project(comm: Any, post: Any, **parts: Any) -> Any:
    given = {"syn": iso.Expon.desc(tau=5 * u.ms), "out": iso.CUBA.desc(scale=1.0), **parts}
    return iso.AlignPostProj(comm=comm, post=post, **given)


def chain(n: int, size: int = 1) -> Any:
    """Return a chain of populations, each driving the next above threshold."""
    net = iso.Network()
    for i in range(n):
        net.add_population(f"c{i}", cells(size))
    # Wired backwards: the order of projections must not matter.
    for i in reversed(range(n - 1)):
        net.add_projection(f"p{i}", project(iso.OneToOne(size, 5 * u.mA), vars(net)[f"c{i + 1}"]), pre=f"c{i}")
    return net


def test_a_spike_takes_one_step_per_projection(backend: str, host: Host) -> None:
    net = chain(4)
    net.add_input("drive", iso.ConstantInput(1, amplitude=2 * u.mA), target="c0")
    iso.init_all_states(net)
    raster = iso.transform.for_loop(lambda: net(), length=12)
    assert list(raster) == ["c0", "c1", "c2", "c3"]
    first = [int(np.flatnonzero(host(raster[f"c{i}"])[:, 0])[0]) for i in range(4)]
    assert np.diff(first).tolist() == [1, 1, 1]


def test_a_population_may_project_onto_itself(backend: str, host: Host) -> None:
    net = iso.Network()
    ring = net.add_population("ring", cells(5, V_initializer=np.array([14.0, 0, 0, 0, 0]) * u.mV))
    net.add_projection("next", project(iso.AllToAll(5, 5, np.roll(np.eye(5), 1, axis=1) * 2 * u.mA), ring), pre="ring")
    net.add_input("kick", iso.ConstantInput(5, amplitude=np.array([200.0, 0, 0, 0, 0]) * u.uA), target="ring")
    iso.init_all_states(net)
    raster = host(iso.transform.for_loop(lambda: net()["ring"], length=5))
    assert raster[0].tolist() == [1, 0, 0, 0, 0]
    assert raster[1, 1] == 1
    assert raster[2, 2] == 1


def test_inputs_of_one_target_add_up(backend: str, host: Host) -> None:
    net = iso.Network()
    net.add_population("a", cells(2))
    net.add_population("b", cells(2))
    for i, current in enumerate((1.0, 2.0, 3.5)):
        net.add_input(f"i{i}", iso.ConstantInput(2, amplitude=current * u.uA), target="a")
    iso.init_all_states(net)
    net()
    np.testing.assert_allclose(host(net.a.V.value), 6.5 * (1 - np.exp(-0.01)), rtol=1e-13)
    assert not host(net.b.V.value).any()


def test_states_are_found_under_the_names_that_were_given(numpy_backend: None) -> None:
    net = iso.init_all_states(chain(2))
    assert set(net.states()) == {"c0.V", "c1.V", "p0.syn.g", "p0.comm.weight"}
    assert net.states()["p0.syn.g"].name == "p0.syn.g"
    assert list(net.populations) == ["c0", "c1"]


def grouped(size: Any) -> Any:
    net = iso.Network()
    pre = net.add_population("pre", cells(size, V_initializer=14.99 * u.mV), groups={"E": (0, 4), "I": (4, 6)})
    net.add_population("post", cells(2))
    assert pre.size == 6
    return net


@pytest.mark.parametrize("size", [6, (2, 3), (3, 2)])
def test_a_group_is_a_range_of_the_cells_counted_along_all_axes(backend: str, host: Host, size: Any) -> None:
    net = grouped(size)
    net.add_projection(
        "p", project(iso.AllToAll(2, 2, np.array([[1.0, 0.0], [0.0, 1.0]]) * u.uA), net.post), pre="pre.I"
    )
    current = np.array([0.0, 0, 0, 0, 0, 9.0]).reshape(size)
    net.add_input("i", iso.ConstantInput(size, amplitude=current * u.mA), target="pre")
    for batch_size in (None, 2):
        iso.init_all_states(net, batch_size=batch_size)
        net()
        net()
        np.testing.assert_array_equal(host(net.p.syn.g.value).reshape(-1, 2)[0], [0.0, 1.0])


def test_groups_that_do_not_exist_or_fit_are_refused() -> None:
    net = grouped(6)
    with pytest.raises(ShapeError, match=r"group 'x' of population 'more' is \[3, 11\).*0 to 10"):
        net.add_population("more", cells(), groups={"x": (3, 11)})
    for pre, hint in (("pre.F", "pre.E, pre.I"), ("prae", "'pre'")):
        with pytest.raises(UnknownNameError, match=rf"projection 'p'.*{hint}"):
            net.add_projection("p", project(iso.OneToOne(2, 1 * u.uA), net.post), pre=pre)


def test_a_projection_of_another_size_than_its_source_is_refused_when_it_is_wired() -> None:
    net = grouped(6)
    for pre, size in (("pre", 6), ("pre.E", 4)):
        with pytest.raises(ShapeError, match=rf"projection 'p'.*\(3,\) cells.*'{pre}' has \({size},\).*in_size"):
            net.add_projection("p", project(iso.AllToAll(3, 2, 1 * u.uA), net.post), pre=pre)
    assert "p" not in vars(net)


def test_a_projection_onto_a_population_outside_the_network_is_refused() -> None:
    net = grouped(6)
    with pytest.raises(ParameterError, match=r"projection 'p' targets a LIF that is not a population.*add_population"):
        net.add_projection("p", project(iso.AllToAll(6, 2, 1 * u.uA), cells(2)), pre="pre")


def test_an_input_into_a_population_that_takes_none_is_refused() -> None:
    net = iso.Network()
    net.add_population("noise", iso.PoissonInput(3))
    with pytest.raises(ParameterError, match=r"'drive' is for 'noise', a PoissonInput, whose update takes no input"):
        net.add_input("drive", iso.ConstantInput(3), target="noise")


def test_an_input_that_does_not_fit_its_target_is_refused() -> None:
    net = grouped(6)
    with pytest.raises(ShapeError, match=r"input 'i' has the size \(5,\).*'pre' has \(6,\)"):
        net.add_input("i", iso.ConstantInput(5), target="pre")
    with pytest.raises(UnknownNameError, match=r"target of input 'i' is 'prae'.*'pre'"):
        net.add_input("i", iso.ConstantInput(6), target="prae")


def test_a_population_that_does_not_spike_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"'drive' is a ConstantInput, which does not spike.*add_input"):
        iso.Network().add_population("drive", iso.ConstantInput(3))


@pytest.mark.parametrize("name", ["c0", "update", "populations", "_x", "not a name", "3c", ""])
def test_a_name_that_is_taken_or_no_identifier_is_refused(name: str) -> None:
    net = chain(2)
    for add in (
        lambda: net.add_population(name, cells()),
        lambda: net.add_projection(name, project(iso.OneToOne(1, 1 * u.uA), net.c1), pre="c0"),
        lambda: net.add_input(name, iso.ConstantInput(1), target="c0"),
    ):
        with pytest.raises(ParameterError, match=rf"the name '{name}' is taken or is not"):
            add()
    assert list(net.populations) == ["c0", "c1"]


def test_what_is_added_after_a_step_counts_from_the_next_on(backend: str, host: Host) -> None:
    net = iso.init_all_states(chain(1))
    for _ in range(2):
        net()
    net.add_input("late", iso.ConstantInput(1, amplitude=5 * u.uA), target="c0")
    iso.init_all_states(net)
    net()
    assert host(net.c0.V.value)[0] == pytest.approx(5 * (1 - np.exp(-0.01)), rel=1e-13)


def test_a_network_that_is_not_initialised_names_the_cure(backend: str) -> None:
    with pytest.raises(StateError, match="init_all_states"):
        chain(2)()


def test_a_poisson_population_drives_cells(backend: str, host: Host) -> None:
    net = iso.Network()
    noise = net.add_population("noise", iso.PoissonInput(3, rate=2000 * u.Hz))
    post = net.add_population("post", cells(3, V_th=100 * u.mV))
    net.add_projection("p", project(iso.OneToOne(3, 1 * u.uA), post), pre="noise")
    iso.init_all_states(net)

    def step() -> Any:
        before = noise.get_spike()
        spikes = net()
        return {"before": before, "noise": spikes["noise"], "g": net.p.syn.g.value}

    seen = {k: host(v) for k, v in iso.transform.for_loop(step, length=50).items()}
    assert (seen["before"][1:] == seen["noise"][:-1]).all()
    g = np.zeros(3)
    for k in range(50):
        g = g * np.exp(-0.02) + seen["before"][k]
        np.testing.assert_allclose(seen["g"][k], g, rtol=1e-12)


def test_a_refused_projection_leaves_its_target_as_it_was(numpy_backend: None) -> None:
    def build(*, refused: bool) -> Any:
        net = iso.Network()
        post = net.add_population("post", cells(3))
        net.add_population("pre", iso.PoissonInput(4, rate=1000 * u.Hz))
        if refused:
            wrong = project(iso.OneToOne(3, 1 * u.mA), post, syn=iso.Expon.desc(tau=7 * u.ms))
            with pytest.raises(ShapeError, match="in_size"):
                net.add_projection("p", wrong, pre="pre")
        net.add_projection("p", project(iso.AllToAll(4, 3, 1 * u.mA), post), pre="pre")
        return iso.init_all_states(net)

    plain, mended = (iso.simulate(build(refused=r), 20 * u.ms, monitors=["post.V"]) for r in (False, True))
    assert plain.traces["post.V"].values.max() > 1
    np.testing.assert_array_equal(plain.traces["post.V"].values, mended.traces["post.V"].values)


def test_a_population_does_not_hear_the_network_that_it_was_in_before(numpy_backend: None) -> None:
    post = cells(1)

    def run(tau: Any) -> np.ndarray:
        net = iso.Network()
        net.add_population("post", post)
        net.add_population("pre", iso.PoissonInput(1, rate=1000 * u.Hz))
        net.add_projection("p", project(iso.OneToOne(1, 1 * u.mA), post, syn=iso.Expon.desc(tau=tau)), pre="pre")
        iso.init_all_states(net)
        return iso.simulate(net, 5 * u.ms, monitors=["post.V"]).traces["post.V"].values

    first = run(50 * u.ms)
    run(5 * u.ms)
    np.testing.assert_array_equal(run(50 * u.ms), first)


def test_projections_that_are_initialised_one_by_one_are_all_heard(numpy_backend: None) -> None:
    post, kick = cells(1), np.ones(1)
    projections = [project(iso.OneToOne(1, 1 * u.mA), post, syn=iso.Expon.desc(tau=tau * u.ms)) for tau in (5, 50)]
    for projection in projections:
        iso.init_all_states(projection)

    def step() -> Any:
        for projection in projections:
            projection(kick)
        post()
        return [p.syn.g.value for p in projections], post.V.value

    (one, other), V = iso.transform.for_loop(step, length=1)
    assert float((one / u.mA)[0, 0]) > 0
    assert float((other / u.mA)[0, 0]) > 0
    both = (one + other) * u.kohm / u.mV
    assert float((V / u.mV)[0, 0]) == pytest.approx(float(both[0, 0]) * (1 - np.exp(-0.01)), rel=1e-6)


@pytest.mark.parametrize("ends", [(0, 2.7), slice(0, 5), [0, 3, 5], (0, True), 3, "ab"], ids=str)
def test_a_group_that_is_no_pair_of_integers_is_refused_naming_it(ends: Any) -> None:
    with pytest.raises(
        ParameterError, match=r"group 'a' of population 'c' is .*two integers: groups=\{'a': \(0, 10\)\}"
    ):
        iso.Network().add_population("c", cells(10), groups={"a": ends})


def test_a_group_may_be_any_pair_of_integers() -> None:
    net = iso.Network()
    net.add_population("c", cells(10), groups={"a": np.array([2, 5])})
    assert net.groups == {"c": {"a": (2, 5)}}
    assert type(net.groups["c"]["a"][0]) is int


def test_a_group_of_a_population_without_groups_says_so() -> None:
    net = iso.Network()
    post = net.add_population("E", cells(10))
    with pytest.raises(UnknownNameError, match=r"'E\.x', but 'E' has no groups: .*groups=\{'x': \(0, 80\)\}"):
        net.add_projection("p", project(iso.OneToOne(10, 1 * u.mA), post), pre="E.x")


INPUTS = {
    "Step": iso.StepInput(3, amplitudes=[1] * u.mV, times=[0] * u.ms),
    "Section": iso.SectionInput(3, values=[1] * u.mV, durations=[5] * u.ms),
    "Sinusoid": iso.SinusoidInput(3, amplitude=1 * u.mV, frequency=10 * u.Hz),
    "Ramp": iso.RampInput(3, start=0, end=1 * u.mV, t_start=0 * u.ms, t_end=5 * u.ms),
    "OU": iso.OUProcess(3, mean=0 * u.mV, sigma=1 * u.mV),
    "WhiteNoise": iso.WhiteNoise(3, sigma=1 * u.mV),
    "Wiener": iso.WienerProcess(3, sigma=1 * u.mV),
}


@pytest.mark.parametrize("source", INPUTS.values(), ids=list(INPUTS))
def test_an_input_in_a_wrong_unit_is_refused_when_it_is_added(source: Any) -> None:
    net = iso.Network()
    net.add_population("c", cells(3))
    with pytest.raises(
        UnitError, match=r"input 'i' \(\w+\) is in mV, but its target 'c' \(LIF\) takes mA: .*25 \* u.mA"
    ):
        net.add_input("i", source, target="c")
    assert net.input_targets == {}


def test_an_input_in_another_scale_of_its_unit_or_without_one_known_is_added(numpy_backend: None) -> None:
    class Ones(Dynamics):
        def update(self) -> Any:
            return np.ones(3) * u.nA

    net = iso.Network()
    net.add_population("c", cells(3))
    net.add_input("i", iso.StepInput(3, amplitudes=[1] * u.pA, times=[0] * u.ms), target="c")
    net.add_input("ones", Ones(3), target="c")
    iso.simulate(iso.init_all_states(net), 1 * u.ms)
    assert list(net.input_targets) == ["i", "ones"]
