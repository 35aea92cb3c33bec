"""Conv2d: against a convolution written as loops, and its gradient against differences and PyTorch's."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import isospike as iso
from isospike import units as u
from isospike.errors import ParameterError, ShapeError

Host = Callable[[Any], np.ndarray]
RNG = np.random.default_rng(0)
IMAGE = RNG.normal(size=(2, 7, 6, 3))
KERNEL = RNG.normal(size=(3, 2, 3, 4))
CASES: list[dict[str, Any]] = [
    {},
    {"padding": "VALID"},
    {"stride": 2, "padding": "VALID"},
    {"stride": (1, 3), "padding": "SAME"},
    {"padding": (2, 1), "dilation": (2, 1)},
    {"stride": 2, "padding": "SAME", "dilation": 2},
]


@pytest.fixture(autouse=True)
def _double() -> Iterator[None]:
    with iso.environ.context(precision="float64"):
        yield


def pair(value: Any) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def by_loops(x: np.ndarray, w: np.ndarray, stride: Any = 1, padding: Any = "SAME", dilation: Any = 1) -> np.ndarray:
    """Convolve an image as the definition says."""
    stride, dilation, size, kernel = pair(stride), pair(dilation), x.shape[:2], w.shape[:2]
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    if padding == "SAME":
        out = [-(-n // s) for n, s in zip(size, stride, strict=True)]
        before = [max(0, (o - 1) * s + r - n) // 2 for o, s, r, n in zip(out, stride, reach, size, strict=True)]
    else:
        before = list((0, 0) if padding == "VALID" else pair(padding))
        out = [(n + 2 * p - r) // s + 1 for n, p, r, s in zip(size, before, reach, stride, strict=True)]
    y = np.zeros((*out, w.shape[3]))
    for i, j, a, b in itertools.product(range(out[0]), range(out[1]), range(kernel[0]), range(kernel[1])):
        row, col = i * stride[0] + a * dilation[0] - before[0], j * stride[1] + b * dilation[1] - before[1]
        if 0 <= row < size[0] and 0 <= col < size[1]:
            y[i, j] += x[row, col] @ w[a, b]
    return y


def make(w_init: Any = KERNEL, **options: Any) -> Any:
    return iso.init_all_states(iso.Conv2d((7, 6, 3), 4, (3, 2), w_init=w_init, **options))


@pytest.mark.parametrize("options", CASES)
def test_it_is_the_sum_over_the_kernel(backend: str, host: Host, options: Any) -> None:
    layer, bias = make(**options, b_init=np.arange(4.0)), np.arange(4.0)
    got = host(layer(IMAGE))
    assert got.shape == (2, *layer.out_size)
    for image, result in zip(IMAGE, got, strict=True):
        np.testing.assert_allclose(result, by_loops(image, KERNEL, **options) + bias, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(host(layer(IMAGE[0])), got[0], rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("name", ["jax", "torch"])
def test_the_gradient_is_that_of_differences(host: Host, name: str) -> None:
    pytest.importorskip(name)
    target = RNG.normal(size=(7, 2, 4))
    with iso.environ.context(backend=name, engine="eager" if name == "torch" else None, dt=0.1 * u.ms):
        layer = make(stride=(1, 3), padding="SAME", b_init=0.0)
        loss = lambda: iso.math.sum(layer(IMAGE[0]) * target)  # noqa: E731
        slope, of_bias = (host(g) for g in iso.transform.grad(loss, [layer.weight, layer.linear.bias])())
    np.testing.assert_allclose(of_bias, target.sum((0, 1)), rtol=1e-12)
    # The loss is linear in the kernel, so a difference of any size is its gradient.
    for place in ((0, 0, 0, 0), (2, 1, 2, 3), (1, 0, 2, 1)):
        nudged = KERNEL.copy()
        nudged[place] += 1.0
        change = by_loops(IMAGE[0], nudged - KERNEL, stride=(1, 3), padding="SAME")
        assert slope.reshape(KERNEL.shape)[place] == pytest.approx((change * target).sum(), rel=1e-9)


def test_it_is_the_convolution_of_pytorch_with_channels_moved(numpy_backend: None, host: Host) -> None:
    torch = pytest.importorskip("torch")
    expected = torch.nn.functional.conv2d(
        torch.tensor(IMAGE.transpose(0, 3, 1, 2)), torch.tensor(KERNEL.transpose(3, 2, 0, 1)), stride=2, padding=1
    )
    got = host(make(stride=2, padding=1)(IMAGE))
    np.testing.assert_allclose(got.transpose(0, 3, 1, 2), expected.numpy(), rtol=1e-12, atol=1e-13)


def test_spikes_are_convolved_with_the_same_bits_on_every_backend_in_exact_numerics(same_bits: Any) -> None:
    def step(net: Any) -> Any:
        return net.layer(net.source())

    class Net(iso.Module):
        def __init__(self) -> None:
            self.source = iso.PoissonInput((7, 6, 3), rate=2000 * u.Hz)
            self.layer = iso.Conv2d((7, 6, 3), 4, (3, 2), padding="SAME", w_init=KERNEL * u.nS)

    assert np.ptp(same_bits(Net, step)["float32"]["output"]) > 0


def test_a_batch_of_one_has_the_bits_of_none(backend: str, host: Host) -> None:
    layer = make()
    assert (host(layer(IMAGE[:1]))[0] == host(layer(IMAGE[0]))).all()


def test_units_and_trained_kernels_pass(numpy_backend: None, host: Host) -> None:
    kernel = iso.ParamState(KERNEL.reshape(18, 4) * u.nS)
    layer = make(kernel)
    assert layer.weight is kernel
    assert u.same_dimension(layer.weight_unit(), u.nS)
    out = layer(IMAGE[0] * u.mV)
    assert u.same_dimension(out.unit, u.pA)
    with iso.environ.context(seed=1):
        drawn = host(iso.init_all_states(iso.Conv2d((5, 5, 8), 64, 3)).weight.value)
    assert drawn.std() == pytest.approx(np.sqrt(2 / 72), rel=0.03)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: iso.Conv2d((5, 5), 1, 3), ShapeError, r"in_size=\(5, 5\)\).*height, width, channels"),
        (lambda: iso.Conv2d((5, 5, 1), 1, (3, 3, 3)), ShapeError, r"kernel_size=\(3, 3, 3\)"),
        (lambda: iso.Conv2d((5, 5, 1), 1, 6, padding=0), ShapeError, "reaches over 6 places of an image of 5"),
        (lambda: iso.Conv2d((5, 5, 1), 1, 3, padding="FULL"), ParameterError, r"padding='FULL'.*SAME"),
        (lambda: iso.Conv2d((5, 5, 1), 1, 3, w_init=np.ones((3, 3))), ShapeError, r"\(3, 3\).*\(3, 3, 1, 1\)"),
        (lambda: make()(np.ones((6, 7, 3))), ShapeError, r"images of shape \(\.\.\., 7, 6, 3\).*\(6, 7, 3\)"),
    ],
)
def test_what_does_not_fit_is_refused(numpy_backend: None, call: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call()
