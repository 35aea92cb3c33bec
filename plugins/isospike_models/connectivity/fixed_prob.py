"""FixedProb: each pair of cells is connected with the same probability."""

from __future__ import annotations

from numbers import Real
from typing import Any

from isospike.comm import SparseComm
from isospike.connectivity import CSR, fixed_probability
from isospike.dynamics import Size
from isospike.errors import ParameterError
from isospike.random.host import HostRandom

__all__ = ["FixedProb"]


class FixedProb(SparseComm):
    r"""Bernoulli connectivity: each pair is connected independently with probability p.

    .. math:: y_j = \sum_i w_{ij}\,s_i, \qquad P(i \to j) = p

    The in-degree is binomial with mean :math:`p\,N_{pre}`. Use `EventFixedProb` for exactly the same number
    of targets per cell.

    Parameters
    ----------
    in_size, out_size : int or tuple of int
        Shapes of the pre- and the postsynaptic population.
    prob : float
        Connection probability, from 0 to 1.
    weight : Quantity, array (n_synapses,), initialiser or ParamState
        Weight of all synapses or of each, such as ``6 * u.nS``.
    self_offset : int, optional
        Presynaptic cell i and postsynaptic cell i + self_offset are one cell, which does not connect to
        itself; ``None`` (default) allows every pair.

    Raises
    ------
    ParameterError
        ``prob`` is outside 0 to 1.

    References
    ----------
    Senk et al. (2022), Connectivity concepts in neuronal network modeling, PLoS Comput. Biol. 18:e1010086,
    the rule of pairwise Bernoulli.
    """

    def __init__(
        self, in_size: Size, out_size: Size, prob: float, weight: Any, *, self_offset: int | None = None
    ) -> None:
        super().__init__(in_size, out_size, weight)
        given: Any = prob
        if isinstance(given, bool) or not isinstance(given, Real) or not 0.0 <= float(given) <= 1.0:
            msg = f"FixedProb(prob={prob!r}), expected a probability from 0 to 1, such as 0.02"
            raise ParameterError(msg)
        self.prob = float(prob)
        self.self_offset = self_offset

    def connect(self, rng: HostRandom) -> CSR:
        """Draw the synapses."""
        return fixed_probability(rng, self.n_pre, self.n_post, self.prob, self_offset=self.self_offset)
