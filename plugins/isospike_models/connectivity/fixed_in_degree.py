"""FixedInDegree: each postsynaptic cell has the same number of sources."""

from __future__ import annotations

from typing import Any

from isospike.comm import SparseComm
from isospike.connectivity import CSR, fixed_in_degree
from isospike.dynamics import Size
from isospike.random.host import HostRandom
from isospike_models.connectivity.counting import checked_count

__all__ = ["FixedInDegree"]


class FixedInDegree(SparseComm):
    """Fixed in-degree: exactly ``degree`` cells connect to each postsynaptic cell, every choice equally likely.

    Every cell receives as much input, whatever the size of the presynaptic population. Out-degrees vary.

    Parameters
    ----------
    in_size, out_size : int or tuple of int
        Shapes of the pre- and the postsynaptic population.
    degree : int
        Sources of each postsynaptic cell.
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
        self.degree = checked_count("FixedInDegree", "degree", degree, None if allow_multi_conn else self.n_pre)
        self.allow_multi_conn = allow_multi_conn
        self.self_offset = self_offset

    def connect(self, rng: HostRandom) -> CSR:
        """Draw the synapses."""
        return fixed_in_degree(
            rng,
            self.n_pre,
            self.n_post,
            self.degree,
            multapses=self.allow_multi_conn,
            self_offset=self.self_offset,
        )
