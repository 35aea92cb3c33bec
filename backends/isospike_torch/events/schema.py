"""The operator ``isospike::event_matvec``, declared; what it means is registered in `isospike_torch.events.op`."""

from __future__ import annotations

import torch

__all__ = ["LIBRARY", "NAME", "OP"]

NAME = "event_matvec"

# Torch forgets what a library holds when the library is collected.
LIBRARY = torch.library.Library("isospike", "DEF")
LIBRARY.define(
    f"{NAME}(Tensor spikes, Tensor weights, Tensor indptr, Tensor indices, int n_post) -> Tensor",
    tags=torch.Tag.pt2_compliant_tag,
)

OP = torch.ops.isospike.event_matvec.default
