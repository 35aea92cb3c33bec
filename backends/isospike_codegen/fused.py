"""The engine ``fused``: whole loops as generated code, on the memory of an array library that has engines of its own.

It is for the CPU, and for what needs no gradient. Where it is chosen by ``auto``, it runs loops that it makes faster;
where it is asked for by name, single steps as well. The choice depends on nothing but the step: a run and its parts,
however long, are computed by the same code.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from isospike.backend import AUTO, FUSED, Choice
from isospike.errors import BackendError, BackendWarning
from isospike.graph.ir import Graph, Node
from isospike.graph.passes.rewrite import bodies
from isospike_codegen.compiler import KernelUnavailableError
from isospike_codegen.cpu import CpuProgram
from isospike_codegen.toolchain import default_toolchain, n_threads, toolchain

__all__ = ["Fused", "compiler_of", "default_engine", "require_compiler"]

# Multiplications of one product of matrices, from which on the kernels of an array library are faster.
_LARGE = 2**20


@dataclass(frozen=True)
class Fused:
    """How a backend chooses between generated code and an engine of its own.

    Parameters
    ----------
    backend : str
        Its name.
    own : str
        Its engine for all that is not fused.
    always : bool
        Whether the user asked for generated code by name.
    """

    backend: str
    own: str
    always: bool

    def compiled(self, graph: Graph) -> tuple[Choice, CpuProgram | None]:
        """Return what runs a graph and why, and the program where that is generated code.

        Raises
        ------
        BackendError
            Generated code was asked for by name and cannot be had.

        Warns
        -----
        BackendWarning
            Nothing was asked for, and the compiler fails.
        """
        why = "" if self.always else _why_slower(graph)
        if any(node.op.name == "vjp" for node in _nodes(graph)):
            why = "generated code has no derivatives"
        if why:
            return Choice(self.own, why), None
        n_threads()  # a mistake of the user's is not what the generator cannot do
        try:
            program = CpuProgram(graph, default_toolchain())
        except KernelUnavailableError as error:
            failure = f"backend {self.backend!r} cannot compile this program: {error.why}"
            if self.always:
                msg = f"{failure}. {error.cure} Or leave it to the backend: iso.environ.context(engine={self.own!r})"
                raise BackendError(msg) from error
            warnings.warn(
                f"{failure}. It runs with engine {self.own!r}, slower, and in fast numerics with other roundings. "
                f"{error.cure}",
                BackendWarning,
                stacklevel=2,
            )
            return Choice(self.own, error.why), None
        except BackendError as error:
            if self.always:
                raise
            return Choice(self.own, str(error)), None
        return Choice(FUSED, program.compiled_by), program


def default_engine(own: str) -> tuple[str, str]:
    """Return the engine of a backend that nobody chose on the CPU, and why: ``auto`` where there is a compiler."""
    try:
        return AUTO, toolchain(default_toolchain())[0].name
    except KernelUnavailableError as error:
        return own, f"{error.why}. {error.cure}"


def compiler_of(engine: str) -> dict[str, str]:
    """Return the compiler whose version decides the results of an engine, if it has one."""
    return {"compiler": toolchain(default_toolchain())[0].name} if engine in (AUTO, FUSED) else {}


def require_compiler(backend: str, own: str) -> None:
    """Raise ``BackendError`` where nothing compiles what is generated."""
    try:
        toolchain(default_toolchain())
    except KernelUnavailableError as error:
        msg = (
            f"engine 'fused' of backend {backend!r} has nothing to compile with: {error.why}. {error.cure} Or run with "
            f"iso.environ.context(engine={own!r})"
        )
        raise BackendError(msg) from error


def _why_slower(graph: Graph) -> str:
    """Return why generated code would be slower than what an array library has, or nothing; lengths do not matter."""
    if not any(node.op.name in ("scan", "while_loop") for node in graph.nodes):
        return "a single step is over before its code is compiled"
    largest = max((_multiplications(node) for node in _nodes(graph) if node.op.name == "matmul"), default=0)
    return "products of large matrices are faster in the array library" if largest > _LARGE else ""


def _nodes(graph: Graph) -> Iterator[Node]:
    """Return the nodes of a graph and of the graphs that these hold."""
    for node in graph.nodes:
        yield node
        for inner in bodies(node).values():
            yield from _nodes(inner)


def _multiplications(node: Node) -> int:
    return math.prod(node.outputs[0].aval.shape) * node.inputs[0].aval.shape[-1]
