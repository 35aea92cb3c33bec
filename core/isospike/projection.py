"""The projection interface: from the spikes of one population to the weighted sums that arrive at another."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.comm import Comm
from isospike.delay import Delay
from isospike.dynamics import Description
from isospike.errors import ParameterError, ShapeError
from isospike.initializer import Initializer
from isospike.module import Module
from isospike.namespace import to_host
from isospike.neuron import Neuron
from isospike.synapse import Release
from isospike.synaptic_delay import SynapticDelay

__all__ = ["Projection"]


class Projection(Module):
    """Base of projections: what spikes meet on their way is the modules, the delay, the release, and the connection.

    Parameters
    ----------
    *modules : Module
        Applied to the argument of the call, in order, before all else. The first may be one that reads a
        population itself, as ``cells.prefetch("spike")`` does.
    comm : Comm
        Connection and weights.
    post : Neuron
        Postsynaptic population.
    delay : Quantity, array, initialiser, Delay or SynapticDelay, optional
        One time for all; an array of the presynaptic shape, one per presynaptic cell; an array (n_synapses,) or an
        initialiser, one per synapse of a `SparseComm`. See `Delay`.
    stp : Release or its ``.desc(...)``, optional
        Short-term plasticity, such as ``iso.STP.desc(U=0.5)``, of each presynaptic cell.

    Raises
    ------
    ShapeError
        ``comm``, ``delay`` or ``stp`` does not fit the populations.
    ParameterError
        A part is of another kind.
    """

    #: Which population has the size of the synapse, ``"pre"`` or ``"post"``.
    synapse_side = "post"
    # What a delay must keep of the input, and of what the terminals make of it; ``None`` for spikes.
    _keeps_of_input: str | None = None
    _keeps_at_terminals: str | None = None

    def __init__(self, *modules: Module, comm: Comm, post: Neuron, delay: Any = None, stp: Any = None) -> None:
        self._check_part("comm", comm, Comm, "a Comm: pass iso.FixedProb(100, 50, 0.1, 0.6 * u.nS)")
        self._check_part("post", post, Neuron, "a Neuron: pass the postsynaptic population")
        if comm.post_size != post.in_size:
            msg = (
                f"{self._name}(comm=...) delivers to {comm.post_size} cells, but post={type(post).__name__} "
                f"has {post.in_size}: give the comm out_size={_as_code(post.in_size)}, or call its "
                f"onto({_as_code(post.in_size)}, start) to reach a range of the cells"
            )
            raise ShapeError(msg)
        self.pre_modules = modules
        self.comm = comm
        carried = "values" if stp is not None else self._keeps_at_terminals
        self.delay = self._made_delay(delay, "values" if modules else self._keeps_of_input, carried)
        self.stp = self._made_part("stp", stp, Release, "a Release: pass iso.STP.desc(U=0.5)", comm.in_size)
        self.post = post

    def weighted(self, *args: Any) -> Any:
        """Return the sum that arrives at each postsynaptic cell in this step."""
        for module in self.pre_modules:
            args = (module(*args),)
        (x,) = args
        # All that follows is the same for all synapses of a cell, and so may come after what delays the cell.
        if self.delay is not None and not self.delay.is_synaptic:
            x = self.delay(x)
        x = self.at_terminals(x if self.stp is None else self.stp(x))
        return self.delay(x) if self.delay is not None and self.delay.is_synaptic else self.comm(x)

    def at_terminals(self, x: Any) -> Any:
        """Return what spikes (or their release) cause at the presynaptic terminals: by default themselves."""
        return x

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _made_delay(self, delay: Any, before: str | None, after: str | None) -> Delay | SynapticDelay | None:
        """Return the delay as a module that keeps what comes before the terminals, or what comes after them."""
        if isinstance(delay, Delay | SynapticDelay):
            size = delay.comm.in_size if isinstance(delay, SynapticDelay) else delay.in_size
            if size != self.comm.in_size:
                msg = (
                    f"{self._name}(delay=...) is of {size} cells, but comm takes {self.comm.in_size}: write "
                    f"iso.Delay({_as_code(self.comm.in_size)}, ...)"
                )
                raise ShapeError(msg)
            return delay
        if delay is None:
            return None
        given = None if callable(delay) else to_host(units.split(delay)[0]).shape
        if given in ((), self.comm.in_size):
            return Delay(self.comm.in_size, delay, keeps=before)
        if isinstance(delay, Initializer) or (given is not None and len(given) == 1):
            return SynapticDelay(self.comm, delay, keeps=after or before)  # type: ignore[arg-type]
        shown = repr(delay) if given is None else f"an array of shape {given}"
        msg = (
            f"{self._name}(delay=...) is {shown}, expected a time, an array of them of shape {self.comm.in_size} or "
            "(n_synapses,), or an initialiser: pass delay=1.5 * u.ms"
        )
        raise ParameterError(msg)

    def _made_part(self, name: str, given: Any, kind: type, wanted: str, size: tuple[int, ...]) -> Any:
        """Return an optional part built from its description, of the given size."""
        if given is None:
            return None
        self._check_part(name, given, kind, wanted)
        part = given.build(size) if isinstance(given, Description) else given
        if part.in_size != size:
            msg = (
                f"{self._name}({name}={type(part).__name__}) has size {part.in_size}, expected that of the cells that "
                f"it belongs to, {size}: pass {type(part).__name__}.desc(...), which takes it from there"
            )
            raise ShapeError(msg)
        return part

    def _check_part(self, name: str, given: Any, kind: type, wanted: str) -> None:
        """Refuse what is neither of a kind nor, where it can be described, a description of it."""
        described = isinstance(given, Description) and not issubclass(kind, Comm | Neuron)
        if not (issubclass(given.cls, kind) if described else isinstance(given, kind)):
            shown = f"a {type(given).__name__}" if isinstance(given, Module) else repr(given)
            msg = f"{self._name}({name}=...) is {shown}, expected {wanted}"
            raise ParameterError(msg)


def _as_code(size: tuple[int, ...]) -> str:
    return str(size if len(size) > 1 else size[0])
