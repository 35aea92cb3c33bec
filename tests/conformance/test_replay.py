"""The replay of a step names the node that differs, whatever hides it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from isospike.config import load
from isospike_conformance.compare import find_divergence
from isospike_conformance.comparison import file_case
from isospike_conformance.replay import OneStep, find_culprit, replay
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE, Way

DOCTORED = Way("doctored")


@pytest.fixture
def parted(network, doctored):
    """Return a function that gives the replay of the first divergent step under a fault, and its report."""

    def part(fault: str, steps: int = 40, numerics: str = "fast"):
        doctored(fault)
        case = file_case(load(network()))
        running, other = (Running(case, way, "float32", numerics) for way in (REFERENCE, DOCTORED))
        before = running.save()
        report = find_divergence(running.run(steps), other.run(steps))
        running.load(before)
        if report.first_divergent_step:
            running.run(report.first_divergent_step)
        return replay(running, DOCTORED, running.save(), report, steps), report

    return part


def test_an_operation_that_differs_by_itself_is_named_with_its_line_and_values(parted):
    found, report = parted("op")
    node = found.node
    assert found.reproduces
    assert (node.op, node.label, node.form, node.module) == ("exprel", "exprel", "alone", "cells")
    assert node.file.endswith(".py")
    assert node.line > 0
    assert (node.state, report.states[0].state) == ("cells.V", "cells.V")
    assert (node.n_differ, node.size, node.first.index) == (1, 20, 19)
    assert float.fromhex(node.first.got_hex) / float.fromhex(node.first.ref_hex) == pytest.approx(1 + 2**-10, rel=1e-6)
    assert [o.dtype for o in node.operands] == ["float32"]


def test_the_named_node_computes_its_reference_from_the_operands_shown(parted):
    node = parted("op")[0].node
    x = np.float32(float.fromhex(node.operands[0].hex))
    assert node.first.ref == pytest.approx(np.expm1(np.float64(x)) / x, rel=1e-6)


def test_a_product_that_is_not_rounded_within_a_sum_is_named_a_multiply_add(parted):
    found, report = parted("fma")
    node = found.node
    assert found.reproduces
    assert (node.op, node.label, node.form) == ("add", "multiply-add", "fused")
    assert node.first.index == report.states[0].bits.first.index
    assert "multiply at" in " ".join(o.name for o in node.operands)


def test_a_difference_that_only_the_loop_shows_is_said_to_be_one(parted):
    found, report = parted("loop")
    assert report.first_divergent_step is not None
    assert not found.reproduces
    assert found.node is None
    assert found.remark.startswith("the whole loop alone shows it")


def test_an_exact_step_is_replayed_in_its_exact_form(parted):
    found, report = parted("product", numerics="exact")
    assert report.first_divergent_step == 0
    assert found.reproduces
    assert (found.node.op, found.node.form, found.node.n_differ) == ("multiply", "alone", 1)


def test_a_step_has_the_results_that_one_step_of_the_loop_has(network):
    running = Running(file_case(load(network())), REFERENCE, "float32", "exact")
    running.run(7)
    step = OneStep.of(running)
    values = dict(zip(step.left, step.compute(REFERENCE.instance(), list(step.left.values())), strict=True))
    record = running.run(1)
    assert set(record.states) <= {*values, *running.states}
    for name, trace in record.states.items():
        if name in values:
            np.testing.assert_array_equal(values[name], trace.values[0])


def test_equal_sides_have_no_culprit(network):
    running = Running(file_case(load(network())), REFERENCE)
    sides = REFERENCE.instance(), REFERENCE.instance()
    assert find_culprit(OneStep.of(running), sides, "cells.V") is None


def test_a_node_is_plain_json_that_names_its_place(parted):
    node = parted("op")[0].node
    plain = json.loads(json.dumps(node.as_json(), allow_nan=False))
    assert plain["place"] == f"exprel at cells ({node.file}:{node.line})"
    assert plain["operands"][0]["hex"] == node.operands[0].hex
