"""Truths: what a run is judged by that no backend computed; identical can be identically wrong."""

from isospike_conformance.truth.differences import central_differences
from isospike_conformance.truth.drawn import Drawn
from isospike_conformance.truth.judge import TruthVerdict, Values, judge, judge_steps
from isospike_conformance.truth.moment import MomentVerdict, judge_moment
from isospike_conformance.truth.pulses import pulse_response

__all__ = [
    "Drawn",
    "MomentVerdict",
    "TruthVerdict",
    "Values",
    "central_differences",
    "judge",
    "judge_moment",
    "judge_steps",
    "pulse_response",
]
