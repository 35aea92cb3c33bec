from __future__ import annotations

import inspect
import pydoc
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ
from isospike import units as u
from isospike.errors import ParameterError, StateError, TraceError, UnknownAttributeError
from isospike.parameter import parameter


class Leaf(iso.Module):
    """A module with States of every kind."""

    gain: Any = parameter(2.0, "mV", "gain")

    def __init__(self, size: int = 2) -> None:
        self.size = size
        self.assign_fields({})

    def init_state(self, batch_size: int | None = None) -> None:
        shape = (self.size,) if batch_size is None else (batch_size, self.size)
        self.V = iso.HiddenState(np.zeros(shape) * u.mV)
        self.count = iso.ShortTermState(0)
        self.mean = iso.LongTermState(np.zeros(shape))
        self.weight = iso.ParamState(np.ones(self.size))

    def update(self, x: Any = 0 * u.mV) -> Any:
        self.V.value = self.V.value + self.gain + x
        self.count.value = self.count.value + 1
        self.mean.value = self.mean.value + 1.0
        self.weight.value = self.weight.value * 2
        return self.V.value


class Tree(iso.Module):
    """Modules in every kind of container, one of them twice."""

    def __init__(self) -> None:
        self.first = Leaf()
        self.layers = [Leaf(), Leaf()]
        self.named = {"a": Leaf(), "b": (1, 2)}
        self.deep = Holder(self.first)
        self.note = "text"


class Holder(iso.Module):
    """Holds a module that is held elsewhere as well."""

    def __init__(self, shared: iso.Module) -> None:
        self.shared = shared
        self.own = (Leaf(),)
        self._private = Leaf()


def test_paths_are_those_of_the_attributes_and_a_shared_module_has_its_shortest() -> None:
    assert list(Tree().modules()) == ["", "first", "layers.0", "layers.1", "named.a", "deep", "deep.own.0"]


def test_states_are_found_once_by_path_and_kind() -> None:
    tree = iso.init_all_states(Tree())
    leaves = ["first", "layers.0", "layers.1", "named.a", "deep.own.0"]
    assert list(tree.states(iso.HiddenState)) == [f"{leaf}.V" for leaf in leaves]
    assert list(tree.states(iso.ShortTermState)) == [f"{leaf}.{s}" for leaf in leaves for s in ("V", "count")]
    assert len(tree.states()) == 4 * len(leaves)
    assert all(state.name == path for path, state in tree.states().items())
    assert tree.deep.own[0].path == "Tree.deep.own.0"


def test_the_root_can_be_named() -> None:
    assert iso.init_all_states(Tree(), name="net").first.path == "net.first"
    assert Leaf().path == "Leaf"


def test_a_cycle_of_modules_is_walked_once() -> None:
    a, b = Holder(Leaf()), Holder(Leaf())
    a.shared, b.shared = b, a
    assert list(a.modules()) == ["", "shared", "own.0", "shared.own.0"]


def test_a_misspelt_attribute_is_refused_with_the_nearest_name() -> None:
    leaf = Leaf()
    with pytest.raises(UnknownAttributeError, match=r"Leaf has no attribute 'gian'\. Did you mean 'gain'\?"):
        leaf.gian = 3 * u.mV
    with pytest.raises(UnknownAttributeError, match=r"'siez'\. Did you mean 'size'"):
        _ = leaf.siez
    leaf.size = 3
    assert not hasattr(leaf, "nothing")


def test_a_state_that_is_not_initialised_says_what_to_call() -> None:
    with pytest.raises(
        StateError, match=r"'Leaf': state 'V' is not initialised\. Call iso\.init_all_states\(network\)"
    ):
        _ = Leaf().V
    with pytest.raises(UnknownAttributeError, match="'HiddenState'"):
        _ = Leaf().HiddenState
    with environ.context(dt=0.1 * u.ms, backend="numpy"), pytest.raises(StateError, match="init_all_states"):
        iso.LIF(3)(1 * u.mA)


def test_initialising_returns_the_module_and_twice_keeps_the_states() -> None:
    leaf = Leaf()
    assert iso.init_all_states(leaf) is leaf
    states = list(leaf.states().values())
    leaf.V.value = np.ones(2) * u.mV
    iso.init_all_states(leaf, batch_size=3)
    assert list(leaf.states().values()) == states
    assert str(leaf.V.spec) == "float32[3, 2] in mV"
    np.testing.assert_array_equal(u.split(leaf.V.value)[0], 0)


def test_initialising_again_takes_the_precision_of_the_environment() -> None:
    leaf = iso.init_all_states(Leaf())
    with environ.context(precision="float64"):
        iso.init_all_states(leaf)
    assert str(leaf.V.spec) == "float64[2] in mV"


def test_resetting_restores_what_is_short_term_and_keeps_the_rest(backend: str) -> None:
    leaf = iso.init_all_states(Leaf(), batch_size=3)
    states = list(leaf.states().values())
    iso.transform.for_loop(leaf.update, length=4)
    assert iso.reset_all_states(leaf) is leaf
    assert list(leaf.states().values()) == states
    assert str(leaf.V.spec) == "float32[3, 2] in mV"
    np.testing.assert_array_equal(u.split(leaf.V.value)[0], 0)
    assert int(leaf.count.value) == 0
    np.testing.assert_array_equal(leaf.mean.value, np.full((3, 2), 4.0))
    np.testing.assert_array_equal(leaf.weight.value, [16, 16])


@pytest.mark.parametrize("batch_size", [0, -1, 1.5, True, "3"])
@pytest.mark.parametrize("function", [iso.init_all_states, iso.reset_all_states])
def test_a_bad_batch_size_is_refused(function: Any, batch_size: Any) -> None:
    with pytest.raises(
        ParameterError, match=rf"{function.__name__}\(batch_size=\.\.\.\) is .*expected a positive integer"
    ):
        function(iso.init_all_states(Leaf()), batch_size=batch_size)


def test_a_module_without_update_says_what_to_write(numpy_backend: None) -> None:
    with pytest.raises(TypeError, match=r"Tree does not define update\(\)"):
        iso.init_all_states(Tree())()


def test_a_traced_value_cannot_be_kept_on_a_module(backend: str) -> None:
    class Keeper(Leaf):
        def update(self, x: Any = 0 * u.mV) -> Any:
            self.size = self.wrap(self.V.value)
            return x

    for wrap in (lambda v: v, lambda v: (v, 1), lambda v: {"v": [v]}):
        Keeper.wrap = staticmethod(wrap)
        with pytest.raises(
            TraceError, match=r"Keeper\.size is assigned a traced value.*self\.size = iso\.ShortTermState"
        ):
            iso.init_all_states(Keeper())()


class Counter(iso.Module):
    """Sets what it is told to, in a step."""

    k = 0

    def __init__(self, change: Any) -> None:
        self.change = change
        self.on = True
        self.tau = np.array([1.0, 2.0])
        self._cache = 0

    def init_state(self, batch_size: int | None = None) -> None:
        del batch_size
        self.x = iso.ShortTermState(0.0)

    def update(self) -> Any:
        self.change(self)
        return self.x.value


@pytest.mark.parametrize("name", ["k", "on", "tau", "x"])
@pytest.mark.parametrize("in_loop", [True, False])
def test_an_attribute_that_a_step_changes_is_refused(name: str, in_loop: bool) -> None:
    changed = {"k": 1, "on": False, "tau": np.array([1.0, 3.0]), "x": iso.ShortTermState(1.0)}
    cell = iso.init_all_states(Counter(lambda cell: setattr(cell, name, changed[name])))
    held = getattr(cell, name)
    with pytest.raises(
        TraceError, match=rf"Counter\.{name} is changed in Counter at .*test_module\.py:\d+.*self\.{name} = iso\.Short"
    ):
        iso.transform.for_loop(lambda: cell(), length=3) if in_loop else cell()
    assert getattr(cell, name) is held


def test_a_step_may_set_what_is_there_already_and_private_caches() -> None:
    def change(cell: Counter) -> None:
        cell.k = 0
        cell.on = True
        cell.tau = np.array([1.0, 2.0])
        cell._cache += 1

    cell = iso.init_all_states(Counter(change))
    assert iso.transform.for_loop(lambda: cell(), length=3).shape == (3,)
    cell.k = 5  # outside a step


def test_a_module_computes_the_same_called_alone_and_in_a_loop(backend: str) -> None:
    eager, looped = iso.init_all_states(Leaf()), iso.init_all_states(Leaf())
    one_by_one = [np.asarray(u.split(eager(x * u.mV))[0]) for x in (0.5, 1.5, 2.5)]
    together = iso.transform.for_loop(looped, np.array([0.5, 1.5, 2.5]) * u.mV)
    np.testing.assert_array_equal(u.split(together)[0], one_by_one)
    for path, state in eager.states().items():
        np.testing.assert_array_equal(u.split(state.value)[0], u.split(looped.states()[path].value)[0])


def test_the_clock_counts_steps_through_resets_and_starts_again_with_initialisation(backend: str) -> None:
    tree = iso.init_all_states(Tree())
    tree.first()
    iso.transform.for_loop(lambda: (tree.first(), tree.layers[0](), None)[-1], length=5)
    assert int(tree.clock.value) == 6
    assert tree.first.clock is tree.deep.clock
    iso.reset_all_states(tree)
    assert int(tree.clock.value) == 6
    iso.init_all_states(tree)
    assert int(tree.clock.value) == 0


def test_the_constructor_is_described_to_tools() -> None:
    parameters = inspect.signature(iso.LIF).parameters
    assert list(parameters)[:3] == ["in_size", "spk_reset", "spk_fun"]
    assert parameters["tau"].kind is inspect.Parameter.KEYWORD_ONLY
    shown = str(inspect.signature(iso.LIF))
    assert "tau=5 * u.ms" in shown
    assert "spk_reset='soft'" in shown
    assert "spk_fun=ReluGrad(" in shown
    assert "tau=5 * u.ms" in pydoc.render_doc(iso.LIF)


@pytest.mark.parametrize(
    ("cls", "first"),
    [(iso.FixedProb, "in_size"), (iso.AlignPostProj, "modules"), (iso.Linear, "in_size"), (iso.StepInput, "in_size")],
)
def test_a_constructor_of_its_own_is_described_by_its_arguments(cls: Any, first: str) -> None:
    parameters = inspect.signature(cls).parameters
    assert next(iter(parameters)) == first
    assert "kwargs" not in parameters


def test_a_class_that_takes_no_parameters_says_so() -> None:
    assert str(inspect.signature(iso.Network)) == "()"
    assert str(inspect.signature(Tree)) == "()"
    assert str(inspect.signature(Leaf)) == "(size: 'int' = 2)"  # its field is no argument

    class Sub(Leaf):
        pass

    assert str(inspect.signature(Sub)) == "(size: 'int' = 2)"
    assert "size" not in inspect.signature(Leaf()).parameters  # of an instance: how it is called


LIF_TEXT = """\
LIF(
  in_size=(100,),
  out_size=(100,),
  spk_reset=soft,
  spk_fun=ReluGrad(alpha=0.3, width=1.0),
  R=Quantity(1., "ohm"),
  tau=Quantity(10., "ms"),
  V_th=Quantity(-50., "mV"),
  V_rest=Quantity(0., "mV"),
  V_reset=Quantity(0., "mV"),
  V_initializer=Constant(value=0. mV),
  method=exp_euler,
  V=HiddenState(
    value=Quantity(float32[100], "mV")
  )
)"""


@pytest.mark.filterwarnings("ignore::isospike.errors.PlausibilityWarning")
def test_the_text_of_a_neuron_is_the_one_that_users_of_brainpy_know() -> None:
    neuron = iso.LIF(100, tau=10.0 * u.ms, V_th=-50.0 * u.mV)
    assert "V=HiddenState" not in repr(neuron)
    assert repr(iso.init_all_states(neuron)) == LIF_TEXT


def test_the_text_of_a_network_is_nested_and_shows_arrays_by_shape() -> None:
    class Net(iso.Module):
        def __init__(self) -> None:
            self.E = iso.LIF(3, tau=np.array([5.0, 6.0, 7.0]) * u.ms)
            self.big = iso.LIF(300, tau=np.linspace(5, 6, 300) * u.ms)

    text = repr(Net())
    assert text.startswith("Net(\n  E=LIF(\n    in_size=(3,),\n")
    assert 'tau=Quantity([5. 6. 7.], "ms")' in text
    assert 'tau=Quantity(float64[300], "ms")' in text
    assert repr(iso.Module()) == "Module()"
