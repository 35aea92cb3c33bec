"""Products with the Jacobian of a function: from the left, and from the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from isospike import tree
from isospike.errors import ParameterError
from isospike.graph.trace import current_trace
from isospike.math import sum as total
from isospike.math import zeros_like
from isospike.transform.emit import reading
from isospike.transform.grad import grad
from isospike.transform.jit import jit

__all__ = ["jvp", "vjp"]


def vjp(function: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    r"""Return the value of a function, and the product of a vector with its Jacobian as a function of the vector.

    .. math:: \bar x_j = \sum_i \bar y_i \frac{\partial y_i}{\partial x_j}

    Parameters
    ----------
    function : callable
        Returns floating arrays or quantities, or nested dicts, tuples and lists of them; it may read States.
    *primals : array or quantity, or nested
        Where it is differentiated.

    Returns
    -------
    value, pullback
        ``pullback(cotangent)`` takes what ``function`` returns in structure and shape, and gives one gradient for each
        of the primals. It computes the function again.

    Raises
    ------
    StateError
        The function writes a State.

    Examples
    --------
    >>> import isospike as iso
    >>> with iso.environ.context(backend="jax"):
    ...     y, pullback = iso.transform.vjp(lambda x: x * x, 3.0)
    ...     print(y, *pullback(2.0))
    9.0 12.0
    """
    value = jit(_only_reading("vjp", function))(*primals)
    pulled = _pulled(function, len(primals))
    return value, lambda cotangent: pulled(cotangent, *primals)


def jvp(function: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    r"""Return the value of a function, and the product of its Jacobian with a vector.

    .. math:: \dot y_i = \sum_j \frac{\partial y_i}{\partial x_j} \dot x_j

    It is the derivative of the product from the left, which is linear in its vector; so it serves every backend that
    claims gradients.

    Parameters
    ----------
    function : callable
        See `vjp`.
    primals, tangents : sequence of array or quantity, or nested
        Where it is differentiated, and in which direction.

    Raises
    ------
    ParameterError
        There is not one tangent for each primal.
    StateError
        The function writes a State.

    Examples
    --------
    >>> import isospike as iso
    >>> with iso.environ.context(backend="jax"):
    ...     print(*iso.transform.jvp(lambda x: x * x, [3.0], [1.0]))
    9.0 6.0
    """
    if len(primals) != len(tangents):
        msg = (
            f"jvp(function, primals, tangents): {len(primals)} primals and {len(tangents)} tangents; pass one for each"
        )
        raise ParameterError(msg)
    value = jit(_only_reading("jvp", function))(*primals)

    def along(cotangent: Any, primals: Any, tangents: Any) -> Any:
        return _dot("jvp", tangents, _pulled(function, len(primals))(cotangent, *primals))

    return value, grad(along)(tree.map_leaves(zeros_like, value), tuple(primals), tuple(tangents))


def _pulled(function: Callable[..., Any], n_primals: int) -> Callable[..., tuple[Any, ...]]:
    """Return the product from the left as a function of the vector and the primals."""

    def weighted(cotangent: Any, *x: Any) -> Any:
        return _dot("vjp", cotangent, function(*x))

    return grad(weighted, argnums=tuple(range(1, n_primals + 1)))


def _only_reading(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, refusing that it writes States: its derivative would be that of the States after it."""

    def called(*x: Any) -> Any:
        trace = current_trace()
        assert trace is not None
        with reading(trace, f"the function of {name}", "return the new value instead, or use grad with has_aux=True"):
            return function(*x)

    return called


def _dot(caller: str, vector: Any, value: Any) -> Any:
    (left, structure), (right, expected) = tree.flatten(vector), tree.flatten(value)
    if structure != expected:
        msg = (
            f"{caller}: the vector has another structure than what it is multiplied with; pass one value for each part"
        )
        raise ParameterError(msg)
    products = [total(a * b) for a, b in zip(left, right, strict=True)]
    first, *rest = products
    for product in rest:
        first = first + product
    return first
