"""The first spike in which two runs differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["SpikeMismatch"]


@dataclass(frozen=True)
class SpikeMismatch:
    """The earliest spike that one side alone has; of several in one step, that of the lowest neuron.

    Attributes
    ----------
    step, neuron : int
        When and where.
    spiked_in : str
        The side that has it: ``"reference"`` or ``"candidate"``.
    population : str
        Empty where a single train was compared.
    ref_margin, got_margin : float or None
        ``v - theta`` of the cell at this step on both sides, in ``unit``, where it is known.
    unit : str
        Unit of the margins.
    """

    step: int
    neuron: int
    spiked_in: str
    population: str = ""
    ref_margin: float | None = None
    got_margin: float | None = None
    unit: str = ""

    def __str__(self) -> str:
        """Return ``step 248, neuron 7 of cells, only in the reference (v - theta 1e-06 against -2e-06 mV)``."""
        cell = f"neuron {self.neuron}" + (f" of {self.population}" if self.population else "")
        text = f"step {self.step}, {cell}, only in the {self.spiked_in}"
        if self.ref_margin is None or self.got_margin is None:
            return text
        return f"{text} (v - theta {self.ref_margin:.9g} against {self.got_margin:.9g} {self.unit})"

    def as_json(self) -> dict[str, Any]:
        """Return the mismatch in the words of the schema ``isospike.divergence/1``."""
        where = {"population": self.population, "step": self.step, "neuron": self.neuron, "spiked_in": self.spiked_in}
        return where | {"v_ref_minus_theta": self.ref_margin, "v_got_minus_theta": self.got_margin, "unit": self.unit}
