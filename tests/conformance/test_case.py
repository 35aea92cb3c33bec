from __future__ import annotations

import pytest

from isospike.errors import ParameterError
from isospike_conformance.case import DYNAMICS, LEVELS, Case
from isospike_conformance.cases.lif import build


def test_a_case_is_judged_at_every_level_that_needs_states_only() -> None:
    case = Case("x", "Catches nothing.", build)
    assert case.levels == DYNAMICS == set(LEVELS) - {"R", "L2", "G"}
    assert (case.dt_ms, case.steps, case.seed, case.batch_size) == (0.1, 1000, 1, None)


def test_the_module_is_called_unless_the_case_says_otherwise() -> None:
    called = []
    module = lambda: called.append("module")  # noqa: E731
    Case("x", "", build).step(module)
    Case("x", "", build, step=lambda m: called.append("step")).step(module)
    assert called == ["module", "step"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"levels": frozenset({"L1", "L9", "L7"})}, "levels L7, L9 does not exist; expected levels among R, L0e"),
        ({"rounding": "izhikevich"}, "rounding='izhikevich' does not exist"),
        ({"levels": DYNAMICS | {"G"}}, "level G compares gradients of a loss, and there is none: pass loss="),
    ],
)
def test_what_does_not_exist_is_refused(wrong: dict, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        Case("x", "", build, **wrong)
    assert "Case('x')" in str(caught.value)
    assert message in str(caught.value)
