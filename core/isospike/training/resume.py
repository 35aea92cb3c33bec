"""The checkpoint of a training: written as it goes, and taken up again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from isospike.checkpoint import checkpoint_notes, load_checkpoint, save_checkpoint
from isospike.errors import CheckpointError
from isospike.training.means import Means, exact, read_exact
from isospike.training.training import Training

__all__ = ["Resume"]


class Resume:
    """Writes a training to a file, and puts it where the file left off.

    Parameters
    ----------
    training : Training
        What is written.
    file : path, optional
        Where to; nowhere by default.
    resume : bool
        Whether to go on from the file where it exists.

    Raises
    ------
    CheckpointError
        The file exists and ``resume`` is False, or it is of another training.
    """

    def __init__(self, training: Training, file: str | os.PathLike[str] | None, *, resume: bool) -> None:
        self._training = training
        self._path = None if file is None else Path(file).expanduser()
        self._modules = {"network": training.network, "optimizer": training.optimizer}
        if self._path is not None and self._path.exists():
            if not resume:
                msg = (
                    f"fit(checkpoint=...): {self._path} exists. Go on from it with resume=True, or choose another file"
                )
                raise CheckpointError(msg)
            self._read(self._path)

    def write(self) -> None:
        """Write the training as it is, between two batches."""
        if self._path is None:
            return
        training = self._training
        # The States have the shape of the last batch, the file that of the network as it is initialised.
        training.rest()
        notes = {
            "data": training.data.describe(),
            "history": [exact(row) for row in training.history.rows],
            "means": training.means.note(),
            "stopped": training.stopped,
        }
        save_checkpoint(self._path, self._modules, notes={"fit": notes})

    def _read(self, path: Path) -> None:
        training: Training = self._training
        notes: Any = checkpoint_notes(path).get("fit")
        rows, means, stopped = _parsed(path, notes)
        given, noted = training.data.describe(), notes["data"]
        if given != noted:
            msg = f"{path} is of a training on other data: Batches with {noted}, and these have {given}"
            raise CheckpointError(msg)
        training.rest()
        load_checkpoint(path, self._modules)
        training.history.rows, training.means, training.stopped = rows, means, stopped


def _parsed(path: Path, notes: Any) -> tuple[list[dict[str, float]], Means, bool]:
    try:
        return [read_exact(row) for row in notes["history"]], Means.from_note(notes["means"]), bool(notes["stopped"])
    except (AttributeError, KeyError, TypeError, ValueError):
        msg = f"{path} was not written by iso.fit, or its notes are damaged: read it with iso.load_checkpoint"
        raise CheckpointError(msg) from None
