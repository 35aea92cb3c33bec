"""Neurons whose equations are a text, the way they stand in a paper.

A text becomes words (`tokens`), words a tree (`parser`, `statements`), trees a `system` whose names and units are
checked (`names`, `checking`), and that a class of neurons (`building`). Nothing of it is Python, and nothing is passed
to ``eval``: what is not in the grammar is refused, with the place marked.
"""

from __future__ import annotations

from isospike.equations.building import from_equations

__all__ = ["from_equations"]
