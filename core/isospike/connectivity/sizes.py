"""What every rule accepts: sizes of populations, the offset of a cell's own number, a count of synapses."""

from __future__ import annotations

import operator

from isospike.errors import ParameterError, ShapeError

__all__ = ["MOST", "check_count", "checked_ends", "checked_size"]

MOST = 2**31 - 1  # int32 row pointers: what every backend and GPU indexes fastest


def checked_size(owner: str, name: str, value: int) -> int:
    """Return a population size as an int, or refuse it."""
    try:
        size = operator.index(value)
    except TypeError:
        size = 0
    if not 1 <= size <= MOST:
        raise ShapeError(
            f"{owner}: `{name}` must be a whole number of cells from 1 to 2**31 - 1, but got {value!r}. "
            f"Write for example `{name}=100`."
        )
    return size


def checked_ends(rule: str, n_pre: int, n_post: int, self_offset: int | None) -> tuple[int, int, int | None]:
    """Return the sizes that a rule connects and the offset of a cell's own number as ints, or refuse them."""
    sizes = checked_size(rule, "n_pre", n_pre), checked_size(rule, "n_post", n_post)
    return (*sizes, _checked_offset(rule, self_offset))


def _checked_offset(rule: str, self_offset: int | None) -> int | None:
    try:
        return None if self_offset is None else operator.index(self_offset)
    except TypeError:
        raise ParameterError(
            f"{rule}: `self_offset` must be None or a whole number, the postsynaptic less the presynaptic "
            f"number of one cell, but got {self_offset!r}. For a population onto itself: `self_offset=0`."
        ) from None


def check_count(rule: str, synapses: int) -> None:
    """Refuse more synapses than int32 can number."""
    if synapses > MOST:
        raise ShapeError(
            f"{rule}: {synapses} synapses are more than one container can number, 2**31 - 1. Split the "
            "presynaptic population into several projections, say `n_pre=n // 2` twice."
        )
