"""Every rule of connectivity keeps its bounds of time and memory, with fewer synapses than the report."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_every_rule_keeps_its_bounds_of_time_and_memory() -> None:
    command = [sys.executable, Path(__file__).with_name("connectivity.py"), "--synapses", "2000000"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed.count("| yes |") == 8, printed
