"""DistanceDependent: near cells are connected more often than far ones."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from isospike import units
from isospike.comm import SparseComm
from isospike.connectivity import CSR, distance_dependent
from isospike.connectivity.distance_dependent import PROFILES
from isospike.dynamics import Size
from isospike.errors import ParameterError, ShapeError
from isospike.random.host import HostRandom

__all__ = ["DistanceDependent"]


class DistanceDependent(SparseComm):
    r"""Connection of cells on a line or a grid, with a probability that falls with their distance d.

    .. math:: p(d) = p_0\, e^{-d^2 / 2 \sigma^2} \quad \text{or} \quad p(d) = p_0\, e^{-d / \lambda}

    Both populations fill the same line, sheet or box, each with as many cells along an axis as its shape says: cell i
    of n sits at (i + 1/2) / n of the length. Pairs are connected independently of each other. Populations whose
    sizes along an axis have a large common divisor, such as 80 and 40, are connected fastest.

    Parameters
    ----------
    in_size, out_size : int or tuple of int
        Shapes of the pre- and the postsynaptic population, of as many axes.
    prob : float
        Probability p0 at distance zero, from 0 to 1.
    scale : Quantity or number
        Standard deviation sigma, or length lambda, in the unit of ``extent``.
    weight : Quantity, array (n_synapses,), initialiser or ParamState
        Weight of all synapses or of each, such as ``6 * u.nS``.
    profile : str
        ``"gaussian"`` (default) or ``"exponential"``.
    extent : Quantity or number, or one for each axis
        Length along the axes, such as ``1 * u.mm``; 1 by default.
    periodic : bool
        Whether opposite sides meet, as on a ring or torus; False by default.
    self_offset : int, optional
        Presynaptic cell i and postsynaptic cell i + self_offset are one cell, which does not connect to
        itself; ``None`` (default) allows every pair.

    Raises
    ------
    ParameterError
        ``prob`` is outside 0 to 1, a length is not positive, or ``profile`` is none of the two.
    ShapeError
        The populations differ in their number of axes.
    UnitError
        ``scale`` is no length in the unit of ``extent``.

    References
    ----------
    Senk et al. (2022), Connectivity concepts in neuronal network modeling, PLoS Comput. Biol. 18:e1010086;
    Hellwig (2000), Biol. Cybern. 82:111, for cortical profiles.
    """

    def __init__(
        self,
        in_size: Size,
        out_size: Size,
        prob: float,
        scale: Any,
        weight: Any,
        *,
        profile: str = "gaussian",
        extent: Any = 1.0,
        periodic: bool = False,
        self_offset: int | None = None,
    ) -> None:
        super().__init__(in_size, out_size, weight)
        if len(self.in_size) != len(self.out_size):
            msg = (
                f"DistanceDependent({in_size}, {out_size}), expected as many axes, since both fill one box: "
                f"write {self.in_size}, (20,) * {len(self.in_size)}"
            )
            raise ShapeError(msg)
        given: Any = prob
        if isinstance(given, bool) or not isinstance(given, Real) or not 0.0 <= float(given) <= 1.0:
            msg = f"DistanceDependent(prob={prob!r}), expected a probability from 0 to 1, such as 0.5"
            raise ParameterError(msg)
        if profile not in PROFILES:
            msg = f"DistanceDependent(profile={profile!r}), expected one of {PROFILES}: write profile='gaussian'"
            raise ParameterError(msg)
        self.prob, self.profile, self.periodic, self.self_offset = float(prob), profile, bool(periodic), self_offset
        self.extent, self.scale = _lengths(extent, scale, len(self.in_size))

    def connect(self, rng: HostRandom) -> CSR:
        """Draw the synapses."""
        return distance_dependent(
            rng,
            self.in_size,
            self.out_size,
            self.prob,
            self.scale,
            profile=self.profile,
            extent=self.extent,
            periodic=self.periodic,
            self_offset=self.self_offset,
        )


def _lengths(extent: Any, scale: Any, axes: int) -> tuple[tuple[float, ...], float]:
    """Return the lengths of the axes and the scale as numbers of one unit, or refuse them."""
    lengths, unit = units.split(extent)
    lengths = np.asarray(lengths, dtype=np.float64)
    ratio = np.asarray(units.convert(scale, unit, what="DistanceDependent(scale=...)"), dtype=np.float64)
    for name, array, shapes in (("extent", lengths, ((), (axes,))), ("scale", ratio, ((),))):
        if array.shape not in shapes or not (np.isfinite(array) & (array > 0)).all():
            wanted = "a positive length" + (f", or one for each of {axes} axes" if name == "extent" else "")
            example = units.as_code(0.1 if name == "scale" else 1.0, "" if unit is None else units.unit_name(unit))
            msg = f"DistanceDependent({name}=...) is {array}, expected {wanted}: write {name}={example}"
            raise ParameterError(msg)
    return tuple(np.broadcast_to(lengths, (axes,)).tolist()), float(ratio)
