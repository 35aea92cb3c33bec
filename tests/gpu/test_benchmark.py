"""The benchmark, on a backend that is everywhere, so that it runs where it is needed."""

from __future__ import annotations

import benchmark
import pytest

from isospike_conformance.way import Way


def test_a_row_holds_the_time_of_a_step_its_bound_and_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "LENGTHS", (16, 64))
    net = benchmark.network(400)
    reading = benchmark.measure(net, Way("numpy"), 1e9)
    assert reading.steps == 64
    assert reading.us > 1
    # V, the refractory counter and two conductances, each read and written; and spikes.
    moved = 400 * (4 * 8 + 8) + reading.rate * 1e-4 * 12 * benchmark.synapses(net)
    assert reading.bound == pytest.approx(1e6 * moved / 1e9)
    assert 400 * 70 < benchmark.synapses(net) < 400 * 90


def test_a_backend_that_cannot_run_here_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert [way.backend for way in benchmark.usable(["numpy", "abacus"], "cpu")] == ["numpy"]
    assert "abacus" in capsys.readouterr().err
