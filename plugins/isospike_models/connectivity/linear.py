"""Linear: a trainable dense layer, of spikes or of any other values."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import math, units
from isospike.comm import Comm
from isospike.dynamics import Size
from isospike.errors import ParameterError, ShapeError
from isospike.initializer import checked_source, drawn
from isospike.module import kept_by_reset, seed_of
from isospike.random.host import HostRandom
from isospike.state import ParamState, State
from isospike_models.initialisers.constant import Constant
from isospike_models.initialisers.kaiming_normal import KaimingNormal

__all__ = ["Linear"]

_W_INIT, _B_INIT = KaimingNormal(), Constant(0.0)
_B_TITLE, _B_EACH = "Linear(b_init=...)", "one bias per output"


class Linear(Comm):
    r"""Linear layer, :math:`y_j = \sum_i x_i\,m_{ij}\,w_{ij} + b_j`.

    Its input is an array of shape (\*batch, \*in_size) of real numbers in any unit or none: spikes, or what a
    layer before it returns. The output, of shape (\*batch, \*out_size), is in the unit of the input times that of
    the weights. Both are trainable: the States ``weight`` and ``bias``, which is ``None`` without one.

    As ``comm`` of a projection it delivers the bias in every step.

    Parameters
    ----------
    in_size, out_size : int or tuple of int
        Shapes of one input and one output; n_in and n_out are their numbers of elements.
    w_init : Quantity, array (n_in, n_out), initialiser or ParamState
        Weights w; `KaimingNormal` by default. One number fills the matrix.
    b_init : Quantity, array (n_out,), initialiser, ParamState or None
        Bias b, of the dimension of the output; 0 by default, ``None`` for no bias. Plain zeros are taken to be in
        the unit of the weights, which is right for spikes: for an input with a unit, give them theirs.
    w_mask : array (n_in, n_out), optional
        Factors m of 0 and 1: where it is 0 there is no connection, and the weight has no gradient.

    Raises
    ------
    ShapeError
        ``w_init``, ``b_init`` or ``w_mask`` has another shape; at a call, the input has.
    ParameterError
        A weight or bias is no finite number, or ``w_mask`` holds something else than 0 and 1.
    UnitError
        At the first call: the bias differs in dimension from the input times the weights.

    Examples
    --------
    >>> import isospike as iso
    >>> layer = iso.init_all_states(Linear(3, 2, w_init=0.5 * units.nS))
    >>> with iso.environ.context(backend="numpy"):
    ...     print(layer(np.ones(3)))
    [1.5 1.5] nS
    """

    bias: State | None

    def __init__(
        self, in_size: Size, out_size: Size, w_init: Any = _W_INIT, b_init: Any = _B_INIT, *, w_mask: Any = None
    ) -> None:
        super().__init__(in_size, out_size)
        shape, bias_shape = (self.n_pre, self.n_post), (self.n_post,)
        self.set_weight(w_init, shape, "w_init")
        self.weight_source = _filled(self.weight_source, shape)
        bias = None if b_init is None else checked_source(b_init, bias_shape, _B_TITLE, _B_EACH)
        if isinstance(bias, State):
            self.bias = bias  # first, as in set_weight
        self.bias_source = _filled(bias, bias_shape)
        self.w_mask = None if w_mask is None else _checked_mask(w_mask, shape)

    def init_state(self, batch_size: int | None = None) -> None:
        """Make the weights and the bias."""
        del batch_size
        self.init_weight((self.n_pre, self.n_post))
        if not kept_by_reset(self, "bias"):
            self.bias = self._drawn_bias()

    def update(self, x: Any) -> Any:
        """Return the weighted sum of the input and the bias at each output."""
        mantissa, given = units.split(math.asarray(x))
        if not self.has_cells(mantissa):
            msg = (
                f"Linear {self.path!r} takes arrays of shape (..., {', '.join(map(str, self.in_size))}), but was given "
                f"shape {tuple(mantissa.shape)}: write iso.math.reshape(x, {self.in_size}), or give it the in_size "
                "of what it reads"
            )
            raise ShapeError(msg)
        total, unit = units.split(self.dense(units.quantity(self.flat(mantissa), given), self._masked_weight()))
        if self.bias is not None:
            what = f"Linear {self.path!r}: the bias (b_init=...), for an input in {units.unit_name(given)},"
            total = total + units.convert(self.bias.value, unit, what=what)
        return units.quantity(self.shape_output(total), unit)

    def _masked_weight(self) -> Any:
        weight, shape = self.weight.value, (self.n_pre, self.n_post)
        if units.split(weight)[0].shape != shape:  # a ParamState of one number for all
            weight = math.broadcast_to(weight, shape)
        return weight if self.w_mask is None else math.multiply(weight, self.w_mask)

    def _drawn_bias(self) -> State | None:
        if self.bias_source is None:
            return None
        rng = HostRandom(seed_of(self), f"{self.path}.bias")
        source = drawn(self.bias_source, (self.n_post,), rng, _B_TITLE, _B_EACH)
        if isinstance(source, State):
            return source
        mantissa, unit = units.split(source)
        if unit is None and not mantissa.any():
            unit = self.weight.spec.units[0]
        return ParamState(units.quantity(mantissa, unit))


def _filled(source: Any, shape: tuple[int, ...]) -> Any:
    """Return one number as an array of it, each element of which is then trained by itself."""
    if source is None or callable(source) or isinstance(source, State):
        return source
    mantissa, unit = units.split(source)
    return units.quantity(np.full(shape, mantissa), unit)


def _checked_mask(mask: Any, shape: tuple[int, ...]) -> np.ndarray:
    mantissa, unit = units.split(mask)
    array = np.array(mantissa)
    if array.shape != shape:
        msg = f"Linear(w_mask=...) has shape {array.shape}, expected that of the weights: np.ones({shape})"
        raise ShapeError(msg)
    if unit is not None or not np.isin(array, (0, 1)).all():
        msg = "Linear(w_mask=...) holds something else than 0 and 1: write w_mask=(factors != 0), and factors as w_init"
        raise ParameterError(msg)
    array = array.astype(np.float64)
    array.flags.writeable = False
    return array
