"""P: another process has the same bits, or says what went wrong."""

from __future__ import annotations

import numpy as np
import pytest

from isospike import registry
from isospike.errors import BackendError
from isospike_conformance.levels.platforms import judge, settings
from isospike_conformance.references import References
from isospike_conformance.way import REFERENCE
from isospike_conformance.worker import Worker, answer

DELTA = registry.resolve("conformance_cases", "delta")


def test_a_good_backend_passes_in_another_process(subject):
    outcome = judge(subject(REFERENCE, case=DELTA, source="delta"))
    assert outcome.passed, outcome.detail
    assert "the same digests with the oldest processor, 1 thread" in outcome.detail


def test_other_bits_in_the_other_process_are_named_with_setting_step_and_state(subject, monkeypatch):
    class Wrong:
        def chains(self, source, way, precision, steps):
            reply = answer({"source": source, "way": {"backend": "numpy"}, "precision": precision, "steps": steps})
            chains = {path: np.array(links, np.uint64) for path, links in reply["chains"].items()}
            chains["cells.V"][7] += np.uint64(1)
            return chains

    monkeypatch.setattr(References, "worker", lambda self, variables: Wrong())
    outcome = judge(subject(REFERENCE, case=DELTA, source="delta"))
    assert not outcome.passed
    assert outcome.detail == "the oldest processor, 1 thread: chains differ first at step 7: cells.V"


def test_what_fails_in_the_other_process_is_an_error_here():
    worker = Worker({})
    try:
        with pytest.raises(BackendError, match="nowhere on numpy interpreter in another process: UnknownNameError"):
            worker.chains("nowhere", REFERENCE, "float32", 3)
        assert worker.chains("delta", REFERENCE, "float32", 3), "it goes on after an error"
        worker._process.kill()
        with pytest.raises(BackendError, match="it has ended"):
            worker.chains("delta", REFERENCE, "float32", 3)
    finally:
        worker.close()


def test_a_case_without_a_name_has_not_passed(subject):
    assert judge(subject()).passed is None


def test_the_first_setting_holds_all_that_go_together():
    first, *others = settings().values()
    assert first.keys() == {key for variables in others for key in variables}
    assert {v.get("OMP_NUM_THREADS") for v in others} >= {"1", "2"}
