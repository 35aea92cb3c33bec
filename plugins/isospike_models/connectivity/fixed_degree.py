"""FixedDegree: what connections with a given number of partners have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from isospike.comm import SparseComm
from isospike.connectivity import CSR
from isospike.dynamics import Size
from isospike.random.host import HostRandom
from isospike_models.connectivity.counting import checked_count

__all__ = ["FixedDegree"]


class FixedDegree(SparseComm):
    """Base of rules that give each cell of one side ``degree`` partners on the other.

    A rule names the function that draws, and how many partners there are to choose from.
    """

    #: The rule of `isospike.connectivity`.
    draw: ClassVar[Callable[..., CSR]]

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
        self.degree = checked_count(
            type(self).__name__, "degree", degree, None if allow_multi_conn else self.n_partners
        )
        self.allow_multi_conn = allow_multi_conn
        self.self_offset = self_offset

    @property
    def n_partners(self) -> int:
        """Number of cells that the partners are chosen from."""
        raise NotImplementedError

    def connect(self, rng: HostRandom) -> CSR:
        """Draw the synapses."""
        return type(self).draw(
            rng,
            self.n_pre,
            self.n_post,
            self.degree,
            multapses=self.allow_multi_conn,
            self_offset=self.self_offset,
        )
