"""How many threads run a program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike.graph.ir import Graph

pytestmark = pytest.mark.usefixtures("stand_in")


def launch_for(*arguments: Any) -> tuple[int, int]:
    from isospike_cupy import launch

    found = launch.launch_for(*arguments)
    return found.blocks, found.threads


def held(threads: int) -> int:
    """Return the blocks that a device of 132 multiprocessors with 2048 threads each holds."""
    return 132 * (2048 // threads)


def test_a_program_that_fits_in_one_block_gets_no_more_and_whole_warps() -> None:
    assert launch_for(1, 1024, held) == (1, 32)
    assert launch_for(0, 1024, held) == (1, 32)
    assert launch_for(33, 1024, held) == (1, 64)
    assert launch_for(1024, 1024, held) == (1, 1024)


def test_a_wider_one_gets_a_thread_an_element_until_the_device_is_full() -> None:
    assert launch_for(4000, 1024, held) == (16, 256)
    assert launch_for(4_000_000, 1024, held) == (132 * 8, 256)


def test_a_kernel_of_many_registers_gets_blocks_that_it_can_run_in() -> None:
    assert launch_for(1000, 500, held) == (4, 256)
    assert launch_for(1000, 200, held) == (6, 192)


@pytest.mark.parametrize("blocks", [0, 1])
def test_where_blocks_cannot_wait_for_each_other_there_is_one(blocks: int) -> None:
    assert launch_for(10**6, 1024, lambda threads: blocks) == (1, 1024)


@pytest.fixture
def width_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], int]:
    """Return the width of the last program that runs on NumPy, where the self-test of exact numerics is none."""
    from isospike.select import get_backend
    from isospike_cupy import launch

    numpy = get_backend("numpy")
    compile_graph, graphs = numpy.compile, []

    def recording(graph: Graph, **options: Any) -> Any:
        graphs.append(graph)
        return compile_graph(graph, **options)

    monkeypatch.setattr(numpy, "compile", recording)

    def width(run: Callable[[], object]) -> int:
        monkeypatch.setattr("isospike.transform.program.require_exact", lambda *arguments, **options: None)
        with iso.environ.context(backend="numpy", dt=0.1 * iso.units.ms):
            run()
        return launch.width_of(graphs[-1])

    return width


def test_the_width_of_a_network_is_that_of_its_step_not_of_its_synapses(width_of: Callable[..., int]) -> None:
    u = iso.units
    cells = iso.LIF(300, tau=10 * u.ms, V_th=20 * u.mV)
    comm = iso.FixedProb(300, 300, 0.5, 1 * u.mA)
    loop = iso.AlignPostProj(comm=comm, syn=iso.Expon.desc(tau=5 * u.ms), out=iso.CUBA.desc(scale=1.0), post=cells)

    def run() -> None:
        with iso.environ.context(numerics="exact"):
            for part in (cells, loop):
                iso.init_all_states(part)

            def step() -> None:
                loop(cells.get_spike())
                cells(25 * u.mA)

            iso.transform.for_loop(step, length=4)

    assert width_of(run) == 300


def test_the_width_of_a_program_without_a_time_loop_is_its_largest_array(width_of: Callable[..., int]) -> None:
    x = np.ones((7, 11))
    assert width_of(lambda: iso.transform.jit(lambda y: iso.math.sum(y, axis=0))(x)) == 77
    assert width_of(lambda: iso.transform.jit(lambda y: y[0] + 1.0)(x)) == 11
