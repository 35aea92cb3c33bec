"""A state that differs at the step where two runs part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from isospike_conformance.compare.bitwise import BitVerdict

__all__ = ["StateDivergence"]


@dataclass(frozen=True)
class StateDivergence:
    """The differing elements of one state, with its unit."""

    state: str
    unit: str
    bits: BitVerdict

    def text(self, *, full: bool) -> str:
        """Return ``m (1116 of 4000, first neuron 1, 1 ulp, max 2 ulp)``, or ``n (114, max 16 ulp)`` where not full."""
        verdict, first, worst = self.bits, self.bits.first, self.bits.worst
        parts = [f"{verdict.n_differ} of {verdict.size}" if full else f"{verdict.n_differ}"]
        if full and first is not None:
            one_axis = len(first.position) == 1
            parts.append(f"first neuron {first.index}" if one_axis else f"first index {first.position}")
            parts += [_ulp(first.ulp)] if worst is not None else [f"{first.ref} against {first.got}"]
        parts += [f"max {_ulp(worst.ulp)}"] if worst is not None else []
        return f"{self.state} ({', '.join(parts)})"

    def as_json(self) -> dict[str, Any]:
        """Return the state in the words of the schema ``isospike.divergence/1``."""
        first, worst = self.bits.first, self.bits.worst
        record: dict[str, Any] = {"state": self.state, "unit": self.unit, "n_differ": self.bits.n_differ}
        record["size"] = self.bits.size
        if first is not None:
            record |= {"first_index": first.index, "first_position": first.position}
            record |= {"ref_hex": first.ref_hex, "got_hex": first.got_hex, "ref": first.ref, "got": first.got}
            record["ulp_first"] = first.ulp
        record["ulp_max"] = None if worst is None else worst.ulp
        record["index_max"] = None if worst is None else worst.index
        return record


def _ulp(ulp: int | None) -> str:
    return "NaN" if ulp is None else f"{ulp} ulp"
