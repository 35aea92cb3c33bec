"""Checkpointed loops: the values and gradients of plain ones, in less memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError
from isospike.graph.aval import Aval
from isospike.graph.ir import Graph, Node, Value
from isospike.graph.op import op
from isospike.transform.segments import Checkpoints, parse_memory

WAYS = [("jax", "xla"), ("torch", "eager"), ("torch", "compiled")]
FORMS = [{}, {"base": 7}, {"base": 1}, {"levels": 2}, {"levels": 3}, {"memory": "3 kB"}, {"memory": "1 GB"}]


class Layer(iso.Module):
    """Recurrent cells under noise that a seed decides."""

    def __init__(self) -> None:
        self.cells = iso.LIF(6, tau=10 * u.ms, V_th=1 * u.mV, V_reset=0 * u.mV)
        self.within = iso.Linear(6, 6, iso.Normal(0 * u.mA, 1 * u.mA), None)

    def update(self, x: Any) -> Any:
        return self.cells(x * u.mA + self.within(self.cells.get_spike()))


def learned(way: tuple[str, str | None], loop: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the spikes of 100 steps, and the gradient of their weighted sum with respect to the weights."""
    pytest.importorskip(way[0])
    with iso.environ.context(backend=way[0], engine=way[1], precision="float64", dt=1 * u.ms, seed=2):
        net = iso.init_all_states(Layer())
        inputs = np.random.default_rng(1).normal(2.0, 2.0, (100, 6))

        def loss() -> Any:
            spikes = loop(net, inputs)
            return iso.math.sum(spikes * np.linspace(0, 1, 600).reshape(100, 6)), spikes

        (gradient,), _, spikes = iso.transform.jit(
            iso.transform.grad(loss, [net.within.weight], has_aux=True, return_value=True)
        )()
        to_host = iso.select.get_backend(way[0]).to_numpy
        return to_host(spikes), to_host(u.split(gradient)[0])


@pytest.mark.parametrize("way", WAYS, ids=lambda way: "-".join(filter(None, way)))
def test_gradients_are_those_of_a_plain_loop(way: tuple[str, str | None]) -> None:
    spikes, gradient = learned(way, iso.transform.for_loop)
    assert 20 < spikes.sum() < 500
    assert abs(gradient).max() > 0.1
    forms = FORMS if way[1] != "compiled" else FORMS[:1]
    for form in forms:
        again, other = learned(way, lambda *a, form=form: iso.transform.checkpointed_for_loop(*a, **form))
        np.testing.assert_array_equal(again, spikes)
        assert abs(other - gradient).max() <= 1e-12 * abs(gradient).max(), form


@pytest.mark.usefixtures("backend")
def test_without_a_gradient_it_is_the_plain_loop() -> None:
    x = np.arange(2000.0)
    plain, checked = (
        iso.transform.scan(lambda c, y: (c + y, c), 0.0, x),
        iso.transform.checkpointed_scan(lambda c, y: (c + y, c), 0.0, x, base=100),
    )
    for a, b in zip(plain, checked, strict=True):
        assert (np.asarray(a) == np.asarray(b)).all()


def test_jax_keeps_a_few_carries_instead_of_every_step() -> None:
    jax = pytest.importorskip("jax")
    from isospike.transform.arguments import describe
    from isospike.transform.program import trace_program
    from isospike_jax.loop import run_graph

    w = iso.ParamState(0.9)

    def temporary_bytes(loop: Any) -> int:
        def loss(x: Any) -> Any:
            return iso.math.sum(loop(lambda c, y: (iso.math.tanh(c * w.value + y), None), np.zeros(500), x)[0])

        with iso.environ.context(backend="jax"):
            signature, arrays = describe((np.zeros(1024),))
            program = trace_program(iso.transform.grad(loss, w), signature, arrays)
        inputs = [*program.constants, np.float32(0.9), np.zeros(1024, "float32")]
        compiled = jax.jit(lambda *a: run_graph(program.graph, a)).lower(*inputs).compile()
        return int(compiled.memory_analysis().temp_size_in_bytes)

    plain, checked = temporary_bytes(iso.transform.scan), temporary_bytes(iso.transform.checkpointed_scan)
    assert plain > 1024 * 500 * 4
    assert checked < plain / 8


def test_torch_saves_a_few_carries_instead_of_every_step() -> None:
    torch = pytest.importorskip("torch")
    saved = [0]

    def pack(x: Any) -> Any:
        saved[0] += x.numel()
        return x

    def kept(loop: Any) -> int:
        saved[0] = 0
        with iso.environ.context(backend="torch"), torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
            start = torch.zeros(500, requires_grad=True)
            loop(lambda c, y: (iso.math.tanh(c * 0.9 + y), None), start, np.zeros(256))
        return saved[0]

    plain, checked = kept(iso.transform.scan), kept(iso.transform.checkpointed_scan)
    assert plain > 256 * 500
    assert checked < plain / 8


def body_of(carry: int, step: int) -> Graph:
    """Return a body with a carry of so many float32, and one node of so many."""
    held, made = Value(Aval((carry,), "float32")), Value(Aval((step,), "float32"))
    return Graph((held,), (Node(op("identity"), (held,), {}, (made,)),), (held,))


def test_chunks_are_near_the_square_root_and_levels_near_the_roots_above() -> None:
    body = body_of(10, 10)
    assert Checkpoints().segments(body, 0, 1, 10_000) == (128,)
    assert Checkpoints(levels=2).segments(body, 0, 1, 10**6) == (8192, 128)
    assert Checkpoints(chunk=16).segments(body, 0, 1, 100) == (16,)
    assert Checkpoints(chunk=16).segments(body, 0, 1, 16) == ()


def test_a_budget_takes_the_fewest_levels_and_the_longest_chunks_that_keep_to_it() -> None:
    body = body_of(250, 2500)  # 1 kB to carry, 10 kB a step

    def needed(segments: tuple[int, ...], capacity: int) -> float:
        lengths = (capacity, *segments)
        return sum(-(-a // b) for a, b in zip(lengths, segments, strict=False)) * 1e3 + lengths[-1] * 1e4

    assert Checkpoints(memory=10**9).segments(body, 0, 1, 10_000) == ()
    one = Checkpoints(memory=3 * 10**6).segments(body, 0, 1, 10_000)
    assert one == (256,)
    assert needed(one, 10_000) <= 3e6 < needed((512,), 10_000)
    several = Checkpoints(memory=4 * 10**5).segments(body, 0, 1, 10_000)
    assert len(several) > 1
    assert needed(several, 10_000) <= 4e5
    with pytest.raises(
        ParameterError, match=r"its carry of 1 kB and a step of 10 kB need more\. Write memory='\d+ kB'"
    ):
        Checkpoints(memory=1000).segments(body, 0, 1, 10_000)


def test_a_budget_is_a_size() -> None:
    assert parse_memory("512 MB") == 512_000_000
    assert parse_memory("1.5GiB") == int(1.5 * 2**30)
    assert parse_memory(1000) == 1000
    assert parse_memory(None) is None
    for wrong in ("much", "5 ms", "0 MB", True, -1, 1.5):
        with pytest.raises(ParameterError, match="expected a size"):
            parse_memory(wrong)  # type: ignore[arg-type]


def test_numbers_that_are_no_chunks_are_refused() -> None:
    for wrong in ({"base": 0}, {"base": 2.0}, {"levels": 0}, {"levels": True}):
        with pytest.raises(ParameterError, match="expected a positive whole number"):
            iso.transform.checkpointed_for_loop(lambda: None, length=3, **wrong)
    with pytest.raises(ParameterError, match="each decides alone"):
        iso.transform.checkpointed_scan(lambda c, x: (c, x), 0.0, length=3, base=2, memory="1 MB")


def test_a_checkpointed_loop_of_no_step_in_a_program_gives_nothing() -> None:
    with iso.environ.context(backend="numpy"):
        run = iso.transform.jit(lambda x: iso.transform.checkpointed_for_loop(lambda y: y + 1, x))
        assert run(np.zeros((0, 2))).shape == (0, 2)
