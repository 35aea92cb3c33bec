"""Figures as SVG inside a page: in its fonts and its ink, with a text for those who do not see them."""

from __future__ import annotations

import io
import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ACCENT", "INK", "new_figure", "tidy", "to_svg"]

INK = "#010203"  # drawn with, and replaced by the colour of the page's text
ACCENT = "#e0611f"  # readable on white and on black
_NAMES = re.compile(r'(\bid="|url\(#|href="#)')


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure that draws into memory only."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, layout="constrained", facecolor="none")
    FigureCanvasAgg(figure)
    return figure


def tidy(axes: Axes) -> None:
    """Give axes the ink of the page and no frame."""
    axes.set_facecolor("none")
    axes.spines[["top", "right"]].set_visible(False)
    for spine in axes.spines.values():
        spine.set_color(INK)
        spine.set_linewidth(0.6)
    axes.tick_params(colors=INK, labelsize=8, width=0.6)
    for label in (axes.xaxis.label, axes.yaxis.label, axes.title):
        label.set_color(INK)
        label.set_fontsize(9)


def to_svg(figure: Figure, key: str, title: str) -> str:
    """Return a figure as an element of a page.

    Parameters
    ----------
    figure : Figure
        What to draw.
    key : str
        Begins all names inside, which must be unique in a page.
    title : str
        What the figure shows, for screen readers.
    """
    import matplotlib

    file = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": key}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    for part in ("metadata", "style"):
        text = re.sub(rf"<{part}\b.*?</{part}>", "", text, flags=re.DOTALL)
    text = _NAMES.sub(rf"\g<1>{key}-", text).replace(INK, "currentColor")
    text = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font: \1px system-ui, sans-serif", text)
    head = f'<svg role="img" aria-labelledby="{key}-title"'
    body = text[text.index(">") + 1 :]
    attributes = text[len("<svg") : text.index(">") + 1]
    return f'{head}{attributes}<title id="{key}-title">{escape(title)}</title>{body}'
