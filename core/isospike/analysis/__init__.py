"""What runs show: rates, irregularity, correlations, spectra, curves and pictures.

Every function takes what there is: a `Result`, a folder that one was saved in, or an array of spikes, one row a step,
with ``dt``. Times and rates are quantities.
"""

from __future__ import annotations

from isospike.analysis.correlation import correlations
from isospike.analysis.fano import fano_factor
from isospike.analysis.fi import fi_curve
from isospike.analysis.intervals import cv_isi, intervals
from isospike.analysis.plots import plot_raster, plot_traces
from isospike.analysis.rate import population_rate, rates
from isospike.analysis.spectrum import power_spectrum
from isospike.analysis.train import Train, as_train

__all__ = [
    "Train",
    "as_train",
    "correlations",
    "cv_isi",
    "fano_factor",
    "fi_curve",
    "intervals",
    "plot_raster",
    "plot_traces",
    "population_rate",
    "power_spectrum",
    "rates",
]
