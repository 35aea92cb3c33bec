"""A training step in JAX: ``peer_jax.py scan|brainpy T batch repeats``; needs optax, and brainpy.state."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import task


def scan(x: Any, labels: Any) -> Callable[[], Any]:
    """Return the step of a loop that is written by hand."""

    @jax.custom_jvp
    def spike(v: Any) -> Any:
        return (v > 0).astype(v.dtype)

    @spike.defjvp
    def _(at: Any, along: Any) -> Any:
        return spike(at[0]), along[0] / (1 + task.SLOPE * jnp.abs(at[0])) ** 2

    def loss(weights: Any) -> Any:
        into, recurrent, onward = weights

        def advance(carry: Any, current: Any) -> Any:
            v, z, out = carry
            v = task.BETA * v + current + z @ recurrent - z
            z = spike(v - 1)
            out = task.KAPPA * out + z @ onward
            return (v, z, out), (out, z.mean())

        zeros = jnp.zeros((x.shape[1], task.HIDDEN))
        start = (zeros, zeros, jnp.zeros((x.shape[1], task.N_OUT)))
        _, (out, rate) = jax.lax.scan(advance, start, x @ into)
        return optax.softmax_cross_entropy_with_integer_labels(out.mean(0), labels).mean(), rate.mean()

    weights = tuple(jnp.asarray(w) for w in (task.W_IN, task.W_RECURRENT, task.W_OUT))
    adam = optax.adam(1e-3)
    held = [weights, adam.init(weights)]

    @jax.jit
    def train(weights: Any, memory: Any) -> Any:
        found, gradients = jax.value_and_grad(loss, has_aux=True)(weights)
        updates, memory = adam.update(gradients, memory)
        return (optax.apply_updates(weights, updates), memory), found

    def step() -> Any:
        held[:], found = train(*held)
        return found

    return step


def brainpy(x: Any, labels: Any) -> Callable[[], Any]:
    """Return the step of brainpy.state."""
    import brainpy.state as bp
    import brainstate
    import braintools
    import brainunit as u

    brainstate.environ.set(dt=1.0 * u.ms)
    resistance = 1 / (1 - task.BETA) * u.ohm  # LIF scales its input by 1 - beta

    class Network(brainstate.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            linear = brainstate.nn.Linear
            self.into = linear(task.N_IN, task.HIDDEN, w_init=task.W_IN * u.mA, b_init=None)
            self.recurrent = linear(task.HIDDEN, task.HIDDEN, w_init=task.W_RECURRENT * u.mA, b_init=None)
            levels = {"R": resistance, "V_rest": 0 * u.mV, "V_reset": 0 * u.mV, "V_th": 1 * u.mV}
            tau = -1 / np.log(task.BETA) * u.ms
            self.cells = bp.LIF(task.HIDDEN, tau=tau, spk_fun=braintools.surrogate.SoftSign(task.SLOPE), **levels)
            self.onward = linear(task.HIDDEN, task.N_OUT, w_init=task.W_OUT, b_init=None)
            zero, tau = braintools.init.Constant(0.0), -1 / np.log(task.KAPPA) * u.ms
            self.readout = bp.Expon(task.N_OUT, tau=tau, g_initializer=zero)

        def update(self, x: Any) -> Any:
            z = self.cells(self.into(x) + self.recurrent(self.cells.get_spike()))
            return self.readout(self.onward(z)), z.mean()

    network = Network()
    weights = network.states(brainstate.ParamState)
    adam = braintools.optim.Adam(lr=1e-3)
    adam.register_trainable_weights(weights)

    def loss() -> Any:
        out, rate = brainstate.transform.for_loop(network.update, x)
        return braintools.metric.softmax_cross_entropy_with_integer_labels(out.mean(0), labels).mean(), rate.mean()

    @brainstate.transform.jit
    def train() -> Any:
        brainstate.nn.init_all_states(network, batch_size=x.shape[1])
        gradients, value, rate = brainstate.transform.grad(loss, weights, return_value=True, has_aux=True)()
        adam.update(gradients)
        return value, rate

    return train


if __name__ == "__main__":
    name, steps, batch, repeats = sys.argv[1], *map(int, sys.argv[2:])
    x, labels = task.data(steps, batch)
    train = {"scan": scan, "brainpy": brainpy}[name](jnp.asarray(x), jnp.asarray(labels))
    task.measure(name, lambda: tuple(float(value) for value in train()), repeats)
