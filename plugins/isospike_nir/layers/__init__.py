"""The nodes of NIR that are neither neurons nor weights of isospike, one a file."""

from __future__ import annotations

from isospike_nir.layers.convolution import Convolution
from isospike_nir.layers.convolution1d import Convolution1d
from isospike_nir.layers.flatten import Flatten
from isospike_nir.layers.lag import Lag
from isospike_nir.layers.pool import Pool
from isospike_nir.layers.threshold import Threshold

__all__ = ["Convolution", "Convolution1d", "Flatten", "Lag", "Pool", "Threshold"]
