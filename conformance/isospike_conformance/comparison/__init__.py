"""Comparison: one network on several backends, step by step, and what differs."""

from isospike_conformance.comparison.candidate import Candidate
from isospike_conformance.comparison.comparison import Comparison
from isospike_conformance.comparison.ensemble import Ensemble
from isospike_conformance.comparison.network import file_case
from isospike_conformance.comparison.sidebyside import Lane, SideBySide
from isospike_conformance.comparison.ways import parse_ways

__all__ = ["Candidate", "Comparison", "Ensemble", "Lane", "SideBySide", "file_case", "parse_ways"]
