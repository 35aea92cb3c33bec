"""The ratios of the report hold on this machine; slow, and best run with nothing beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MEASURE = Path(__file__).with_name("measure.py")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="the yardstick is a C++ program")
def test_every_ratio_of_the_report_is_kept():
    pin = ["taskset", "-c", "0"] if shutil.which("taskset") else []
    command = [*pin, sys.executable, MEASURE, "--repeats", "5"]
    run = subprocess.run(
        command, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
