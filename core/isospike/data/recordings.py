"""Recordings: a data set that is read when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from isospike.data.events import Events

__all__ = ["Recordings"]


class Recordings(Sequence[Events]):
    """Base of data sets whose recordings are read one at a time: by an index, or by a slice as a list."""

    #: The class of each recording.
    labels: NDArray[np.int32]

    def read(self, place: int) -> Events:
        """Read a recording, counted from 0 on; subclasses define it."""
        raise NotImplementedError

    def __len__(self) -> int:
        """Return the number of recordings."""
        return len(self.labels)

    @overload
    def __getitem__(self, index: int) -> Events: ...
    @overload
    def __getitem__(self, index: slice) -> list[Events]: ...
    def __getitem__(self, index: int | slice) -> Any:
        """Read a recording."""
        places = range(len(self))[index]
        return [self.read(i) for i in places] if isinstance(places, range) else self.read(places)
