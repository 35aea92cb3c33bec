"""Who is connected to whom: the compressed sparse row container and the rules that fill it.

A network's connectivity is made once, on the host, in integer arithmetic only, so every backend and processor
gets the same synapses. Weights and delays are not kept here: they are arrays with one entry per synapse, in
row order.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isospike.errors import ParameterError, PlausibilityWarning, ShapeError
from isospike.hostrandom import Draw, HostRandom, bounded

__all__ = ["CSR", "all_to_all", "fixed_out_degree", "fixed_probability", "one_to_one"]

Int32: TypeAlias = NDArray[np.int32]
Int64: TypeAlias = NDArray[np.int64]

_MOST = 2**31 - 1  # int32 row pointers: what every backend and GPU indexes fastest
_CHUNK = 2**18  # Synapses made at a time; bounds memory, and never changes the result.


@dataclass(frozen=True, eq=False)
class CSR:
    """Synapses in compressed sparse rows: cell ``i`` projects to ``indices[indptr[i]:indptr[i + 1]]``.

    Both arrays are read-only; a writable array is copied. Compared by identity.

    Parameters
    ----------
    indptr : array of int32, shape ``(n_pre + 1,)``
        Where each presynaptic cell's row begins, and the number of synapses.
    indices : array of int32, shape ``(n_synapses,)``
        Postsynaptic cells, ascending in each row; a repeated one is a second synapse of the pair.
    n_post : int
        Number of postsynaptic cells.

    Raises
    ------
    ShapeError
        If the arrays do not describe such rows, or there are more than ``2**31 - 1`` synapses.

    Examples
    --------
    >>> one_to_one(2).dense().tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    indptr: Int32
    indices: Int32
    n_post: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "n_post", _size("CSR", "n_post", self.n_post))
        for name in ("indptr", "indices"):
            object.__setattr__(self, name, _frozen(name, getattr(self, name)))
        _check_rows(self.indptr, self.indices)
        _check_targets(self.indptr, self.indices, self.n_post)

    @property
    def n_pre(self) -> int:
        """Number of presynaptic cells."""
        return self.indptr.size - 1

    @property
    def n_synapses(self) -> int:
        """Number of synapses."""
        return self.indices.size

    def pre_indices(self) -> Int32:
        """Return the presynaptic cell of each synapse, shape ``(n_synapses,)``."""
        return np.repeat(np.arange(self.n_pre, dtype=np.int32), np.diff(self.indptr))

    def dense(self, weights: ArrayLike = 1.0) -> NDArray[np.float64]:
        """Return the matrix of summed weights, shape ``(n_pre, n_post)``; meant for small networks.

        Parameters
        ----------
        weights : float or array of shape ``(n_synapses,)``, default 1.0
            One weight for all synapses, or one each, in row order.

        Raises
        ------
        ShapeError
            If ``weights`` has another shape.
        """
        each = np.asarray(weights, np.float64)
        if each.shape not in ((), (1,), (self.n_synapses,)):
            raise ShapeError(
                f"CSR.dense: `weights` must be one number or have shape ({self.n_synapses},), one per "
                f"synapse, but has shape {each.shape}. Weights by presynaptic cell become "
                "`weights[csr.pre_indices()]`."
            )
        matrix = np.zeros((self.n_pre, self.n_post))
        np.add.at(matrix, (self.pre_indices(), self.indices), each)
        return matrix


def fixed_probability(
    rng: HostRandom, n_pre: int, n_post: int, probability: float, *, self_offset: int | None = None
) -> CSR:
    """Connect each pair of cells independently with one probability ``p``.

    The gap ``G`` to the next connected pair is geometric, ``P(G >= k) = (1 - p)**k``, and drawn by comparing
    one 32-bit word with integer thresholds; each threshold is right to ``2**-32``. Time and memory grow with
    the synapses, not with the pairs.

    Parameters
    ----------
    rng : HostRandom
        The stream; one draw is taken from it.
    n_pre, n_post : int
        Sizes of the populations.
    probability : float
        ``p``, in [0, 1].
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
        If ``probability`` is not in [0, 1].
    ShapeError
        If a size is not a positive integer, or more than ``2**31 - 1`` synapses are expected.
    """
    rule = "fixed_probability"
    n_pre, n_post = _size(rule, "n_pre", n_pre), _size(rule, "n_post", n_post)
    probability, offset = _probability(probability, n_post), _offset(rule, self_offset)
    _check_count(rule, int(n_pre * n_post * probability))
    degrees, parts = np.zeros(n_pre, np.int64), [np.empty(0, np.int32)]
    for pairs in _bernoulli(rng.next_draw(), n_pre * n_post, probability):
        pre = pairs // n_post
        post = pairs - pre * n_post
        if offset is not None:
            other = post - pre != offset
            pre, post = pre[other], post[other]
        _count(degrees, pre)
        parts.append(post.astype(np.int32))
    return _made(rule, degrees, np.concatenate(parts), n_post)


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
    n_pre, n_post = _size(rule, "n_pre", n_pre), _size(rule, "n_post", n_post)
    own = _own_target(n_pre, n_post, _offset(rule, self_offset))
    degree = _degree(degree, n_post - int((own < n_post).any()), multapses)
    _check_count(rule, n_pre * degree)
    draw, targets = rng.next_draw(), np.empty((n_pre, degree), np.int32)
    # Ranking costs a key per pair, rejection a few sorts of the row: measured, they break even near a
    # quarter.
    choose = _with_replacement if multapses else _by_rank if 4 * degree > n_post else _by_rejection
    for rows in _blocks(n_pre, n_post if choose is _by_rank else degree):
        targets[rows] = choose(draw, rows, own, n_post, degree)
    targets.sort(axis=1)
    return _made(rule, np.full(n_pre, degree), targets.reshape(-1), n_post)


def one_to_one(n: int) -> CSR:
    """Connect cell ``i`` to cell ``i``.

    Parameters
    ----------
    n : int
        Size of both populations.

    Raises
    ------
    ShapeError
        If ``n`` is not a positive integer, or above ``2**31 - 1``.
    """
    _check_count("one_to_one", n := _size("one_to_one", "n", n))
    return _made("one_to_one", np.ones(n, np.int64), np.arange(n, dtype=np.int32), n)


def all_to_all(n_pre: int, n_post: int, *, self_offset: int | None = None) -> CSR:
    """Connect every presynaptic cell to every postsynaptic cell.

    Parameters
    ----------
    n_pre, n_post : int
        Sizes of the populations.
    self_offset : int, optional
        Presynaptic cell ``i`` and postsynaptic cell ``i + self_offset`` are the same cell, which does not
        connect to itself (0 for a population onto itself). By default all pairs are connected.

    Raises
    ------
    ShapeError
        If a size is not a positive integer, or there would be more than ``2**31 - 1`` synapses.
    """
    rule = "all_to_all"
    n_pre, n_post = _size(rule, "n_pre", n_pre), _size(rule, "n_post", n_post)
    _check_count(rule, n_pre * n_post)
    own = _own_target(n_pre, n_post, _offset(rule, self_offset))
    has_self = own < n_post
    indices = np.tile(np.arange(n_post, dtype=np.int32), n_pre)
    indices = np.delete(indices, (np.arange(n_pre) * n_post + own)[has_self])
    return _made(rule, n_post - has_self.astype(np.int64), indices, n_post)


def _bernoulli(draw: Draw, pairs: int, probability: float) -> Iterator[Int64]:
    """Yield the ascending numbers of the pairs that are connected, chunk by chunk."""
    thresholds = _geometric_thresholds(probability)
    longest = thresholds.size
    position, used = 0, 0
    while position < pairs and probability > 0.0:
        count = min(_CHUNK, int(1.1 * probability * (pairs - position)) + 64)
        gaps = longest - np.searchsorted(thresholds, draw.words(used, count), side="right")
        # A gap past the table connects nothing: skip the table's length and draw again, as the law has no
        # memory.
        ends = position + np.cumsum(np.minimum(gaps + 1, longest))
        connected = ends[gaps < longest] - 1
        yield connected[: np.searchsorted(connected, pairs)]
        position, used = int(ends[-1]), used + count


def _geometric_thresholds(probability: float) -> NDArray[np.uint32]:
    """Return ``floor(2**32 (1 - p)**k)`` for ``k = K ... 1`` with ``K`` near ``4/p``, by integer products."""
    up, down = probability.as_integer_ratio()
    survival = ((down - up) << 96) // down
    power = survival
    thresholds: list[int] = []
    while len(thresholds) < min(4.0 / max(probability, 1e-300), 2**16):
        thresholds.append(min(power >> 64, 2**32 - 1))
        power = (power * survival) >> 96
    return np.array(thresholds[::-1], np.uint32)


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


def _own_target(n_pre: int, n_post: int, offset: int | None) -> Int64:
    """Return the postsynaptic number of each presynaptic cell, ``n_post`` where it is no target."""
    if offset is None:
        return np.full(n_pre, n_post)
    own = np.arange(n_pre) + offset
    return np.where((own >= 0) & (own < n_post), own, n_post)


def _blocks(rows: int, width: int) -> Iterator[slice]:
    """Split the rows so that a block of the width stays near a chunk."""
    step = max(1, _CHUNK // max(1, width))
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def _count(degrees: Int64, pre: Int64) -> None:
    """Add the ascending presynaptic cells of new synapses to the out-degrees, in place."""
    if pre.size:
        more = np.bincount(pre - pre[0])
        degrees[pre[0] : pre[0] + more.size] += more


def _made(rule: str, degrees: Int64, indices: Int32, n_post: int) -> CSR:
    """Return the container over fresh arrays, without a copy; warn when it is empty."""
    if not indices.size:
        warnings.warn(
            f"{rule} made no synapse between {degrees.size} and {n_post} cells. Raise the probability or the "
            "degree, or leave the projection out.",
            PlausibilityWarning,
            stacklevel=3,
        )
    _check_count(rule, indices.size)
    indptr = np.concatenate([[0], np.cumsum(degrees)]).astype(np.int32)
    indptr.setflags(write=False)
    indices.setflags(write=False)
    return CSR(indptr, indices, n_post)


def _size(owner: str, name: str, value: int) -> int:
    """Return a population size as an int, or refuse it."""
    try:
        size = operator.index(value)
    except TypeError:
        size = 0
    if not 1 <= size <= _MOST:
        raise ShapeError(
            f"{owner}: `{name}` must be a whole number of cells from 1 to 2**31 - 1, but got {value!r}. "
            f"Write for example `{name}=100`."
        )
    return size


def _probability(probability: float, n_post: int) -> float:
    """Return the probability as a float, or refuse it."""
    try:
        value = float(probability)
    except (TypeError, ValueError):
        value = float("nan")
    if not 0.0 <= value <= 1.0:
        raise ParameterError(
            f"fixed_probability: `probability` must be a number in [0, 1], but got {probability!r}. "
            f"For a mean of k targets a cell write `probability=k / {n_post}`."
        )
    return value


def _offset(rule: str, self_offset: int | None) -> int | None:
    """Return the offset of a cell's own number as an int, or refuse it."""
    try:
        return None if self_offset is None else operator.index(self_offset)
    except TypeError:
        raise ParameterError(
            f"{rule}: `self_offset` must be None or a whole number, the postsynaptic less the presynaptic "
            f"number of one cell, but got {self_offset!r}. For a population onto itself: `self_offset=0`."
        ) from None


def _degree(degree: int, available: int, multapses: bool) -> int:
    """Return the out-degree as an int, or refuse it."""
    most = (_MOST if available else 0) if multapses else available
    try:
        number = operator.index(degree)
    except TypeError:
        number = -1
    if not 0 <= number <= most:
        raise ParameterError(
            f"fixed_out_degree: `degree` must be a whole number from 0 to {most}, but got {degree!r}: a cell "
            f"has {available} to choose from. Write `degree={most}`, or allow several synapses of a pair: "
            "`multapses=True`."
        )
    return number


def _check_count(rule: str, synapses: int) -> None:
    """Refuse more synapses than int32 can number."""
    if synapses > _MOST:
        raise ShapeError(
            f"{rule}: {synapses} synapses are more than one container can number, 2**31 - 1. Split the "
            "presynaptic population into several projections, say `n_pre=n // 2` twice."
        )


def _frozen(name: str, array: Int32) -> Int32:
    """Return a one-dimensional int32 array as read-only, or refuse it."""
    if not isinstance(array, np.ndarray) or array.dtype != np.int32 or array.ndim != 1:
        given = f"{array.dtype} of shape {array.shape}" if isinstance(array, np.ndarray) else repr(array)
        raise ShapeError(
            f"CSR: `{name}` must be a one-dimensional NumPy array of int32, but is {given}. "
            f"Write `{name}=numpy.asarray({name}, numpy.int32)`."
        )
    _check_count("CSR", array.size)
    if array.flags.writeable:
        array = array.copy()
        array.setflags(write=False)
    return array


def _check_rows(indptr: Int32, indices: Int32) -> None:
    """Refuse row pointers that do not divide the indices into at least one row."""
    if indptr.size < 2 or indptr[0] != 0 or indptr[-1] != indices.size or (indptr[1:] < indptr[:-1]).any():
        raise ShapeError(
            f"CSR: `indptr` must rise from 0 to the number of synapses, {indices.size}, in n_pre + 1 >= 2 "
            f"entries, but is {indptr}. From out-degrees: "
            "`indptr = numpy.r_[0, numpy.cumsum(degrees)].astype(numpy.int32)`."
        )


def _check_targets(indptr: Int32, indices: Int32, n_post: int) -> None:
    """Refuse targets out of range, or rows that are not sorted."""
    if indices.size and (indices.min() < 0 or indices.max() >= n_post):
        raise ShapeError(
            f"CSR: `indices` must lie in [0, n_post) = [0, {n_post}), but run from {indices.min()} to "
            f"{indices.max()}. Give the size of the target population: "
            f"`CSR(indptr, indices, n_post={indices.max() + 1})`."
        )
    falls = np.flatnonzero(indices[1:] < indices[:-1]) + 1
    inside = ~np.isin(falls, indptr)
    if inside.any():
        row = int(np.searchsorted(indptr, falls[inside][0], side="right")) - 1
        raise ShapeError(
            f"CSR: the targets of each cell must ascend, but those of cell {row} do not. Sort `indices` and "
            "the weights by `order = numpy.lexsort((indices, pre))`, where "
            "`pre = numpy.repeat(numpy.arange(n_pre), numpy.diff(indptr))`."
        )
