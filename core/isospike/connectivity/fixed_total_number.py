"""The rule that makes a given number of synapses between any cells."""

from __future__ import annotations

import numpy as np

from isospike.connectivity.csr import CSR
from isospike.connectivity.making import CHUNK, Int64, made, own_target, rows
from isospike.connectivity.sizes import MOST, check_count, checked_ends, checked_whole
from isospike.random.draw import Draw, bounded
from isospike.random.host import HostRandom

__all__ = ["fixed_total_number"]


def fixed_total_number(
    rng: HostRandom,
    n_pre: int,
    n_post: int,
    number: int,
    *,
    multapses: bool = False,
    self_offset: int | None = None,
) -> CSR:
    """Make exactly ``number`` synapses, every such set of pairs equally likely.

    The synapses are the first pairs of an endless sequence of independent ones, without those that came before;
    where more than half of all pairs are connected, the pairs that are not are found in this way.

    Parameters
    ----------
    rng : HostRandom
        The stream; one draw is taken from it.
    n_pre, n_post : int
        Sizes of the populations.
    number : int
        Number of synapses.
    multapses : bool, default False
        Choose with replacement, so that a pair may have several synapses.
    self_offset : int, optional
        Presynaptic cell ``i`` and postsynaptic cell ``i + self_offset`` are the same cell, which does not
        connect to itself (0 for a population onto itself). By default all pairs are candidates.

    Returns
    -------
    CSR
        The synapses: a pure function of seed, stream, draw number and arguments.

    Raises
    ------
    ParameterError
        If ``number`` is negative, or larger than the number of pairs.
    ShapeError
        If a size is not a positive integer, or there would be more than ``2**31 - 1`` synapses.
    """
    rule = "fixed_total_number"
    n_pre, n_post, offset = checked_ends(rule, n_pre, n_post, self_offset)
    own = own_target(n_pre, n_post, offset)
    pairs = n_pre * n_post - int((own < n_post).sum())
    number = _number(rule, number, pairs, multapses)
    check_count(rule, number)
    draw, is_dense = rng.next_draw(), not multapses and 2 * number > pairs
    keys = _first(draw, pairs - number if is_dense else number, own, n_post, multapses)
    if is_dense:
        connected = np.ones((n_pre, n_post), bool)
        connected.reshape(-1)[keys] = False
        has_self = np.flatnonzero(own < n_post)
        connected[has_self, own[has_self]] = False
        keys = np.flatnonzero(connected)
    return made(rule, *rows(keys, n_pre, n_post), n_post)


def _first(draw: Draw, number: int, own: Int64, n_post: int, multapses: bool) -> Int64:
    """Return the first pairs of the sequence, ascending; without multapses, the first different ones."""
    keys, used = np.empty(0, np.int64), 0
    while keys.size < number:
        missing = number - keys.size
        new = _pairs(draw, used, missing, own, n_post)
        used += missing
        new.sort()
        if not multapses:
            new = new[np.diff(new, prepend=-1) > 0]
            place = np.searchsorted(keys, new)
            new = new[np.append(keys, -1)[place] != new] if keys.size else new
        keys = np.insert(keys, np.searchsorted(keys, new), new) if keys.size else new
    return keys


def _pairs(draw: Draw, start: int, number: int, own: Int64, n_post: int) -> Int64:
    """Return pairs of the sequence as ``pre * n_post + post``, those of a cell with itself left out."""
    keys, end = np.empty(number, np.int64), 0
    for first in range(start, start + number, CHUNK):
        size = min(CHUNK, start + number - first)
        values = draw.values(2 * first, 2 * size).reshape(size, 2)
        pre, post = bounded(values[:, 0], own.size), bounded(values[:, 1], n_post)
        found = (pre * n_post + post)[own[pre] != post]
        keys[end : end + found.size] = found
        end += found.size
    return keys[:end]


def _number(rule: str, number: int, pairs: int, multapses: bool) -> int:
    """Return the number of synapses as an int, or refuse it."""
    most = (MOST if pairs else 0) if multapses else pairs
    fix = (
        f": there are {pairs} pairs of cells. Write `number={most}`, or allow several synapses of a pair: "
        "`multapses=True`"
    )
    return checked_whole(rule, "number", number, most, fix)
