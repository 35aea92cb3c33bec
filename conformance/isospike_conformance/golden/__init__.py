"""Golden chains: what the bits of a case are, kept in the repository and in the wheel, one JSON file a case.

``python -m isospike_conformance.golden [CASE ...]`` writes them anew from the reference in exact numerics. Do so
where a model, a default or an exact form is meant to have changed, and never to silence a failure.
"""

from isospike_conformance.golden.comparison import GoldenVerdict, compare_golden
from isospike_conformance.golden.file import Golden, GoldenRun, GoldenState, read_golden
from isospike_conformance.golden.links import running_links
from isospike_conformance.golden.scheme import Scheme, scheme_of

__all__ = [
    "Golden",
    "GoldenRun",
    "GoldenState",
    "GoldenVerdict",
    "Scheme",
    "compare_golden",
    "read_golden",
    "running_links",
    "scheme_of",
]
