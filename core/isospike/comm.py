"""The comm interface: what carries spikes from one population to another, with its weights."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from isospike import environ, units
from isospike.canonical import canonical
from isospike.connectivity import CSR
from isospike.dynamics import Size, as_size
from isospike.errors import ParameterError, ShapeError
from isospike.graph.op import op
from isospike.graph.trace import apply, current_trace
from isospike.initializer import Initializer, checked_source, drawn
from isospike.math import astype, concat, expand_dims, matmul, squeeze, zeros
from isospike.module import SEARCHED, Module, kept_by_reset, resetting, seed_of
from isospike.random.host import HostRandom
from isospike.state import ParamState, State
from isospike.weightgrid import WeightGrid

__all__ = ["Comm", "SparseComm"]

_EACH = "one weight per synapse"


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
        self._post_size, self._start = self.out_size, 0

    @property
    def post_size(self) -> tuple[int, ...]:
        """Shape of the population that it delivers to; larger than ``out_size`` after `onto`."""
        return self._post_size

    @property
    def n_pre(self) -> int:
        """Number of presynaptic cells."""
        return math.prod(self.in_size)

    @property
    def n_post(self) -> int:
        """Number of postsynaptic cells."""
        return math.prod(self.out_size)

    def onto(self, size: Size, start: int = 0) -> Self:
        """Deliver to a range of the cells of a population, to the others nothing, and return itself.

        Parameters
        ----------
        size : int or tuple of int
            Shape of the population, whose cells are counted along the last axis first.
        start : int
            The first of the ``n_post`` cells; 0 by default.

        Raises
        ------
        ShapeError
            The population has no such range.
        """
        whole = as_size(size, f"{type(self).__name__}.onto(size=...)")
        if not 0 <= start <= math.prod(whole) - self.n_post:
            msg = (
                f"{type(self).__name__} has {self.n_post} postsynaptic cells, and onto({size}, start={start}) is a "
                f"population without cells {start} to {start + self.n_post - 1}: give a start from 0 to "
                f"{size} - {self.n_post}, or a smaller out_size"
            )
            raise ShapeError(msg)
        self._post_size, self._start = whole, start
        return self

    @classmethod
    def declared_states(cls) -> frozenset[str]:
        """Return the names of the States; ``weight`` is made by `init_weight`."""
        return super().declared_states() | {"weight"}

    def set_weight(self, weight: Any, shape: tuple[int, ...] | None, argument: str = "weight") -> None:
        """Hold the weight: a quantity or number, an array of ``shape``, an initialiser or a ParamState.

        ``argument`` is the name of the constructor's argument, for messages.
        """
        self._weight_title = f"{type(self).__name__}({argument}=...)"
        self._weight_axes = 1 if shape is None else len(shape)
        source = checked_source(weight, shape, self._weight_title, _EACH)
        if isinstance(source, State):
            self.weight = source  # first: a State goes by the first attribute that holds it
        self.weight_source = source

    def init_weight(self, shape: tuple[int, ...]) -> None:
        """Make ``weight`` from its source, drawing it where that is an initialiser; a reset keeps what there is."""
        if kept_by_reset(self, "weight"):
            return
        rng = HostRandom(seed_of(self), f"{self.path}.weight")
        source = drawn(self.weight_source, shape, rng, self._weight_title, _EACH)
        self.weight = source if isinstance(source, State) else ParamState(source)

    def weight_unit(self) -> Any:
        """Return the unit of the weights, ``None`` for pure numbers."""
        source = self.weight_source
        if isinstance(source, State):
            return source.spec.units[0]
        if isinstance(source, Initializer):
            return source.unit
        probe = (1,) * self._weight_axes
        return units.split(source(probe, HostRandom(0, "unit")) if callable(source) else source)[1]

    def check_spikes(self, spikes: Any) -> Any:
        """Return the spikes with one axis of cells, or raise ``ShapeError`` naming both sizes."""
        mantissa, unit = units.split(spikes)
        if unit is not None or not self.has_cells(mantissa):
            given = f"shape {tuple(mantissa.shape)}" + ("" if unit is None else f" in {units.unit_name(unit)}")
            msg = (
                f"{type(self).__name__} {self.path!r} takes the spikes of {self.in_size} presynaptic cells "
                f"without unit, but was given {given}: "
                "pass pre.get_spike() of a population of that size"
            )
            raise ShapeError(msg)
        return self.flat(mantissa)

    def has_cells(self, x: Any) -> bool:
        """Say whether an array has one element for each presynaptic cell, after any batch axes."""
        return tuple(x.shape)[-len(self.in_size) :] == self.in_size

    def flat(self, x: Any) -> Any:
        """Return an array of presynaptic cells with one axis of cells."""
        if len(self.in_size) == 1:
            return x
        return apply(op("reshape"), x, shape=(*x.shape[: -len(self.in_size)], self.n_pre))

    def dense(self, flat: Any, weight: Any) -> Any:
        """Return ``flat @ weight``; without a batch axis, with the bits of a batch of one."""
        if flat.ndim > 1:
            return matmul(flat, weight)
        return squeeze(matmul(expand_dims(flat, axis=0), weight), axis=0)

    def shape_output(self, x: Any) -> Any:
        """Return what arrives at the postsynaptic cells, in the shape of their population."""
        if self.post_size != self.out_size:
            ends = self._start, math.prod(self.post_size) - self.n_post - self._start
            before, after = ([zeros((*x.shape[:-1], n), dtype=x.dtype)] if n else [] for n in ends)
            x = concat([*before, x, *after], axis=-1)
        if len(self.post_size) == 1:
            return x
        return apply(op("reshape"), x, shape=(*x.shape[:-1], *self.post_size))


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
        #: Where the weights have exact sums; chosen when they are initialised.
        self.weight_grid: WeightGrid | None = None

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
        if not resetting():
            self.choose_grid()

    def choose_grid(self) -> None:
        """Choose the grid of exact numerics anew, for weights that have grown since they were initialised."""
        in_degree = int(np.bincount(self.csr.indices, minlength=1).max())
        self.weight_grid = WeightGrid(self.weight.leaves[0], in_degree)

    def on_grid(self, weight: Any) -> Any:
        """Return the weights rounded to what has exact sums in the working precision."""
        assert self.weight_grid is not None
        trace = current_trace()
        if trace is not None:
            trace.root.checks[self] = self._require_on_grid
        return self.weight_grid.rounded(weight)

    def _require_on_grid(self) -> None:
        assert self.weight_grid is not None
        self.weight_grid.require(self.weight, f"{type(self).__name__} {self.path!r}")

    def update(self, spikes: Any) -> Any:
        """Return the weighted sum of the spikes at each postsynaptic cell."""
        mantissa = self.check_spikes(spikes)
        weight, unit = units.split(self.weight.value)
        if str(mantissa.dtype) == "bool":
            mantissa = astype(mantissa, environ.float_dtype())
        if environ.get("numerics") == "exact":
            weight = self.on_grid(weight)
        total = apply(op("event_matvec"), mantissa, weight, self.csr.indptr, self.csr.indices, n_post=self.n_post)
        return units.quantity(self.shape_output(total), unit)
