"""SmallWorld: neighbours on a ring, with some synapses that lead elsewhere."""

from __future__ import annotations

from numbers import Real
from typing import Any

from isospike.comm import SparseComm
from isospike.connectivity import CSR, small_world
from isospike.dynamics import Size
from isospike.errors import ParameterError
from isospike.random.host import HostRandom
from isospike_models.connectivity.counting import checked_count

__all__ = ["SmallWorld"]


class SmallWorld(SparseComm):
    r"""Small world of a population onto itself: short paths and many neighbours in common.

    .. math:: y_j = \sum_i w_{ij}\,s_i

    Each cell projects to its ``degree / 2`` neighbours on either side of a ring. Each synapse is rewired
    independently with probability ``prob``: it leads to any other cell that is no target yet, all equally likely.
    No cell connects to itself or twice to another.

    Parameters
    ----------
    in_size : int or tuple of int
        Shape of the population; cells of several axes are counted along the last axis first.
    degree : int
        Targets of each cell, an even number.
    prob : float
        Probability that a synapse is rewired: 0 is a ring, 1 a random network of fixed out-degree.
    weight : Quantity, array (n_synapses,), initialiser or ParamState
        Weight of all synapses or of each, such as ``6 * u.nS``.

    Raises
    ------
    ParameterError
        ``degree`` is not even or as large as the population, or ``prob`` is outside 0 to 1.

    References
    ----------
    Watts and Strogatz (1998), Collective dynamics of 'small-world' networks, Nature 393:440. There a connection has
    no direction; here each direction is rewired by itself.
    """

    def __init__(self, in_size: Size, degree: int, prob: float, weight: Any) -> None:
        super().__init__(in_size, in_size, weight)
        self.degree = checked_count("SmallWorld", "degree", degree, self.n_pre - 1)
        if self.degree % 2:
            msg = f"SmallWorld(degree={degree!r}), expected an even number, as many neighbours on either side"
            raise ParameterError(msg)
        given: Any = prob
        if isinstance(given, bool) or not isinstance(given, Real) or not 0.0 <= float(given) <= 1.0:
            msg = f"SmallWorld(prob={prob!r}), expected a probability from 0 to 1, such as 0.1"
            raise ParameterError(msg)
        self.prob = float(prob)

    def connect(self, rng: HostRandom) -> CSR:
        """Draw the synapses."""
        return small_world(rng, self.n_pre, self.degree, self.prob)
