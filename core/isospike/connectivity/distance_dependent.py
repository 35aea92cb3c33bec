"""The rule by which near cells are connected with a greater probability than far ones."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from isospike.connectivity.csr import CSR
from isospike.connectivity.displacements import Axis
from isospike.connectivity.making import Int64, made, rows
from isospike.connectivity.sizes import check_count, checked_ends, checked_probability, checked_size
from isospike.connectivity.skipping import bernoulli
from isospike.errors import ParameterError, ShapeError
from isospike.random.gaussian import Floats
from isospike.random.host import HostRandom

__all__ = ["PROFILES", "distance_dependent"]

PROFILES = ("gaussian", "exponential")

_RAREST = -16  # Pairs less likely than 2**-16 are tried as if they were that likely, and thinned.


def distance_dependent(
    rng: HostRandom,
    pre_shape: tuple[int, ...],
    post_shape: tuple[int, ...],
    probability: float,
    scale: float,
    *,
    profile: str = "gaussian",
    extent: tuple[float, ...] | None = None,
    periodic: bool = False,
    self_offset: int | None = None,
) -> CSR:
    r"""Connect each pair of cells independently, with a probability that falls with their distance d.

    .. math:: p(d) = p_0\, e^{-d^2 / 2 \sigma^2} \quad \text{or} \quad p_0\, e^{-d / \lambda}

    Both populations are grids that fill one box; cell ``i`` of ``n`` along an axis sits at ``(i + 1/2) / n`` of it.
    Pairs of one displacement share one probability. They are tried by skipping, with ``2**e >= p > 2**(e - 1)``, and
    those found are thinned by comparing a word with an integer; each probability is right to ``2**-32``. Time and
    memory grow with the synapses and with the displacements, of which there are few where the sizes along an axis
    have a large common divisor.

    Parameters
    ----------
    rng : HostRandom
        The stream; two draws are taken from it for each power of two among the probabilities.
    pre_shape, post_shape : tuple of int
        Cells along each axis; cells are numbered along the last axis first.
    probability : float
        ``p_0``, in [0, 1].
    scale : float
        ``sigma`` or ``lambda``, in the unit of the extent.
    profile : {"gaussian", "exponential"}
        Which of the two laws.
    extent : tuple of float, optional
        Length of the box along each axis, 1 by default.
    periodic : bool, default False
        Whether opposite sides meet, so that distance is that on a ring or torus.
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
        If ``probability`` is not in [0, 1], ``scale`` or an ``extent`` not positive, or the ``profile`` unknown.
    ShapeError
        If the shapes differ in their number of axes or are not positive, or more than ``2**31 - 1`` synapses are
        expected.
    """
    rule = "distance_dependent"
    n_pre, n_post, offset = checked_ends(rule, math.prod(pre_shape), math.prod(post_shape), self_offset)
    probability = checked_probability(rule, probability, "Write `probability=0.5`, that of cells side by side")
    axes = _axes(rule, pre_shape, post_shape, periodic)
    chance = probability * _profile(rule, profile, _squared_distances(rule, axes, extent), scale)
    per_class = math.prod(axis.units for axis in axes)
    check_count(rule, int(per_class * chance.sum()))
    parts = [np.empty(0, np.int64)]
    for kinds, units in _found(rng, chance, per_class):
        pre, post = _numbers(axes, kinds, units)
        kept = (post >= 0) if offset is None else (post >= 0) & (post - pre != offset)
        parts.append(pre[kept] * n_post + post[kept])
    keys = np.concatenate(parts)
    parts.clear()
    keys.sort()
    return made(rule, *rows(keys, n_pre, n_post), n_post)


def _found(rng: HostRandom, chance: Floats, per_class: int) -> Iterator[tuple[Int64, Int64]]:
    """Yield what is connected: the displacement, and the unit of the presynaptic cell."""
    exponent = np.clip(np.frexp(chance)[1], _RAREST, 0)
    for e in range(0, _RAREST - 1, -1):
        kinds = np.flatnonzero((exponent == e) & (chance > 0.0))
        if not kinds.size:
            continue
        skip, thin, used = rng.next_draw(), rng.next_draw(), 0
        thresholds = np.floor(np.ldexp(chance[kinds], 32 - e)).astype(np.uint64)
        for tried in bernoulli(skip, kinds.size * per_class, 2.0**e):
            kind = tried // per_class
            kept = thin.words(used, tried.size) < thresholds[kind]
            used += tried.size
            yield kinds[kind[kept]], (tried - kind * per_class)[kept]


def _numbers(axes: list[Axis], kinds: Int64, units: Int64) -> tuple[Int64, Int64]:
    """Return the numbers of the cells, the postsynaptic one negative where it is outside."""
    pre, post, outside = np.zeros_like(kinds), np.zeros_like(kinds), np.zeros(kinds.shape, bool)
    each_kind = np.unravel_index(kinds, [axis.count for axis in axes])
    each_unit = np.unravel_index(units, [axis.units for axis in axes])
    for axis, kind, unit in zip(axes, each_kind, each_unit, strict=True):
        i, j = axis.cells(kind, unit)
        pre, post, outside = pre * axis.n_pre + i, post * axis.n_post + j, outside | (j < 0)
    return pre, np.where(outside, -1, post)


def _squared_distances(rule: str, axes: list[Axis], extent: tuple[float, ...] | None) -> Floats:
    """Return the square of the distance of each displacement, those of the last axis first."""
    lengths = (1.0,) * len(axes) if extent is None else tuple(extent)
    if len(lengths) != len(axes) or not all(math.isfinite(length) and length > 0 for length in lengths):
        raise ParameterError(
            f"{rule}: `extent` must hold a positive length for each of {len(axes)} axes, but got {extent!r}. Write "
            f"`extent={(1.0,) * len(axes)}`."
        )
    total = np.zeros(1)
    for axis, length in zip(axes, lengths, strict=True):
        total = (total[:, None] + (length * axis.lengths()) ** 2).reshape(-1)
    return total


def _profile(rule: str, profile: str, squared: Floats, scale: float) -> Floats:
    """Return the law as a fraction of its largest value."""
    if not (math.isfinite(scale) and scale > 0):
        raise ParameterError(f"{rule}: `scale` must be a positive length, but got {scale!r}. Write `scale=0.1`.")
    if profile not in PROFILES:
        listed = " or ".join(map(repr, PROFILES))
        raise ParameterError(f"{rule}: `profile` must be {listed}, but got {profile!r}. Write `profile='gaussian'`.")
    return _decay(squared / (2.0 * scale * scale) if profile == "gaussian" else np.sqrt(squared) / scale)


def _decay(x: Floats) -> Floats:
    """Return ``exp(-x)`` of ``x >= 0`` by IEEE operations, so that no mathematical library decides a synapse."""
    turns = np.floor(np.minimum(x, 700.0) / math.log(2.0))
    rest = np.minimum(x, 700.0) - turns * _LOG2_HIGH - turns * _LOG2_LOW
    series = np.ones_like(x)
    for n in range(18, 0, -1):
        series = 1.0 - series * rest / n
    return np.where(x > 700.0, 0.0, np.ldexp(series, -turns.astype(np.int64)))


# log(2) in two parts: the products of the first with whole numbers up to 2**20 are exact.
_LOG2_HIGH, _LOG2_LOW = float.fromhex("0x1.62e42feep-1"), float.fromhex("0x1.a39ef35793c76p-33")


def _axes(rule: str, pre_shape: tuple[int, ...], post_shape: tuple[int, ...], periodic: bool) -> list[Axis]:
    """Return the axes that both grids share, or refuse the shapes."""
    if len(pre_shape) != len(post_shape):
        raise ShapeError(
            f"{rule}: `pre_shape` {pre_shape} and `post_shape` {post_shape} must have as many axes, since both fill "
            "one box. Give a line as one axis and a sheet as two: `pre_shape=(40, 80), post_shape=(20, 40)`."
        )
    sizes = [
        [checked_size(rule, "pre_shape", n) for n in pre_shape],
        [checked_size(rule, "post_shape", n) for n in post_shape],
    ]
    return [Axis(i, j, periodic) for i, j in zip(*sizes, strict=True)]
