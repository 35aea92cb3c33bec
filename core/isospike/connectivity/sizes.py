"""What every rule accepts: sizes of populations, the offset of a cell's own number, a count of synapses."""

from __future__ import annotations

import operator

from isospike.errors import ParameterError, ShapeError

__all__ = ["MOST", "check_count", "checked_ends", "checked_probability", "checked_size", "checked_whole"]

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


def checked_whole(rule: str, name: str, value: int, most: int, fix: str) -> int:
    """Return a whole number from 0 to ``most`` as an int, or refuse it and say how to mend that."""
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if not 0 <= number <= most:
        raise ParameterError(f"{rule}: `{name}` must be a whole number from 0 to {most}, but got {value!r}{fix}.")
    return number


def checked_probability(rule: str, probability: float, example: str) -> float:
    """Return the probability as a float, or refuse it."""
    try:
        value = float(probability)
    except (TypeError, ValueError):
        value = float("nan")
    if not 0.0 <= value <= 1.0:
        raise ParameterError(f"{rule}: `probability` must be a number in [0, 1], but got {probability!r}. {example}.")
    return value


def check_count(rule: str, synapses: int) -> None:
    """Refuse more synapses than int32 can number."""
    if synapses > MOST:
        raise ShapeError(
            f"{rule}: {synapses} synapses are more than one container can number, 2**31 - 1. Split the "
            "presynaptic population into several projections, say `n_pre=n // 2` twice."
        )
