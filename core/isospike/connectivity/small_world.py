"""The rule of Watts and Strogatz: a ring of neighbours, some of whose synapses lead elsewhere."""

from __future__ import annotations

import numpy as np

from isospike.connectivity.csr import CSR
from isospike.connectivity.making import CHUNK, Int64, made
from isospike.connectivity.sizes import check_count, checked_probability, checked_size, checked_whole
from isospike.errors import ParameterError
from isospike.random.draw import Draw, bounded
from isospike.random.host import HostRandom

__all__ = ["small_world"]


def small_world(rng: HostRandom, n: int, degree: int, probability: float) -> CSR:
    """Connect each cell to its nearest neighbours on a ring, and rewire each synapse with one probability.

    Cell ``i`` projects to the ``degree / 2`` cells on either side. A synapse that is rewired, with probability
    ``p`` and independently of all others, leads to any cell but ``i`` and its other targets instead, all equally
    likely. Probability 0 is a ring, 1 a random network of fixed out-degree.

    Parameters
    ----------
    rng : HostRandom
        The stream; two draws are taken from it.
    n : int
        Number of cells.
    degree : int
        Targets of each cell, an even number below ``n``.
    probability : float
        ``p``, in [0, 1], rounded down to a multiple of ``2**-32``.

    Returns
    -------
    CSR
        The synapses: a pure function of seed, stream, draw number and arguments.

    Raises
    ------
    ParameterError
        If ``degree`` is odd or too large, or ``probability`` is not in [0, 1].
    ShapeError
        If ``n`` is not a positive integer, or there would be more than ``2**31 - 1`` synapses.

    References
    ----------
    Watts and Strogatz (1998), Nature 393:440; here each direction of a connection is rewired by itself.
    """
    rule = "small_world"
    n = checked_size(rule, "n", n)
    degree = checked_whole(rule, "degree", degree, n - 1, f": a cell has {n - 1} others. Write `degree=2`")
    if degree % 2:
        raise ParameterError(f"{rule}: `degree` must be even, as many on either side, but got {degree}.")
    threshold = np.uint64(checked_probability(rule, probability, "Write `probability=0.1`") * 2.0**32)
    check_count(rule, n * degree)
    which, where, targets = rng.next_draw(), rng.next_draw(), np.empty((n, degree), np.int32)
    step = max(1, CHUNK // max(1, degree))
    for start in range(0, n, step):
        cells = np.arange(start, min(start + step, n))
        is_moved = which.words(start * degree, cells.size * degree).astype(np.uint64) < threshold
        targets[start : start + step] = _rewired(where, cells, n, is_moved.reshape(cells.size, degree))
    targets.sort(axis=1)
    return made(rule, np.full(n, degree), targets.reshape(-1), n)


def _rewired(draw: Draw, cells: Int64, n: int, is_moved: np.ndarray) -> Int64:
    """Return the targets of some cells, in no order: those that clash with another are drawn until none does.

    Relabelling the cells that are free changes no probability of this procedure, so all sets of them are equally
    likely.
    """
    degree = is_moved.shape[1]
    side = np.arange(1, degree // 2 + 1)
    targets: Int64 = (cells[:, None] + np.concatenate([side, -side])) % n
    slots = cells[:, None] * degree + np.arange(degree)
    row, slot = np.nonzero(is_moved)
    turn = 0
    while row.size:
        others = bounded(draw.values_at(turn * n * degree + slots[row, slot]), n - 1)
        targets[row, slot] = others + (others >= cells[row])
        active = np.unique(row)
        # Of equal targets in a row, the one that was never moved comes first and stays.
        order = np.argsort(2 * targets[active] + is_moved[active], axis=1, kind="stable")
        ranked = np.take_along_axis(targets[active], order, axis=1)
        clash, place = np.nonzero(ranked[:, 1:] == ranked[:, :-1])
        row, slot, turn = active[clash], order[clash, place + 1], turn + 1
    return targets
