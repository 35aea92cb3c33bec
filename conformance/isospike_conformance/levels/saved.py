"""Saved States of two runs, bit by bit."""

from __future__ import annotations

import numpy as np

from isospike_conformance.compare import compare_bits
from isospike_conformance.levels.level import Outcome
from isospike_conformance.running import Saved

__all__ = ["compare_saved"]


def compare_saved(reference: Saved, candidate: Saved) -> Outcome:
    """Compare the States that `isospike_conformance.running.Running.save` returns, parameters and clock included."""
    unlike = sorted({*reference} ^ {*candidate})
    if unlike:
        return Outcome(False, f"only one side has {', '.join(unlike)}")
    verdicts = {name: compare_bits(array, candidate[name]) for name, array in reference.items()}
    failed = {name.removesuffix("#0"): verdict for name, verdict in verdicts.items() if not verdict}
    ulps = [float(v.worst.ulp or np.inf) for v in failed.values() if v.worst is not None]
    detail = "; ".join(f"{name}: {verdict}" for name, verdict in failed.items())
    return Outcome(not failed, detail or f"{len(verdicts)} arrays equal by bits", max(ulps, default=0.0))
