r"""The links of a golden chain that are kept: few, each of which stands for all steps before it.

.. math:: r \leftarrow r \, o + D_t \bmod 2^{64}, \qquad o = \mathtt{0x9E3779B97F4A7C15}

with :math:`D_t` the digest of the state after step t (:mod:`isospike_conformance.compare.chain`), and r kept every
some steps. A difference in a State may die out, exactly, before the next link: with digests of single steps nobody
would know. Here it stays, since o is odd and multiplication by it loses nothing, and so does the order of the steps.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isospike_conformance.compare.chain import GOLDEN

__all__ = ["running_links"]


def running_links(chain: NDArray[np.uint64], every: int) -> list[int]:
    """Return the running digest after each ``every`` steps; steps that are left over are in none.

    Parameters
    ----------
    chain : array of uint64 (time,)
        Digests of a state from its first step on.
    every : int, steps
        Distance of two links.
    """
    links, running = [], 0
    for step, digest in enumerate(chain.tolist(), start=1):
        running = (running * GOLDEN + digest) % 2**64
        if step % every == 0:
            links.append(running)
    return links
