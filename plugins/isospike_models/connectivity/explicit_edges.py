"""ExplicitEdges: the synapses of a list."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import units
from isospike.comm import SparseComm
from isospike.connectivity import CSR, explicit_edges
from isospike.dynamics import Size
from isospike.errors import ParameterError
from isospike.initializer import Initializer
from isospike.random.host import HostRandom
from isospike.state import State

__all__ = ["ExplicitEdges"]


class ExplicitEdges(SparseComm):
    r"""Synapses as they are listed, such as those of a data set or of another simulator.

    .. math:: y_j = \sum_{k:\,post_k = j} w_k\,s_{pre_k}

    Cells are counted from 0, those of a population of several axes along the last axis first. Synapses are kept in
    the order of presynaptic, then postsynaptic cell; an array of weights is brought into it. An array of delays is
    in it already: ``delay[np.lexsort((post, pre))]``.

    Parameters
    ----------
    in_size, out_size : int or tuple of int
        Shapes of the pre- and the postsynaptic population.
    pre, post : array of int (n_synapses,)
        Presynaptic and postsynaptic cell of each synapse, in any order.
    weight : Quantity, array (n_synapses,), initialiser or ParamState
        Weight of all synapses or of each, in the order of ``pre``. A ParamState is taken as it is, so the synapses
        have to be listed in order.
    allow_multi_conn : bool
        Accept that a pair is listed more than once; False by default.

    Raises
    ------
    ParameterError
        A cell is not in its population, a pair is listed twice, or a ParamState is given for synapses out of order.
    ShapeError
        ``pre``, ``post`` and ``weight`` are not of one length.

    References
    ----------
    Senk et al. (2022), Connectivity concepts in neuronal network modeling, PLoS Comput. Biol. 18:e1010086.

    Examples
    --------
    >>> import isospike as iso
    >>> edges = iso.init_all_states(ExplicitEdges(2, 3, pre=[1, 0], post=[2, 0], weight=[5.0, 7.0] * units.nS))
    >>> with iso.environ.context(backend="numpy"):
    ...     print(edges(np.ones(2)))
    [7. 0. 5.] nS
    """

    def __init__(
        self, in_size: Size, out_size: Size, pre: Any, post: Any, weight: Any, *, allow_multi_conn: bool = False
    ) -> None:
        super().__init__(in_size, out_size, weight)
        self._listed, order = explicit_edges(self.n_pre, self.n_post, pre, post, multapses=allow_multi_conn)
        self.allow_multi_conn = allow_multi_conn
        self.set_weight(self._in_order(order), (order.size,))
        self._weight_axes = 1

    def connect(self, rng: HostRandom) -> CSR:
        """Return the synapses."""
        return self._listed

    def _in_order(self, order: np.ndarray) -> Any:
        """Return what the weights are made from, an array of them in the order of the rows."""
        source = self.weight_source
        is_sorted = bool((np.diff(order) == 1).all())
        if isinstance(source, State):
            if source.spec.avals[0].shape and not is_sorted:
                msg = (
                    "ExplicitEdges(weight=...) is a State, which is in the order of the rows, but the synapses are not "
                    "listed so: write order = np.lexsort((post, pre)), and pre[order], post[order] and "
                    "iso.ParamState(weight[order])"
                )
                raise ParameterError(msg)
            return source
        if isinstance(source, Initializer) or callable(source):
            return source
        mantissa, unit = units.split(source)
        each = mantissa.shape == order.shape and not is_sorted
        return units.quantity(mantissa[order] if each else mantissa, unit)
