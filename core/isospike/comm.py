"""The comm interface: what carries spikes from one population to another, with its weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from isospike import environ, units
from isospike.connectivity import CSR
from isospike.dynamics import Size, as_size
from isospike.errors import ParameterError, ShapeError
from isospike.graph.op import op
from isospike.graph.trace import apply
from isospike.hostrandom import HostRandom
from isospike.math import astype
from isospike.module import Module
from isospike.state import ParamState, State

__all__ = ["Comm", "SparseComm"]


class Comm(Module):
    """Base of connections: ``in_size`` presynaptic cells, ``out_size`` postsynaptic ones, and a ``weight``.

    Parameters
    ----------
    in_size, out_size : int or tuple of int
        Shapes of the two populations.
    """

    def __init__(self, in_size: Size, out_size: Size) -> None:
        self.in_size = as_size(in_size, f"{type(self).__name__}(in_size=...)")
        self.out_size = as_size(out_size, f"{type(self).__name__}(out_size=...)")

    @property
    def n_pre(self) -> int:
        """Number of presynaptic cells."""
        return math.prod(self.in_size)

    @property
    def n_post(self) -> int:
        """Number of postsynaptic cells."""
        return math.prod(self.out_size)

    def weight_unit(self) -> Any:
        """Return the unit of the weights."""
        raise NotImplementedError

    def set_weight(self, weight: Any, shape: tuple[int, ...] | None) -> None:
        """Hold the weight: a number or quantity, an array of ``shape``, an initialiser, or a trainable ParamState."""
        if not isinstance(weight, State) and not callable(weight):
            mantissa, unit = units.split(weight)
            weight = units.quantity(_finite(mantissa, self), unit)
            _check_shape(weight, shape, self)
        self.weight_source = weight

    def init_weight(self, shape: tuple[int, ...]) -> None:
        """Make ``weight`` from its source, drawing it where that is an initialiser."""
        source = self.weight_source
        if isinstance(source, State):
            self.weight = source
            return
        if callable(source):
            source = source(shape, HostRandom(environ.get("seed"), f"{self.path}.weight"))
        self.weight = ParamState(source)

    def source_unit(self) -> Any:
        """Return the unit of the weight's source."""
        source = self.weight_source
        if isinstance(source, State):
            return source.spec.units[0]
        if callable(source):
            source = source((1,), HostRandom(0, "unit"))
        return units.split(source)[1]

    def check_spikes(self, spikes: Any) -> Any:
        """Return the spikes with one axis of cells, or raise ``ShapeError`` naming both sizes."""
        mantissa, unit = units.split(spikes)
        n_axes = len(self.in_size)
        shape = tuple(mantissa.shape)
        if unit is not None or shape[len(shape) - n_axes :] != self.in_size:
            given = f"shape {shape}" + ("" if unit is None else f" in {units.unit_name(unit)}")
            msg = (
                f"{type(self).__name__} {self.path!r} takes the spikes of {self.in_size} presynaptic cells without unit, but was given {given}: "
                "pass pre.get_spike() of a population of that size"
            )
            raise ShapeError(msg)
        if n_axes == 1:
            return mantissa
        return apply(op("reshape"), mantissa, shape=(*shape[: len(shape) - n_axes], self.n_pre))

    def shape_output(self, x: Any) -> Any:
        """Return the result with the axes of the postsynaptic population."""
        if len(self.out_size) == 1:
            return x
        return apply(op("reshape"), x, shape=(*x.shape[:-1], *self.out_size))


class SparseComm(Comm):
    """Base of sparse connections, whose events walk the rows of the cells that spike.

    The synapses are drawn in ``init_all_states``, on the host, as a function of the seed of the environment and the path of this
    module: the same on every backend.
    """

    def __init__(self, in_size: Size, out_size: Size, weight: Any) -> None:
        super().__init__(in_size, out_size)
        self.set_weight(weight, None)
        self._drawn: tuple[int, str] | None = None
        self._csr: CSR | None = None

    def connect(self, rng: HostRandom) -> CSR:
        """Return the synapses; subclasses define the rule."""
        raise NotImplementedError

    @property
    def csr(self) -> CSR:
        """The synapses as CSR rows, one per presynaptic cell."""
        if self._csr is None:
            msg = f"{type(self).__name__} {self.path!r} has no synapses yet: call iso.init_all_states(network) first"
            raise ParameterError(msg)
        return self._csr

    def init_state(self, batch_size: int | None = None) -> None:
        """Draw the synapses, unless they are those of this seed and path already, and the weights."""
        del batch_size
        key = (environ.get("seed"), self.path)
        if self._drawn != key:
            self._csr = self.connect(HostRandom(*key))
            self._drawn = key
        n = self.csr.n_synapses
        if not callable(self.weight_source):
            value = self.weight_source.value if isinstance(self.weight_source, State) else self.weight_source
            _check_shape(value, (n,), self)
        self.init_weight((n,))

    def weight_unit(self) -> Any:
        """Return the unit of the weights."""
        return self.source_unit()

    def update(self, spikes: Any) -> Any:
        """Return the weighted sum of the spikes at each postsynaptic cell."""
        mantissa = self.check_spikes(spikes)
        weight, unit = units.split(self.weight.value)
        if str(mantissa.dtype) == "bool":
            mantissa = astype(mantissa, environ.float_dtype())
        total = apply(op("event_matvec"), mantissa, weight, self.csr.indptr, self.csr.indices, n_post=self.n_post)
        return units.quantity(self.shape_output(total), unit)


def _finite(mantissa: Any, comm: Comm) -> np.ndarray:
    array = np.array(mantissa, dtype=np.float64)
    if not np.isfinite(array).all():
        msg = f"{type(comm).__name__}(weight=...) holds NaN or infinity, expected finite numbers"
        raise ParameterError(msg)
    return array


def _check_shape(weight: Any, shape: tuple[int, ...] | None, comm: Comm) -> None:
    given = tuple(np.shape(units.split(weight)[0]))
    if shape is not None and given not in ((), shape):
        msg = f"{type(comm).__name__}(weight=...) has shape {given}, expected one number or an array of shape {shape}, one weight per synapse"
        raise ShapeError(msg)
