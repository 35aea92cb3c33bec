"""Handwritten digits, read row by row by a recurrent network of adaptive cells: `python digits.py --backend torch`.

The 1797 images of 8 x 8 pixels come with scikit-learn (`pip install "isospike[data]"`). A network sees a row of
pixels for 5 ms and then the next one, and says what it has seen during the last one, so that it has to remember the
others: 200 adaptive cells (ALIF), each connected to each, under a leaky readout. One image in five is kept for the
test, and the network never learns from it.

`--output FOLDER` keeps the learning curves (digits-jax.csv and .svg) and a checkpoint there. Ctrl-C ends the training
with nothing lost: run again, it goes on.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

import isospike as iso
from isospike import units as u
from isospike.data import Batches, digits, split

STEPS = 5  # of 1 ms, for each row
NOISE = 0.1  # of a brightness of 1


class Reader(iso.Module):
    """Adaptive cells that see 8 pixels at a time, and one readout for each digit."""

    def __init__(self, n: int) -> None:
        self.into = iso.Linear(8, n, iso.KaimingNormal(scale=5.0, unit=u.mA))
        self.back = iso.Linear(n, n, iso.KaimingNormal(scale=1.0, unit=u.mA), None)
        self.cells = iso.ALIF(n, R=20 * u.ohm, tau=20 * u.ms, tau_a=100 * u.ms, beta=0.2 * u.mV)
        self.out = iso.Linear(n, 10, iso.KaimingNormal(scale=2.5, unit=u.mA))
        self.readout = iso.LI(10, R=20 * u.ohm, tau=20 * u.ms)

    def update(self, pixels):
        """Advance by one step; return the potentials of the readout, and the spikes."""
        if iso.environ.get("fit"):  # noise, new in every step, keeps it from learning the images by heart
            pixels = pixels + NOISE * iso.random.normal(self, pixels.shape)
        spikes = self.cells(self.into(pixels) + self.back(self.cells.get_spike()))
        return self.readout(self.out(spikes)), spikes

    def loss(self, images, labels):
        """Return the loss of a batch of images, with the share of right answers and the mean rate."""
        rows = iso.math.permute_dims(images, (1, 0, 2))  # the loop runs over the first axis
        potentials, spikes = iso.transform.for_loop(self, rows)
        logits = iso.math.mean(potentials[-STEPS:], axis=0) / u.mV
        rate = iso.math.mean(spikes) / iso.environ.get_dt()
        metrics = {"accuracy": iso.losses.accuracy(logits, labels), "rate_Hz": rate / u.Hz}
        return iso.losses.cross_entropy(logits, labels), metrics


def train(folder: Path | None, name: str, *, quick: bool):
    """Train a network and return its learning curves."""
    n, n_images, epochs = (20, 160, 2) if quick else (200, None, 40)
    images, labels = (x[:n_images] for x in digits())
    learnt, test = split(np.repeat(images, STEPS, axis=1), labels, share=0.2)
    net = iso.init_all_states(Reader(n))
    batches = Batches(*learnt, size=64)
    start = time.perf_counter()

    def show(history):
        line = "epoch {epoch:2.0f}  loss {loss:.3f}  accuracy {accuracy:.3f}  test {val_accuracy:.3f}"
        print(line.format(**history.last), f" {time.perf_counter() - start:5.1f} s")

    return iso.fit(
        net,
        net.loss,
        batches,
        iso.optim.Adam(iso.optim.CosineDecay(0.01, epochs * len(batches)), clip_norm=1.0),
        epochs=epochs,
        validation=Batches(*test, size=len(test[0]), shuffle=False),
        callbacks=[show],
        checkpoint=folder and folder / f"{name}.safetensors",
        resume=folder is not None,
        progress=True,
    )


def draw(history, file: Path) -> None:
    """Plot losses and accuracies of all epochs."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3), layout="constrained")
    for axes, name in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        axes.plot(history["epoch"], history[name], label="while learning")
        axes.plot(history["epoch"], history[f"val_{name}"], label="test")
        axes.set(xlabel="epoch", ylabel=name)
    axes.axhline(0.94, color="gray", linestyle=":")
    axes.legend()
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    """Train, print and save."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", default="jax", help="jax (default) or torch")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="where to keep the learning curves")
    parser.add_argument("--quick", action="store_true", help="a small network and few images: shows that it runs")
    options = parser.parse_args()
    folder, name = options.output, f"digits-{options.backend}"
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    with iso.environ.context(dt=1 * u.ms, backend=options.backend, seed=1):
        history = train(folder, name, quick=options.quick)
    if folder:
        history.table().to_csv(folder / f"{name}.csv", index=False, float_format="%.6g")
        draw(history, folder / f"{name}.svg")
    print(f"{100 * history.last['val_accuracy']:.1f} % of the test images are read rightly")


if __name__ == "__main__":
    main()
