"""The node types of NIR: for each, how it is read, which shapes it has, and how it is written."""

from __future__ import annotations

from isospike_nir.nodes.kind import Kind
from isospike_nir.nodes.kinds import KINDS, kind_of
from isospike_nir.nodes.spec import Spec

__all__ = ["KINDS", "Kind", "Spec", "kind_of"]
