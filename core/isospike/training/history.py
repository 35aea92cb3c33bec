"""The history of a training: what was measured in each epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isospike.errors import UnknownNameError, nearest

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["History"]


class History:
    """What `isospike.fit` returns, and what callbacks are given: the losses and metrics of all epochs so far.

    Attributes
    ----------
    rows : list of dict
        For each epoch its number, from 1, as ``"epoch"``; ``"loss"`` and the metrics, as means over the epoch while
        the weights changed; and those of the validation after it, as ``"val_loss"`` and so on.
    interrupted : bool
        Whether Ctrl-C ended the training.
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self.interrupted = False

    @property
    def last(self) -> dict[str, float]:
        """The last epoch."""
        return self.rows[-1]

    def __len__(self) -> int:
        """Return the number of epochs."""
        return len(self.rows)

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        """Return one number of every epoch, such as ``history["loss"]``.

        Raises
        ------
        UnknownNameError
            There is none of this name.
        """
        known = self.rows[0] if self.rows else {}
        if name not in known:
            msg = f"the history has no {name!r}.{nearest(name, known)} It has: {', '.join(known) or 'no epoch yet'}"
            raise UnknownNameError(msg)
        return np.array([row[name] for row in self.rows])

    def table(self) -> pd.DataFrame:
        """Return a table with a row for each epoch."""
        import pandas as pd

        return pd.DataFrame(self.rows)

    def __repr__(self) -> str:
        """Return the number of epochs and the last one."""
        shown = ", ".join(f"{name}={x:.4g}" for name, x in (self.rows[-1] if self.rows else {}).items())
        return f"History({len(self)} epochs{': ' * bool(shown)}{shown})"
