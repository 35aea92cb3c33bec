"""Small programs that backends once computed differently: each has the results of NumPy on all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import math
from isospike.namespace import to_host
from isospike.transform import cond, for_loop, jit, truncated_for_loop, vmap, while_loop

WAYS = [("native", None), ("torch", "eager"), ("torch", "fused"), ("jax", "xla"), ("jax", "fused"), ("jax", "eager")]
RNG = np.random.default_rng(4)
A, B = RNG.normal(size=(2, 3)).astype(np.float32), RNG.normal(size=(2, 3)).astype(np.float32) + 4
MATRICES, ROWS = RNG.integers(-4, 4, (3, 3, 2, 2)).astype(np.float32), RNG.integers(-4, 4, (3, 3, 2)).astype(np.float32)
ODD = np.array([np.inf, np.nan, -2.0, 3.0], np.float32)
MASK = np.array([False, False, False, True])
NOTHING = np.zeros((0, 2), np.float32)
NEGATIVE = np.array([[-1, 0], [1, -2]], np.int32)

PROGRAMS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "position of a boolean": (lambda x: math.take(x, math.astype(x > 0, "int32")), (np.array([1.5, -2.5, 0], "f4"),)),
    "negative position": (lambda x, i: math.take(x, i, axis=1), (A, NEGATIVE)),
    "position in one number": (lambda x, i: math.take(math.reshape(x, (1,)), i), (2.5, np.array([0, -1], np.int32))),
    "positions of examples": (vmap(lambda x, i: x[i]), (A, NEGATIVE)),
    "matrices and vectors of examples": (vmap(math.matmul), (MATRICES, ROWS[:, 0])),
    "matrices of examples and one vector": (vmap(math.matmul, in_axes=(0, None)), (MATRICES, ROWS[0, 0])),
    "stacks and matrices of examples": (vmap(math.matmul), (MATRICES, MATRICES[:, 0])),
    "number times boolean": (lambda x, b: x * b, (ODD, MASK)),
    "sign": (math.sign, (ODD,)),
    "divided by a column": (lambda x, y: x / y, (A, B[:, :1])),
    "divided by a row": (lambda x, y: x / y, (A, B[0])),
    "divided by one in a row": (lambda x, y: x / y, (A, B[0, :1])),
    "divided by what is broadcast": (lambda x, y: x / math.broadcast_to(y, (2, 3)), (A, B[0])),
    "any and all of nothing over no axis": (lambda x: (math.any(x, axis=()), math.all(x, axis=())), (A,)),
    "number in a row in a branch": (
        lambda x: cond(x > 0, lambda: math.reshape(x, (1,)) + 1, lambda: math.ones(1)),
        (2.0,),
    ),
    "boolean in a row in a loop": (
        lambda x: while_loop(lambda c: c[1][0], lambda c: (c[0] + 1, math.reshape(c[0] < x, (1,))), (0.0, MASK[3:])),
        (3.0,),
    ),
    "mean of large whole numbers": (lambda x: math.mean(x), (np.full(4, 2**30, np.int32),)),
    "truncated loop of no step": (lambda x: truncated_for_loop(lambda y: y + 1, x, window=4), (NOTHING,)),
    "loop of no step in a program": (lambda x: for_loop(lambda y: y + 1, x), (NOTHING,)),
    "power of infinity": (lambda x: x**np.inf, (np.array([0.5, 1.0, 2.0], "f4"),)),
}  # fmt: skip


def results(function: Callable[..., Any], arguments: tuple[Any, ...], **environment: Any) -> list[np.ndarray]:
    with iso.environ.context(**environment):
        found = jit(function)(*arguments)
    return [to_host(x) for x in (found if isinstance(found, tuple) else (found,))]


@pytest.mark.parametrize("numerics", ["fast", "exact"])
@pytest.mark.parametrize(("backend", "engine"), WAYS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_has_the_results_of_numpy(name: str, backend: str, engine: str | None, numerics: str) -> None:
    function, arguments = PROGRAMS[name]
    expected = results(function, arguments, backend="numpy", numerics=numerics)
    got = results(function, arguments, backend=backend, engine=engine, numerics=numerics)
    for x, y in zip(got, expected, strict=True):
        assert (x.dtype, x.shape) == (y.dtype, y.shape)
        if numerics == "exact":
            np.testing.assert_array_equal(np.signbit(x[x == 0]), np.signbit(y[y == 0]))
        np.testing.assert_allclose(x, y, rtol=0 if numerics == "exact" else 1e-6)


@pytest.mark.parametrize("name", [n for n in PROGRAMS if "examples" in n])
def test_a_program_of_examples_has_the_results_of_each(name: str) -> None:
    function, arguments = PROGRAMS[name]
    one = {"positions of examples": lambda x, i: x[i]}.get(name, np.matmul)
    shared = "one vector" in name
    expected = [one(x, arguments[1] if shared else arguments[1][k]) for k, x in enumerate(arguments[0])]
    np.testing.assert_array_equal(results(function, arguments, backend="numpy")[0], expected)
