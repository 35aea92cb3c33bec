"""Bad input ends in exit code 2 and one paragraph: the place, the key, what was given and the fix."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Network = Callable[..., str]
Call = Callable[..., Any]

V_TH = 'V_th = "-50 mV"'
SIZE = "size = 40"
TAU = 'tau = "20 ms"'
COMM = 'comm = { kind = "FixedProb", prob = 0.2, weight = "6 nS" }'

# What is replaced, by what, and what the message must say.
CASES = {
    "wrong unit": (
        V_TH,
        'V_th = "-50 ms"',
        ["[populations.cells] V_th", '"-50 ms"', "expected a quantity", "mV"],
    ),
    "no unit": (V_TH, "V_th = -50", ["[populations.cells] V_th = -50", "without a unit", 'V_th = "1 mV"']),
    "unknown unit": (V_TH, 'V_th = "-50 mVolt"', ["V_th", "'mVolt' is not a unit", "'mV'"]),
    "wrong sign": (TAU, 'tau = "-20 ms"', ["[populations.cells] tau", "is -20 ms", "positive", '"5 ms"']),
    "refractory for ever": (TAU, 'tau_ref = "1e9 s"', ["LIFRef.tau_ref", "2**31 - 1", "shorter"]),
    "not a number": (TAU, "tau = nan", ["[populations.cells] tau = nan", "finite", '"20 ms"']),
    "text, not a number": (TAU, 'tau = "nan ms"', ["[populations.cells] tau", "finite number with a unit"]),
    "not finite": (TAU, 'tau = "1e999 ms"', ["[populations.cells] tau", "finite"]),
    "wrong size": (SIZE, "size = -3", ["[populations.cells] size = -3", "positive integer"]),
    "size is no number": (SIZE, 'size = "many"', ["[populations.cells] size", '"many"', "such as 100"]),
    "too large": (SIZE, "size = 1000000000000", ["[populations.cells] size", "smaller"]),
    "array of another size": (V_TH, 'V_th = ["-50 mV", "-51 mV"]', ["V_th", "shape (2,)", "(40,)"]),
    "group beyond the cells": (
        "I = [32, 40]",
        "I = [32, 41]",
        ["[populations.cells] groups", "[32, 41)", "40"],
    ),
    "group of one end": ("I = [32, 40]", "I = [32]", ["[populations.cells.groups] I", "groups = {"]),
    "unknown model": (
        "LIFRef",
        "LIFRev",
        ["[populations.cells] model", "'LIFRev'", "Did you mean 'LIFRef'?"],
    ),
    "model in small letters": ("LIFRef", "lifref", ["Did you mean 'LIFRef'?"]),
    "unknown parameter": (V_TH, 'V_thr = "-50 mV"', ["[populations.cells] V_thr", "Did you mean 'V_th'?"]),
    "unknown word": (V_TH, 'spk_reset = "firm"', ["spk_reset", '"firm"', "'soft' or 'hard'"]),
    "word for a part": (V_TH, 'spk_fun = "ReluGrad"', ["spk_fun", 'spk_fun = { kind = "ReluGrad" }']),
    "part without kind": ('kind = "Uniform", ', "", ["[populations.cells.V_initializer] kind", "is missing"]),
    "part lacks an argument": (
        ', high = "-50 mV"',
        "",
        ["[populations.cells.V_initializer] high", "is missing"],
    ),
    "initial value in another unit": ('high = "-50 mV"', 'high = "-50 pA"', ["V_initializer", "pA"]),
    "unknown backend": ('"numpy"', '"numpie"', ["'numpie'", "Did you mean 'numpy'?"]),
    "unknown precision": ("seed = 3", 'precision = "float16"', ["[run] precision", '"float16"', "float64"]),
    "negative seed": ("seed = 3", "seed = -3", ["[run] seed = -3", "0 to 2**63", "seed = 42"]),
    "unknown key": ("seed = 3", "sed = 3", ["[run] sed", "Did you mean 'seed'?"]),
    "unknown table": ("[inputs.", "[input.", ["net.toml: input", "Did you mean 'inputs'?"]),
    "missing dt": ('dt = "0.1 ms"', "", ["[run] dt", "is missing", 'dt = "0.1 ms"']),
    "dt without unit": ('dt = "0.1 ms"', "dt = 0.1", ["[run] dt = 0.1", "a positive time", 'dt = "0.1 ms"']),
    "negative dt": ('dt = "0.1 ms"', 'dt = "-0.1 ms"', ["[run] dt", '"-0.1 ms"', "positive"]),
    "missing duration": ('duration = "20 ms"', "", ["[run] duration", "is missing", "--duration"]),
    "duration below a step": ('"20 ms"\ndt', '"1 us"\ndt', ["[run] duration", "0.01 steps of dt = 0.1 ms"]),
    "missing size": (SIZE, "", ["[populations.cells] size", "is missing", "size = 4000"]),
    "unknown pre": ('"cells.E"', '"cells.X"', ["[projections.exc] pre", "'cells.X'", "cells.E"]),
    "unknown post": ('post = "cells"', 'post = "cell"', ["[projections.exc] post", "Did you mean 'cells'?"]),
    "unknown group of post": ('post = "cells"', 'post = "cells.X"', ["[projections.exc] post", "'cells.X'", "cells.E"]),
    "unknown target": (
        'target = "cells"',
        'target = "cell"',
        ["[inputs.drive] target", "Did you mean 'cells'?"],
    ),
    "unknown connectivity": (
        "FixedProb",
        "FixdProb",
        ["[projections.exc.comm] kind", "Did you mean 'FixedProb'?"],
    ),
    "missing part": (COMM, "", ["[projections.exc] comm", "is missing", "AlignPostProj"]),
    "missing probability": ("prob = 0.2, ", "", ["[projections.exc.comm] prob", "is missing"]),
    "probability above one": ("prob = 0.2", "prob = 2", ["[projections.exc.comm] prob = 2", "0 to 1"]),
    "probability is a list": ("prob = 0.2", "prob = [0.2]", ["[projections.exc.comm]", "0 to 1"]),
    "weight is no conductance": ('"6 nS"', '"6 mV"', ["[projections.exc]", "weights in mV", '"0.6 nS"']),
    "weight is no conductance, beside a delay": (
        COMM,
        COMM.replace("6 nS", "6 mV") + '\ndelay = "1 ms"',
        ['[projections.exc] comm = { kind = "FixedProb", prob = 0.2, weight = "6 mV" }', "weights in mV"],
    ),
    "connection without kind": (
        'kind = "FixedProb", ',
        "",
        ["[projections.exc.comm] kind", "is missing", 'write comm = { kind = "FixedProb"'],
    ),
    "release without kind": (
        COMM,
        f"{COMM}\nstp = {{ U = 0.3 }}",
        ["[projections.exc.stp] kind", 'stp = { kind = "STP"'],
    ),
    "delay drawn negative": (
        COMM,
        COMM + '\ndelay = { kind = "Uniform", low = "-2 ms", high = "-1 ms" }',
        ["net.toml: [projections.exc] delay", "zero or a positive time", '"1.5 ms"'],
    ),
    "current in another unit": (
        'model = "ConstantInput"\ntarget = "cells"\namplitude = "200 pA"',
        'model = "StepInput"\ntarget = "cells"\namplitudes = ["0 mV", "200 mV"]\ntimes = ["0 ms", "5 ms"]',
        [
            "net.toml: [inputs.drive]",
            "input 'drive' (StepInput) is in mV, but its target 'cells' (LIFRef) takes mA",
            'give the StepInput values such as "25 mA"',
        ],
    ),
    "times without unit": (
        'model = "ConstantInput"\ntarget = "cells"\namplitude = "200 pA"',
        'model = "StepInput"\ntarget = "cells"\namplitudes = ["0 pA", "200 pA"]\ntimes = [0, 5]',
        ["[inputs.drive] times = [0, 5]", 'write ["10 ms", "20 ms"]'],
    ),
    "synapse of negative time": ('"5 ms"', '"-5 ms"', ["[projections.exc.syn] tau", "positive"]),
    "spikes of another size": ("prob = 0.2", "prob = 0.2, in_size = 7", ["(7,)", "(32,)"]),
    "postsynaptic size": ("prob = 0.2", "prob = 0.2, out_size = 7", ["[projections.exc]", "(7,)", "(40,)"]),
    "current as population": (
        '"LIFRef"',
        '"ConstantInput"',
        ["[populations.cells]", "no parameter", "amplitude"],
    ),
    "spikes as current": (
        'model = "ConstantInput"\ntarget = "cells"\namplitude = "200 pA"',
        'model = "PoissonInput"\ntarget = "cells"',
        ["[inputs.drive] model", "emits spikes", "[populations.drive]"],
    ),
    "unknown variable": ('"cells.V"', '"cells.U"', ["'cells.U'", "Did you mean 'cells.V'?"]),
    "recorded cell beyond": ("neurons = [0, 1]", "neurons = [0, 40]", ["cells.V", "(40,)"]),
    "name taken by time": ("neurons = [0, 1]", 'name = "time"', ["[record.variables[0]] name", '"time"']),
    "current into a source of spikes": (
        "[inputs.drive]",
        '[populations.noise]\nmodel = "PoissonInput"\nsize = 40\n[inputs.more]\nmodel = "ConstantInput"\n'
        'target = "noise"\n[inputs.drive]',
        ['[inputs.more] target = "noise"', "PoissonInput", "takes no input"],
    ),
    "negative spread": (
        '{ kind = "Uniform", low = "-60 mV", high = "-50 mV" }',
        '{ kind = "Normal", mean = "-60 mV", std = "-5 mV" }',
        ['[populations.cells.V_initializer] std = "-5 mV"', "negative std"],
    ),
    "sampling below a step": (
        'every = "1 ms"',
        'every = "1 us"',
        ["[record.variables[0]] every", "0.01 steps of dt = 0.1 ms", 'write every = "100 us"'],
    ),
    "sampling between steps": (
        'every = "1 ms"',
        'every = "0.15 ms"',
        ["[record.variables[0]] every", "1.5 steps", 'write every = "0.1 ms" or every = "0.2 ms"'],
    ),
    "sampling once in an age": (
        'every = "1 ms"',
        'every = "1e307 s"',
        ["every", "whole number", 'every = "2147'],
    ),
    "edited benchmark": (
        "[run]",
        'parameter_hash = "sha256:0"\n[run]',
        ["parameter_hash", '"sha256:0"', "edited network", "remove this key"],
    ),
    "name is no name": ("[inputs.drive]", '[inputs."the drive"]', ["[inputs] the drive", "letters, digits"]),
    "malformed": (SIZE, "size = = 40", ["not valid TOML", "line 10, column 8"]),
    "twice": (SIZE, f"{SIZE}\n{SIZE}", ["not valid TOML", "line 11"]),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_in_one_paragraph(name: str, network: Network, isospike: Call) -> None:
    old, new, expected = CASES[name]
    done = isospike("run", network((old, new)))
    assert done.exit_code == 2
    for words in expected:
        assert words in done.stderr
    assert done.stdout == ""
    *others, paragraph = done.stderr.splitlines()
    assert paragraph.startswith("isospike: error: ")
    assert all(line.startswith("isospike: warning: ") for line in others)
    assert "u." not in paragraph, "the fix is spelled as the file spells it"
    assert os.listdir() == ["net.toml"]


HOSTILE = {
    "a long text": f'{V_TH[:7]}"{"9" * 10**6} mV"',
    "a text that is code": "V_th = \"__import__('os').system('touch owned')\"",
    "a unit that is code": "V_th = \"1 __import__('os')\"",
    "a unit that is an attribute": 'V_th = "1 __class__"',
    "many units": f'V_th = "1 {"mV*" * 10**5}mV"',
    "a long name": f'{"x" * 10**6} = "1 mV"',
    "a number of many digits": f"V_th = {'9' * 10**4}",
    "a hexadecimal of many digits": f"V_th = 0x{'f' * 10**4}",
    "deep lists": f"V_th = {'[' * 10**4}{']' * 10**4}",
    "deep tables": f"V_th.{'a.' * 500}b = 1",
    "a date": "V_th = 2020-01-01",
    "control characters": 'V_th = "\\u001b[2J\\u0007 mV"',
    "an import through kind": 'V_initializer = { kind = "os:system", command = "touch owned" }',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_briefly(name: str, network: Network, isospike: Call) -> None:
    old = 'V_initializer = { kind = "Uniform", low = "-60 mV", high = "-50 mV" }' if "kind" in HOSTILE[name] else V_TH
    done = isospike("run", network((old, HOSTILE[name])))
    assert done.exit_code == 2
    (paragraph,) = done.stderr.splitlines()
    assert len(paragraph) < 2000
    assert paragraph.isprintable()
    assert os.listdir() == ["net.toml"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--duration", "20"], ["duration", "positive time", '--duration "1 s"']),
        (["--duration", "1e99 s"], ["duration", "steps"]),
        (["--precision", "half"], ["precision", '"half"', '--precision "float64"']),
        (["--backend", "jaxx"], ["'jaxx'", "Known backends"]),
        (["--seed", "-1"], ["seed = -1", "--seed 42"]),
        (["--seed", "one"], ["--seed", "valid integer"]),
    ],
)
def test_bad_options_are_refused(arguments: list[str], expected: list[str], network: Network, isospike: Call) -> None:
    done = isospike("run", network(), *arguments)
    assert done.exit_code == 2
    assert all(words in done.stderr for words in expected), done.stderr


def test_files_that_are_no_network_are_refused(network: Network, isospike: Call) -> None:
    network()
    Path("binary.toml").write_bytes(b"\xff\xfe")
    Path("notes.txt").write_text("")
    for file, expected in (
        ("nett.toml", "Did you mean 'net.toml'?"),
        ("binary.toml", "UTF-8"),
        ("notes.txt", ".toml"),
        (".", "no file"),
    ):
        done = isospike("run", file)
        assert done.exit_code == 2
        assert expected in done.stderr


def test_debug_shows_the_traceback(network: Network, isospike: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    file = network((V_TH, "V_th = -50"))
    assert "Traceback" not in isospike("run", file).stderr
    for arguments in (("run", file, "--debug"), ("--debug", "run", file)):
        shown = isospike(*arguments)
        assert shown.exit_code == 2
        assert "Traceback" in shown.stderr
    monkeypatch.setenv("ISOSPIKE_DEBUG", "1")
    assert "Traceback" in isospike("run", file).stderr


def test_a_fault_of_isospike_is_not_blamed_on_the_user(
    network: Network, isospike: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("isospike.cli.run.simulate", broken)
    done = isospike("run", network())
    assert done.exit_code == 1
    assert "internal error: ZeroDivisionError" in done.stderr


def test_the_module_runs_as_a_program_with_the_same_exit_code(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "isospike", "run", "nothing.toml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("isospike: error: there is no file")


PYTHON = """
import isospike as iso
from isospike import units as u

RUN = {"duration": 20 * u.ms, "dt": "0.1 ms", "backend": "numpy"}


class Cells(iso.LIFRef):
    def update(self, x=None):
        pass  # UPDATE
        return super().update(x)


def build():
    net = iso.Network()
    net.add_population("cells", Cells(10, V_th=20 * u.mV))
    net.add_input("drive", iso.ConstantInput(10, amplitude=25 * u.mA), target="cells")
    return net
"""

PYTHON_CASES = {
    "syntax": ("RUN =", "RUN = =", ["net.py:5", "invalid syntax"]),
    "fails on import": ("RUN =", "1 / 0\nRUN =", ["net.py:5", "ZeroDivisionError"]),
    "exits": ("RUN =", "raise SystemExit(0)\nRUN =", ["net.py:5", "SystemExit"]),
    "no build": ("def build", "def built", ["no function build()", "Did you mean", "def build():"]),
    "build fails": ("net = iso.Network()", "net = iso.Netwrk()", ["net.py:15", "Netwrk"]),
    "wrong unit": ("V_th=20 * u.mV", "V_th=20 * u.ms", ["net.py:16", "V_th", "mV"]),
    "returns nothing": ("return net", "pass", ["build() returned a NoneType", "return net"]),
    "no duration": ('"duration": 20 * u.ms, ', "", ["duration", "is missing", "RUN = {", "--duration"]),
    "duration without unit": ("20 * u.ms,", "20,", ["RUN", "duration = 20", "positive time"]),
    "unknown setting": ('"backend"', '"bakend"', ["RUN", "Did you mean 'backend'?"]),
    "RUN is no dict": ("RUN = {", "RUN = 3, {", ["RUN is a tuple", "expected a dict"]),
    "traced value in if": ("pass  # UPDATE", "assert self.V.value > 0 * u.mV", ["net.py:10", "where"]),
    "traced value on self": (
        "pass  # UPDATE",
        "self.last = self.V.value",
        ["net.py:10", "Cells.last", "ShortTermState"],
    ),
    "a slip in update": ("pass  # UPDATE", "y = x + z", ["net.py:10", "NameError", "'z'"]),
}


@pytest.mark.parametrize("name", PYTHON_CASES)
def test_a_bad_python_file_is_refused_with_its_line(name: str, tmp_path: Path, isospike: Call) -> None:
    old, new, expected = PYTHON_CASES[name]
    assert old in PYTHON
    file = tmp_path / "net.py"
    file.write_text(PYTHON.replace(old, new, 1))
    done = isospike("run", str(file), "--out", str(tmp_path / "result"))
    assert done.exit_code == 2
    for words in expected:
        assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "result").exists()


def test_a_python_file_runs(tmp_path: Path, isospike: Call) -> None:
    file = tmp_path / "net.py"
    file.write_text(PYTHON + '\nRECORD = {"variables": ["cells.V"]}\n')
    done = isospike("run", str(file), "--out", str(tmp_path / "result"), "--no-plot")
    assert done.exit_code == 0, done.stderr
    assert "cells" in done.stdout
