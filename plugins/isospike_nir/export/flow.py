"""Flow: a value of a step that is being outlined, known by the nodes whose sum it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NoReturn

from isospike import units
from isospike.errors import ConfigError

__all__ = ["GIVEN", "Flow", "Source"]

#: The unit of an argument, which is that of whatever takes it.
GIVEN = object()


@dataclass(frozen=True)
class Source:
    """A node that a flow comes from.

    Parameters
    ----------
    name : str
        Its name.
    late : bool
        Whether what it gave in the step before is meant.
    part : (int, int, int), optional
        The first and the last but one of its elements that are meant, and their number.
    """

    name: str
    late: bool = False
    part: tuple[int, int, int] | None = None


@dataclass(frozen=True, eq=False)
class Flow:
    """A value, which takes part in sums and units, and in nothing else that NIR could hold.

    Parameters
    ----------
    sources : tuple of Source
        What it is the sum of.
    size : int
        Number of elements; 0 where it is not known, as of an argument.
    unit : Unit or None
        Its unit, `GIVEN` where whoever takes it decides.
    """

    sources: tuple[Source, ...]
    size: int
    unit: Any

    # So that NumPy and quantities leave operators to this class.
    __array_ufunc__ = None
    __array_priority__ = 1e6

    def plain(self) -> Flow:
        """Return the flow with an argument taken as a pure number."""
        return replace(self, unit=None) if self.unit is GIVEN else self

    def __add__(self, other: Any) -> Flow:
        """Return the sum with another flow; a 0 is what ``sum`` begins with."""
        if isinstance(other, int) and other == 0:
            return self
        if not isinstance(other, Flow):
            _refuse(f"adds {other!r} to", "give a Linear a bias (b_init=...)")
        unit, given = (b if a is GIVEN else a for a, b in ((self.unit, other.unit), (other.unit, self.unit)))
        if unit is not GIVEN and not _same(unit, given):
            _refuse(
                f"adds a value in {units.unit_name(given)} to one in {units.unit_name(unit)}, and to", "mend its units"
            )
        return Flow((*self.sources, *other.sources), self.size or other.size, unit)

    __radd__ = __add__

    def __getitem__(self, key: Any) -> Flow:
        """Return a range of the elements."""
        if isinstance(key, tuple) and len(key) == 2 and key[0] is Ellipsis:
            key = key[1]
        whole = all(source.part is None for source in self.sources)
        if not (isinstance(key, slice) and key.step in (None, 1) and self.size and whole):
            _refuse(f"takes [{key!r}] of", "take a range of what a population or layer gives, as in spikes[:80]")
        start, stop, _ = key.indices(self.size)
        if start >= stop:
            _refuse(f"takes none of the {self.size} elements, [{start}:{stop}], of", "take one or more")
        sources = tuple(replace(source, part=(start, stop, self.size)) for source in self.sources)
        return replace(self, sources=sources, size=stop - start)

    def __mul__(self, other: Any) -> Flow:
        """Return the flow in another unit; a factor is not to be had."""
        return self._in(other, "multiplies", invert=False)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Flow:
        """Return the flow in another unit; a divisor is not to be had."""
        return self._in(other, "divides", invert=True)

    def __bool__(self) -> bool:
        """Refuse to choose by a value."""
        _refuse("decides by", "let the step be the same for all values")

    def __eq__(self, other: object) -> bool:
        """Refuse to compare."""
        _refuse(f"compares {other!r} with", "let the step be the same for all values")

    __hash__ = None  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        """Refuse whatever else is asked of an array, as a unit before it does."""
        if name.startswith("__"):
            raise AttributeError(name)
        _refuse(f"asks for .{name} of", "let modules do it, and write a unit behind a value, as in x * u.mA")

    def _in(self, other: Any, does: str, *, invert: bool) -> Flow:
        factor, unit = (None, None) if isinstance(other, Flow) else units.split(other)
        if factor is None or unit is None or getattr(factor, "shape", ()) != () or float(factor) != 1.0:
            _refuse(f"{does} by {'a value' if factor is None else other!r}", "put factors into the weights")
        one = units.quantity(1.0, self.plain().unit)
        by = units.quantity(1.0, unit)
        factor, unit = units.split(one / by if invert else one * by)
        if float(factor) != 1.0:  # as of mV / V
            _refuse(f"{does} by {other!r}, a factor of {float(factor):g},", "put factors into the weights")
        return replace(self, unit=unit)


def _same(a: Any, b: Any) -> bool:
    return units.same_dimension(a, b) and units.scale_factor(a, b) == 1.0


def _refuse(does: str, instead: str) -> NoReturn:
    msg = (
        f"update() {does} a value: a graph of NIR has modules that are called with values, sums and ranges of these, "
        f"and nothing else. To write it, {instead}"
    )
    raise ConfigError(msg)
