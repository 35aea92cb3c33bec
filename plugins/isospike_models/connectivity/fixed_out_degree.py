"""FixedOutDegree: each presynaptic cell has the same number of targets."""

from __future__ import annotations

from isospike.connectivity import fixed_out_degree
from isospike_models.connectivity.fixed_degree import FixedDegree

__all__ = ["FixedOutDegree"]


class FixedOutDegree(FixedDegree):
    r"""Fixed out-degree: each presynaptic cell connects to exactly ``degree`` cells, every choice equally likely.

    .. math:: y_j = \sum_i w_{ij}\,s_i, \qquad \#\{j : i \to j\} = k \text{ for each } i

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

    References
    ----------
    Senk et al. (2022), Connectivity concepts in neuronal network modeling, PLoS Comput. Biol. 18:e1010086,
    the rule of fixed out-degree.
    """

    draw = staticmethod(fixed_out_degree)

    @property
    def n_partners(self) -> int:
        """Number of postsynaptic cells."""
        return self.n_post
