"""The spike function under JAX: a step whose derivative is its surrogate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

__all__ = ["spike"]


def spike(x: Any, parameters: Sequence[Any], derivative: Callable[..., Any]) -> Any:
    """Return 1 where x >= 0 and 0 elsewhere; its tangent is ``derivative(x, *parameters)`` times that of x.

    ``custom_jvp`` serves forward and reverse mode and vmap alike; the surrogate's parameters get no gradient. They are
    arguments, not picked up from outside: what is computed again for a gradient has no outside.
    """

    @jax.custom_jvp
    def heaviside(x: Any, *parameters: Any) -> Any:
        return (x >= 0).astype(x.dtype)

    @heaviside.defjvp
    def _(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
        x, *given = primals
        slope = derivative(jax.lax.stop_gradient(x), *given)
        return heaviside(x, *given), jnp.broadcast_to(slope, x.shape) * tangents[0]

    return heaviside(x, *parameters)
