"""What a shell offers to complete: the names of the registry, those of plugins among them."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["offered"]


def offered(*kinds: str) -> Callable[[str], list[str]]:
    """Return what completes a name of these kinds; ``"models"`` stands for all kinds of models."""

    def complete(incomplete: str) -> list[str]:
        from isospike import registry  # not before a shell asks
        from isospike.errors import IsospikeError

        try:
            chosen = [k for kind in kinds for k in (registry.MODEL_KINDS if kind == "models" else (kind,))]
            return sorted({n for kind in chosen for n in registry.names(kind) if n.startswith(incomplete)})
        except IsospikeError:  # a shell is no place for it: the command says so when it is called
            return []

    return complete
