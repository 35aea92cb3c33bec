"""Module: a tree of States, parameters and sub-modules, held as plain attributes."""

from __future__ import annotations

import dis
import inspect
import itertools
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar

from isospike import environ
from isospike.clock import Clock
from isospike.errors import (
    ParameterError,
    StateError,
    TraceError,
    UnknownAttributeError,
    UnknownNameError,
    nearest,
)
from isospike.graph.symbol import Symbol
from isospike.graph.trace import current_trace, module_scope, tracing, where_am_i
from isospike.modulerepr import module_repr
from isospike.modulesignature import module_signature
from isospike.owned import own_states, states_in, succeed
from isospike.parameter import REQUIRED, Field
from isospike.state import LongTermState, ShortTermState, State
from isospike.tree import flatten
from isospike.units import split

__all__ = [
    "SEARCHED",
    "Module",
    "initialising",
    "kept_by_reset",
    "opened",
    "resetting",
    "seed_of",
    "structure_changed",
    "structure_version",
]

# Rises whenever a plain attribute of a finished module changes; a cached trace is valid for one version only.
_version = itertools.count(1)
_structure = 0
# Said where a module is not initialised: the caller may well have called init_all_states.
SEARCHED = "it finds modules in public attributes (not in self._x), and in lists, tuples and dicts there"
# "init" or "reset" while States are made.
_PHASE: ContextVar[str] = ContextVar("isospike_phase", default="")


def structure_version() -> int:
    """Return the number of the present structure of all modules."""
    return _structure


def structure_changed() -> None:
    """Tell that modules changed in a way that no assignment shows, so that no cached trace is used again."""
    global _structure
    _structure = next(_version)


def initialising() -> bool:
    """Say whether ``init_all_states`` or ``reset_all_states`` is running in this thread."""
    return _PHASE.get() != ""


def resetting() -> bool:
    """Say whether ``reset_all_states`` is running in this thread."""
    return _PHASE.get() == "reset"


def kept_by_reset(module: Module, name: str) -> bool:
    """Say whether ``reset_all_states`` is running and puts this State back, so that drawing it again is in vain."""
    return resetting() and isinstance(vars(module).get(name), LongTermState)


class _ModuleType(type):
    """Makes a module accept new attributes while its ``__init__`` runs, and no longer."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        module: Any = cls.__new__(cls, *args, **kwargs)  # type: ignore[arg-type]
        object.__setattr__(module, "_open", True)
        module.__init__(*args, **kwargs)
        object.__setattr__(module, "_open", False)
        return module

    @property
    def __signature__(cls) -> inspect.Signature:
        """Describe the constructor to tools, which would see the ``__call__`` above."""
        return module_signature(cls)  # type: ignore[arg-type]


class Module(metaclass=_ModuleType):
    """Base of everything that owns States.

    Attributes are the structure: a State, or a module, or a list, tuple or dict of these, is found through the
    attribute that holds it, and its path (``E.V``, ``proj.syn.g``, ``xs.0``) is the path of attributes. Outside
    ``__init__`` and ``init_state`` no new attribute can be made, so that a slip such as ``cell.tauu = ...``
    is an error.

    Subclasses declare parameters as class attributes (`isospike.parameter.parameter`), make their States in
    ``init_state`` and compute in ``update``; calling the module calls ``update``.
    """

    fields: ClassVar[dict[str, Field]] = {}
    #: Modules of a tree are initialised in this order; one that reads States of others as it makes its own has 1.
    init_order: ClassVar[int] = 0
    _open = True
    _path = ""
    _batch_size: int | None = None
    _clock: Clock | None = None
    _seed: int | None = None
    _is_part = False  # of a larger tree that was initialised as a whole

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Collect the declared parameters of the class and its bases."""
        super().__init_subclass__(**kwargs)
        inherited = {k: v for base in reversed(cls.__mro__[1:]) for k, v in getattr(base, "fields", {}).items()}
        own = {k: v for k, v in vars(cls).items() if isinstance(v, Field)}
        cls.fields = {**{k: v for k, v in inherited.items() if k not in vars(cls)}, **own}

    def assign_fields(self, given: dict[str, Any]) -> None:
        """Check and hold the declared parameters; ``given`` holds those that are not at their default.

        Raises
        ------
        UnknownNameError
            A name is not a parameter of the class.
        """
        for name in given:
            if name not in self.fields:
                known = ", ".join(self.fields) or "none"
                msg = (
                    f"{type(self).__name__} has no parameter {name!r}.{nearest(name, self.fields)} Its parameters "
                    f"are: {known}"
                )
                raise UnknownNameError(msg)
        for name, field in self.fields.items():
            if name not in given and field.default is REQUIRED:
                msg = f"{type(self).__name__}({name}=...) is missing: it has no default"
                raise ParameterError(msg)
            setattr(self, name, given[name] if name in given else field.default_for(self))

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute, checked: declared parameters by their declaration, anything else by its existence."""
        if any(isinstance(split(x)[0], Symbol) for x in flatten(value)[0]):
            msg = (
                f"{type(self).__name__}.{name} is assigned a traced value, which would be lost "
                f"after the step: make a State in init_state, as in self.{name} = "
                f"iso.ShortTermState(0.0), and write self.{name}.value = ... in the step"
            )
            raise TraceError(msg)
        field = self.fields.get(name)
        if field is not None:
            value = field.check(self, value)
        elif not (self._open or name in self.__dict__ or hasattr(type(self), name)):
            msg = (
                f"{type(self).__name__} has no attribute {name!r}.{nearest(name, dir(self))} New attributes are "
                "made in __init__ or init_state"
            )
            raise UnknownAttributeError(msg)
        old = self.__dict__.get(name, getattr(type(self), name, value))
        if self._is_frozen(name) and not _equal(old, value):
            msg = (
                f"{type(self).__name__}.{name} is changed{where_am_i()} in a step, which Python runs once, as it is "
                f"traced, and not at every step: make it a State, as in self.{name} = iso.ShortTermState(...) in "
                f"init_state, and write self.{name}.value = ... in the step; what stays the same, set before the run"
            )
            raise TraceError(msg)
        if initialising():
            value = succeed(old, value)
        for path, state in states_in(name, value):
            state.name = state.name or f"{self.path}.{path}"
        object.__setattr__(self, name, value)
        if not self._open or (initialising() and not _equal(old, value)):
            structure_changed()

    def _is_frozen(self, name: str) -> bool:
        """Say whether an attribute is set in a step: not a cache, and not what a property writes elsewhere."""
        if name.startswith("_") or isinstance(getattr(type(self), name, None), property):
            return False
        return not self._open and tracing() and not initialising()

    def __getattr__(self, name: str) -> Any:
        """Explain a missing attribute: a State that is not initialised, or a slip."""
        if name.startswith("__"):
            raise AttributeError(name)
        declared = getattr(type(self), name, None)
        if isinstance(declared, property) and declared.fget is not None:
            return declared.fget(self)  # it raised an AttributeError, of which Python tells nothing here
        owner = type(self).__name__
        if name in self.fields:
            msg = f"{owner} has no {name!r} yet: call super().__init__(...) first"
            raise UnknownAttributeError(msg)
        if name in type(self).declared_states():
            msg = (
                f"{owner} {self.path!r}: state {name!r} is not initialised. Call "
                f"iso.init_all_states(network) before running it; {SEARCHED}"
            )
            raise StateError(msg)
        msg = f"{owner} has no attribute {name!r}.{nearest(name, dir(self))}"
        raise UnknownAttributeError(msg)

    @classmethod
    def declared_states(cls) -> frozenset[str]:
        """Return the names of attributes that ``init_state`` assigns, read from its code."""
        methods = [vars(base)["init_state"] for base in cls.__mro__ if "init_state" in vars(base)]
        return frozenset(i.argval for m in methods for i in dis.get_instructions(m) if i.opname == "STORE_ATTR")

    @property
    def clock(self) -> Clock:
        """Step counter of the network that this module was initialised in."""
        if self._clock is None:
            msg = f"{self.path} has no clock yet: call iso.init_all_states(network) before running it; {SEARCHED}"
            raise StateError(msg)
        return self._clock

    @property
    def path(self) -> str:
        """Path from the root that was initialised, such as ``net.N``; the class name before that."""
        return self._path or type(self).__name__

    def init_state(self, batch_size: int | None = None) -> None:
        """Make the States of this module; override it, and leave sub-modules to `init_all_states`."""

    def reset_state(self, batch_size: int | None = None) -> None:
        """Put the States of this module back to their initial values: by default, make the short-term ones anew."""
        kept = {path: s.held() for path, s in own_states(self) if not isinstance(s, ShortTermState)}
        try:
            self.init_state(batch_size=batch_size)
        finally:
            for path, state in own_states(self):
                if path in kept:
                    state.hold(*kept[path])

    def update(self, *args: Any, **kwargs: Any) -> Any:
        """Advance by one step; override it."""
        del args, kwargs
        msg = f"{type(self).__name__} does not define update(): write `def update(self, ...):` with what one step does"
        raise TypeError(msg)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run ``update``: inside a transform as part of it, outside traced once and compiled."""
        trace = current_trace()
        if trace is None:
            from isospike.transform.eager import call

            return call(self, "_advance", args, kwargs)
        return self._advance(*args, **kwargs)

    def _advance(self, *args: Any, **kwargs: Any) -> Any:
        """Run ``update`` as part of the trace in progress, on the clock of the network."""
        trace = current_trace()
        assert trace is not None
        if self._clock is not None:
            trace.clocks[self._clock] = None
        with module_scope(self.path):
            return self.update(*args, **kwargs)

    def children(self) -> dict[str, Module]:
        """Return the modules held directly, by attribute (``name`` or ``name.key`` in a container)."""
        found: dict[str, Module] = {}
        for name, value in vars(self).items():
            if name.startswith("_"):
                continue
            if isinstance(value, Module):
                found[name] = value
            elif isinstance(value, dict):
                found.update({f"{name}.{k}": v for k, v in value.items() if isinstance(v, Module)})
            elif isinstance(value, (list, tuple)):
                found.update({f"{name}.{k}": v for k, v in enumerate(value) if isinstance(v, Module)})
        return found

    def modules(self) -> dict[str, Module]:
        """Return this module (under the empty path) and all below it, each once, under its shortest path."""
        found: dict[str, Module] = {"": self}
        seen = {id(self)}
        queue: deque[tuple[str, Module]] = deque([("", self)])
        while queue:
            prefix, module = queue.popleft()
            for name, child in module.children().items():
                if id(child) not in seen:
                    seen.add(id(child))
                    found[prefix + name] = child
                    queue.append((f"{prefix}{name}.", child))
        return found

    def states(self, *kinds: type[State]) -> dict[str, State]:
        """Return the States of this module and those below it by path, each once.

        Parameters
        ----------
        *kinds : type
            Only States of these kinds, such as ``iso.ParamState``.
        """
        found: dict[str, State] = {}
        seen: set[int] = set()
        for prefix, module in self.modules().items():
            for path, state in own_states(module):
                if not path.startswith("_") and id(state) not in seen:
                    seen.add(id(state))
                    if not kinds or isinstance(state, kinds):
                        found[f"{prefix}.{path}" if prefix else path] = state
        return found

    def __getstate__(self) -> dict[str, Any]:
        """Return what a copy or a pickle takes over: all but the compiled steps, which are of this very module."""
        return {k: v for k, v in vars(self).items() if k != "_eager"}

    def __repr__(self) -> str:
        """Return class, sizes, parameters with units, and States with dtype and shape."""
        return module_repr(self)


@contextmanager
def opened(module: Module, phase: str = "init") -> Iterator[None]:
    """Let a module take new attributes, and count as being initialised (or reset), inside the block."""
    token = _PHASE.set(phase)
    object.__setattr__(module, "_open", True)
    try:
        with module_scope(module.path):
            yield
    finally:
        object.__setattr__(module, "_open", False)
        _PHASE.reset(token)


def seed_of(module: Module) -> int:
    """Return the seed that the network of a module was initialised with; before that, the one in force."""
    return int(environ.get("seed")) if module._seed is None else module._seed


def _equal(old: Any, new: Any) -> bool:
    """Say whether a step that read one value would be traced alike with the other."""
    from isospike.transform.fingerprint import token

    return old is new or token(old) == token(new)
