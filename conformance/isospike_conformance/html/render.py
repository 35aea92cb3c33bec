"""Fill the template of the report."""

from __future__ import annotations

import importlib
import importlib.resources
from typing import Any

from isospike.errors import MissingDependencyError
from isospike_conformance.comparison import Candidate, Comparison
from isospike_conformance.comparison.text import divergence_line, node_line, promise, spike_line, statistics_line

__all__ = ["render_report", "require_libraries"]


def require_libraries() -> None:
    """Refuse to begin where a library of the report is not installed.

    Raises
    ------
    MissingDependencyError
        Says which, and how to install it.
    """
    for name in ("jinja2", "matplotlib"):
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise MissingDependencyError(
                f'an HTML report needs {name} ({error}); install it: pip install "isospike[plot]".'
            ) from error


def render_report(comparison: Comparison) -> str:
    """Return the report as HTML, figures included.

    Raises
    ------
    MissingDependencyError
        Jinja or matplotlib is not installed.
    """
    require_libraries()
    import jinja2

    source = importlib.resources.files(__package__).joinpath("report.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    candidates = [_view(comparison, candidate, f"c{i}") for i, candidate in enumerate(comparison.candidates)]
    return environment.from_string(source).render(
        comparison=comparison, manifest=comparison.manifest, candidates=candidates
    )


def _status(comparison: Comparison, candidate: Candidate) -> tuple[str, str]:
    """Return whether the promise holds in a word, and the look of that word."""
    if not comparison.holds(candidate):
        return "does not hold", "bad"
    if comparison.is_exact or (candidate.statistics is not None and comparison.ensemble.is_level):
        return "holds", "good"
    return "not judged" if candidate.statistics is None else "not refuted", "note"


def _view(comparison: Comparison, candidate: Candidate, key: str) -> dict[str, Any]:
    """Return what the template shows of one candidate; figures are SVG that it takes as it is."""
    from markupsafe import Markup

    from isospike_conformance.html.growthfigure import growth_figure
    from isospike_conformance.html.rasterfigure import raster_figure

    report = candidate.report
    return {
        "key": key,
        "name": candidate.name,
        "way": str(candidate.lane.way),
        "status": _status(comparison, candidate),
        "report": report,
        "statistics": candidate.statistics,
        "coincidence": candidate.coincidence,
        "divergence": divergence_line(comparison, candidate),
        "node": node_line(report),
        "spikes": spike_line(candidate),
        "level": statistics_line(comparison, candidate),
        "promise": promise(comparison, candidate),
        "rasters": Markup(raster_figure(comparison, candidate, key)) if comparison.reference.trains else "",
        "growth": "" if report.passed else Markup(growth_figure(comparison, candidate, key)),
    }
