"""A network on Brian2's C++ standalone: the peer of the generated code. Needs a Python that has brian2, no more.

``python brian2_networks.py coba|cuba|hh CELLS STEPS float32|float64`` builds and compiles once. For each line that it
reads it runs the program and prints a line of JSON: microseconds a step, as Brian2 measures them, and the rate in Hz.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import brian2 as b2
import numpy as np
from brian2 import ms, mV, nS, pF  # noqa: F401 (names in the equations)

CELLS = {
    "coba": """
        dv/dt = (-60*mV - v + ge*(0*mV - v) + gi*(-80*mV - v) + 20*mV) / (20*ms) : volt (unless refractory)
        dge/dt = -ge/(5*ms) : 1
        dgi/dt = -gi/(10*ms) : 1""",
    "cuba": """
        dv/dt = (ge + gi - (v + 49*mV)) / (20*ms) : volt (unless refractory)
        dge/dt = -ge/(5*ms) : volt
        dgi/dt = -gi/(10*ms) : volt""",
    "hh": """
        dv/dt = (10*nS*(-60*mV - v) + ge*(0*mV - v) + gi*(-80*mV - v) - 20000*nS*m**3*h*(v - 50*mV)
                 - 6000*nS*n**4*(v + 90*mV)) / (200*pF) : volt
        dm/dt = a_m*(1 - m) - b_m*m : 1
        dn/dt = a_n*(1 - n) - b_n*n : 1
        dh/dt = a_h*(1 - h) - b_h*h : 1
        dge/dt = -ge/(5*ms) : siemens
        dgi/dt = -gi/(10*ms) : siemens
        a_m = 0.32*4/exprel((13*mV - v - 63*mV)/(4*mV))/ms : Hz
        b_m = 0.28*5/exprel((v + 63*mV - 40*mV)/(5*mV))/ms : Hz
        a_h = 0.128*exp((17*mV - v - 63*mV)/(18*mV))/ms : Hz
        b_h = 4/(1 + exp((40*mV - v - 63*mV)/(5*mV)))/ms : Hz
        a_n = 0.032*5/exprel((15*mV - v - 63*mV)/(5*mV))/ms : Hz
        b_n = 0.5*exp((10*mV - v - 63*mV)/(40*mV))/ms : Hz""",
}
# Weights of the two kinds of synapses, threshold, refractoriness, and how Brian2 integrates.
SPIKING = {
    "coba": ("0.6", "6.7", "v > -50*mV", 5 * ms, "exponential_euler"),
    "cuba": ("1.62*mV", "-9*mV", "v > -50*mV", 5 * ms, "exact"),
    "hh": ("6*nS", "67*nS", "v > -20*mV", 3 * ms, "exponential_euler"),
}
FIRST = {
    "coba": {"v": "(-65 + 5*randn())*mV", "ge": "clip(4 + 1.5*randn(), 0, 100)", "gi": "clip(20 + 12*randn(), 0, 200)"},
    "cuba": {"v": "(-60 + 10*rand())*mV"},
    "hh": {
        "v": "(-65 + 5*randn())*mV",
        "ge": "clip(40 + 15*randn(), 0, 1000)*nS",
        "gi": "clip(200 + 120*randn(), 0, 2000)*nS",
    },
}


def network(name: str, size: int) -> b2.Network:
    """Return cells, synapses and a counter of spikes."""
    exc, inh, threshold, refractory, method = SPIKING[name]
    reset = "" if name == "hh" else "v = -60*mV"
    more = {"threshold": threshold, "reset": reset, "refractory": refractory, "method": method}
    cells = b2.NeuronGroup(size, CELLS[name], **more)
    for variable, value in FIRST[name].items():
        setattr(cells, variable, value)
    n_exc = size * 4 // 5
    parts: list[object] = [cells, b2.SpikeMonitor(cells, record=False)]
    for group, action in ((cells[:n_exc], f"ge += {exc}"), (cells[n_exc:], f"gi += {inh}")):
        synapses = b2.Synapses(group, cells, on_pre=action)
        synapses.connect(p=80 / size)
        parts.append(synapses)
    return b2.Network(*parts)


def main() -> None:
    """Build, compile, run and print."""
    name, size, steps, dtype = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    b2.prefs.core.default_float_dtype = np.dtype(dtype).type
    b2.prefs.logging.console_log_level = "ERROR"
    b2.seed(1)
    with tempfile.TemporaryDirectory() as folder:
        b2.set_device("cpp_standalone", directory=folder, build_on_run=False)
        b2.defaultclock.dt = 0.1 * ms
        network(name, size).run(steps * 0.1 * ms)
        b2.device.build(compile=True, run=False, directory=folder, with_output=False)
        for _ in sys.stdin:
            subprocess.run(["./main"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
            seconds = float((Path(folder) / "results" / "last_run_info.txt").read_text().split()[0])
            (counts,) = (Path(folder) / "results").glob("_array_spikemonitor_count_*")
            rate = float(np.fromfile(counts, np.int32).sum()) / (size * steps * 1e-4)
            print(json.dumps({"us_step": seconds / steps * 1e6, "rate": rate}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
