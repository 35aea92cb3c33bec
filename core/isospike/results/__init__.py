"""What a run leaves behind: spikes, recorded states and the manifest that says how they came about.

Arrays are NumPy's; tables (pandas, xarray), files (zarr) and pictures (matplotlib) import their library on
first use, so that a run which needs none of them imports none.
"""

from __future__ import annotations

from isospike.results.manifest import plain_json
from isospike.results.population import Population
from isospike.results.reading import load_result
from isospike.results.result import Result
from isospike.results.trace import Trace
from isospike.results.writing import check_writers, save_result

__all__ = ["Population", "Result", "Trace", "check_writers", "load_result", "plain_json", "save_result"]
