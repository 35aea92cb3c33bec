"""The judge is judged: isospike with one fault in it must fail, and the suite must say where.

Each mutant breaks one thing, in core or in a backend. ``python tests/conformance/test_mutants.py --write
docs/reports/mutants.md`` prints the table of which finding killed which.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import registry
from isospike.graph.trace import raw
from isospike.transform import compiling
from isospike.transform.cached import Recent
from isospike_conformance.finding import Finding
from isospike_conformance.suite import Suite
from isospike_conformance.way import REFERENCE, Way

Patch = pytest.MonkeyPatch
JAX = Way("jax", "xla")
TORCH = Way("torch", "eager")


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Parameters
    ----------
    name : str
        What is broken.
    way : Way
        What is judged. Faults of core are in the reference, too: golden chains and truth are all that can tell.
    cases : str
        Cases that are judged, with blanks between them.
    levels : str
        Levels that are judged.
    break_it : callable
        Puts the fault in.
    """

    name: str
    way: Way
    cases: str
    levels: str
    break_it: Callable[[Patch], None]


MUTANTS: list[Mutant] = []


def mutant(
    name: str, way: Way, cases: str, levels: str
) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    """Register a fault."""

    def register(break_it: Callable[[Patch], None]) -> Callable[[Patch], None]:
        MUTANTS.append(Mutant(name, way, cases, levels, break_it))
        return break_it

    return register


# Faults of models and of core: the same on every backend.


@mutant("the reset comes after the integration, not before it", REFERENCE, "lif", "L1")
def _(patch: Patch) -> None:
    from isospike_models.neurons.resetting import ResettingNeuron

    def update(self: Any, x: Any = None) -> Any:
        spikes = self.spike()
        self.V.value = self.reset(self.advanced(self.V.value, x), spikes)
        return self.spike()

    patch.setattr(ResettingNeuron, "update", update)


@mutant("a soft reset loses the overshoot", REFERENCE, "reset", "L1")
def _(patch: Patch) -> None:
    from isospike_models.neurons.resetting import ResettingNeuron

    patch.setattr(ResettingNeuron, "reset", lambda self, V, spikes: V * (1.0 - spikes) + self.V_reset * spikes)


@mutant("the refractory period is a step too long", REFERENCE, "refractory", "L1")
def _(patch: Patch) -> None:
    from isospike_models.neurons import refractory

    original = refractory.duration_steps
    patch.setattr(refractory, "duration_steps", lambda *a, **k: original(*a, **k) + 1)


@mutant("the refractory count does not fall: it stays as it was set", REFERENCE, "refractory", "L1")
def _(patch: Patch) -> None:
    from isospike_models.neurons.refractory import Refractory

    original = Refractory.advanced

    def advanced(self: Any, V: Any, x: Any, *args: Any) -> Any:
        before = abs(self.refractory.value)
        V = original(self, V, x, *args)
        now = self.refractory.value
        self.refractory.value = iso.math.where(now < 0, now, before)
        return V

    patch.setattr(Refractory, "advanced", advanced)


@mutant("delays are a step too long", REFERENCE, "delay", "L1")
def _(patch: Patch) -> None:
    from isospike.delay import times

    original = times.duration_steps
    patch.setattr(times, "duration_steps", lambda *a, **k: original(*a, **k) + 1)


@mutant("delta inputs are dropped", REFERENCE, "delta", "L1")
def _(patch: Patch) -> None:
    from isospike.dynamics import Dynamics

    patch.setattr(Dynamics, "sum_delta_inputs", lambda self, x: x)


@mutant("explicit Euler in place of exponential Euler", REFERENCE, "expon", "L1")
def _(patch: Patch) -> None:
    from isospike import integrate

    patch.setitem(integrate.SCHEMES, "exp_euler", integrate.euler)
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("isospike_models") and hasattr(module, "exp_euler"):
            patch.setattr(module, "exp_euler", integrate.euler)


@mutant("exp is off by one unit in the last place", REFERENCE, "lif", "L1")
def _(patch: Patch) -> None:
    from isospike.graph.exact import FORMS

    original = FORMS["exp"]

    def exp(x: Any) -> Any:
        result = original(x)
        return raw.add(result, raw.multiply(result, 2.0 ** (-23 if str(x.dtype).endswith("32") else -52)))

    patch.setitem(FORMS, "exp", exp)


@mutant("the scale of units is lost: mV and V are one", REFERENCE, "lif coba", "L1")
def _(patch: Patch) -> None:
    from isospike import units

    patch.setattr(units, "scale_factor", lambda given, wanted: 1.0)


@mutant("all modules draw from one random stream", REFERENCE, "poisson", "R L1")
def _(patch: Patch) -> None:
    from isospike.random import step

    original = step.stream_key
    patch.setattr(step, "stream_key", lambda seed, path: original(seed, ""))


@mutant("the clock stands still, so that noise repeats", REFERENCE, "ou", "R L1")
def _(patch: Patch) -> None:
    from isospike.clock import Clock

    patch.setattr(Clock, "advance", lambda self: None)


@mutant("synapses are drawn whatever the seed", REFERENCE, "coba", "R L1")
def _(patch: Patch) -> None:
    from isospike.random import host

    original = host.stream_key
    patch.setattr(host, "stream_key", lambda seed, stream: original(0, stream))


@mutant("common subexpressions: two draws of a step become one", REFERENCE, "poisson", "R L1")
def _(patch: Patch) -> None:
    module = sys.modules["isospike.graph.passes.common_subexpressions"]
    original = module._key

    def key(node: Any) -> Any:
        return ("random_bits", node.attributes["shape"]) if node.op.name == "random_bits" else original(node)

    patch.setattr(module, "_key", key)


@mutant("merged factors: the product is not that of its factors", REFERENCE, "adex hh", "L1")
def _(patch: Patch) -> None:
    module = sys.modules["isospike.graph.passes.merge_factors"]
    original = module._product
    patch.setattr(module, "_product", lambda node, base, factor, made: original(node, base, 1.000001 * factor, made))


@mutant("exact numerics: weights are not rounded to their grid", REFERENCE, "izhikevich", "L1")
def _(patch: Patch) -> None:
    from isospike.weightgrid import WeightGrid

    patch.setattr(WeightGrid, "rounded", lambda self, weight: raw.grid_round(weight, exponent=-40))


@mutant("exact numerics: matrix products are left to the library", REFERENCE, "training", "L1")
def _(patch: Patch) -> None:
    from isospike.graph.exact import FORMS

    patch.setitem(FORMS, "matmul", raw.matmul)


@mutant("a saved State is loaded one element short", REFERENCE, "coba", "C")
def _(patch: Patch) -> None:
    from isospike.state import State

    original = State.store

    def store(self: Any, spec: Any, leaves: Any, *, shared: bool = True) -> None:
        leaves = [np.array(x) if isinstance(x, np.ndarray) else x for x in leaves]
        for x in leaves:
            if isinstance(x, np.ndarray) and x.ndim and x.size > 100:
                x.reshape(-1)[-1] = 0
        original(self, spec, leaves, shared=shared)

    patch.setattr(State, "store", store)


# Faults of a backend: the reference is right.


def lowering(way: Way) -> dict[str, Callable[..., Any]]:
    """Return the table of a backend from operation to function."""
    if way == JAX:
        import isospike_jax.loop

        return isospike_jax.loop._LOWERINGS
    if way == TORCH:
        import isospike_torch.lowering

        return isospike_torch.lowering._FUNCTIONS
    import isospike_numpy.backend

    return isospike_numpy.backend._LOWERINGS


@mutant("contraction: products are not guarded", JAX, "hh", "L0e")
def _(patch: Patch) -> None:
    patch.setitem(lowering(JAX), "guard", lambda x, one: x)


@mutant("float32 leaks into float64 products", JAX, "coba", "L0e L0f")
def _(patch: Patch) -> None:
    patch.setitem(
        lowering(JAX),
        "multiply",
        lambda x, y: (x.astype("float32") * y).astype(x.dtype) if x.dtype == "float64" else x * y,
    )


@mutant("halves are rounded up, not to even", JAX, "lif", "L0e")
def _(patch: Patch) -> None:
    import jax.numpy as jnp

    patch.setitem(lowering(JAX), "round", lambda x: jnp.floor(x + 0.5))


@mutant("a cell at its threshold does not spike", JAX, "lif", "L0e")
def _(patch: Patch) -> None:
    patch.setitem(lowering(JAX), "spike", lambda x, *parameters, derivative: (x > 0).astype(x.dtype))


@mutant("of two spikes on one target in a step, one is lost", REFERENCE, "coba", "L1")
def _(patch: Patch) -> None:
    def event_matvec(spikes: Any, weights: Any, indptr: Any, indices: Any, *, n_post: int) -> Any:
        out = np.zeros(n_post, spikes.dtype)
        for i in np.flatnonzero(spikes):
            row = slice(indptr[i], indptr[i + 1])
            out[indices[row]] = weights if weights.ndim == 0 else weights[row]
        return out

    patch.setitem(lowering(REFERENCE), "event_matvec", event_matvec)


@mutant("the last synapse of a connection is never reached", JAX, "expon coba", "L1")
def _(patch: Patch) -> None:
    original = lowering(JAX)["event_matvec"]

    def event_matvec(spikes: Any, weights: Any, indptr: Any, indices: Any, *, n_post: int) -> Any:
        return original(spikes, weights, indptr.at[-1].add(-1), indices, n_post=n_post)

    patch.setitem(lowering(JAX), "event_matvec", event_matvec)


@mutant("all examples of a batch draw the same numbers", JAX, "training batch", "L1")
def _(patch: Patch) -> None:
    import jax.numpy as jnp

    from isospike.graph.op import op

    def random_bits(key: Any, step: Any, *, shape: tuple[int, ...], draw: int, words: int = 1) -> Any:
        one = op("random_bits").evaluate(jnp, key, step, shape=shape[-1:], draw=draw, words=words)
        return jnp.broadcast_to(
            one if words == 1 else one.reshape(words, *(1,) * (len(shape) - 1), -1),
            shape if words == 1 else (words, *shape),
        )

    patch.setitem(lowering(JAX), "random_bits", random_bits)


@mutant("random words are cut off at 2**31, as in signed arithmetic", JAX, "poisson", "R")
def _(patch: Patch) -> None:
    import jax.numpy as jnp

    from isospike.graph.op import op

    original = op("random_bits").evaluate
    assert original is not None
    patch.setitem(lowering(JAX), "random_bits", lambda *a, **k: jnp.minimum(original(jnp, *a, **k), jnp.uint32(2**31)))


@mutant("integer States are not carried over the end of a chunk", JAX, "refractory", "C")
def _(patch: Patch) -> None:
    import isospike_jax.loop

    original = isospike_jax.loop._STRUCTURED["scan"]

    def scan(node: Any, operands: Any) -> Any:
        results = original(node, operands)
        first, n = node.attributes["n_const"], node.attributes["n_carry"]
        kept = [a if b.dtype == "int32" and b.ndim else b for a, b in zip(operands[first:], results[:n], strict=False)]
        return [*kept, *results[n:]]

    patch.setitem(isospike_jax.loop._STRUCTURED, "scan", scan)


@mutant("powers of two are off by a rounding", JAX, "hh", "L0e")
def _(patch: Patch) -> None:
    import jax.numpy as jnp

    patch.setitem(lowering(JAX), "power_of_two", lambda k, *, to: jnp.exp2(k.astype(to)) * (1 + jnp.finfo(to).eps))


@mutant("the surrogate derivative is one percent too large", JAX, "training", "G")
def _(patch: Patch) -> None:
    import isospike_jax.loop

    original = isospike_jax.loop.spike
    patch.setattr(isospike_jax.loop, "spike", lambda x, p, derivative: original(x, p, lambda *a: 1.01 * derivative(*a)))


@mutant("the gradient stops at products", JAX, "gradient", "G")
def _(patch: Patch) -> None:
    import jax

    patch.setitem(lowering(JAX), "multiply", lambda x, y: x * jax.lax.stop_gradient(y))


@mutant("conductances lose a thousandth in each step of fast numerics", TORCH, "coba", "L0f")
def _(patch: Patch) -> None:
    import torch

    original = lowering(TORCH)["add"]
    patch.setitem(
        lowering(TORCH),
        "add",
        lambda x, y: (
            original(x, y) * (1 + 1e-5)
            if x.dtype != torch.int64 and x.aval.dtype.startswith("float")
            else original(x, y)
        ),
    )


@mutant("choices are taken the wrong way round", TORCH, "refractory", "L0e")
def _(patch: Patch) -> None:
    original = lowering(TORCH)["where"]
    patch.setitem(lowering(TORCH), "where", lambda c, x, y: original(c, y, x))


# The harness.


def forget() -> None:
    """Drop every program that was traced or compiled, so that neither a fault nor its absence is remembered."""
    compiling._compiled.clear()
    for name, module in list(sys.modules.items()):
        if name.startswith("isospike.transform."):
            for value in vars(module).values():
                if isinstance(value, Recent):
                    value._values.clear()
    selftest = sys.modules["isospike.transform.selftest"]
    selftest._passed.clear()
    selftest._program.cache_clear()


@contextmanager
def broken(fault: Mutant) -> Iterator[None]:
    """Put a fault in, and take it out again."""
    forget()
    with pytest.MonkeyPatch.context() as patch:
        fault.break_it(patch)
        yield
    forget()


def first_failure(way: Way, cases: str, levels: str) -> Finding | None:
    """Return the first finding that fails."""
    chosen = {name: registry.resolve("conformance_cases", name) for name in cases.split()}
    return next((f for f in Suite(chosen, [way], levels.split()).run() if f.status == "failed"), None)


@pytest.mark.parametrize("fault", MUTANTS, ids=lambda fault: fault.name)
def test_every_mutant_is_killed(fault: Mutant) -> None:
    pytest.importorskip(fault.way.backend)
    with broken(fault):
        killed = first_failure(fault.way, fault.cases, fault.levels)
    assert killed is not None, f"{fault.name}: nothing fails"


def test_there_are_enough_of_them_and_each_has_its_name() -> None:
    assert len({fault.name for fault in MUTANTS}) == len(MUTANTS) >= 20


# On jax it compiles every case, which takes as long as all mutants together.
CONTROLS = [REFERENCE, pytest.param(JAX, marks=pytest.mark.slow), TORCH]


@pytest.mark.parametrize("way", CONTROLS, ids=lambda way: way.backend)
def test_without_a_fault_the_same_checks_pass(way: Way) -> None:
    pytest.importorskip(way.backend)
    forget()
    mine = [fault for fault in MUTANTS if fault.way == way]
    cases = dict.fromkeys(name for fault in mine for name in fault.cases.split())
    levels = dict.fromkeys(name for fault in mine for name in fault.levels.split())
    failed = first_failure(way, " ".join(cases), " ".join(levels))
    assert failed is None, str(failed)


def main() -> None:
    """Print the table, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    lines = ["| fault | judged | killed by | what it saw | s |", "|---|---|---|---|---|"]
    survivors = 0
    for fault in MUTANTS:
        start = time.perf_counter()
        with broken(fault):
            killed = first_failure(fault.way, fault.cases, fault.levels)
        seconds = time.perf_counter() - start
        survivors += killed is None
        seen = "**survived**" if killed is None else f"{killed.level} {killed.case} {killed.precision}"
        detail = "" if killed is None else killed.detail.replace("|", "/")[:160]
        lines.append(f"| {fault.name} | {fault.way.name} | {seen} | {detail} | {seconds:.1f} |")
        print(lines[-1], flush=True)  # noqa: T201
    text = f"{len(MUTANTS) - survivors} of {len(MUTANTS)} faults are found.\n\n" + "\n".join(lines) + "\n"
    if options.write:
        options.write.write_text(
            "# Faults that the suite must find\n\n`python tests/conformance/test_mutants.py` put one fault at a time "
            f"into isospike and let the suite judge it:\n\n{text}"
        )
    raise SystemExit(survivors)


if __name__ == "__main__":
    main()
