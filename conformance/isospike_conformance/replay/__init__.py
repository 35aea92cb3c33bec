"""Replay: one step again on both sides, node by node, to find the operation at which two runs part.

The step graph is the same for all backends, so that a difference of States begins at one of its nodes: one that is
given equal operands and returns another result. A compiler joins operations, and may round once where the graph
rounds twice; looking at a value between them can prevent that. So the nodes are looked at in three ways, from the
most precise to the most faithful: all values of the step at once; one value at a time, each compiled with no other
result; and the step within its loop.
"""

from isospike_conformance.replay.culprit import find_culprit
from isospike_conformance.replay.onestep import OneStep
from isospike_conformance.replay.replay import Replay, replay

__all__ = ["OneStep", "Replay", "find_culprit", "replay"]
