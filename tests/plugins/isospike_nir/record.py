"""Write networks of Norse, snnTorch and sinabs as NIR, and record what they make of random input.

Run it where these are installed (``pip install torch nir nirtorch norse snntorch sinabs``)::

    python record.py FOLDER [SEED]

Each network gives ``NAME.npz`` with ``graph``, the bytes of the ``.nir`` file that its library and nir write, the
spikes ``x`` and ``y`` that go in and come out, (steps, batch, ...), the profile that reproduces it, and all versions.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nir
import norse.torch as norse
import numpy as np
import sinabs.layers
import sinabs.nir
import snntorch
import torch
from snntorch.export_nir import export_to_nir
from torch import nn

STEPS, BATCH = 60, 2
LIBRARIES = ("nir", "nirtorch", "norse", "numpy", "sinabs", "snntorch", "torch")

Case = tuple[str, dict[str, Any], Any, torch.Tensor, torch.Tensor]  # name, profile, graph, input, output


def events(*shape: int, rate: float = 0.4) -> torch.Tensor:
    """Return random spikes, (steps, batch, *shape)."""
    return (torch.rand(STEPS, BATCH, *shape) < rate).float()


def stronger(module: nn.Module, factor: float) -> nn.Module:
    """Scale all weights, so that the cells behind them spike."""
    with torch.no_grad():
        for weight in module.parameters():
            if weight.ndim > 1:
                weight *= factor
    return module


# Norse. Its cells are given one parameter for each neuron: a single number is a scalar, which nir cannot write.


def norse_box(*shape: int) -> nn.Module:
    n = torch.ones(shape)
    return norse.LIFBoxCell(
        norse.LIFBoxParameters(tau_mem_inv=(80 + 60 * torch.rand(shape)), v_leak=0 * n, v_th=0.7 * n)
    )


def norse_cuba(n: int) -> nn.Module:
    ones = torch.ones(n)
    rates = {"tau_syn_inv": 150 + 100 * torch.rand(n), "tau_mem_inv": 80 + 40 * torch.rand(n)}
    return norse.LIFCell(norse.LIFParameters(**rates, v_leak=0 * ones, v_th=0.6 * ones, v_reset=0 * ones))


def run_norse(net: nn.Module, x: torch.Tensor, state: Any = None) -> torch.Tensor:
    found = []
    for step in x:
        y, state = net(step, state)
        found.append(y.to_dense() if y.is_sparse else y)
    return torch.stack(found)


def of_norse() -> Iterator[Case]:
    # What Norse calls dt / tau_mem_inv stays as it writes it.
    dense = {
        "norse_lif": norse.SequentialState(
            stronger(nn.Linear(8, 12), 12), norse_box(12), stronger(nn.Linear(12, 6), 20), norse_box(6)
        ),
        "norse_cuba": norse.SequentialState(
            stronger(nn.Linear(8, 12), 2), norse_cuba(12), stronger(nn.Linear(12, 6), 3), norse_cuba(6)
        ),
    }
    for name, net in dense.items():
        x = events(8)
        yield name, {"profile": "norse"}, norse.to_nir(net, x[0]), x, run_norse(net, x)
    conv = norse.SequentialState(stronger(nn.Conv2d(2, 3, 3, stride=2, padding=1), 12), norse_box(3, 4, 4))
    x = events(2, 8, 8)
    graph = norse.to_nir(conv, x[0])
    graph.nodes["0"].input_shape = (8, 8)  # Norse leaves it empty, which nir cannot write
    yield "norse_conv", {"profile": "norse"}, graph, x, run_norse(conv, x)
    yield norse_recurrent()


def norse_recurrent() -> Case:
    """Return a recurrent network: its exporter knows no recurrent cell, so the graph is written by hand."""
    x, n, ones = events(8), 12, torch.ones(12)
    p = norse.LIFParameters(tau_syn_inv=200 * ones, tau_mem_inv=100 * ones, v_leak=0 * ones, v_th=0.8 * ones)
    cell = stronger(norse.LIFRecurrentCell(8, n, p=p), 3)
    y = run_norse(cell, x, norse.LIFState(*torch.zeros(3, BATCH, n)))
    cuba = nir.CubaLIF(
        tau_syn=1 / p.tau_syn_inv.numpy(),
        tau_mem=1 / p.tau_mem_inv.numpy(),
        r=np.ones(n, np.float32),
        v_leak=p.v_leak.numpy(),
        v_threshold=p.v_th.numpy(),
    )
    nodes = {
        "input": nir.Input(np.array([8])),
        "w_in": nir.Linear(cell.input_weights.detach().numpy()),
        "lif": cuba,
        "w_rec": nir.Linear(cell.recurrent_weights.detach().numpy()),
        "output": nir.Output(np.array([n])),
    }
    edges = [("input", "w_in"), ("w_in", "lif"), ("lif", "w_rec"), ("w_rec", "lif"), ("lif", "output")]
    return "norse_recurrent", {"profile": "norse"}, nir.NIRGraph(nodes, edges), x, y


# snnTorch


def leaky(*shape: int, **more: Any) -> nn.Module:
    return snntorch.Leaky(beta=0.7 + 0.25 * torch.rand(shape), threshold=torch.ones(shape), init_hidden=True, **more)


def synaptic(n: int) -> nn.Module:
    rates = {"alpha": 0.6 + 0.3 * torch.rand(n), "beta": 0.6 + 0.3 * torch.rand(n)}
    return snntorch.Synaptic(**rates, threshold=torch.ones(n), init_hidden=True)


def run_snntorch(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    return torch.stack([net(step) for step in x])


def of_snntorch() -> Iterator[Case]:
    zero = {"reset_mechanism": "zero", "reset_delay": False}
    recurrent = {"linear_features": 12, "init_hidden": True}
    options = {"snntorch_zero": {"reset": "zero", "reset_delay": False}}
    nets = {
        "snntorch_lif": (leaky(12), leaky(6)),
        "snntorch_zero": (leaky(12, **zero), leaky(6, **zero)),
        "snntorch_cuba": (synaptic(12), synaptic(6)),
        "snntorch_rleaky": (snntorch.RLeaky(beta=0.8, **recurrent), leaky(6)),
        "snntorch_rsynaptic": (snntorch.RSynaptic(alpha=0.7, beta=0.8, **recurrent), leaky(6)),
    }
    for name, (first, second) in nets.items():
        net = nn.Sequential(stronger(nn.Linear(8, 12), 1.5), first, stronger(nn.Linear(12, 6), 2), second)
        x = events(8)
        y = run_snntorch(net, x)  # first: an export takes a step, and leaves its state behind
        yield name, {"profile": "snntorch", **options.get(name, {})}, export_to_nir(net, x[0], ignore_dims=[0]), x, y
    layers = (
        stronger(nn.Conv2d(1, 3, 3), 3),
        leaky(3, 6, 6),
        nn.AvgPool2d(2),
        nn.Flatten(),
        stronger(nn.Linear(27, 5), 6),
    )
    net, x = nn.Sequential(*layers, leaky(5)), events(1, 8, 8)
    y = run_snntorch(net, x)
    yield "snntorch_conv", {"profile": "snntorch"}, export_to_nir(net, x[0], ignore_dims=[0]), x, y


# sinabs, whose layers take (batch, steps, ...), or (batch * steps, ...) where they are squeezed.


def of_sinabs() -> Iterator[Case]:
    def lif(n: int) -> nn.Module:
        return sinabs.layers.LIF(tau_mem=4 + 6 * torch.rand(n), spike_threshold=torch.ones(n))

    dense = {
        "sinabs_iaf": (sinabs.layers.IAF(), sinabs.layers.IAF(), 5),
        "sinabs_lif": (lif(12), lif(6), 20),
    }
    for name, (first, second, factor) in dense.items():
        net = nn.Sequential(stronger(nn.Linear(8, 12), factor), first, stronger(nn.Linear(12, 6), factor), second)
        x = events(8)
        y = net(x.transpose(0, 1)).transpose(0, 1)
        yield name, {"profile": "sinabs"}, sinabs.nir.to_nir(net, x.transpose(0, 1)), x, y
    first, last = (sinabs.layers.IAFSqueeze(batch_size=BATCH) for _ in range(2))
    # sinabs leaves the input_type of a Flatten empty, which nir cannot write: it is filled in.
    layers = (nn.Conv2d(1, 2, 3), first, sinabs.layers.SumPool2d(2), nn.Flatten(), nn.Linear(18, 5), last)
    net, x = nn.Sequential(*layers), events(1, 8, 8)
    flat = x.transpose(0, 1).reshape(-1, 1, 8, 8)
    y = net(flat).reshape(BATCH, STEPS, 5).transpose(0, 1)
    graph = sinabs.nir.to_nir(net, flat)
    nir.NIRGraph.infer_types(graph)
    yield "sinabs_conv", {"profile": "sinabs"}, graph, x, y


def as_arrays(graph: Any) -> Any:
    """Let a graph hold NumPy arrays where its library has put tensors."""
    for node in graph.nodes.values():
        for name, value in vars(node).items():
            if isinstance(value, torch.Tensor):
                setattr(node, name, value.detach().numpy())
    return graph


def record(folder: Path, seed: int) -> None:
    """Write every network and what it does."""
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    sys.stdout.write(", ".join(f"{name} {version}" for name, version in versions.items()) + "\n")
    sources: tuple[Callable[[], Iterator[Case]], ...] = (of_norse, of_snntorch, of_sinabs)
    for source in sources:
        torch.manual_seed(seed)
        with torch.no_grad():
            for name, profile, graph, x, y in source():
                file = io.BytesIO()
                nir.write(file, as_arrays(graph), compression=None)
                spikes = y.detach().numpy()
                assert (spikes == spikes.astype(np.uint8)).all()
                np.savez_compressed(
                    folder / f"{name}.npz",
                    graph=np.frombuffer(file.getvalue(), np.uint8),
                    x=x.numpy().astype(np.uint8),
                    y=spikes.astype(np.uint8),
                    profile=json.dumps(profile),
                    versions=json.dumps(versions),
                )
                sys.stdout.write(f"{name}: {spikes.mean():.3f} spikes a step, {spikes.max():.0f} at most\n")


if __name__ == "__main__":
    record(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
