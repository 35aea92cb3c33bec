"""The torch backend: lowers a step graph to ATen through torch.fx; eager, compiled and CUDA graph loops.

`as_nn_module` makes a ``torch.nn.Module`` of a model. Importing this package does not import torch; using a name
of it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isospike_torch.nn import as_nn_module

__all__ = ["as_nn_module"]


def __getattr__(name: str) -> Any:
    """Import `as_nn_module` on first use."""
    if name in __all__:
        from isospike_torch import nn

        return getattr(nn, name)
    raise AttributeError(f"module 'isospike_torch' has no attribute {name!r}; it has {', '.join(__all__)}")
