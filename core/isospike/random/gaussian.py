"""The normal distribution and its quantile, of IEEE operations only: the same bits on every processor."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["logarithm", "normal_cdf", "normal_quantile"]

Floats: TypeAlias = NDArray[np.float64]

_LOG2 = 0.6931471805599453  # not of a mathematical library, which may round it otherwise


def normal_quantile(p: Floats) -> Floats:
    r"""Return the standard normal quantile :math:`\Phi^{-1}(p)`.

    The rational approximations of Wichura (1988), algorithm AS 241, PPND16: relative error about ``1e-15``
    beside the rounding of ``p``. The logarithm of the tails is a series, so that each step is one IEEE
    operation.

    Parameters
    ----------
    p : array of float64
        Probabilities strictly between 0 and 1; not checked.

    Returns
    -------
    array of float64
        The quantiles.
    """
    q = p - 0.5
    result = q * _rational(_CENTRE, 0.180625 - q * q)
    tail = np.abs(q) > 0.425
    r = np.sqrt(-logarithm(np.minimum(p[tail], 1.0 - p[tail])))
    far = np.where(r <= 5.0, _rational(_TAIL, r - 1.6), _rational(_FAR_TAIL, r - 5.0))
    result[tail] = np.copysign(far, q[tail])
    return result


def normal_cdf(x: Floats) -> Floats:
    r"""Return the standard normal distribution :math:`\Phi(x)`, as the inverse of `normal_quantile`.

    The lower half is found by bisection, over the bits of the probability, so that no error function of a
    mathematical library takes part. It costs 62 quantiles: meant for few numbers, such as the limits of a draw.

    Parameters
    ----------
    x : array of float64
        Any numbers but NaN; infinities are allowed.

    Returns
    -------
    array of float64
        The probabilities. Below 0, where they are small, their relative error is about ``(1 + x**2) 1e-15``.
    """
    size = np.abs(np.asarray(x, dtype=np.float64)).ravel()
    # The bits of positive floats are integers of the same order: Phi(-size) lies in (below, above].
    below, above = np.zeros(size.shape, np.int64), np.full(size.shape, 0.5).view(np.int64)
    while (above - below > 1).any():
        middle = (below + above) // 2
        small = normal_quantile(middle.view(np.float64)) < -size
        below, above = np.where(small, middle, below), np.where(small, above, middle)
    lower = np.where(above > 1, above.view(np.float64), 0.0).reshape(np.shape(x))
    return np.where(np.asarray(x) > 0, 1.0 - lower, lower)


def logarithm(x: Floats) -> Floats:
    """Return ``log(x) = e log 2 + 2 artanh((m - 1)/(m + 1))`` of positive ``x = m 2**e``, m near 1."""
    m, e = np.frexp(x)
    low = m < math.sqrt(0.5)
    m, e = np.where(low, 2.0 * m, m), np.where(low, e - 1, e)
    s = (m - 1.0) / (m + 1.0)  # |s| < 0.172, so eleven terms of the series reach 2**-53
    return e * _LOG2 + 2.0 * s * _polynomial([1.0 / (2 * n + 1) for n in range(10, -1, -1)], s * s)


def _polynomial(coefficients: list[float], x: Floats) -> Floats:
    """Return the polynomial by Horner's rule, highest coefficient first."""
    result = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        result *= x
        result += coefficient
    return result


def _rational(coefficients: tuple[list[float], list[float]], x: Floats) -> Floats:
    """Return the quotient of two polynomials."""
    return _polynomial(coefficients[0], x) / _polynomial(coefficients[1], x)


# Numerator and denominator of AS 241, highest power first: centre (in 0.425**2 - q**2), tail and far tail
# (in sqrt(-log p) less 1.6 and less 5).
_CENTRE = (
    [
        2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4, 4.5921953931549871457e4,
        1.3731693765509461125e4, 1.9715909503065514427e3, 1.3314166789178437745e2, 3.3871328727963666080e0,
    ],
    [
        5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
        5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0,
    ],
)  # fmt: skip
_TAIL = (
    [
        7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
        1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
        4.63033784615654529590e0, 1.42343711074968357734e0,
    ],
    [
        1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
        1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
        2.05319162663775882187e0, 1.0,
    ],
)  # fmt: skip
_FAR_TAIL = (
    [
        2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
        2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
        5.46378491116411436990e0, 6.65790464350110377720e0,
    ],
    [
        2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
        7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
        5.99832206555887937690e-1, 1.0,
    ],
)  # fmt: skip
