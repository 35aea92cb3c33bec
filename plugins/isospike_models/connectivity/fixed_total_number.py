"""FixedTotalNumber: a given number of synapses between any cells."""

from __future__ import annotations

from typing import Any

from isospike.comm import SparseComm
from isospike.connectivity import CSR, fixed_total_number
from isospike.dynamics import Size
from isospike.random.host import HostRandom
from isospike_models.connectivity.counting import checked_count

__all__ = ["FixedTotalNumber"]


class FixedTotalNumber(SparseComm):
    r"""Exactly ``number`` synapses, every such set of pairs equally likely.

    .. math:: y_j = \sum_i w_{ij}\,s_i, \qquad \#\{(i, j) : i \to j\} = n

    In- and out-degrees are nearly those of `FixedProb`, but the number of synapses does not vary with the seed.

    Parameters
    ----------
    in_size, out_size : int or tuple of int
        Shapes of the pre- and the postsynaptic population.
    number : int
        Number of synapses.
    weight : Quantity, array (number,), initialiser or ParamState
        Weight of all synapses or of each, such as ``6 * u.nS``.
    allow_multi_conn : bool
        Let a pair be connected more than once; False by default.
    self_offset : int, optional
        Presynaptic cell i and postsynaptic cell i + self_offset are one cell, which does not connect to
        itself; ``None`` (default) allows every pair.

    Raises
    ------
    ParameterError
        ``number`` is no whole number, negative, or more than there are pairs.

    References
    ----------
    Senk et al. (2022), Connectivity concepts in neuronal network modeling, PLoS Comput. Biol. 18:e1010086,
    the rule of fixed total number.
    """

    def __init__(
        self,
        in_size: Size,
        out_size: Size,
        number: int,
        weight: Any,
        *,
        allow_multi_conn: bool = False,
        self_offset: int | None = None,
    ) -> None:
        super().__init__(in_size, out_size, weight)
        most = None if allow_multi_conn else self.n_pre * self.n_post
        self.number = checked_count("FixedTotalNumber", "number", number, most)
        self.allow_multi_conn = allow_multi_conn
        self.self_offset = self_offset

    def connect(self, rng: HostRandom) -> CSR:
        """Draw the synapses."""
        return fixed_total_number(
            rng,
            self.n_pre,
            self.n_post,
            self.number,
            multapses=self.allow_multi_conn,
            self_offset=self.self_offset,
        )
