"""Files of events as bytes."""

from __future__ import annotations

from pathlib import Path

from isospike.errors import DataError

__all__ = ["read_bytes"]


def read_bytes(path: Path, expected: str) -> bytes:
    """Return a file's bytes, or raise ``DataError`` with what to give, such as ``a file in AEDAT 3.1``."""
    try:
        return path.read_bytes()
    except OSError as error:
        msg = f"{path} cannot be read ({error.strerror or error}): give {expected}"
        raise DataError(msg) from error
