"""EventFixedProb: each presynaptic cell has the same number of targets."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

from isospike.comm import SparseComm
from isospike.connectivity import CSR, fixed_out_degree
from isospike.dynamics import Size
from isospike.errors import ParameterError
from isospike.random.host import HostRandom

__all__ = ["EventFixedProb"]


class EventFixedProb(SparseComm):
    r"""Fixed out-degree: each presynaptic cell connects to exactly ``round(conn_num * n_post)`` cells.

    .. math:: y_j = \sum_i w_{ij}\,s_i, \qquad \#\{j : i \to j\} = k \text{ for each } i

    They are drawn without repetition. The name is BrainPy's, whose rule this is; see `FixedProb` for
    independent pairs. BrainPy allows repetitions by default and rounds down; ``allow_multi_conn=True`` allows
    repetitions here.

    Parameters
    ----------
    in_size, out_size : int or tuple of int
        Shapes of the pre- and the postsynaptic population.
    conn_num : float or int
        Fraction of the postsynaptic cells (a float up to 1), or their number (an int).
    conn_weight : Quantity, array (n_synapses,), initialiser or ParamState
        Weight of all synapses or of each, such as ``0.5 * u.mS``.
    allow_multi_conn : bool
        Let a pair be connected more than once; False by default.
    self_offset : int, optional
        Presynaptic cell i and postsynaptic cell i + self_offset are one cell, which does not connect to
        itself.

    Raises
    ------
    ParameterError
        ``conn_num`` is negative, or more than there are cells.

    References
    ----------
    Senk et al. (2022), Connectivity concepts in neuronal network modeling, PLoS Comput. Biol. 18:e1010086,
    the rule of fixed out-degree.
    """

    def __init__(
        self,
        in_size: Size,
        out_size: Size,
        conn_num: float,
        conn_weight: Any,
        *,
        allow_multi_conn: bool = False,
        self_offset: int | None = None,
    ) -> None:
        super().__init__(in_size, out_size, conn_weight)
        given: Any = conn_num
        most = 1.0 if not isinstance(given, Integral) else math.inf if allow_multi_conn else self.n_post
        if isinstance(given, bool) or not isinstance(given, Real) or not 0 <= float(given) <= most:
            msg = (
                f"EventFixedProb(conn_num={conn_num!r}), expected a fraction from 0.0 to 1.0, or a number of "
                f"targets such as 20, at most n_post={self.n_post} unless allow_multi_conn=True"
            )
            raise ParameterError(msg)
        self.conn_num = conn_num
        self.allow_multi_conn = allow_multi_conn
        self.self_offset = self_offset

    @property
    def out_degree(self) -> int:
        """Number of targets of each presynaptic cell."""
        return int(self.conn_num) if isinstance(self.conn_num, Integral) else round(float(self.conn_num) * self.n_post)

    def connect(self, rng: HostRandom) -> CSR:
        """Draw the synapses."""
        return fixed_out_degree(
            rng,
            self.n_pre,
            self.n_post,
            self.out_degree,
            multapses=self.allow_multi_conn,
            self_offset=self.self_offset,
        )
