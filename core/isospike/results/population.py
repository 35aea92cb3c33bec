"""The name, the size and the groups of a recorded population."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from isospike.errors import ShapeError

__all__ = ["MAX_SIZE", "Population"]

MAX_SIZE = 2**31  # a cell's index is an int32


@dataclass(frozen=True)
class Population:
    """The name and size of a recorded population, and names for ranges of its cells.

    Parameters
    ----------
    name : str
        Name of the population, as in the network.
    size : int
        Number of cells.
    groups : dict of str to (int, int), default empty
        Half-open index ranges, such as ``{"E": (0, 3200), "I": (3200, 4000)}``.

    Raises
    ------
    ShapeError
        If the size is negative or a group reaches beyond the population.

    Examples
    --------
    >>> Population("cells", 4000, {"E": (0, 3200), "I": (3200, 4000)}).ranges()
    {'': (0, 4000), 'E': (0, 3200), 'I': (3200, 4000)}
    """

    name: str
    size: int
    groups: Mapping[str, tuple[int, int]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not (self.name and 0 <= self.size <= MAX_SIZE):
            raise ShapeError(
                f"Population({self.name!r}, size={self.size}): expected a name and a size of 0 to 2**31, "
                "such as Population('cells', 4000)."
            )
        for group, (start, stop) in self.groups.items():
            if not (group and 0 <= start <= stop <= self.size):
                raise ShapeError(
                    f"Population {self.name!r}: group {group!r} is ({start}, {stop}); expected a name and a "
                    f"half-open range within (0, {self.size}), such as groups={{'E': (0, {self.size})}}."
                )

    def ranges(self) -> dict[str, tuple[int, int]]:
        """Return the range of the whole population, named ``""``, and then that of each group."""
        return {"": (0, self.size), **self.groups}
