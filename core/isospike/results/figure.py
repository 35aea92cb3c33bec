"""A figure that opens no window, and the file that it is saved in.

Figures are built from matplotlib's objects, without pyplot: drawing needs no display and changes no setting of the
caller's. matplotlib is imported on use only.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from isospike.errors import MissingDependencyError, ResultError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["new_figure", "save_figure"]


def new_figure(height: float) -> Figure:
    """Return an empty figure of the width of a page and a height in inches.

    Raises
    ------
    MissingDependencyError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingDependencyError(
            f'A plot needs matplotlib ({error}); install it: pip install "isospike[plot]".'
        ) from error
    figure = Figure(figsize=(6.8, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save_figure(figure: Figure, path: str | os.PathLike[str]) -> None:
    """Save a figure; the suffix of the path gives the format.

    Raises
    ------
    ResultError
        If the file cannot be written.
    """
    try:
        figure.savefig(path, dpi=200)
    except (OSError, ValueError) as error:  # matplotlib says ValueError to an unknown suffix
        raise ResultError(
            f"The figure could not be saved as {os.fspath(path)!r}: {error}. Name a file that ends in .png, "
            ".pdf or .svg, in a folder that exists: raster(result, 'raster.png')."
        ) from error
