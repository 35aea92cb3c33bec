from __future__ import annotations

import sys

import numpy as np
import pytest

from isospike.errors import MissingDependencyError, ResultError
from isospike.results import Population, Result
from isospike.results.bands import COLOURS
from isospike.results.plot import MOST_LABELS, raster
from isospike.results.rates import population_rate


def make(populations: list[Population], spikes, steps: int = 1000, start_step: int = 0) -> Result:
    arrays = {name: (np.array(s, np.int64), np.array(n, np.int32)) for name, (s, n) in spikes.items()}
    return Result.from_arrays(populations, arrays, {}, dt_ms=0.1, steps=steps, start_step=start_step)


def drawn(figure) -> list[tuple[str, int]]:
    return [(line.get_color(), len(line.get_xdata())) for line in figure.axes[0].lines]


def legend(figure) -> list[str]:
    return [text.get_text() for found in figure.legends for text in found.get_texts()]


def test_each_group_has_its_colour_rate_and_spikes() -> None:
    cells = Population("cells", 10, {"E": (0, 6), "I": (6, 8)})
    figure = raster(make([cells], {"cells": ([1, 2, 3, 4], [0, 5, 7, 9])}))
    assert drawn(figure) == [(COLOURS[0], 2), (COLOURS[1], 1), (COLOURS[2], 1)]
    assert legend(figure) == ["E  3.33 Hz", "I  5 Hz", "other  5 Hz"]


def test_populations_are_stacked_and_named() -> None:
    result = make([Population("a", 5), Population("b", 3, {"I": (0, 3)})], {"a": ([1], [4]), "b": ([1], [2])})
    figure = raster(result)
    assert [line.get_ydata().tolist() for line in figure.axes[0].lines] == [[4], [7]]
    assert [label.split()[0] for label in legend(figure)] == ["a", "b.I"]
    assert figure.axes[0].get_ylim() == (-0.5, 7.5)


def test_axes_share_time_in_ms_and_carry_units() -> None:
    figure = raster(make([Population("a", 5)], {"a": ([700], [1])}, steps=1000, start_step=500))
    above, below = figure.axes
    assert above.get_xlim() == below.get_xlim() == (50.0, 150.0)
    assert above.lines[0].get_xdata().tolist() == [70.0]
    assert (below.get_xlabel(), below.get_ylabel()) == ("Time (ms)", "Rate (Hz)")


def test_subsampling_is_announced_deterministic_and_leaves_rates_alone(monkeypatch) -> None:
    monkeypatch.setattr("isospike.results.plot.MOST_SPIKES", 250)
    steps, neurons = np.repeat(np.arange(10), 100), np.tile(np.arange(100), 10)
    result = make([Population("a", 100, {"E": (0, 97), "I": (97, 100)})], {"a": (steps, neurons)}, steps=100)
    figure = raster(result)
    assert figure.axes[0].get_title(loc="left") == "1 in 4 neurons shown"
    assert drawn(figure) == [(COLOURS[0], 250), (COLOURS[1], 10)]  # a small group does not vanish
    assert drawn(raster(result)) == drawn(figure)
    rate = figure.axes[1].patches[0].get_data().values
    np.testing.assert_array_equal(rate, population_rate(steps[neurons < 97], 97, 0.1, 100))


def test_many_spikes_are_drawn_as_pixels() -> None:
    spikes = 210_000
    result = make([Population("a", 1000)], {"a": (np.arange(spikes) // 1000, np.arange(spikes) % 1000)})
    figure = raster(result)
    assert figure.axes[0].lines[0].get_rasterized()
    assert figure.axes[0].get_title(loc="left") == "1 in 2 neurons shown"


@pytest.mark.parametrize("steps", [0, 1, 1000])
@pytest.mark.parametrize("size", [0, 1, 100])
def test_silent_short_and_empty_runs_can_be_drawn(steps, size, tmp_path) -> None:
    raster(make([Population("a", size)], {"a": ([], [])}, steps=steps), tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_an_unrecorded_run_says_so() -> None:
    figure = raster(make([Population("a", 5)], {}))
    assert figure.axes[0].get_title(loc="left") == "spikes not recorded"
    assert legend(figure) == []


def test_the_legend_stays_small_with_many_populations() -> None:
    populations = [Population(f"p{i}", 2) for i in range(40)]
    figure = raster(make(populations, {p.name: ([1], [0]) for p in populations}))
    assert len(figure.axes[0].lines) == 40
    assert len(legend(figure)) == MOST_LABELS


def test_pyplot_and_its_global_state_are_not_touched() -> None:
    before = "matplotlib.pyplot" in sys.modules
    figure = make([Population("a", 5)], {"a": ([1], [1])}).plot()
    assert type(figure.canvas).__name__ == "FigureCanvasAgg"
    assert ("matplotlib.pyplot" in sys.modules) == before


@pytest.mark.parametrize("name", ["missing/a.png", "a.nonsense"])
def test_a_file_that_cannot_be_written_is_a_result_error(name, tmp_path) -> None:
    with pytest.raises(ResultError, match=r"raster\.png"):
        raster(make([Population("a", 5)], {"a": ([1], [1])}), tmp_path / name)


def test_missing_matplotlib_names_the_extra(monkeypatch) -> None:
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.backends.backend_agg"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingDependencyError, match=r'pip install "isospike\[plot\]"'):
        raster(make([Population("a", 5)], {}))
