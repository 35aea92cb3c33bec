"""FixedInDegree: each postsynaptic cell has the same number of sources."""

from __future__ import annotations

from isospike.connectivity import fixed_in_degree
from isospike_models.connectivity.fixed_degree import FixedDegree

__all__ = ["FixedInDegree"]


class FixedInDegree(FixedDegree):
    r"""Fixed in-degree: exactly ``degree`` cells connect to each postsynaptic cell, every choice equally likely.

    .. math:: y_j = \sum_i w_{ij}\,s_i, \qquad \#\{i : i \to j\} = k \text{ for each } j

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

    References
    ----------
    Senk et al. (2022), Connectivity concepts in neuronal network modeling, PLoS Comput. Biol. 18:e1010086,
    the rule of fixed in-degree.
    """

    draw = staticmethod(fixed_in_degree)

    @property
    def n_partners(self) -> int:
        """Number of presynaptic cells."""
        return self.n_pre
