"""Compilation by TorchInductor of the graphs that isospike has made: no step of Python is traced again.

Compiled code is kept by torch across processes (its FX graph cache, below ``TORCHINDUCTOR_CACHE_DIR``).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import fx

from isospike.errors import BackendError

__all__ = ["Inductor"]

Form = Callable[..., Sequence[torch.Tensor]]


class Inductor:
    """A flat module that is compiled at its first call, once for each choice of operands that need a gradient.

    Parameters
    ----------
    module : GraphModule
        The graph; its shapes and dtypes are those of every call.
    """

    def __init__(self, module: fx.GraphModule) -> None:
        self.module = module
        self.forms: dict[Any, Form] = {}

    def __call__(self, *operands: torch.Tensor) -> Sequence[torch.Tensor]:
        """Run the compiled graph."""
        given = [x.contiguous() for x in operands]
        learning = tuple(x.requires_grad for x in given) if torch.is_grad_enabled() else None
        if learning not in self.forms:
            # Inductor looks at the gradients of its examples, which only leaves of a history have.
            examples = [x.detach().requires_grad_(x.requires_grad) for x in given]
            self.forms[learning] = _compiled(self.module, examples)
        return self.forms[learning](*given)


def _compiled(module: fx.GraphModule, examples: list[torch.Tensor]) -> Form:
    try:
        with warnings.catch_warnings():
            # Inductor uses parts of torch that torch has deprecated, which is nothing to trouble the user with.
            warnings.simplefilter("ignore", DeprecationWarning)
            return torch._inductor.standalone_compile(module, examples, dynamic_shapes="from_example_inputs")
    except Exception as error:
        said = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        msg = (
            f"backend 'torch' cannot compile a step with TorchInductor: {said}. On the CPU it needs a C++ compiler "
            "(`apt install g++`, or set CXX=/path/to/g++); or run with iso.environ.context(engine='eager')"
        )
        raise BackendError(msg) from error
