"""EarlyStopping: end a training that gets no better."""

from __future__ import annotations

from isospike.errors import ParameterError
from isospike.training.history import History

__all__ = ["EarlyStopping"]


class EarlyStopping:
    """A callback of `isospike.fit` that ends a training when a number was not better for a while.

    It looks at the history only, and so decides alike in a training that was taken up again.

    Parameters
    ----------
    name : str
        Column of the history; ``"val_loss"`` by default.
    patience : int
        Epochs without a better value that are waited for; 5 by default.
    better : {"lower", "higher"}
        Which of two values is better; ``"lower"`` by default.
    margin : float
        How much better than the best one so far a value must be to count; 0 by default.

    Raises
    ------
    ParameterError
        ``patience`` is not positive, ``margin`` is negative, or ``better`` is another word.
    UnknownNameError
        When it is called: the history has no such column.
    """

    def __init__(
        self, name: str = "val_loss", patience: int = 5, *, better: str = "lower", margin: float = 0.0
    ) -> None:
        if better not in ("lower", "higher"):
            msg = f"EarlyStopping(better={better!r}): expected 'lower' or 'higher'"
            raise ParameterError(msg)
        if isinstance(patience, bool) or not isinstance(patience, int) or patience < 1:
            msg = f"EarlyStopping(patience={patience!r}): expected a positive number of epochs, such as patience=5"
            raise ParameterError(msg)
        if not margin >= 0:
            msg = f"EarlyStopping(margin={margin!r}): expected a number from 0 on, such as margin=0.001"
            raise ParameterError(msg)
        self.name, self.patience, self.better, self.margin = name, patience, better, margin

    def __call__(self, history: History) -> bool:
        """Say whether the training is to end."""
        values = history[self.name] * (1.0 if self.better == "lower" else -1.0)
        best, since = float("inf"), 0
        for value in values:
            if value < best - self.margin:
                best, since = value, 0
            else:
                since += 1
        return since >= self.patience
