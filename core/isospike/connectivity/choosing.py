"""The choice of as many partners for each cell, which rules of fixed degree share."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from isospike.connectivity.csr import Int32
from isospike.connectivity.making import CHUNK, Int64
from isospike.connectivity.sizes import MOST, check_count, checked_whole
from isospike.random.draw import Draw, bounded
from isospike.random.host import HostRandom

__all__ = ["chosen"]


def chosen(rule: str, rng: HostRandom, own: Int64, n_others: int, degree: int, multapses: bool) -> Int32:
    """Return the partners of each cell, ascending, every choice of ``degree`` equally likely.

    Parameters
    ----------
    rule : str
        Name of the rule, for messages.
    rng : HostRandom
        The stream; one draw is taken from it.
    own : array of int64 (cells,)
        The partner that each cell may not have, ``n_others`` where there is none.
    n_others : int
        Number of cells to choose from.
    degree : int
        How many each cell gets.
    multapses : bool
        Choose with replacement.

    Returns
    -------
    array of int32 (cells, degree)

    Raises
    ------
    ParameterError
        If ``degree`` is negative, or larger than the number of cells to choose from.
    ShapeError
        If there would be more than ``2**31 - 1`` synapses.
    """
    degree = _degree(rule, degree, n_others - int((own < n_others).any()), multapses)
    check_count(rule, own.size * degree)
    draw, partners = rng.next_draw(), np.empty((own.size, degree), np.int32)
    # Ranking costs a key per pair, rejection a few sorts of the row: measured, they meet near a quarter.
    choose = _with_replacement if multapses else _by_rank if 4 * degree > n_others else _by_rejection
    for rows in _blocks(own.size, n_others if choose is _by_rank else degree):
        partners[rows] = choose(draw, rows, own, n_others, degree)
    partners.sort(axis=1)
    return partners


def _with_replacement(draw: Draw, rows: slice, own: Int64, n_post: int, degree: int) -> Int64:
    """Return independent partners of the rows; slot ``s`` of row ``i`` uses value ``i degree + s``."""
    own = own[rows, None]
    values = draw.values(rows.start * degree, own.size * degree).reshape(own.size, degree)
    return _past_own(bounded(values, n_post - (own < n_post)), own)


def _by_rejection(draw: Draw, rows: slice, own: Int64, n_post: int, degree: int) -> Int64:
    """Return distinct targets of the rows: repeated ones are drawn again until none is left.

    Relabelling the targets changes no probability of this procedure, so all sets are equally likely.
    """
    targets = np.sort(_with_replacement(draw, rows, own, n_post, degree), axis=1)
    slots, turn = np.arange(rows.start * degree, rows.stop * degree).reshape(targets.shape), 0
    active = np.arange(len(targets))
    while active.size:
        row, slot = np.nonzero(targets[active, 1:] == targets[active, :-1])
        row, slot, turn = active[row], slot + 1, turn + 1
        values = draw.values_at(turn * own.size * degree + slots[row, slot])
        own_cells = own[rows][row]
        targets[row, slot] = _past_own(bounded(values, n_post - (own_cells < n_post)), own_cells)
        active = np.unique(row)
        targets[active] = np.sort(targets[active], axis=1)
    return targets


def _by_rank(draw: Draw, rows: slice, own: Int64, n_post: int, degree: int) -> Int64:
    """Return distinct targets of the rows: those whose random keys rank lowest among all cells."""
    number, cells = rows.stop - rows.start, np.arange(n_post, dtype=np.uint64)
    # The low bits of a key are its cell, which makes keys unique and the choice free of the sort's ties.
    low_bits = np.uint64((n_post - 1).bit_length())
    keys = draw.values(rows.start * n_post, number * n_post).reshape(number, n_post)
    keys = (keys >> low_bits << low_bits) | cells
    keys[cells == own[rows, None].astype(np.uint64)] = np.iinfo(np.uint64).max
    lowest = np.partition(keys, degree - 1, axis=1)[:, :degree]
    return (lowest & ((np.uint64(1) << low_bits) - np.uint64(1))).astype(np.int64)


def _past_own(targets: Int64, own: Int64) -> Int64:
    """Skip each row's own cell: the numbers from it on move up by one."""
    return targets + (targets >= own)


def _blocks(rows: int, width: int) -> Iterator[slice]:
    """Split the rows so that a block of the width stays near a chunk."""
    step = max(1, CHUNK // max(1, width))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def _degree(rule: str, degree: int, available: int, multapses: bool) -> int:
    """Return the degree as an int, or refuse it."""
    most = (MOST if available else 0) if multapses else available
    fix = (
        f": a cell has {available} to choose from. Write `degree={most}`, or allow several synapses of a pair: "
        "`multapses=True`"
    )
    return checked_whole(rule, "degree", degree, most, fix)
