"""The processor is named as the system names it."""

from __future__ import annotations

import platform

from isospike_conformance.cpu import cpu_model


def test_the_model_is_that_of_the_first_core(tmp_path):
    file = tmp_path / "cpuinfo"
    file.write_text("processor\t: 0\nmodel name\t: Some CPU @ 3 GHz\n\nmodel name\t: Other\n")
    assert cpu_model(file) == "Some CPU @ 3 GHz"


def test_where_the_system_does_not_tell_the_architecture_is_named(tmp_path):
    (tmp_path / "cpuinfo").write_text("processor\t: 0\n")
    assert cpu_model(tmp_path / "cpuinfo") == platform.machine()
    assert cpu_model(tmp_path / "nothing")
