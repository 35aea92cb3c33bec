"""Who is connected to whom: the compressed sparse row container and the rules that fill it, one rule a file.

A network's connectivity is made once, on the host, in integer arithmetic only, so every backend and processor
gets the same synapses. Weights and delays are not kept here: they are arrays with one entry per synapse, in
row order.

The classes that plugins offer as connectivity are attributes, too, as in ``iso.connectivity.FixedProb``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isospike.connectivity.all_to_all import all_to_all
from isospike.connectivity.csr import CSR
from isospike.connectivity.distance_dependent import distance_dependent
from isospike.connectivity.explicit_edges import explicit_edges
from isospike.connectivity.fixed_in_degree import fixed_in_degree
from isospike.connectivity.fixed_out_degree import fixed_out_degree
from isospike.connectivity.fixed_probability import fixed_probability
from isospike.connectivity.fixed_total_number import fixed_total_number
from isospike.connectivity.one_to_one import one_to_one
from isospike.connectivity.small_world import small_world

__all__ = [
    "CSR",
    "all_to_all",
    "distance_dependent",
    "explicit_edges",
    "fixed_in_degree",
    "fixed_out_degree",
    "fixed_probability",
    "fixed_total_number",
    "one_to_one",
    "small_world",
]

if not TYPE_CHECKING:  # a type checker would then believe in every name

    def __getattr__(name: str) -> Any:
        """Return a registered class; all else of this package is spelt in small letters."""
        from isospike.registry import Kind

        if not name[:1].isupper():
            raise AttributeError(name)
        return getattr(Kind("connectivity"), name)

    def __dir__() -> list[str]:
        """Return the functions and the registered classes."""
        from isospike.registry import Kind

        return sorted({*globals(), *dir(Kind("connectivity"))})
