"""Let the tests of this folder import its other modules, which are of no package; the others are programs."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

# They measure other libraries, which are not installed where the tests run, so that nobody collects doctests of them.
collect_ignore = ["training", *(path.name for path in HERE.glob("*.py") if not path.name.startswith("test_"))]
