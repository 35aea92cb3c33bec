from __future__ import annotations

import subprocess
import sys

import pytest

from isospike import random


def test_the_generator_loads_without_the_tracer_and_the_draws_of_a_step_on_use() -> None:
    code = (
        "import sys, isospike.random.philox, isospike.random.host\n"
        "assert 'isospike.graph' not in sys.modules\n"
        "from isospike.random import bernoulli\n"
        "assert 'isospike.graph' in sys.modules"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'gauss'"):
        random.gauss  # noqa: B018
