from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, PlausibilityWarning, ShapeError, UnitError, UnknownNameError
from isospike.parameter import choice, component, parameter


class Cell(iso.Dynamics):
    """A cell with one parameter of each kind."""

    tau: Any = parameter(5.0, "ms", "time constant", positive=True, plausible=(0.01, 5000.0))
    g: Any = parameter(1.0, "nS", "leak", nonnegative=True)
    V: Any = parameter(-60.0, "mV", "rest")
    n: Any = parameter(2.0, "", "exponent", positive=True)
    amount: Any = parameter(1.0, "mV", "any", any_unit=True)
    kind: str = choice("soft", ("soft", "hard"), "reset")
    part: Any = component(lambda: abs, "a function", accepts=lambda x: (lambda: x) if isinstance(x, float) else x)


BAD: list[tuple[dict[str, Any], type[Exception], str]] = [
    (
        {"tau": 10 * u.mV},
        UnitError,
        r"tau=\.\.\.\) is a quantity in mV \(10 mV\), expected .* can be read in ms: write tau=5 \* u\.ms",
    ),
    (
        {"tau": 10.0},
        UnitError,
        r"tau=\.\.\.\) is a number without a unit \(10\.0\), expected .* ms: write tau=5 \* u\.ms",
    ),
    (
        {"n": 1 * u.ms},
        UnitError,
        r"n=\.\.\.\) is a quantity in ms .*expected a number without a unit: write n=2",
    ),
    (
        {"tau": 0 * u.ms},
        ParameterError,
        r"tau=\.\.\.\) is 0 ms, expected a positive number, such as 5 \* u\.ms",
    ),
    ({"tau": -1 * u.second}, ParameterError, r"is -1 s, expected a positive number"),
    ({"g": -0.5 * u.nS}, ParameterError, r"g=\.\.\.\) is -0\.5 nS, expected zero or a positive number"),
    (
        {"V": np.nan * u.mV},
        ParameterError,
        r"V=\.\.\.\) is nan mV, expected a finite number, such as -60 \* u\.mV",
    ),
    ({"V": np.inf * u.mV}, ParameterError, r"is inf mV, expected a finite number"),
    ({"tau": np.inf * u.ms}, ParameterError, r"is inf ms, expected a positive number"),
    ({"V": np.array([-60, np.nan, -np.inf]) * u.mV}, ParameterError, r"is nan mV \(at 2 of 3 places\)"),
    (
        {"V": np.zeros(4) * u.mV},
        ParameterError,
        r"V=\.\.\.\) has shape \(4,\), expected one number or an array of .* shape \(3,\)",
    ),
    ({"V": np.zeros((2, 3)) * u.mV}, ParameterError, r"has shape \(2, 3\)"),
    (
        {"tau": "10 ms"},
        ParameterError,
        r"tau=\.\.\.\) is given '10 ms', expected a number or an array in ms: write tau=5 \* u\.ms",
    ),
    ({"n": "3"}, ParameterError, r"n=\.\.\.\) is given '3', expected a number"),
    ({"n": None}, ParameterError, r"is given None, expected a number"),
    ({"n": 1j}, ParameterError, r"is given 1j"),
    ({"n": [[1.0], [1.0, 2.0]]}, ParameterError, r"is given \[\[1\.0\]"),
    ({"tau": [1 * u.ms, 2 * u.ms]}, (ParameterError, UnitError), r"tau=\.\.\.\)"),  # type: ignore[list-item]
    (
        {"kind": "sotf"},
        ParameterError,
        r"kind=\.\.\.\) is 'sotf', expected 'soft' or 'hard': write kind='soft'",
    ),
    ({"part": 3}, ParameterError, r"part=\.\.\.\) is 3, expected an object that can be called"),
    (
        {"tauu": 1},
        UnknownNameError,
        r"Cell has no parameter 'tauu'\. Did you mean 'tau'\? Its parameters are: tau, g",
    ),
]


@pytest.mark.parametrize(("given", "error", "words"), BAD, ids=lambda x: str(x)[:40])
def test_a_bad_value_names_class_parameter_given_expected_and_fix(
    given: dict[str, Any], error: Any, words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        Cell(3, **given)
    assert "Cell" in str(caught.value)


@pytest.mark.parametrize(("given", "error", "words"), [b for b in BAD if "tauu" not in b[0]], ids=lambda x: str(x)[:40])
def test_a_bad_assignment_is_refused_like_a_bad_argument(given: dict[str, Any], error: Any, words: str) -> None:
    cell = Cell(3)
    ((name, value),) = given.items()
    before = getattr(cell, name)
    with pytest.raises(error, match=words):
        setattr(cell, name, value)
    assert getattr(cell, name) is before


@pytest.mark.parametrize("k", range(1, 60, 7))
def test_one_time_in_two_scales_gives_the_same_bits(k: int) -> None:
    a, b = Cell(3, tau=float(f"{k}e-1") * u.ms), Cell(3, tau=float(f"{k}e-4") * u.second)
    assert u.split(a.tau)[0].tobytes() == u.split(b.tau)[0].tobytes()
    assert u.split(b.tau)[1] is u.split(a.tau)[1]
    assert float(u.split(a.tau)[0]) == k / 10


def test_values_are_float64_and_read_only_copies() -> None:
    given = np.array([1, 2, 3], np.float32)
    cell = Cell(3, V=given * u.mV, n=given)
    given[0] = 9
    held = cell.n
    np.testing.assert_array_equal(held, [1, 2, 3])
    assert held.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        held[0] = 5


def test_an_any_unit_parameter_keeps_the_unit_that_it_is_given() -> None:
    assert u.split(Cell(3, amount=2 * u.pA).amount)[1] is u.pA
    assert u.split(Cell(3).amount)[1] is u.mV


def test_a_value_outside_the_usual_range_warns_and_is_used() -> None:
    with pytest.warns(
        PlausibilityWarning,
        match=r"Cell\(tau=\.\.\.\) is 10000 ms, outside the usual range of 0\.01 to 5000 ms.*slip of its prefix",
    ):
        cell = Cell(3, tau=10 * u.second)
    assert float(u.split(cell.tau)[0]) == 10000
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Cell(3, tau=5 * u.second)


def test_a_trainable_parameter_is_a_state_that_reads_as_its_value(backend: str) -> None:
    weight = iso.ParamState(0.002 * u.second)
    cell = Cell(3, tau=weight)
    assert cell.states(iso.ParamState) == {"tau": weight}
    assert float(u.split(cell.tau)[0]) == 2.0
    assert u.split(weight.value)[1] is u.ms
    result = iso.transform.for_loop(lambda: cell.tau * 2, length=2)
    np.testing.assert_array_equal(u.split(result)[0], [4, 4])


def drawn(cell: Cell) -> np.ndarray:
    return np.asarray(u.split(cell.tau)[0])


def test_an_initialiser_draws_a_value_for_each_cell_in_the_declared_unit(backend: str) -> None:
    cell = iso.init_all_states(Cell((2, 3), tau=iso.Uniform(0.001 * u.second, 0.003 * u.second)))
    assert drawn(cell).shape == (2, 3)
    assert len(np.unique(drawn(cell))) == 6
    assert ((drawn(cell) >= 1.0) & (drawn(cell) < 3.0)).all()
    assert u.split(cell.tau)[1] is Cell.tau.unit_object()
    result = iso.transform.for_loop(lambda: cell.tau * 2, length=1)
    np.testing.assert_allclose(u.split(result)[0][0], 2 * drawn(cell), rtol=1e-6)


def test_what_is_drawn_depends_on_the_seed_and_the_path_only() -> None:
    class Pair(iso.Module):
        def __init__(self, size: int) -> None:
            self.a, self.b = (Cell(size, tau=iso.Normal(5 * u.ms, 1 * u.ms)) for _ in range(2))

    with iso.environ.context(seed=1):
        pair, again, longer = (iso.init_all_states(Pair(n)) for n in (4, 4, 9))
    with iso.environ.context(seed=2):
        other = iso.init_all_states(Pair(4))
    assert (drawn(pair.a) == drawn(again.a)).all()
    assert (drawn(pair.a) == drawn(longer.a)[:4]).all()
    assert not (drawn(pair.a) == drawn(pair.b)).any()
    assert not (drawn(pair.a) == drawn(other.a)).any()


def test_initialising_again_draws_for_the_seed_in_force_and_resetting_keeps_the_values(numpy_backend: None) -> None:
    cell = Cell(4, tau=iso.Normal(5 * u.ms, 1 * u.ms))
    values = []
    for seed in (1, 2, 1):
        with iso.environ.context(seed=seed):
            values.append(drawn(iso.init_all_states(cell)))
            iso.reset_all_states(cell)
            assert drawn(cell) is values[-1] or (drawn(cell) == values[-1]).all()
            traced = iso.transform.for_loop(lambda: cell.tau * 1.0, length=1)
            np.testing.assert_allclose(u.split(traced)[0][0], values[-1], rtol=1e-6)
    assert (values[0] == values[2]).all()
    assert not (values[0] == values[1]).any()


def test_the_same_draw_compiles_nothing_anew(numpy_backend: None) -> None:
    cell = Cell(4, tau=iso.Normal(5 * u.ms, 1 * u.ms))

    def step() -> Any:
        return cell.tau * 2

    counts = []
    for _ in range(2):
        iso.init_all_states(cell)
        iso.transform.for_loop(step, length=1)
        counts.append(iso.transform.cache_info().compiles)
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"tau": iso.Constant(5 * u.mV)}, UnitError, r"Cell\(tau=\.\.\.\) is a quantity in mV"),
        ({"tau": iso.Normal(0 * u.ms, 1 * u.ms)}, ParameterError, r"Cell\(tau=\.\.\.\) is .* of 30 places\)"),
        ({"tau": iso.Normal}, ParameterError, r"Cell\(tau=\.\.\.\) is <class .*Normal'>, expected .* initialiser"),
        ({"tau": abs}, ParameterError, r"Cell\(tau=\.\.\.\) is <built-in function abs>, expected"),
        ({"tau": iso.Constant(np.ones(4) * u.ms)}, ShapeError, r"Cell\(tau=\.\.\.\) is Constant.*shape \(30,\)"),
    ],
)
def test_what_an_initialiser_draws_is_checked_when_the_model_is_built(
    given: dict[str, Any], error: Any, words: str
) -> None:
    with pytest.raises(error, match=words):
        Cell(30, **given)


def test_draws_are_checked_against_the_other_parameters_when_they_are_made_anew() -> None:
    class Bounded(Cell):
        def check_parameters(self) -> None:
            if (u.split(self.tau)[0] > 5.0).any():
                raise ParameterError("tau is above 5 ms")

    # Drawn at another path, the same distribution gives other values.
    cell = Bounded(3, tau=iso.Uniform(1 * u.ms, 5 * u.ms))
    vars(cell)["tau"].source = iso.Uniform(6 * u.ms, 7 * u.ms)
    with pytest.raises(ParameterError, match="above 5 ms"):
        iso.init_all_states(cell)


def test_a_model_that_is_no_population_has_no_cells_to_draw_for() -> None:
    class Filter(iso.Module):
        tau: Any = parameter(5.0, "ms", "time constant", positive=True)

        def __init__(self, **parameters: Any) -> None:
            self.assign_fields(parameters)

    with pytest.raises(ParameterError, match=r"Filter\(tau=\.\.\.\) is Normal.*Filter is none: write tau=5 \* u\.ms"):
        Filter(tau=iso.Normal(5 * u.ms, 1 * u.ms))


def test_a_drawn_parameter_is_shown_as_its_initialiser() -> None:
    assert "tau=Normal(mean=5. ms, std=1. ms)" in repr(Cell(3, tau=iso.Normal(5 * u.ms, 1 * u.ms)))


def test_a_component_is_made_anew_for_each_module() -> None:
    class Part:
        def __call__(self) -> int:
            return 1

    class Holder(iso.Dynamics):
        part: Any = component(Part, "a part")

    assert Holder(1).part is not Holder(1).part
    assert Cell(1, part=2.5).part() == 2.5


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: iso.LIF(2, V_th=1 * u.mV, spk_fun=iso.Sigmoid), r"LIF\(spk_fun=\.\.\.\).*: write iso\.Sigmoid\(\)"),
        (lambda: iso.LIF(2, V_th=1 * u.mV, V_initializer=iso.Uniform), r"V_init.*: write iso\.Uniform\(low, high\)"),
        (
            lambda: iso.FixedProb(3, 3, 0.5, iso.Normal),
            r"FixedProb\(weight=.*the class Normal.*iso\.Normal\(mean, std\)",
        ),
        (lambda: iso.Linear(3, 3, iso.KaimingNormal), r"Linear\(w_init=.*: write iso\.KaimingNormal\(\)"),
        (lambda: Cell(1, part=Own), r"Cell\(part=\.\.\.\) is the class Own, expected an object of it: write Own\(k\)"),
    ],
)
def test_a_class_where_an_object_is_expected_is_told_how_one_is_made(make: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        make()


@dataclass(frozen=True)
class Own(iso.Surrogate):
    k: float

    def derivative(self, x: Any) -> Any:
        return iso.math.exp(-self.k * iso.math.abs(x))


@pytest.mark.parametrize("spk_fun", [lambda x: x > 0, abs, "sigmoid", iso.Constant(1.0)])
def test_a_spike_function_that_nothing_could_learn_by_is_refused(spk_fun: Any) -> None:
    with pytest.raises(
        ParameterError, match=r"LIF\(spk_fun=.*expected a surrogate.*spk_fun=iso\.Sigmoid\(\), or derive"
    ):
        iso.LIF(2, V_th=1 * u.mV, spk_fun=spk_fun)
    assert iso.LIF(2, V_th=1 * u.mV, spk_fun=Own(2.0)).spk_fun == Own(2.0)


def test_the_declaration_is_found_on_the_class() -> None:
    assert Cell.tau.unit == "ms"
    assert Cell.tau.doc == "time constant"
    assert list(Cell.fields) == ["tau", "g", "V", "n", "amount", "kind", "part"]


def test_a_parameter_read_too_early_says_what_is_missing() -> None:
    class Early(iso.Module):
        tau: Any = parameter(5.0, "ms", "time constant")

        def __init__(self) -> None:
            _ = self.tau

    with pytest.raises(AttributeError, match=r"Early has no 'tau' yet: call super"):
        Early()
