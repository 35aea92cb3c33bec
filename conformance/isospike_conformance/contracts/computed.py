"""What a model computes: on every backend, in either precision, in a loop, a batch, and after a checkpoint."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import isospike as iso
from isospike import units
from isospike.namespace import to_host
from isospike.owned import own_states
from isospike.select import get_backend
from isospike.state import State
from isospike_conformance.compare import compare_bits
from isospike_conformance.contracts.contract import NotAsked, expect
from isospike_conformance.contracts.used import STEPS, Used
from isospike_conformance.levels.saved import compare_saved
from isospike_conformance.running import Running
from isospike_conformance.way import REFERENCE, Way

__all__ = ["Computed"]


class Computed(Used):
    """Checks of what a model computes."""

    def test_computes_in_either_precision(self, backend_name: str) -> None:
        """A step works in both, and every State stays finite."""
        for precision in self._precisions(backend_name):
            running = self.running(Way(backend_name), precision, "fast")
            for path, trace in running.run(STEPS).states.items():
                expect(np.isfinite(trace.values).all(), f"{path} is not finite after {STEPS} steps in {precision}")

    def test_has_the_bits_of_the_reference(self, backend_name: str) -> None:
        """In exact numerics the States are the same on every backend that claims it."""
        _require(backend_name, "exact")
        for precision in self._precisions(backend_name):
            expected = self.running(REFERENCE, precision).run(STEPS)
            found = self.running(Way(backend_name), precision).run(STEPS)
            for path, trace in expected.states.items():
                verdict = compare_bits(trace.values, found.states[path].values)
                expect(verdict, f"{path} on {backend_name} in {precision}: {verdict}")

    def test_is_the_same_in_a_loop_and_call_by_call(self, backend_name: str) -> None:
        """A compiled loop does what as many calls do."""
        _require(backend_name, "exact")
        loop, calls = self.running(Way(backend_name), numerics="exact"), self.running(Way(backend_name))
        loop.run(STEPS)
        for _ in range(STEPS):
            calls.step()
        outcome = compare_saved(loop.save(), calls.save())
        fix = "keep what changes in States, not in attributes"
        expect(outcome.passed, f"a loop of {STEPS} steps and as many calls differ: {outcome.detail}: {fix}")

    def test_keeps_its_bits_in_a_batch(self) -> None:
        """A batch of one adds an axis to every State, and changes nothing else."""
        alone = self.running().run(STEPS)
        batched = Running(replace(self.used, batch_size=1), REFERENCE).run(STEPS)
        for path, trace in alone.states.items():
            got, want = batched.states[path].values, trace.values
            fix = "let init_state(batch_size) put it before the axes of the population, and sum over no axis of it"
            expect(
                got.size == want.size and got.ndim == want.ndim + 1, f"{path}: a batch of one has {got.shape}: {fix}"
            )
            verdict = compare_bits(want, got.reshape(want.shape))
            expect(verdict, f"{path} in a batch of one: {verdict}: {fix}")

    def test_goes_on_from_a_checkpoint(self) -> None:
        """A run that is saved and loaded into a new module is one run."""
        first, second = self.running(), self.running()
        first.run(STEPS)
        with tempfile.TemporaryDirectory() as folder, first.environment():
            iso.load_checkpoint(iso.save_checkpoint(Path(folder) / "model.safetensors", first.module), second.module)
        first.run(STEPS)
        second.run(STEPS)
        outcome = compare_saved(first.save(), second.save())
        fix = "name it without a leading underscore, so that it is saved"
        expect(outcome.passed, f"a run that was saved and loaded goes on otherwise: {outcome.detail}: {fix}")

    def test_has_a_gradient(self, backend_name: str) -> None:
        """What the States become depends on what they were, by a derivative that is finite and not zero."""
        _require(backend_name, "gradient")
        running = self.running(Way(backend_name), numerics="fast")
        own = {path: s for path, s in own_states(self.instance(running)) if _is_floating(s)}
        if not own or not self._remembers():
            raise NotAsked(f"what {self.title} computes does not depend on earlier States of its own")

        def loss() -> Any:
            iso.transform.for_loop(lambda: running.case.step(running.module), length=STEPS)
            # Squares, as what flows from one population into another cancels in a sum.
            values = (units.split(s.value)[0] for s in running.states.values() if _is_floating(s))
            return sum(iso.math.sum(iso.math.square(x)) for x in values)

        with running.environment():
            found = iso.transform.grad(loss, own)()
        slopes = {path: to_host(units.split(g)[0]) for path, g in found.items()}
        for path, slope in slopes.items():
            expect(np.isfinite(slope).all(), f"the gradient of {self.title} by {path} is not finite on {backend_name}")
        fix = "what is cut by stop_gradient or astype to an integer has none"
        expect(any(s.any() for s in slopes.values()), f"the gradient of {self.title} is zero on {backend_name}: {fix}")

    def _remembers(self) -> bool:
        """Say whether a run of the reference goes on otherwise from other floating States."""
        plain, moved = (self.running(REFERENCE, "float64", "fast") for _ in range(2))
        for _, state in own_states(self.instance(moved)):
            if _is_floating(state):
                state.store(state.spec, [to_host(x) + 0.01 for x in state.leaves])
        plain.run(STEPS)
        moved.run(STEPS)
        return not compare_saved(plain.save(), moved.save()).passed

    def _precisions(self, backend_name: str) -> list[str]:
        double = get_backend(backend_name).capabilities["float64"].claimed
        return ["float32", "float64"] if double else ["float32"]


def _require(backend_name: str, capability: str) -> None:
    claim = get_backend(backend_name).capabilities[capability]
    if not claim.claimed:
        raise NotAsked(f"{backend_name} does not claim {capability}: {claim.reason}")


def _is_floating(state: State) -> bool:
    return bool(state.spec.avals) and all(a.dtype.startswith("float") for a in state.spec.avals)
