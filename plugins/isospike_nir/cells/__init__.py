"""The neurons of NIR as neurons of isospike, one a file; a profile says how each makes its step."""

from __future__ import annotations

from isospike_nir.cells.cuba_li import CubaLI
from isospike_nir.cells.cuba_lif import CubaLIF
from isospike_nir.cells.if_ import IF
from isospike_nir.cells.integrator import Integrator
from isospike_nir.cells.li import LI
from isospike_nir.cells.lif import LIF
from isospike_nir.cells.membrane import Membrane
from isospike_nir.cells.spiking import Spiking

__all__ = ["IF", "LI", "LIF", "CubaLI", "CubaLIF", "Integrator", "Membrane", "Spiking"]
