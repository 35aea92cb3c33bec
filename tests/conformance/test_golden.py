"""Golden chains: what they see, what they refuse, and that those in the package hold."""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from isospike import registry
from isospike.errors import ParameterError, ResultError
from isospike.results.trace import Trace
from isospike_conformance.case import Case
from isospike_conformance.cases import delta
from isospike_conformance.compare import Record, chain
from isospike_conformance.golden import Golden, compare_golden, read_golden, running_links, scheme_of
from isospike_conformance.golden.writing import make_golden, write_golden
from isospike_conformance.plugin import isospike_conformance_cases
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE

GOLDEN = 0x9E3779B97F4A7C15
SHORT = replace(delta.CASE, steps=200)
each_case = pytest.mark.parametrize("name", isospike_conformance_cases())


@cache
def golden() -> Golden:
    return make_golden(SHORT)


@cache
def record(precision: str = "float32", steps: int = 200) -> Record:
    return Running(SHORT, REFERENCE, precision).run(steps)


def changed(path: str, step: int, record: Record) -> Record:
    trace = record.states[path]
    values = trace.values.copy()
    values[step].view(f"u{values.itemsize}")[3] ^= 1
    return replace(record, states={**record.states, path: Trace(values, trace.steps, trace.unit)})


@given(hnp.arrays(np.uint64, st.integers(0, 40)), st.integers(1, 9))
def test_links_are_the_running_digest_of_the_definition(digests: np.ndarray, every: int) -> None:
    running, expected = 0, []
    for step, digest in enumerate(map(int, digests)):
        running = (running * GOLDEN + digest) % 2**64
        expected += [running] if (step + 1) % every == 0 else []
    assert running_links(digests, every) == expected


def test_links_do_not_change_from_version_to_version() -> None:
    digests = chain(np.arange(6, dtype=np.float32).reshape(3, 2))
    assert [f"{link:016x}" for link in running_links(digests, 1)] == [
        "731d7cca45800000",
        "802e088430c00000",
        "fba481a490600000",
    ]


@given(st.integers(0, 99), st.integers(0, 63))
def test_a_difference_that_dies_out_is_in_every_later_link(step: int, bit: int) -> None:
    digests = np.arange(100, dtype=np.uint64)
    other = digests.copy()
    other[step] ^= np.uint64(1 << bit)
    pairs = zip(running_links(digests, 10), running_links(other, 10), strict=True)
    assert [a != b for a, b in pairs] == [k >= step // 10 for k in range(10)]


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_the_run_itself_passes_whole_and_in_part(precision: str) -> None:
    verdict = compare_golden(golden(), record(precision), precision)
    assert verdict
    assert (verdict.steps, verdict.links) == (200, 8)
    assert str(verdict) == "the golden bits in all 200 steps"
    part = compare_golden(golden(), record(precision, 130), precision)
    assert part
    assert part.steps == 100


@pytest.mark.parametrize("step", [0, 49, 50, 150, 199])
def test_one_bit_of_one_step_is_found_and_its_stretch_named(step: int) -> None:
    verdict = compare_golden(golden(), changed("cells.V", step, record()), "float32")
    assert not verdict
    assert (verdict.first, verdict.last) == (step // 50 * 50, step // 50 * 50 + 49)
    assert verdict.differing == ("cells.V",)
    assert str(verdict) == f"differs within steps {verdict.first} to {verdict.last}: cells.V"


def test_only_the_states_that_differ_first_are_named() -> None:
    both = changed("cells.V", 60, changed("source.V", 110, record()))
    assert compare_golden(golden(), both, "float32").differing == ("cells.V",)


def test_what_a_digest_does_not_know_is_compared_beside_it() -> None:
    states = dict(record().states)
    V = states.pop("cells.V")
    for other, what in (
        (states, "cells.V: only in the golden chains"),
        ({**states, "cells.V": V, "x": V}, "x: only in the run"),
        ({**states, "cells.V": Trace(V.values, V.steps, "V")}, "cells.V: unit V, expected mV"),
        (
            {**states, "cells.V": Trace(V.values.view(np.int32), V.steps, "mV")},
            "cells.V: dtype int32, expected float32",
        ),
        ({**states, "cells.V": Trace(V.values[..., None], V.steps, "mV")}, "shape (16, 1), expected (16,)"),
    ):
        verdict = compare_golden(golden(), replace(record(), states=other), "float32")
        assert not verdict
        assert what in str(verdict)
    steps, cells = record().spikes["source"]
    fewer = replace(record(), spikes={**record().spikes, "source": (steps[1:], cells[1:])})
    expected = f"source: {len(steps) - 1} spikes, expected {len(steps)}"
    assert expected in str(compare_golden(golden(), fewer, "float32"))


def test_another_name_of_the_same_unit_is_no_difference() -> None:
    V = record().states["cells.V"]
    states = {**record().states, "cells.V": Trace(V.values, V.steps, "nA * Mohm")}
    verdict = compare_golden(golden(), replace(record(), states=states), "float32")
    assert verdict, str(verdict)


def test_a_run_too_short_for_a_link_has_not_passed() -> None:
    verdict = compare_golden(golden(), record(steps=49), "float32")
    assert not verdict
    assert str(verdict) == "nothing to compare"


def test_runs_that_cannot_be_compared_are_refused() -> None:
    running = Running(SHORT, REFERENCE)
    running.run(10)
    with pytest.raises(ParameterError, match="begins with step 10, expected 0"):
        compare_golden(golden(), running.run(100), "float32")
    with pytest.raises(ParameterError, match="expected one of float32, float64"):
        compare_golden(golden(), record(), "float16")


def test_a_file_is_read_back_as_it_was_made_and_says_who_made_it(tmp_path: Path) -> None:
    path = write_golden(SHORT, tmp_path)
    assert list(tmp_path.iterdir()) == [path] == [tmp_path / "delta.json"]
    assert read_golden(SHORT, tmp_path) == golden()
    plain = json.loads(path.read_text())
    assert plain["schema"] == "isospike.golden/1"
    assert plain["numpy"] == np.__version__
    assert plain["scheme"] == {
        "dt_ms": 0.1,
        "seed": 1,
        "batch_size": None,
        "choices": {
            "source.spk_reset": "hard",
            "source.method": "exp_euler",
            "cells.spk_reset": "soft",
            "cells.method": "exp_euler",
        },
    }
    assert path.stat().st_size < 10_000


def test_a_case_without_a_file_has_no_golden_chains(tmp_path: Path) -> None:
    assert read_golden(SHORT, tmp_path) is None


def damaged(text: str, **changes: Any) -> str:
    return json.dumps({**json.loads(text), **changes})


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[: len(text) // 2], "damaged: Invalid JSON"),
        (lambda text: "", "damaged: Invalid JSON"),
        (
            lambda text: damaged(text, schema="isospike.result/1"),
            "damaged: schema: Input should be 'isospike.golden/1'",
        ),
        (lambda text: damaged(text, every=0), "damaged: every"),
        (lambda text: damaged(text, extra=1), "damaged: extra"),
        (lambda text: damaged(text, runs={"float32": {"states": {}}}), "damaged: runs.float32.spikes"),
        (lambda text: text.replace('"soft"', '"hard"'), "something else: cells.spk_reset hard against soft"),
        (lambda text: text.replace('"seed": 1', '"seed": 2').replace('"seed":1', '"seed":2'), "seed 2 against 1"),
        (lambda text: damaged(text, case="coba"), "something else: case coba against delta"),
    ],
)
def test_a_damaged_or_foreign_file_is_an_error_with_its_cure(damage: Any, message: str, tmp_path: Path) -> None:
    path = write_golden(SHORT, tmp_path)
    path.write_text(damage(path.read_text()))
    with pytest.raises(ResultError) as caught:
        read_golden(SHORT, tmp_path)
    assert message in str(caught.value)
    assert str(caught.value).endswith("python -m isospike_conformance.golden delta")


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_golden(SHORT, tmp_path)
    before = path.read_text()
    monkeypatch.setattr(Golden, "model_dump_json", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_golden(SHORT, tmp_path)
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_command_writes_the_cases_that_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("sys.argv", ["golden", "lif", "delta", "--folder", str(tmp_path)])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("isospike_conformance.golden", run_name="__main__")
    assert end.value.code == 0
    assert {p.name for p in tmp_path.iterdir()} == {"lif.json", "delta.json"}
    assert "lif.json (" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["golden", "liff", "--folder", str(tmp_path)])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("isospike_conformance.golden", run_name="__main__")
    assert end.value.code == 2
    assert "Did you mean 'lif'" in capsys.readouterr().err


def test_another_scheme_is_told_apart() -> None:
    assert scheme_of(SHORT).differences(scheme_of(SHORT)) == []
    other = scheme_of(replace(SHORT, dt_ms=0.2, batch_size=3))
    assert scheme_of(SHORT).differences(other) == ["dt_ms 0.1 against 0.2", "batch_size None against 3"]


def in_package(name: str) -> tuple[Case, Golden]:
    case = registry.resolve("conformance_cases", name)
    found = read_golden(case)
    assert found is not None, f"no golden chains: python -m isospike_conformance.golden {name}"
    return case, found


@each_case
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_the_reference_has_the_golden_bits_of_the_package(name: str, precision: str) -> None:
    case, found = in_package(name)
    verdict = compare_golden(found, Running(case, REFERENCE, precision).run(100), precision)
    assert verdict, str(verdict)


@pytest.mark.slow
@each_case
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_the_reference_has_the_golden_bits_of_the_package_to_the_end(name: str, precision: str) -> None:
    case, found = in_package(name)
    verdict = compare_golden(found, Running(case, REFERENCE, precision).run(case.steps), precision)
    assert verdict, str(verdict)
    assert verdict.steps == case.steps
