"""Data to learn from: batches in reproducible order, events as frames, and readers of the formats they come in."""

from __future__ import annotations

from isospike.data.aedat import read_aedat
from isospike.data.batches import Batches
from isospike.data.digits import digits
from isospike.data.events import Events
from isospike.data.frames import Frames
from isospike.data.gestures import read_gestures
from isospike.data.nmnist import NMNIST
from isospike.data.saccades import read_saccades
from isospike.data.shd import SHD
from isospike.data.split import split

__all__ = [
    "NMNIST",
    "SHD",
    "Batches",
    "Events",
    "Frames",
    "digits",
    "read_aedat",
    "read_gestures",
    "read_saccades",
    "split",
]
