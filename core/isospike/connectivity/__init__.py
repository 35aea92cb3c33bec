"""Who is connected to whom: the compressed sparse row container and the rules that fill it, one rule a file.

A network's connectivity is made once, on the host, in integer arithmetic only, so every backend and processor
gets the same synapses. Weights and delays are not kept here: they are arrays with one entry per synapse, in
row order.
"""

from __future__ import annotations

from isospike.connectivity.all_to_all import all_to_all
from isospike.connectivity.csr import CSR
from isospike.connectivity.fixed_out_degree import fixed_out_degree
from isospike.connectivity.fixed_probability import fixed_probability
from isospike.connectivity.one_to_one import one_to_one

__all__ = ["CSR", "all_to_all", "fixed_out_degree", "fixed_probability", "one_to_one"]
