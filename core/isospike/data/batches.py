"""Batches: examples in an order that is drawn anew for each epoch, and always the same for one seed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from isospike import environ, units
from isospike.data.columns import columns
from isospike.errors import ParameterError, ShapeError
from isospike.random.host import HostRandom

__all__ = ["Batches"]


class Batches:
    """Examples, a batch at a time.

    The order of an epoch depends on the seed and the number of the epoch only, not on what was drawn before: a
    training that is taken up in the middle of an epoch sees the batches that it would have seen.

    Parameters
    ----------
    *arrays : array or quantity (examples, ...), or Frames
        Inputs, targets and whatever else belongs to an example. Anything with a length that takes an array of
        indices does; lists, and Series and DataFrames of pandas, are made into arrays.
    size : int
        Examples in a batch. The last one of an epoch holds what is left; a program is compiled for each of the two
        sizes.
    shuffle : bool
        Whether to draw the order; True by default.
    drop_last : bool
        Whether to leave out a last batch that is smaller; False by default. With ``shuffle`` the examples left out
        are others in each epoch.
    seed : int, optional
        That of the environment by default.

    Raises
    ------
    ShapeError
        The arrays differ in length, or hold no example.
    ParameterError
        An array is a sequence of Events or holds no numbers, ``size`` is not a positive whole number, or ``drop_last``
        leaves no batch.

    Examples
    --------
    >>> batches = Batches(np.arange(5), size=2, seed=1)
    >>> [x.tolist() for (x,) in batches.epoch(0)]
    [[2, 0], [3, 4], [1]]
    """

    def __init__(
        self, *arrays: Any, size: int, shuffle: bool = True, drop_last: bool = False, seed: int | None = None
    ) -> None:
        arrays = columns("Batches", arrays)
        lengths = [len(units.split(x)[0]) for x in arrays]
        if len(set(lengths)) != 1 or lengths[0] == 0:
            msg = (
                f"Batches(*arrays) is given arrays of lengths {lengths}, expected one positive number of examples: "
                "Batches(inputs, labels, size=64), with examples along the first axis of both"
            )
            raise ShapeError(msg)
        if isinstance(size, bool) or not isinstance(size, int) or size < 1 or (drop_last and size > lengths[0]):
            allowed = f"from 1 to {lengths[0]}" if drop_last else "from 1 on"
            msg = f"Batches(size={size!r}): expected a whole number {allowed}, such as size={min(64, lengths[0])}"
            raise ParameterError(msg)
        self.arrays, self.n_examples, self.size = arrays, lengths[0], size
        self.shuffle, self.drop_last = shuffle, drop_last
        self.seed = int(environ.get("seed")) if seed is None else seed

    def __len__(self) -> int:
        """Return the number of batches in an epoch."""
        whole, rest = divmod(self.n_examples, self.size)
        return whole + (rest > 0 and not self.drop_last)

    def epoch(self, number: int, start: int = 0) -> Iterator[tuple[Any, ...]]:
        """Yield the batches of an epoch, each a tuple with a part of each array.

        Parameters
        ----------
        number : int
            Which epoch, from 0.
        start : int
            Batches to leave out at the beginning.
        """
        order = self._order(number)
        for i in range(start, len(self)):
            chosen = order[i * self.size : (i + 1) * self.size]
            yield tuple(x[chosen] for x in self.arrays)

    def describe(self) -> dict[str, int]:
        """Return what decides which examples a batch holds."""
        names = ("n_examples", "size", "shuffle", "drop_last", "seed")
        return {name: int(getattr(self, name)) for name in names}

    def _order(self, number: int) -> NDArray[np.int64]:
        if not self.shuffle:
            return np.arange(self.n_examples)
        return HostRandom(self.seed, f"batches.{number}").permutation(self.n_examples)
