"""The report on where two runs part: step, states, neuron, and both values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from isospike.results.manifest import plain_json
from isospike_conformance.compare.nodedivergence import NodeDivergence
from isospike_conformance.compare.spikemismatch import SpikeMismatch
from isospike_conformance.compare.statedivergence import StateDivergence
from isospike_conformance.compare.verdict import Verdict

__all__ = ["DivergenceReport"]


@dataclass(frozen=True)
class DivergenceReport(Verdict):
    """Where two runs part, or that they do not.

    Attributes
    ----------
    case, reference, candidate : str
        What was compared.
    steps_run : int
        Steps of the reference.
    compared : tuple of str
        States that were compared.
    unlike : tuple of str
        What could not be compared; a report with any has not passed.
    first_divergent_step : int or None
        First recorded step at which a state or a spike differs.
    states : tuple of StateDivergence
        The states that differ there, in the order of the reference.
    spikes_compared : int or None
        Spikes of the reference that were compared; None where no spikes were recorded.
    first_spike_mismatch : SpikeMismatch or None
        The first spike that differs, at this step or later.
    replay_reproduces : bool or None
        Whether one step from the same state shows the difference; None where it was not tried. False means
        that it takes the fused loop, or that the candidate does not repeat itself.
    env : dict
        CPU, flags, numerics, seed: whatever is needed to see it again.
    node : NodeDivergence or None
        The operation of that step which makes of equal operands another result; in JSON its place, operands and
        results. None where the step was not looked into, or no part of it shows the difference.
    remark : str
        What else looking into the step told, in one sentence; may be empty.
    """

    case: str
    reference: str
    candidate: str
    steps_run: int
    compared: tuple[str, ...]
    unlike: tuple[str, ...]
    first_divergent_step: int | None
    states: tuple[StateDivergence, ...]
    spikes_compared: int | None
    first_spike_mismatch: SpikeMismatch | None
    replay_reproduces: bool | None
    env: Mapping[str, Any]
    node: NodeDivergence | None = None
    remark: str = ""

    @property
    def passed(self) -> bool:
        """Whether everything could be compared, something was, and all of it is equal."""
        compared = bool(self.compared) or self.spikes_compared is not None
        return compared and not self.unlike and self.first_divergent_step is None

    def __str__(self) -> str:
        """Return one line."""
        sides = f"{self.candidate} differs from {self.reference}"
        parts = list(self.unlike)
        if self.first_divergent_step is not None:
            states = ", ".join(state.text(full=i == 0) for i, state in enumerate(self.states))
            parts.append(f"at step {self.first_divergent_step}" + (f": {states}" if states else ""))
            parts += [f"by {self.node.place}"] if self.node else []
        elif self.passed:
            sides = f"{self.candidate} equals {self.reference} for {self.steps_run} steps"
            parts.append(", ".join(self.compared) or "no states")
        elif not self.unlike:
            sides, parts = f"{self.candidate} and {self.reference}", ["nothing to compare"]
        line = f"{sides} {parts[0]}" if parts[0].startswith("at step") else f"{sides}: {parts[0]}"
        return f"{self.case}: " * bool(self.case) + "; ".join([line, *parts[1:], self._spike_text()])

    def as_json(self) -> dict[str, Any]:
        """Return the report in the schema ``isospike.divergence/1``."""
        mismatch = self.first_spike_mismatch
        report = {
            "schema": "isospike.divergence/1",
            "passed": self.passed,
            "case": self.case,
            "reference": self.reference,
            "candidate": self.candidate,
            "steps_run": self.steps_run,
            "compared": self.compared,
            "unlike": self.unlike,
            "first_divergent_step": self.first_divergent_step,
            "spikes_compared": self.spikes_compared,
            "spikes_differ": None if self.spikes_compared is None else mismatch is not None,
            "first_spike_mismatch": mismatch and mismatch.as_json(),
            "replay_reproduces": self.replay_reproduces,
            "node": self.node and self.node.as_json(),
            "remark": self.remark,
            "states": [state.as_json() for state in self.states],
            "env": self.env,
        }
        plain: dict[str, Any] = plain_json(report, "report")
        return plain

    def _spike_text(self) -> str:
        if self.first_spike_mismatch is not None:
            return f"first spike mismatch at {self.first_spike_mismatch}"
        return "no spikes recorded" if self.spikes_compared is None else "spikes equal"
