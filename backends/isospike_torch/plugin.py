"""What this package offers to isospike; importing it does not import PyTorch."""

from __future__ import annotations

import pluggy

from isospike.hookspecs import Offer

hookimpl = pluggy.HookimplMarker("isospike")


@hookimpl
def isospike_backends() -> dict[str, Offer]:
    """Offer the PyTorch backend; where nobody chooses, NumPy comes first, being faster than eager torch on a CPU."""
    return {"torch": Offer("isospike_torch.backend:TorchBackend", requires=("torch",), extra="torch", rank=-10)}
