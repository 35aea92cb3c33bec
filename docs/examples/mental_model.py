"""The mental model in one script: States, units, composition, the compiled loop; then a small network.

Run it with ``python mental_model.py``; ``ISOSPIKE_BACKEND=numpy`` or ``jax`` chooses the backend.
"""

from __future__ import annotations

import warnings

import isospike as iso
from isospike import units as u
from isospike.errors import PlausibilityWarning

# Idea 1: a model owns its States, and init_all_states makes them. This cell's reset (0 mV) lies above its
# threshold, which isospike points out when the cell is built; the network below has parameters that work.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", PlausibilityWarning)
    neuron = iso.LIF(100, tau=10.0 * u.ms, V_th=-50.0 * u.mV)
print(iso.init_all_states(neuron))

with iso.environ.context(dt=0.1 * u.ms):
    print("dt =", iso.environ.get_dt())

# Idea 2: parameters carry units, and a slip is refused when the model is built.
try:
    iso.LIF(100, tau=10.0 * u.mV)
except iso.errors.UnitError as error:
    print(error)

# Idea 3: neurons, synapses and projections compose.
pre = iso.LIF(100, tau=10.0 * u.ms, V_th=20.0 * u.mV)
post = iso.LIF(50, tau=10.0 * u.ms, V_th=20.0 * u.mV)
proj = iso.AlignPostProj(
    comm=iso.EventFixedProb(100, 50, conn_num=0.1, conn_weight=0.5 * u.mS),
    syn=iso.Expon.desc(50, tau=5.0 * u.ms),
    out=iso.COBA.desc(E=0.0 * u.mV),
    post=post,
)

# Idea 4: the loop is one compiled program.
current = 20.0 * u.mA


def step(t):
    with iso.environ.context(t=t):
        neuron(current)
        return neuron.get_spike()


with iso.environ.context(dt=0.1 * u.ms):
    times = iso.math.arange(0.0 * u.ms, 200.0 * u.ms, iso.environ.get_dt())
    spikes = iso.transform.for_loop(step, times)
print("spikes shape:", spikes.shape)

# All four together: 400 excitatory and 100 inhibitory cells, after Vogels and Abbott (2005).
net = iso.Network()
cells = iso.LIFRef(
    500,
    V_rest=-60 * u.mV,
    V_th=-50 * u.mV,
    V_reset=-60 * u.mV,
    spk_reset="hard",
    tau=20 * u.ms,
    tau_ref=5 * u.ms,
    R=100 * u.Mohm,
    V_initializer=iso.Uniform(-60 * u.mV, -50.1 * u.mV),
)
net.add_population("cells", cells, groups={"E": (0, 400), "I": (400, 500)})
for name, group, size, tau, weight, E in (("exc", "E", 400, 5, 6, 0), ("inh", "I", 100, 10, 67, -80)):
    comm = iso.FixedProb(size, 500, 80 / 500, weight * u.nS)
    syn, out = iso.Expon.desc(tau=tau * u.ms), iso.COBA.desc(E=E * u.mV)
    net.add_projection(name, iso.AlignPostProj(comm=comm, syn=syn, out=out, post=cells), pre=f"cells.{group}")
net.add_input("drive", iso.ConstantInput(500, amplitude=200 * u.pA), target="cells")

with iso.environ.context(dt=0.1 * u.ms, seed=1):
    result = iso.simulate(iso.init_all_states(net), 300 * u.ms, monitors=["cells.V"])
print(result.rates().to_string(index=False))
print("V ranges from", float(result.states["cells.V"].min()), "to", float(result.states["cells.V"].max()), "mV")
