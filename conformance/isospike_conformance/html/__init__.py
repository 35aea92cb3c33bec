"""The report of a comparison as one HTML file that needs nothing else."""

from isospike_conformance.html.render import render_report, require_libraries

__all__ = ["render_report", "require_libraries"]
