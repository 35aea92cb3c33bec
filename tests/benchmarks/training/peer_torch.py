"""A training step in torch: ``peer_torch.py by-hand|snntorch|norse|spikingjelly T batch repeats``."""

from __future__ import annotations

import sys
from typing import Any

import task
import torch
from torch import nn


class Backpropagation(torch.autograd.Function):
    """All steps forward and backward by hand: keeps potentials and spikes, and makes weights' gradients at once."""

    @staticmethod
    def forward(ctx: Any, current: Any, recurrent: Any) -> Any:
        """Return the spikes of all steps."""
        V, Z = torch.empty_like(current), torch.empty_like(current)
        for t in range(len(current)):
            if t:
                torch.addmm(current[t], Z[t - 1], recurrent, out=V[t])
                V[t].sub_(Z[t - 1]).add_(V[t - 1], alpha=task.BETA)
            else:
                V[t].copy_(current[t])
            Z[t].copy_(V[t] > 1.0)
        ctx.save_for_backward(V, Z, recurrent)
        return Z

    @staticmethod
    def backward(ctx: Any, slope: Any) -> Any:
        """Return the gradients with respect to the current of all steps and the weights."""
        V, Z, recurrent = ctx.saved_tensors
        found, surrogate = torch.empty_like(V), V.sub(1.0).abs_().mul_(task.SLOPE).add_(1).pow_(-2)
        back = recurrent.t().contiguous()
        for t in range(len(V) - 1, -1, -1):
            if t == len(V) - 1:
                torch.mul(slope[t], surrogate[t], out=found[t])
            else:
                torch.addmm(slope[t], found[t + 1], back, out=found[t])
                found[t].sub_(found[t + 1]).mul_(surrogate[t]).add_(found[t + 1], alpha=task.BETA)
        return found, Z[:-1].flatten(0, 1).t() @ found[1:].flatten(0, 1)


class ByHand(nn.Module):
    """The network with that."""

    def __init__(self) -> None:
        super().__init__()
        self.into, self.recurrent, self.onward = (
            nn.Parameter(torch.tensor(w)) for w in (task.W_IN, task.W_RECURRENT, task.W_OUT)
        )

    def forward(self, x: Any) -> Any:
        """Return logits and mean spikes; the mean of a leaky sum is linear in the spikes."""
        Z = Backpropagation.apply(x @ self.into, self.recurrent)
        left = torch.arange(len(x), 0, -1)
        kernel = (1 - task.KAPPA**left) / (1 - task.KAPPA) / len(x)
        return torch.einsum("t,tbh->bh", kernel, Z) @ self.onward, Z.detach().mean()


def linear(weight: Any) -> nn.Linear:
    """Return a layer without bias."""
    layer = nn.Linear(*weight.shape, bias=False)
    layer.weight.data = torch.tensor(weight.T.copy())
    return layer


class SnnTorch(nn.Module):
    """The network in snnTorch."""

    def __init__(self) -> None:
        super().__init__()
        import snntorch as snn
        from snntorch import surrogate

        slope = surrogate.fast_sigmoid(slope=task.SLOPE)
        more = {"all_to_all": True, "linear_features": task.HIDDEN, "reset_mechanism": "subtract"}
        self.into, self.onward = linear(task.W_IN), linear(task.W_OUT)
        self.cells = snn.RLeaky(beta=task.BETA, spike_grad=slope, **more)
        self.cells.recurrent = linear(task.W_RECURRENT)
        self.readout = snn.Leaky(beta=task.KAPPA, reset_mechanism="none")

    def forward(self, x: Any) -> Any:
        """Return logits and mean spikes."""
        z, v = self.cells.init_rleaky()
        out = self.readout.init_leaky()
        outs, rates = [], []
        for now in x:
            z, v = self.cells(self.into(now), z, v)
            _, out = self.readout(self.onward(z), out)
            outs.append(out)
            rates.append(z.detach().mean())
        return torch.stack(outs).mean(0), torch.stack(rates).mean()


class Norse(nn.Module):
    """The network in Norse, whose cells filter their input: other dynamics at as much work."""

    def __init__(self) -> None:
        super().__init__()
        import norse.torch as norse

        dt = 1e-3
        cell = norse.LIFParameters(
            tau_mem_inv=torch.as_tensor((1 - task.BETA) / dt),
            tau_syn_inv=torch.as_tensor(500.0),
            method="super",
            alpha=torch.as_tensor(task.SLOPE),
        )
        self.cells = norse.LIFRecurrent(task.N_IN, task.HIDDEN, p=cell, dt=dt)
        gain = 0.5 / (1 - task.BETA)
        self.cells.input_weights.data = torch.tensor(task.W_IN.T * gain)
        self.cells.recurrent_weights.data = torch.tensor(task.W_RECURRENT.T * gain)
        self.onward, self.readout = linear(task.W_OUT), norse.LI()

    def forward(self, x: Any) -> Any:
        """Return logits and mean spikes."""
        z, _ = self.cells(x)
        out, _ = self.readout(self.onward(z))
        return out.mean(0), z.detach().mean()


class SpikingJelly(nn.Module):
    """The network in SpikingJelly, its spikes fed back through a layer that is applied to input and spikes."""

    def __init__(self) -> None:
        super().__init__()
        from spikingjelly.activation_based import functional, layer, neuron, surrogate

        cell = {"decay_input": False, "v_reset": None, "surrogate_function": surrogate.Sigmoid()}
        cells = neuron.LIFNode(tau=1 / (1 - task.BETA), **cell)
        wide = task.HIDDEN
        self.into, self.onward = linear(task.W_IN), linear(task.W_OUT / (1 - task.KAPPA))  # which the readout scales
        self.cells = layer.LinearRecurrentContainer(cells, wide, wide, bias=False, step_mode="m")
        weight = torch.cat([torch.eye(wide), torch.tensor(task.W_RECURRENT.T)], 1)
        self.cells.rc.weight.data = weight
        self.readout = neuron.NonSpikingLIFNode(tau=1 / (1 - task.KAPPA))
        functional.set_step_mode(self.readout, "m")

    def forward(self, x: Any) -> Any:
        """Return logits and mean spikes."""
        from spikingjelly.activation_based import functional

        functional.reset_net(self)
        z = self.cells(self.into(x))
        out = self.readout(self.onward(z))
        out = torch.stack(list(out)) if isinstance(out, list | tuple) else out
        return out.mean(0), z.detach().mean()


NETWORKS = {"by-hand": ByHand, "snntorch": SnnTorch, "norse": Norse, "spikingjelly": SpikingJelly}


def main() -> None:
    """Time the step."""
    name, steps, batch, repeats = sys.argv[1], *map(int, sys.argv[2:])
    torch.set_num_threads(1)
    x, labels = (torch.tensor(a) for a in task.data(steps, batch))
    network = NETWORKS[name]()
    adam = torch.optim.Adam(network.parameters(), lr=1e-3)

    def step() -> tuple[float, float]:
        adam.zero_grad()
        out, rate = network(x)
        loss = nn.functional.cross_entropy(out, labels)
        loss.backward()
        adam.step()
        return float(loss.detach()), float(rate)

    task.measure(name, step, repeats)


if __name__ == "__main__":
    main()
