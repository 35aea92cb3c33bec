"""The comm interface: what carries spikes from one population to another, with its weights."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from isospike import environ, units
from isospike.canonical import canonical
from isospike.connectivity import CSR
from isospike.dynamics import Size, as_size
from isospike.errors import ParameterError, ShapeError
from isospike.graph.op import op
from isospike.graph.trace import apply
from isospike.initializer import Initializer
from isospike.math import astype
from isospike.module import SEARCHED, Module, resetting, seed_of
from isospike.random.host import HostRandom
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

    @classmethod
    def declared_states(cls) -> frozenset[str]:
        """Return the names of the States; ``weight`` is made by `init_weight`."""
        return super().declared_states() | {"weight"}

    def set_weight(self, weight: Any, shape: tuple[int, ...] | None) -> None:
        """Hold the weight: a quantity or number, an array of ``shape``, an initialiser or a ParamState."""
        if not isinstance(weight, State) and not callable(weight):
            mantissa, unit = units.split(weight)
            weight = units.quantity(_finite(mantissa, self), unit)
        self.weight_source = weight
        if shape is not None:
            self._check_shape(shape)

    def init_weight(self, shape: tuple[int, ...]) -> None:
        """Make ``weight`` from its source, drawing it where that is an initialiser."""
        source = self.weight_source
        self._check_shape(shape)
        if isinstance(source, State):
            self.weight = source
            return
        if callable(source):
            source = source(shape, HostRandom(seed_of(self), f"{self.path}.weight"))
        self.weight = ParamState(source)

    def weight_unit(self) -> Any:
        """Return the unit of the weights, ``None`` for pure numbers."""
        source = self.weight_source
        if isinstance(source, State):
            return source.spec.units[0]
        if isinstance(source, Initializer):
            return source.unit()
        return units.split(source((1,), HostRandom(0, "unit")) if callable(source) else source)[1]

    def check_spikes(self, spikes: Any) -> Any:
        """Return the spikes with one axis of cells, or raise ``ShapeError`` naming both sizes."""
        mantissa, unit = units.split(spikes)
        n_axes = len(self.in_size)
        shape = tuple(mantissa.shape)
        if unit is not None or shape[len(shape) - n_axes :] != self.in_size:
            given = f"shape {shape}" + ("" if unit is None else f" in {units.unit_name(unit)}")
            msg = (
                f"{type(self).__name__} {self.path!r} takes the spikes of {self.in_size} presynaptic cells "
                f"without unit, but was given {given}: "
                "pass pre.get_spike() of a population of that size"
            )
            raise ShapeError(msg)
        if n_axes == 1:
            return mantissa
        return apply(op("reshape"), mantissa, shape=(*shape[: len(shape) - n_axes], self.n_pre))

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        source = self.weight_source
        if isinstance(source, State):
            given = source.spec.avals[0].shape
        elif callable(source):
            return
        else:
            given = tuple(np.shape(units.split(source)[0]))
        if given not in ((), shape):
            msg = (
                f"{type(self).__name__}(weight=...) has shape {given}, expected one number, or one weight "
                f"per synapse in an array of shape {shape}"
            )
            raise ShapeError(msg)

    def shape_output(self, x: Any) -> Any:
        """Return the result with the axes of the postsynaptic population."""
        if len(self.out_size) == 1:
            return x
        return apply(op("reshape"), x, shape=(*x.shape[:-1], *self.out_size))


class SparseComm(Comm):
    """Base of sparse connections, whose events walk the rows of the cells that spike.

    The synapses are drawn in ``init_all_states``, on the host, as a function of the seed of the network, the
    path of this module and its parameters: the same on every backend. ``reset_all_states`` leaves them alone.
    """

    def __init__(self, in_size: Size, out_size: Size, weight: Any) -> None:
        super().__init__(in_size, out_size)
        self.set_weight(weight, None)
        self._drawn: Any = None
        self._csr: CSR | None = None

    def connect(self, rng: HostRandom) -> CSR:
        """Return the synapses; subclasses define the rule."""
        raise NotImplementedError

    @property
    def csr(self) -> CSR:
        """The synapses as CSR rows, one per presynaptic cell."""
        if self._csr is None:
            msg = (
                f"{type(self).__name__} {self.path!r} has no synapses yet: call "
                f"iso.init_all_states(network) first; {SEARCHED}"
            )
            raise ParameterError(msg)
        return self._csr

    def init_state(self, batch_size: int | None = None) -> None:
        """Draw the synapses, unless they are those of this seed, path and rule already, and the weights."""
        del batch_size
        stream = (seed_of(self), self.path)
        rule = {k: canonical(v) for k, v in vars(self).items() if not k.startswith(("_", "weight"))}
        if self._csr is None or (self._drawn != (stream, rule) and not resetting()):
            self._csr = self.connect(HostRandom(*stream))
            self._drawn = (stream, rule)
        self.init_weight((self.csr.n_synapses,))

    def update(self, spikes: Any) -> Any:
        """Return the weighted sum of the spikes at each postsynaptic cell."""
        mantissa = self.check_spikes(spikes)
        weight, unit = units.split(self.weight.value)
        if str(mantissa.dtype) == "bool":
            mantissa = astype(mantissa, environ.float_dtype())
        total = apply(op("event_matvec"), mantissa, weight, self.csr.indptr, self.csr.indices, n_post=self.n_post)
        return units.quantity(self.shape_output(total), unit)


def _finite(mantissa: Any, comm: Comm) -> np.ndarray:
    array = np.asarray(mantissa)
    if array.dtype.kind not in "biuf":
        msg = (
            f"{type(comm).__name__}(weight=...) is given {mantissa!r}, "
            "expected a number or an array, such as 0.6 * u.nS"
        )
        raise ParameterError(msg)
    array = np.array(array, dtype=np.float64)
    if not np.isfinite(array).all():
        msg = f"{type(comm).__name__}(weight=...) holds NaN or infinity, expected finite numbers"
        raise ParameterError(msg)
    return array
