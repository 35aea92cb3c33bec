"""Golden chains of two runs side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike.errors import ParameterError
from isospike_conformance.compare.verdict import Verdict

__all__ = ["ChainVerdict", "compare_chains"]


@dataclass(frozen=True)
class ChainVerdict(Verdict):
    """Whether two runs have the same digests in every state and step.

    Attributes
    ----------
    unlike : tuple of str
        States that only one side has, and chains of different length.
    links : int
        Digests that were compared.
    first_step : int or None
        Position of the first link that differs in any state.
    differing : tuple of str
        The states that differ there.
    """

    unlike: tuple[str, ...]
    links: int
    first_step: int | None
    differing: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every link is equal, and there is one."""
        return not self.unlike and self.first_step is None and self.links > 0

    def __str__(self) -> str:
        """Return one line."""
        parts = list(self.unlike)
        if self.first_step is not None:
            parts.append(f"chains differ first at step {self.first_step}: {', '.join(self.differing)}")
        if not self.links:
            parts.append("nothing to compare")
        return "; ".join(parts) or f"all {self.links} links equal"


def compare_chains(reference: Mapping[str, NDArray[Any]], candidate: Mapping[str, NDArray[Any]]) -> ChainVerdict:
    """Compare chains by state; see :func:`isospike_conformance.compare.chain.chain`.

    Parameters
    ----------
    reference, candidate : dict of str to array of uint64 (time,)
        One chain a state, all from the same first step.

    Raises
    ------
    ParameterError
        If something given is not a chain.
    """
    unlike: list[str] = []
    first: dict[str, int] = {}
    links = 0
    for side in (reference, candidate):
        _check(side)
    for name in sorted({*reference, *candidate}):
        if name not in reference or name not in candidate:
            unlike.append(f"{name}: only in the {'reference' if name in reference else 'candidate'}")
            continue
        ref, got = reference[name], candidate[name]
        if len(ref) != len(got):
            unlike.append(f"{name}: {len(ref)} against {len(got)} links")
        common = min(len(ref), len(got))
        links += common
        where = np.flatnonzero(ref[:common] != got[:common])
        first |= {name: int(where[0])} if where.size else {}
    step = min(first.values(), default=None)
    return ChainVerdict(tuple(unlike), links, step, tuple(n for n, s in first.items() if s == step))


def _check(chains: Mapping[str, NDArray[Any]]) -> None:
    for name, links in chains.items():
        if links.dtype != np.uint64 or links.ndim != 1:
            raise ParameterError(
                f"compare_chains: {name!r} has dtype {links.dtype} and shape {links.shape}; expected a vector of "
                f"uint64, one digest a step: {{{name!r}: chain(stacked)}}."
            )
