"""``python -m isospike`` is ``isospike``."""

from __future__ import annotations

from isospike.cli import main

if __name__ == "__main__":
    main()
