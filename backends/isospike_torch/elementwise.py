"""Operations of the step graph as functions of torch: ``FUNCTIONS[name](*tensors, **attributes)``.

Each takes tensors of the dtypes that the graph says and gives the dtype that it says; the promotion of torch is
never relied on. They run on tensors, and on the proxies that record them (`isospike_torch.lowering`), which know
shape, dtype and device: so the methods of a tensor are not used. Numbers are filled in by ``masked_fill``: on a GPU
``where`` would copy them from the host, for which a CUDA graph cannot be recorded. A ``uint32`` is held in an
``int64`` tensor, because torch lacks addition and shifts of unsigned integers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

__all__ = ["COMPILED", "DIFFERENTIABLE", "DTYPES", "FUNCTIONS", "UINT32_MASK", "cast", "wide_product"]


DTYPES = {
    "bool": torch.bool,
    "int32": torch.int32,
    "uint32": torch.int64,
    "float32": torch.float32,
    "float64": torch.float64,
}
UINT32_MASK = 2**32 - 1
_HALF = 2**16 - 1

# 1/(k+1)! from the highest k down; the first that is dropped is below half an ulp of 1 for |x| < 1/2.
_TERMS = {torch.float32: 8, torch.float64: 13}


def cast(x: Tensor, dtype: torch.dtype) -> Tensor:
    """Return x in a dtype; an integer that does not fit wraps, as on other backends."""
    return torch.ops.aten.to.dtype(x, dtype)


def exprel(x: Tensor) -> Tensor:
    """Return (exp(x) - 1) / x, which is 1 at 0."""
    return torch.masked_fill(torch.div(torch.expm1(x), x), torch.eq(x, 0.0), 1.0)


def exprel_by_series(x: Tensor) -> Tensor:
    """Return ``exprel(x)`` by a series near 0, where the derivative of the quotient cancels."""
    near = torch.lt(torch.abs(x), 0.5)
    small = torch.masked_fill(x, torch.logical_not(near), 0.0)
    coefficients = [1.0 / math.factorial(k + 1) for k in range(_TERMS[x.dtype], -1, -1)]
    series = torch.add(torch.mul(small, coefficients[0]), coefficients[1])
    for coefficient in coefficients[2:]:
        series = torch.add(torch.mul(series, small), coefficient)
    return torch.where(near, series, torch.div(torch.sub(torch.exp(x), 1.0), torch.masked_fill(x, near, 1.0)))


def expm1_compiled(x: Tensor) -> Tensor:
    """Return exp(x) - 1 without cancellation (Kahan): Inductor computes ``torch.expm1`` as ``exp(x) - 1``."""
    y = torch.exp(x)
    near, far = torch.eq(y, 1.0), torch.isinf(y)
    safe = torch.masked_fill(y, torch.logical_or(near, far), 2.0)
    quotient = torch.mul(torch.sub(safe, 1.0), torch.div(x, torch.log(safe)))
    # exp(x) is 0 and its logarithm infinite where exp(x) - 1 rounds to -1.
    small = torch.masked_fill(quotient, torch.eq(y, 0.0), -1.0)
    return torch.where(near, x, torch.where(far, y, small))


def wide_product(x: Tensor, y: Tensor | int) -> tuple[Tensor, Tensor]:
    """Return the high and the low word of a product of two uint32.

    It is made of halves of x: the whole product does not fit into an int64, and a compiler may do as it likes with one
    that overflows (g++ does).
    """
    low = torch.mul(torch.bitwise_and(x, _HALF), y)
    high = torch.add(torch.mul(torch.bitwise_right_shift(x, 16), y), torch.bitwise_right_shift(low, 16))
    joined = torch.add(torch.mul(torch.bitwise_and(high, _HALF), 2**16), torch.bitwise_and(low, _HALF))
    return torch.bitwise_right_shift(high, 16), joined


def multiply(x: Tensor, y: Tensor) -> Tensor:
    """Return x * y; an unsigned product wraps."""
    return wide_product(x, y)[1] if x.dtype == torch.int64 else torch.mul(x, y)


def floor_divide(x: Tensor, y: Tensor) -> Tensor:
    """Return x // y rounded down; 0 for integers divided by 0, where torch raises."""
    return _divided(torch.floor_divide, x, y)


def remainder(x: Tensor, y: Tensor) -> Tensor:
    """Return x modulo y, of the sign of y; 0 for integers modulo 0, where torch raises."""
    return _divided(torch.remainder, x, y)


def _divided(function: Callable[..., Tensor], x: Tensor, y: Tensor) -> Tensor:
    if x.dtype.is_floating_point:
        return function(x, y)
    zero = torch.eq(y, 0)
    return torch.masked_fill(function(x, torch.masked_fill(y, zero, 1)), zero, 0)


def index(x: Tensor, *, index: tuple[int | tuple[int, int, int], ...]) -> Tensor:
    """Return a view; torch has no negative steps, so that these axes are turned round first."""
    turned = [axis for axis, entry in enumerate(index) if not isinstance(entry, int) and entry[2] < 0]
    whole = torch.flip(x, turned) if turned else x
    return whole[tuple(e if isinstance(e, int) else _slice(e, n) for e, n in zip(index, x.shape, strict=True))]


def _slice(entry: tuple[int, int, int], size: int) -> slice:
    start, stop, step = entry
    return slice(size - 1 - start, size - 1 - stop, -step) if step < 0 else slice(start, stop, step)


def power_of_two(k: Tensor, *, to: str) -> Tensor:
    """Return 2**k, by its exponent bits."""
    bits, bias, shift = (torch.int32, 127, 23) if to == "float32" else (torch.int64, 1023, 52)
    return torch.ops.aten.view.dtype(torch.bitwise_left_shift(torch.add(cast(k, bits), bias), shift), DTYPES[to])


def exponent(x: Tensor) -> Tensor:
    """Return the k of a normal number m 2**k, from its exponent bits."""
    bits, bias, shift = (torch.int32, 127, 23) if x.dtype == torch.float32 else (torch.int64, 1023, 52)
    biased = torch.bitwise_right_shift(torch.ops.aten.view.dtype(torch.detach(x), bits), shift)
    return cast(torch.sub(torch.bitwise_and(biased, 2 * bias + 1), bias), torch.int32)


def sum_(x: Tensor, *, axis: tuple[int, ...], keepdims: bool) -> Tensor:
    """Return the sum over axes; booleans are counted, in int32."""
    dtype = torch.int32 if x.dtype == torch.bool else x.dtype
    return torch.sum(x, dim=axis, keepdim=keepdims, dtype=dtype) if axis else cast(x, dtype)


def take(x: Tensor, indices: Tensor, *, axis: int) -> Tensor:
    """Return elements at integer positions along an axis."""
    positions = torch.reshape(indices, (-1,))
    counted = torch.where(torch.lt(positions, 0), torch.add(positions, x.shape[axis]), positions)
    flat = torch.index_select(x, axis, counted)
    return torch.reshape(flat, (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))


def _over_axes(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def reduce(x: Tensor, *, axis: tuple[int, ...], keepdims: bool) -> Tensor:
        return function(x, dim=axis, keepdim=keepdims) if axis else x

    return reduce


def _truth_over_axes(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    reduce = _over_axes(function)
    return lambda x, *, axis, keepdims: reduce(cast(x, torch.bool), axis=axis, keepdims=keepdims)


def sign(x: Tensor) -> Tensor:
    """Return -1, 0 or 1, and NaN of NaN, of which torch makes 0."""
    return torch.where(torch.ne(x, x), x, torch.sign(x))


# Torch has these by the name and with the meaning of the standard.
_SAME = """
    abs add atan bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor ceil cos cosh
    exp expm1 floor isfinite isinf isnan less less_equal greater greater_equal log log1p logical_and
    logical_not logical_or logical_xor matmul maximum minimum negative not_equal pow round sin sinh
    sqrt square subtract tanh where
""".split()  # noqa: SIM905

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(torch, name) for name in _SAME},
    "all": _truth_over_axes(torch.all),
    "any": _truth_over_axes(torch.any),
    "astype": lambda x, *, to: cast(x, DTYPES[to]),
    "broadcast_to": lambda x, *, shape: torch.broadcast_to(x, shape),
    "concat": lambda *arrays, axis: torch.cat(arrays, dim=axis),
    "divide": torch.div,
    "equal": torch.eq,
    "exponent": exponent,
    "exprel": exprel,
    "floor_divide": floor_divide,
    "grid_round": lambda x, *, exponent: torch.mul(torch.round(torch.mul(x, 2.0**-exponent)), 2.0**exponent),
    "guard": lambda x, one: x,  # torch rounds each product
    "identity": torch.positive,
    "index": index,
    "max": _over_axes(torch.amax),
    "min": _over_axes(torch.amin),
    "multiply": multiply,
    "permute_dims": lambda x, *, axes: torch.permute(x, axes),
    "power_of_two": power_of_two,
    "quotient": torch.div,
    "remainder": remainder,
    "reshape": lambda x, *, shape: torch.reshape(x, shape),
    "sign": sign,
    "step_time": lambda step, dt: torch.mul(cast(step, dt.dtype), dt),
    "stop_gradient": torch.detach,
    "sum": sum_,
    "take": take,
}

# What takes the place of the above where a gradient is taken, and where Inductor compiles.
DIFFERENTIABLE: dict[str, Callable[..., Any]] = {"exprel": exprel_by_series}
COMPILED: dict[str, Callable[..., Any]] = {
    "expm1": expm1_compiled,
    "exprel": exprel_by_series,
    "guard": torch.mul,
}
