"""The handwritten digits that come with scikit-learn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isospike.errors import MissingDependencyError

__all__ = ["digits"]


def digits() -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return 1797 images of handwritten digits and what they show.

    Returns
    -------
    images : array (1797, 8, 8)
        Brightness from 0 to 1.
    labels : array of int (1797,)
        0 to 9.

    Raises
    ------
    MissingDependencyError
        scikit-learn, which brings the images, is not installed.

    References
    ----------
    Alpaydin and Kaynak (1998), Optical recognition of handwritten digits, UCI Machine Learning Repository.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        msg = 'iso.data.digits() reads the images of scikit-learn: pip install "isospike[data]"'
        raise MissingDependencyError(msg) from None
    bunch = load_digits()
    return (bunch.images / 16.0).astype(np.float32), bunch.target.astype(np.int32)
