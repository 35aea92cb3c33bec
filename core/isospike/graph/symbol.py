"""The symbolic array: what a step sees in place of data while it is traced."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from isospike.errors import TraceError

if TYPE_CHECKING:
    from isospike.graph.ir import Value
    from isospike.graph.trace import Trace

__all__ = ["Symbol", "install_methods", "install_operators"]


class Symbol:
    """A traced array: shape and dtype without data, conforming to the Array API.

    It lives inside a Quantity like any other array. What would need its data (``if``, ``float``, ``len`` of a
    scalar, NumPy functions) raises `TraceError` with the replacement, unless somebody debugs.
    """

    __slots__ = ("__weakref__", "trace", "value")
    __array_ufunc__ = None
    __hash__ = object.__hash__

    def __init__(self, trace: Trace, value: Value) -> None:
        self.trace = trace
        self.value = value

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape; leading axes are batch."""
        return self.value.aval.shape

    @property
    def dtype(self) -> str:
        """Name of the dtype."""
        return self.value.aval.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def device(self) -> str:
        """Symbols have no device; the backend places the arrays."""
        return "symbolic"

    @property
    def T(self) -> Any:
        """Matrix transpose, of two axes."""
        return _math().permute_dims(self, (1, 0))

    @property
    def mT(self) -> Any:
        """Transpose of the last two axes."""
        return _math().permute_dims(self, (*range(self.ndim - 2), self.ndim - 1, self.ndim - 2))

    def __array_namespace__(self, *, api_version: str | None = None) -> Any:
        """Return `isospike.math`."""
        del api_version
        return _math()

    def __repr__(self) -> str:
        """Return a constant-size description, as brainunit prints its operands often, or what it is for a debugger."""
        return f"Symbol({self.value.aval})" if self.data is None else repr(self.data)

    def __str__(self) -> str:
        """Return the description, or the bare numbers for a debugger."""
        return repr(self) if self.data is None else str(self.data)

    def __format__(self, spec: str) -> str:
        """Return a single number as a format asks for, and anything else as ``str`` does."""
        return str(self) if self.data is None else format(self.data[()] if spec else str(self), spec)

    def __getitem__(self, key: Any) -> Any:
        """Index with integers, slices, ``...`` and ``None``; an integer symbol takes along the first axis."""
        return _math().getitem(self, key)

    def __setitem__(self, key: Any, value: Any) -> NoReturn:
        """Refuse: arrays are values."""
        msg = "a traced array cannot be changed in place: write x = iso.math.where(mask, new, x)"
        raise TraceError(msg)

    @property
    def data(self) -> np.ndarray | None:
        """What it is, while somebody debugs (`isospike.debug`), or ``None``."""
        return self.trace.data_of(self.value)

    def __bool__(self) -> bool:
        """Refuse: the step is traced once, for every later value."""
        cure = "iso.math.where(condition, a, b) or iso.math.logical_and(a, b)"
        return bool(self._data("`if`, `while`, `and`, `or` and `not` on it", cure))

    def __float__(self) -> float:
        """Refuse: there is no data."""
        return float(self._data("float(x) and functions of the math module", "iso.math.exp(x) and its like"))

    def __int__(self) -> int:
        """Refuse: there is no data."""
        return int(self._data("int(x)", "iso.math.astype(x, iso.math.int32)"))

    def __index__(self) -> int:
        """Refuse: there is no data."""
        return operator.index(self._data("its use as an index or a range", "iso.math.take(values, x)")[()])

    def __len__(self) -> NoReturn:
        """Refuse, so that no foreign library takes it for a sequence."""
        raise _no_data("len(x)", "x.shape[0]")

    def __iter__(self) -> NoReturn:
        """Refuse, so that no foreign library takes it for a sequence."""
        raise _no_data("iterating over it", "x[0], x[1] or whole-array operations")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Refuse: a NumPy or other foreign function was called on a traced array, or an array indexed with it."""
        use = "a function of NumPy, brainunit.math or another library"
        cure = "iso.math.exp(x) in place of np.exp(x) or u.math.exp(x)"
        if self.dtype.startswith(("int", "uint")):  # NumPy asks for an index in the same way
            use, cure = (
                f"indexing a NumPy array with it or {use}",
                f"iso.math.take(values, x) in place of values[x], {cure}",
            )
        return np.array(self._data(use, cure), dtype)

    def _data(self, use: str, cure: str) -> np.ndarray:
        """Return what it is while somebody debugs, or refuse a use of it."""
        if self.data is None:
            raise _no_data(use, cure)
        return self.data


def _math() -> Any:
    import isospike.math

    return isospike.math


def _no_data(use: str, cure: str) -> TraceError:
    from isospike.graph.trace import where_am_i

    return TraceError(
        f"a traced array has no data while the step is traced, so {use} cannot work{where_am_i()}: use {cure}. To look "
        "at values, run the step inside `with iso.debug():`"
    )


def _binary(name: str, *, reflected: bool = False) -> Any:
    def binary(self: Symbol, other: Any) -> Any:
        function = getattr(_math(), name)
        return function(other, self) if reflected else function(self, other)

    binary.__doc__ = f"Return ``isospike.math.{name}``."
    return binary


def _unary(name: str) -> Any:
    def unary(self: Symbol) -> Any:
        return getattr(_math(), name)(self)

    unary.__doc__ = f"Return ``isospike.math.{name}``."
    return unary


_ARITHMETIC = {
    "add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "pow", "matmul": "matmul", "and": "bitwise_and", "or": "bitwise_or",
    "xor": "bitwise_xor", "lshift": "bitwise_left_shift", "rshift": "bitwise_right_shift",
}  # fmt: skip
_COMPARISON = {
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
}
_UNARY = {"neg": "negative", "pos": "positive", "abs": "abs", "invert": "bitwise_invert"}


def install_operators(cls: type) -> None:
    """Give a class the Array API operators, each of which calls the function of `isospike.math`."""
    for python, name in _ARITHMETIC.items():
        setattr(cls, f"__{python}__", _binary(name))
        setattr(cls, f"__r{python}__", _binary(name, reflected=True))
    for python, name in _COMPARISON.items():
        setattr(cls, f"__{python}__", _binary(name))
    for python, name in _UNARY.items():
        setattr(cls, f"__{python}__", _unary(name))


install_operators(Symbol)


# Methods that arrays of NumPy and JAX have beside the operators.
_METHODS = ("all", "any", "astype", "clip", "max", "mean", "min", "reshape", "round", "squeeze", "sum")


def install_methods(cls: type) -> None:
    """Give a class the usual array methods, each of which calls the function of `isospike.math`."""
    for name in _METHODS:
        setattr(cls, name, _method(name))
    cls.__round__ = cls.round  # type: ignore[attr-defined]


def _method(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        if name == "reshape" and len(args) > 1:
            args = (args,)
        # np.sum(x) calls x.sum(axis=None, out=None).
        given = {k: v for k, v in kwargs.items() if v is not None}
        return getattr(_math(), name)(self, *args, **given)

    method.__doc__ = f"Return ``isospike.math.{name}``."
    return method


install_methods(Symbol)
