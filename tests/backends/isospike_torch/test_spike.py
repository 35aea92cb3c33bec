"""The spike function is right under every transform of torch."""

from __future__ import annotations

import pytest
import torch
import torch.utils.checkpoint

from isospike_torch.spike import spike, step

X = torch.tensor([-2.0, -0.5, -0.0, 0.0, 0.25, 1.5], dtype=torch.float64)
SPIKES = torch.tensor([0.0, 0, 1, 1, 1, 1], dtype=torch.float64)


def slope(x: torch.Tensor) -> torch.Tensor:
    return torch.clamp(0.3 - 0.3 * torch.abs(x), min=0)


def fire(x: torch.Tensor) -> torch.Tensor:
    return spike(x, slope(x))


def weighted(x: torch.Tensor) -> torch.Tensor:
    """Return a loss with another weight for each cell."""
    return (fire(x) * torch.arange(1.0, 7.0, dtype=x.dtype)).sum()


GRADIENT = slope(X) * torch.arange(1.0, 7.0, dtype=torch.float64)


def assert_equal(got: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(got, expected, rtol=0, atol=0)


def test_the_value_is_that_of_the_step_to_the_bit() -> None:
    assert_equal(fire(X), SPIKES)
    assert_equal(step(X), SPIKES)


def test_autograd_gives_the_surrogate() -> None:
    x = X.clone().requires_grad_()
    weighted(x).backward()
    assert_equal(x.grad, GRADIENT)


def test_of_the_surrogate_itself_no_derivative_is_taken() -> None:
    x = X.clone().requires_grad_()
    (first,) = torch.autograd.grad(weighted(x), x, create_graph=True)
    assert not first.requires_grad


def test_func_grad_gives_the_surrogate() -> None:
    assert_equal(torch.func.grad(weighted)(X), GRADIENT)


def test_func_vmap_of_grad_gives_the_surrogate_of_each_entry() -> None:
    batch = torch.stack([X, X + 0.1])
    expected = torch.stack([torch.func.grad(weighted)(x) for x in batch])
    assert_equal(torch.func.vmap(torch.func.grad(weighted))(batch), expected)


def test_func_jvp_gives_the_surrogate_and_not_zero() -> None:
    tangent = torch.arange(1.0, 7.0, dtype=torch.float64)
    value, change = torch.func.jvp(fire, (X,), (tangent,))
    assert_equal(value, SPIKES)
    assert_equal(change, GRADIENT)


def test_func_jacfwd_and_jacrev_agree() -> None:
    assert_equal(torch.func.jacfwd(fire)(X), torch.func.jacrev(fire)(X))


def test_compile_gives_the_surrogate() -> None:
    x = X.clone().requires_grad_()
    torch.compile(weighted, fullgraph=True)(x).backward()
    assert_equal(x.grad, GRADIENT)


class Fire(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return fire(x)


def test_an_exported_program_gives_the_surrogate() -> None:
    program = torch.export.export(Fire(), (X,)).module()
    x = X.clone().requires_grad_()
    y = program(x)
    assert_equal(y.detach(), SPIKES)
    (y * torch.arange(1.0, 7.0, dtype=torch.float64)).sum().backward()
    assert_equal(x.grad, GRADIENT)


def test_checkpointing_gives_the_surrogate() -> None:
    x = X.clone().requires_grad_()
    torch.utils.checkpoint.checkpoint(weighted, x, use_reentrant=False).backward()
    assert_equal(x.grad, GRADIENT)


def test_a_potential_without_bounds_spikes_and_has_no_gradient() -> None:
    x = torch.tensor([float("inf"), float("-inf"), float("nan"), 0.5], requires_grad=True)
    y = fire(x)
    assert y.tolist() == [1.0, 0.0, 0.0, 1.0]
    y.sum().backward()
    assert x.grad[:2].tolist() == [0.0, 0.0]
    assert x.grad[3] == pytest.approx(0.15)
