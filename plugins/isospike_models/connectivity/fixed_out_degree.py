"""FixedOutDegree: each presynaptic cell has the same number of targets."""

from __future__ import annotations

from typing import Any

from isospike.comm import SparseComm
from isospike.connectivity import CSR, fixed_out_degree
from isospike.dynamics import Size
from isospike.random.host import HostRandom
from isospike_models.connectivity.counting import checked_count

__all__ = ["FixedOutDegree"]


class FixedOutDegree(SparseComm):
    """Fixed out-degree: each presynaptic cell connects to exactly ``degree`` cells, every choice equally likely.

    In-degrees are binomial, nearly. `EventFixedProb` is the same rule with the number as a fraction.

    Parameters
    ----------
    in_size, out_size : int or tuple of int
        Shapes of the pre- and the postsynaptic population.
    degree : int
        Targets of each presynaptic cell.
    weight : Quantity, array (n_synapses,), initialiser or ParamState
        Weight of all synapses or of each, such as ``6 * u.nS``.
    allow_multi_conn : bool
        Let a pair be connected more than once; False by default.
    self_offset : int, optional
        Presynaptic cell i and postsynaptic cell i + self_offset are one cell, which does not connect to
        itself; ``None`` (default) allows every pair.

    Raises
    ------
    ParameterError
        ``degree`` is no whole number, negative, or more than there are cells.
    """

    def __init__(
        self,
        in_size: Size,
        out_size: Size,
        degree: int,
        weight: Any,
        *,
        allow_multi_conn: bool = False,
        self_offset: int | None = None,
    ) -> None:
        super().__init__(in_size, out_size, weight)
        self.degree = checked_count("FixedOutDegree", "degree", degree, None if allow_multi_conn else self.n_post)
        self.allow_multi_conn = allow_multi_conn
        self.self_offset = self_offset

    def connect(self, rng: HostRandom) -> CSR:
        """Draw the synapses."""
        return fixed_out_degree(
            rng,
            self.n_pre,
            self.n_post,
            self.degree,
            multapses=self.allow_multi_conn,
            self_offset=self.self_offset,
        )
