"""Several ways run side by side part at the step at which whole records of them do."""

from __future__ import annotations

import numpy as np
import pytest

from isospike.config import load
from isospike.errors import BackendError, ParameterError, UnknownNameError
from isospike_conformance.compare import find_divergence
from isospike_conformance.comparison import Candidate, SideBySide, file_case, parse_ways
from isospike_conformance.comparison import sidebyside as module
from isospike_conformance.comparison.growth import Growth
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE, Way

DOCTORED = Way("doctored")


@pytest.fixture
def case(network):
    return file_case(load(network()))


def together(case, steps=60, numerics="fast", ways=(REFERENCE, DOCTORED)):
    runs = SideBySide(case, list(ways), steps, "float32", numerics)
    runs.run()
    return runs


@pytest.mark.parametrize("window", [7, 256])
@pytest.mark.parametrize(("fault", "label"), [("fma", "multiply-add"), ("strong", "exprel")])
def test_the_first_difference_is_that_of_the_whole_records(case, doctored, monkeypatch, window, fault, label):
    doctored(fault)
    monkeypatch.setattr(module, "WINDOW", window)
    runs = together(case)
    whole = find_divergence(*(Running(case, way, "float32", "fast").run(60) for way in (REFERENCE, DOCTORED)))
    report = runs.candidates[0].report
    assert report.first_divergent_step == whole.first_divergent_step
    assert [s.as_json() for s in report.states] == [s.as_json() for s in whole.states]
    assert report.first_spike_mismatch == whole.first_spike_mismatch
    assert report.spikes_compared == whole.spikes_compared
    assert (report.steps_run, report.replay_reproduces, report.node.label) == (60, True, label)
    assert (report.first_spike_mismatch is not None) == (fault == "strong")


def test_spikes_of_the_end_that_both_sides_have_are_counted(case, doctored):
    doctored("strong")
    runs = together(case, steps=300)
    candidate = Candidate(runs.candidates[0], runs.reference.trains)
    ends = [
        {(t, n) for t, n in zip(*side["cells"], strict=True) if t >= 270}
        for side in (runs.reference.trains, runs.candidates[0].trains)
    ]
    assert candidate.coincidence == 2 * len(ends[0] & ends[1]) / (len(ends[0]) + len(ends[1]))
    assert 0 <= candidate.coincidence < 1


def test_the_reference_is_not_disturbed_by_a_replay(case, doctored):
    doctored("op")
    runs = together(case, steps=300)
    alone = Running(case, REFERENCE, "float32", "fast").run(300)
    for name, train in runs.reference.trains.items():
        np.testing.assert_array_equal(train[0], alone.spikes[name][0])
        np.testing.assert_array_equal(train[1], alone.spikes[name][1])
    assert len(runs.reference.trains["cells"][0]) > 0


def test_equal_ways_are_identical_and_do_not_grow_apart(case, doctored):
    doctored("none")
    lane = together(case).candidates[0]
    assert lane.report.passed
    assert lane.report.node is None
    assert lane.growth.units == {}


def test_numpy_and_jax_are_identical_in_exact_numerics(case):
    assert together(case, numerics="exact", ways=(REFERENCE, Way("jax", "xla"))).candidates[0].report.passed


def test_the_growth_is_the_mean_of_the_largest_differences(case, doctored):
    doctored("op")
    lane = together(case, steps=50).candidates[0]
    a, b = (Running(case, way, "float32", "fast").run(50).states["cells.V"].values for way in (REFERENCE, DOCTORED))
    largest = np.abs(a.astype(np.float64) - b).max(axis=1)
    np.testing.assert_array_equal(lane.growth.curve("cells.V"), largest)
    coarse = Growth(50, points=5)
    pair = [Running(case, way, "float32", "fast").run(50) for way in (REFERENCE, DOCTORED)]
    coarse.add(*pair)
    np.testing.assert_allclose(coarse.curve("cells.V"), largest.reshape(5, 10).mean(axis=1))
    assert list(coarse.middles) == [4.5, 14.5, 24.5, 34.5, 44.5]


def test_a_network_that_depends_on_the_backend_is_refused(tmp_path, doctored):
    doctored("none")
    file = tmp_path / "net.py"
    file.write_text(
        "import isospike as iso\nfrom isospike import units as u\n"
        "RUN = {'dt': '0.1 ms', 'duration': '1 ms'}\n"
        "def build():\n"
        "    n = 3 if iso.environ.get('backend') == 'numpy' else 4\n"
        "    net = iso.Network()\n    net.add_population('cells', iso.LIF(n, V_th=1 * u.mV))\n    return net\n"
    )
    with pytest.raises(ParameterError, match="not the same network on all backends"):
        together(file_case(load(file)), steps=2)


def test_a_python_network_whose_update_takes_the_time_gets_that_of_its_clock(tmp_path):
    file = tmp_path / "net.py"
    file.write_text(
        "import isospike as iso\nfrom isospike import units as u\n"
        "RUN = {'dt': '0.1 ms', 'duration': '1 ms'}\n"
        "class Clocked(iso.Module):\n"
        "    def init_state(self, batch_size=None):\n        self.x = iso.HiddenState(0 * u.ms)\n"
        "    def update(self, t):\n        self.x.value = t\n"
        "def build():\n    return Clocked()\n"
    )
    times = Running(file_case(load(file)), REFERENCE).run(4).states["x"]
    np.testing.assert_allclose(times.values, [0.0, 0.1, 0.2, 0.3], rtol=1e-6)


def test_ways_have_their_engines_and_the_first_is_the_reference():
    ways = parse_ways("numpy, jax:eager,jax", "float32")
    assert [w.name for w in ways] == ["numpy interpreter", "jax eager", "jax xla"]


def test_generated_code_is_compared_only_where_it_is_named():
    assert [w.name for w in parse_ways("numpy,jax:auto", "float32")] == ["numpy interpreter", "jax xla"]
    assert [w.name for w in parse_ways("numpy,jax:fused", "float32")] == ["numpy interpreter", "jax fused"]


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("numpy", ParameterError, "names 1 way"),
        ("numpy,numpy:interpreter", ParameterError, "one twice"),
        ("numpy,nmpy", UnknownNameError, "numpy"),
        ("numpy,jax:eagr", BackendError, "eager"),
    ],
)
def test_ways_that_cannot_be_are_refused(text, error, words):
    with pytest.raises(error, match=words):
        parse_ways(text, "float32")
