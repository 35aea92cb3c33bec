"""Context: what building a node needs beside the node."""

from __future__ import annotations

from dataclasses import dataclass

from isospike.surrogate import Surrogate
from isospike_nir.audit import Audit
from isospike_nir.profiles import Profile

__all__ = ["Context"]


@dataclass(frozen=True)
class Context:
    """What all nodes of a graph are built with.

    Parameters
    ----------
    profile : Profile
        How the equations become one step.
    spk_fun : Surrogate
        Spike function of all neurons.
    dt : float, second
        The step.
    divisor : float
        What divides the time constants of the file to make seconds of them.
    closing : frozenset of str
        The delays that close a loop.
    audit : Audit
        Where to note choices.
    """

    profile: Profile
    spk_fun: Surrogate
    dt: float
    divisor: float
    closing: frozenset[str]
    audit: Audit
