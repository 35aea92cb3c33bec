"""The rule that gives each presynaptic cell the same number of targets."""

from __future__ import annotations

import operator
from collections.abc import Iterator

import numpy as np

from isospike.connectivity.csr import CSR
from isospike.connectivity.making import CHUNK, Int64, made, own_target
from isospike.connectivity.sizes import MOST, check_count, checked_ends
from isospike.errors import ParameterError
from isospike.random.draw import Draw, bounded
from isospike.random.host import HostRandom

__all__ = ["fixed_out_degree"]


def fixed_out_degree(
    rng: HostRandom,
    n_pre: int,
    n_post: int,
    degree: int,
    *,
    multapses: bool = False,
    self_offset: int | None = None,
) -> CSR:
    """Connect each presynaptic cell to exactly ``degree`` cells, every such choice equally likely.

    Parameters
    ----------
    rng : HostRandom
        The stream; one draw is taken from it.
    n_pre, n_post : int
        Sizes of the populations.
    degree : int
        Targets of each presynaptic cell.
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
        If ``degree`` is negative, or larger than the number of cells to choose from.
    ShapeError
        If a size is not a positive integer, or there would be more than ``2**31 - 1`` synapses.
    """
    rule = "fixed_out_degree"
    n_pre, n_post, offset = checked_ends(rule, n_pre, n_post, self_offset)
    own = own_target(n_pre, n_post, offset)
    degree = _degree(degree, n_post - int((own < n_post).any()), multapses)
    check_count(rule, n_pre * degree)
    draw, targets = rng.next_draw(), np.empty((n_pre, degree), np.int32)
    # Ranking costs a key per pair, rejection a few sorts of the row: measured, they meet near a quarter.
    choose = _with_replacement if multapses else _by_rank if 4 * degree > n_post else _by_rejection
    for rows in _blocks(n_pre, n_post if choose is _by_rank else degree):
        targets[rows] = choose(draw, rows, own, n_post, degree)
    targets.sort(axis=1)
    return made(rule, np.full(n_pre, degree), targets.reshape(-1), n_post)


def _with_replacement(draw: Draw, rows: slice, own: Int64, n_post: int, degree: int) -> Int64:
    """Return independent targets of the rows; slot ``s`` of row ``i`` uses value ``i degree + s``."""
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


def _degree(degree: int, available: int, multapses: bool) -> int:
    """Return the out-degree as an int, or refuse it."""
    most = (MOST if available else 0) if multapses else available
    try:
        number = operator.index(degree)
    except TypeError:
        number = -1
    if not 0 <= number <= most:
        raise ParameterError(
            f"fixed_out_degree: `degree` must be a whole number from 0 to {most}, but got "
            f"{degree!r}: a cell has {available} to choose from. Write `degree={most}`, or "
            "allow several synapses of a pair: `multapses=True`."
        )
    return number
