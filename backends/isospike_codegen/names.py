"""Names of a program's variables: the module that a value belongs to, and what it is."""

from __future__ import annotations

import re
from collections import Counter

from isospike.graph.ir import Origin

__all__ = ["Names"]


class Names:
    """Gives each variable a name of its own.

    A number is added from the second variable of a module and an operation on, so that an edit of one module leaves
    the names of the others as they are.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def new(self, what: str, origin: Origin | None = None) -> str:
        """Return a new name, such as ``exc_syn_multiply_2`` for the module ``exc.syn``."""
        module = re.sub(r"\W", "_", origin.module, flags=re.ASCII) if origin else ""
        # A prefix keeps them apart from the names of functions.
        name = f"{module}_{what}" if re.match("[A-Za-z]", module) else f"x{module}_{what}"
        self._counts[name] += 1
        count = self._counts[name]
        return name if count == 1 else f"{name}_{count}"
