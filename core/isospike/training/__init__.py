"""Training without writing the loop: `fit` learns from batches of data, `evaluate` only looks at them."""

from __future__ import annotations

from isospike.training.early_stopping import EarlyStopping
from isospike.training.evaluate import evaluate
from isospike.training.fit import fit
from isospike.training.history import History

__all__ = ["EarlyStopping", "History", "evaluate", "fit"]
