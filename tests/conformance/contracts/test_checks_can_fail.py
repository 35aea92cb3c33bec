"""Each check of a contract fails for a model that is wrong in the one way that it is about, and says how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import environ, units
from isospike import units as u
from isospike.backend import Capability
from isospike.connectivity import CSR, fixed_probability
from isospike.parameter import parameter
from isospike_conformance.case import Case
from isospike_conformance.contracts import (
    BackendContract,
    ConnectivityContract,
    Contract,
    ModelContract,
    NeuronContract,
    SynapseContract,
    run_contract,
)
from isospike_numpy.backend import NumpyBackend


class Cell(iso.LIF):
    """A good neuron, from which each bad one differs in one thing."""


class Unwritten(Cell):
    __doc__ = None


class Silent(Cell):
    """A neuron that tells nothing of its new parameter."""

    kappa: Any = parameter(1.0, "mV", "who knows")


class Undeclared(Cell):
    """A neuron that takes whatever it is given."""

    def __init__(self, in_size: Any, kappa: Any = 1 * u.mV, **parameters: Any) -> None:
        super().__init__(in_size, **parameters)
        self.kappa = kappa


class Unused(Cell):
    """A neuron with a State that is nobody's."""

    def init_state(self, batch_size: int | None = None) -> None:
        super().init_state(batch_size)
        self.w = iso.HiddenState(self.V.value)


class Early(Cell):
    """A neuron whose State is there before it is initialised."""

    def __init__(self, in_size: Any, **parameters: Any) -> None:
        super().__init__(in_size, **parameters)
        self.w = iso.ShortTermState(np.zeros(self.in_size))

    def update(self, x: Any = None) -> Any:
        self.w.value = self.w.value + 1.0
        return super().update(x)


class Double(Cell):
    """A neuron that computes a State in float64, whatever is asked."""

    def init_state(self, batch_size: int | None = None) -> None:
        super().init_state(batch_size)
        self.w = iso.HiddenState(iso.math.zeros(units.split(self.V.value)[0].shape, dtype="float64"))

    def update(self, x: Any = None) -> Any:
        self.w.value = iso.math.astype(self.w.value + 1.0, "float64")
        return super().update(x)


class Exploding(Cell):
    """A neuron that leaves the numbers."""

    def dV(self, V: Any, x: Any) -> Any:
        return super().dV(V, x) + 1e30 * V * V / (u.mV * u.ms)


class Backward(Cell):
    """A neuron that computes something else where it is compiled by another backend than the reference."""

    def dV(self, V: Any, x: Any) -> Any:
        return super().dV(V, x) * (1.0 if environ.get("backend") == "numpy" else 1.001)


class Counting(Cell):
    """A neuron that keeps what changes outside of its States."""

    def init_state(self, batch_size: int | None = None) -> None:
        super().init_state(batch_size)
        self.steps = [0]

    def dV(self, V: Any, x: Any) -> Any:
        self.steps[0] += 1  # an attribute that is assigned is refused
        return super().dV(V, x) * float(self.steps[0])


class Unbatched(Cell):
    """A neuron that knows no batch."""

    def init_state(self, batch_size: int | None = None) -> None:
        super().init_state(None)


class Hiding(Cell):
    """A neuron with a State that is not saved."""

    def init_state(self, batch_size: int | None = None) -> None:
        super().init_state(batch_size)
        self._w = iso.HiddenState(self.V.value)

    def dV(self, V: Any, x: Any) -> Any:
        return super().dV(V, x) + self._w.value / u.ms

    def update(self, x: Any = None) -> Any:
        self._w.value = self._w.value * 0.99 + 0.01 * u.mV
        return super().update(x)


class Cut(Cell):
    """A neuron that forgets where its potential comes from."""

    def update(self, x: Any = None) -> Any:
        self.V.value = u.quantity(iso.math.stop_gradient(units.split(self.V.value)[0]), u.mV)
        return super().update(x)


class Summed(Cell):
    """A neuron that returns one number for all cells."""

    def update(self, x: Any = None) -> Any:
        return iso.math.sum(super().update(x), axis=-1)


class Coupled(Cell):
    """A neuron whose cells see those on their row."""

    def dV(self, V: Any, x: Any) -> Any:
        return super().dV(V, x) + iso.math.max(V, axis=-1, keepdims=True) / u.ms


class Trusting(Cell):
    """A neuron that asks no questions."""

    def input_current(self, x: Any, V: Any) -> Any:
        return u.quantity(iso.math.sum(iso.math.asarray(units.split(x)[0])), u.mA) + V * (0 * u.mA / u.mV)


class Graded(Cell):
    """A neuron whose spikes are potentials."""

    def spike(self) -> Any:
        return units.split(self.V.value)[0]

    def update(self, x: Any = None) -> Any:
        self.V.value = self.advanced(self.V.value, x)
        return self.spike()


class Deaf(Cell):
    """A neuron whose input unit has nothing to do with its currents."""

    def __init__(self, in_size: Any) -> None:
        super().__init__(in_size, R=1e-9 * u.ohm)


class Fixed(iso.Expon):
    """A synapse that is in siemens whatever arrives."""

    def init_state(self, batch_size: int | None = None) -> None:
        self.g = iso.HiddenState(u.quantity(iso.math.zeros(self.in_size), u.siemens))

    def update(self, x: Any = None) -> Any:
        held = self.sum_delta_inputs(u.quantity(iso.math.zeros(self.in_size), self.unit))
        self.g.value = self.g.value + u.quantity(units.split(held)[0], u.siemens)
        return self.g.value


class Saturating(iso.Expon):
    """A synapse that says that it is linear, and is not."""

    def conductance(self) -> Any:
        mantissa, unit = units.split(self.g.value)
        return u.quantity(iso.math.minimum(mantissa, 1.0), unit)

    def update(self, x: Any = None) -> Any:
        super().update(x)
        return self.conductance()


class Ahead(iso.Expon):
    """A synapse that returns something else than it holds."""

    def update(self, x: Any = None) -> Any:
        return super().update(x) * 2.0


class Rule(iso.SparseComm):
    """A good rule of connectivity.

    Parameters
    ----------
    in_size, out_size : int
        Sizes.
    weight : Quantity
        Weight.
    """

    def __init__(self, in_size: Any, out_size: Any, weight: Any) -> None:
        super().__init__(in_size, out_size, weight)

    def connect(self, rng: Any) -> CSR:
        return fixed_probability(rng, self.n_pre, self.n_post, 0.3)


class Restless(Rule):
    """A rule that draws from elsewhere."""

    def connect(self, rng: Any) -> CSR:
        from isospike.random.host import HostRandom

        return super().connect(HostRandom(int(np.random.default_rng().integers(2**31)), "elsewhere"))


class Unitless(Rule):
    """A rule that loses the unit of its weights."""

    def update(self, spikes: Any) -> Any:
        return u.quantity(units.split(super().update(spikes))[0], u.mA)


class Twice(Rule):
    """A rule that delivers more than its matrix says."""

    def update(self, spikes: Any) -> Any:
        return super().update(spikes) * 2.0


class Crowd(Rule):
    """A rule whose spikes hinder each other."""

    def update(self, spikes: Any) -> Any:
        return super().update(spikes) / iso.math.maximum(iso.math.sum(spikes), 1.0)


class Careless(Rule):
    """A rule that takes the spikes of any population."""

    def check_spikes(self, spikes: Any) -> Any:
        return spikes[..., : self.n_pre]


def of(kind: type[ModelContract], broken: type, **further: Any) -> ModelContract:
    contract: ModelContract = type(broken.__name__, (kind,), {"model": broken, **further})()
    return contract


def alone(contract: ModelContract) -> Case:
    """Return a rule whose cells all spike, and nothing else."""
    return Case(contract.title, "", lambda: contract.model(16, 16, 1 * u.nS), lambda rule: rule(np.ones(16)))


def check(contract: Contract, name: str) -> str:
    """Return why one check fails on the reference, or, for gradients and bits, on jax."""
    elsewhere = name in ("has_a_gradient", "has_the_bits_of_the_reference")
    if elsewhere:
        pytest.importorskip("jax")
    contract.checks = lambda: [f"test_{name}"]  # type: ignore[method-assign]
    (result,) = run_contract(contract, ["jax" if elsewhere else "numpy"])
    assert result.status == ("FAILED" if result.reason else "passed")
    return result.reason


NEURONS = [
    ("has_a_page", Unwritten, "has no docstring: write"),
    ("has_a_page", Silent, "does not tell of kappa: add `kappa : Quantity, mV`"),
    ("refuses_parameters_in_another_unit", Undeclared, 'declare it: kappa: Any = parameter(1.0, "mV"'),
    ("uses_the_states_that_it_declares", Unused, "Unused.w is a State that no step reads or writes: remove it"),
    ("uses_the_states_that_it_declares", Early, "Early.w is a State made elsewhere than in init_state"),
    ("computes_in_either_precision", Double, "State 'cells.w' holds float32[16] but is assigned float64[16]"),
    ("computes_in_either_precision", Exploding, "is not finite after 50 steps"),
    ("has_the_bits_of_the_reference", Backward, "cells.V on jax in float32"),
    ("is_the_same_in_a_loop_and_call_by_call", Counting, "keep what changes in States"),
    ("keeps_its_bits_in_a_batch", Unbatched, "let init_state(batch_size) put it before"),
    ("goes_on_from_a_checkpoint", Hiding, "name it without a leading underscore"),
    ("has_a_gradient", Cut, "is zero on jax"),
    ("has_the_shape_of_its_population", Summed, "returns shape (), expected (16,)"),
    ("has_the_shape_of_its_population", Coupled, "where its cells have two axes"),
    ("refuses_inputs_of_another_unit_or_shape", Trusting, "in candela is not refused, expected UnitError"),
    ("spikes_are_zero_or_one", Graded, "expected 0 or 1: return self.spk_fun"),
    ("spikes_are_zero_or_one", Deaf, "does not spike under currents up to"),
]


@pytest.mark.parametrize(("name", "broken", "message"), NEURONS, ids=[f"{w[0]}-{w[1].__name__}" for w in NEURONS])
def test_a_neuron_that_is_wrong_in_one_way_fails_the_check_of_it(name: str, broken: type, message: str) -> None:
    assert check(of(NeuronContract, Cell), name) == ""
    assert message in check(of(NeuronContract, broken), name)


SYNAPSES = [
    ("takes_the_unit_of_the_weights", Fixed, "of weights in pA is in S"),
    ("responds_as_it_says", Saturating, "write is_linear = False"),
    ("responds_as_it_says", Ahead, "returns something else than conductance()"),
]


@pytest.mark.parametrize(("name", "broken", "message"), SYNAPSES)
def test_a_synapse_that_is_wrong_in_one_way_fails_the_check_of_it(name: str, broken: type, message: str) -> None:
    assert check(of(SynapseContract, iso.Expon), name) == ""
    assert message in check(of(SynapseContract, broken), name)


RULES = [
    ("draws_the_same_synapses_for_the_same_seed", Restless, "draw from the HostRandom"),
    ("delivers_to_each_cell_in_the_unit_of_its_weights", Unitless, "of weights in nS delivers mA"),
    ("delivers_the_sum_over_the_cells_that_spike", Twice, "than the rows of its csr"),
    ("delivers_the_sum_over_the_cells_that_spike", Crowd, "do not deliver the sum of each alone"),
    ("refuses_spikes_of_another_population", Careless, "begin update(spikes) with self.check_spikes(spikes)"),
]


@pytest.mark.parametrize(("name", "broken", "message"), RULES)
def test_a_rule_that_is_wrong_in_one_way_fails_the_check_of_it(name: str, broken: type, message: str) -> None:
    assert check(of(ConnectivityContract, Rule, case=alone), name) == ""
    assert message in check(of(ConnectivityContract, broken, case=alone), name)


class Unnamed(NumpyBackend):
    name = "other"


class Speechless(NumpyBackend):
    capabilities: Mapping[str, Capability] = {**NumpyBackend.capabilities, "gpu": Capability(False, "")}


class Anywhere(NumpyBackend):
    def __init__(self, device: str | None = None, engine: str | None = None) -> None:
        self.device, self.engine = "cpu", "interpreter"


class Rounding(NumpyBackend):
    def to_numpy(self, array: Any) -> Any:
        return np.asarray(array, np.float32)


class Wrong(NumpyBackend):
    def compile(self, graph: Any, *, donate: frozenset[int] = frozenset()) -> Any:
        run = super().compile(graph, donate=donate)
        return lambda inputs: [x * 2 if x.dtype.kind == "f" else x for x in run(inputs)]


BACKENDS = [
    ("goes_by_the_name_that_its_plugin_offers", Unnamed, "is 'other', offered as 'numpy'"),
    ("claims_or_declines_every_capability_with_a_reason", Speechless, "'gpu' has no reason"),
    ("has_the_devices_and_engines_that_it_names", Anywhere, "the engine 'none' is not refused"),
    ("moves_arrays_without_changing_them", Rounding, "of float64 gives float32"),
    ("runs_a_loop", Wrong, "the sums of 0 to 4 are"),
]


@pytest.mark.parametrize(("name", "broken", "message"), BACKENDS)
def test_a_backend_that_is_wrong_in_one_way_fails_the_check_of_it(
    monkeypatch: pytest.MonkeyPatch, name: str, broken: type, message: str
) -> None:
    class Contract(BackendContract):
        backend = "numpy"

    assert check(Contract(), name) == ""
    from isospike import registry, select

    monkeypatch.setattr(registry, "resolve", lambda kind, given: broken)
    select._make.cache_clear()
    try:
        assert message in check(Contract(), name)
    finally:
        select._make.cache_clear()


def test_every_check_is_shown_to_fail() -> None:
    for kind, wrong in (
        (NeuronContract, NEURONS),
        (SynapseContract, [*NEURONS, *SYNAPSES]),
        (ConnectivityContract, [*NEURONS, *RULES]),
        (BackendContract, BACKENDS),
    ):
        assert {name.removeprefix("test_") for name in kind.checks()} <= {case[0] for case in wrong}
