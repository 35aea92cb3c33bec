"""Delayed match to sample: a network says whether two cues were the same, 200 ms apart: `python memory_task.py`.

Two groups of inputs stand for two cues. One of them fires for 30 ms, then all are silent for 200 ms, then one of them
fires again; the network has to tell whether it is the same. Its membranes forget within 20 ms, so that what it keeps it
keeps in the thresholds of its adaptive cells, which take 300 ms to fall, and in its recurrent activity (Bellec et al.
2018, Long short-term memory and learning-to-learn in networks of spiking neurons, NeurIPS).
"""

from __future__ import annotations

import argparse

import numpy as np

import isospike as iso
from isospike import units as u
from isospike.data import Batches
from isospike.random.host import HostRandom

CUE, DELAY, GROUP = 30, 200, 10  # steps of 1 ms, and channels of a cue


def trials(n: int, stream: str):
    """Return spikes (trials, steps, channels) and whether the two cues are the same."""
    rng = HostRandom(1, stream)
    cues = rng.integers((n, 2), 2)
    rates = np.zeros((n, CUE + DELAY + CUE, 2, GROUP))
    for part, cue in ((slice(0, CUE), cues[:, 0]), (slice(CUE + DELAY, None), cues[:, 1])):
        rates[:, part] = (np.arange(2) == cue[:, None])[:, None, :, None]
    spikes = rng.uniform(rates.shape) < 0.1 * rates  # 100 Hz
    return spikes.reshape(*rates.shape[:2], -1).astype(np.float32), (cues[:, 0] == cues[:, 1]).astype(np.int32)


class Memory(iso.Module):
    """Recurrent adaptive cells under a leaky readout."""

    def __init__(self, beta: float, n: int = 100) -> None:
        self.into = iso.Linear(2 * GROUP, n, iso.KaimingNormal(scale=10.0, unit=u.mA), None)
        self.back = iso.Linear(n, n, iso.KaimingNormal(scale=1.0, unit=u.mA), None)
        self.cells = iso.ALIF(n, R=20 * u.ohm, tau=20 * u.ms, tau_a=300 * u.ms, beta=beta * u.mV)
        self.out = iso.Linear(n, 2, iso.KaimingNormal(scale=2.5, unit=u.mA))
        self.readout = iso.LI(2, R=20 * u.ohm, tau=20 * u.ms)

    def update(self, x):
        """Advance by one step; return the potentials of the readout, and the spikes."""
        spikes = self.cells(self.into(x) + self.back(self.cells.get_spike()))
        return self.readout(self.out(spikes)), spikes

    def loss(self, x, same):
        """Return the loss of a batch of trials, from what is read out during the second cue."""
        potentials, spikes = iso.transform.for_loop(self, iso.math.permute_dims(x, (1, 0, 2)))
        logits = iso.math.mean(potentials[-CUE // 2 :], axis=0) / u.mV
        rate = iso.math.mean(spikes) / iso.environ.get_dt()
        metrics = {"accuracy": iso.losses.accuracy(logits, same), "rate_Hz": rate / u.Hz}
        return iso.losses.cross_entropy(logits, same), metrics


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", default="jax", help="jax (default) or torch")
    parser.add_argument("--quick", action="store_true", help="a few trials: shows that it runs, learns little")
    parser.add_argument("--beta", type=float, default=0.5, help="rise of a threshold by a spike (0.5 mV); 0: no memory")
    options = parser.parse_args()
    n, epochs = (64, 2) if options.quick else (1024, 10)
    with iso.environ.context(backend=options.backend, dt=1 * u.ms, seed=1):
        net = iso.init_all_states(Memory(options.beta))
        learnt = Batches(*trials(n, "learnt"), size=64)
        new = Batches(*trials(max(64, n // 4), "new"), size=64, shuffle=False)

        def show(history):
            print("epoch {epoch:3.0f}  loss {loss:.3f}  val_accuracy {val_accuracy:.3f}".format(**history.last))

        optimizer = iso.optim.Adam(iso.optim.CosineDecay(0.01, epochs * len(learnt)), clip_norm=1.0)
        history = iso.fit(net, net.loss, learnt, optimizer, epochs=epochs, validation=new, callbacks=[show])
    print(f"right in {100 * history.last['val_accuracy']:.1f} % of new trials, at {history.last['val_rate_Hz']:.0f} Hz")


if __name__ == "__main__":
    main()
