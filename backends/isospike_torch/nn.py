"""A model of isospike as a ``torch.nn.Module``: its parameters, state_dict, devices and gradients are torch's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor

from isospike import environ, tree, units
from isospike.errors import ParameterError, ShapeError
from isospike.initialise import init_all_states, reset_all_states
from isospike.module import Module
from isospike.owned import own_states
from isospike.state import ParamState, ShortTermState, State, StateSpec
from isospike.transform import for_loop
from isospike_torch.device import FLOATS, device_name, dtype_of
from isospike_torch.shared import SharingModule
from isospike_torch.twins import warn_of_twin

__all__ = ["SpikingModule", "as_nn_module"]

# Batch size, device and dtype: what the initial States of a call depend on.
Kind = tuple[int | None, str, str]


def as_nn_module(
    model: Module,
    *,
    dt: Any = None,
    input_unit: Any = None,
    over_time: bool = True,
    batched: bool = True,
    keep_state: bool = False,
    name: str | None = None,
) -> SpikingModule:
    """Return a model as a layer for ``torch.nn.Sequential`` and any optimiser of torch.

    Parameters
    ----------
    model : Module
        Takes one input a step, as in ``model(x)``. Its States are made here, unless they are already.
    dt : Quantity, time, optional
        Step size; that of the environment by default.
    input_unit : Unit, optional
        What the numbers of the incoming tensor are in, such as ``u.mA`` for a neuron; none by default.
    over_time : bool
        Whether the first axis of the input is time, over which the model is run; if not, a call is one step.
    batched : bool
        Whether the next axis is the batch.
    keep_state : bool
        Whether a call goes on where the last one ended, without a gradient into that one; if not, every call starts
        from the initial state. A batch of another size, device or dtype starts from it in any case.
    name : str, optional
        Root of the names of random streams, as in `isospike.init_all_states`; the class of the model by default.

    Returns
    -------
    SpikingModule
        A ``torch.nn.Module``. Its parameters are the ``ParamState`` of the model under their paths, each a number in
        the unit that the State has; model and layer share their memory, so that a trained layer is a trained model.

    Raises
    ------
    ParameterError
        The path of a State is a name that ``torch.nn.Module`` needs, a State is no single floating array, or an
        argument is of the wrong kind; ``name`` is given for a model that is initialised and has one.

    Warns
    -----
    PlausibilityWarning
        Another layer has the same name and starts from the same weights.

    Notes
    -----
    Random numbers follow the seed of isospike (``iso.environ.context(seed=1)``, not ``torch.manual_seed``) and the name
    of a model: two layers of one class and size start from the same weights, unless ``name`` tells them apart.

    Examples
    --------
    >>> import torch
    >>> import isospike as iso
    >>> from isospike import units as u
    >>> from isospike_torch import as_nn_module
    >>> cells = as_nn_module(iso.LIF(20, tau=10 * u.ms), dt=1 * u.ms, input_unit=u.mA)
    >>> net = torch.nn.Sequential(torch.nn.Linear(5, 20), cells, torch.nn.Linear(20, 2))
    >>> net(torch.randn(50, 8, 5)).shape  # time, batch, features
    torch.Size([50, 8, 2])
    """
    return SpikingModule(model, dt, input_unit, over_time=over_time, batched=batched, keep_state=keep_state, name=name)


class SpikingModule(SharingModule):
    """What `as_nn_module` returns.

    Attributes
    ----------
    model : Module
        The model, with its States as the last call left them.
    """

    def __init__(
        self,
        model: Module,
        dt: Any,
        input_unit: Any,
        *,
        over_time: bool,
        batched: bool,
        keep_state: bool,
        name: str | None = None,
    ) -> None:
        entries = {} if dt is None else {"dt": dt}
        with environ.context(**entries):
            super().__init__(_initialised(model, name))
        self.input_unit = _checked_unit(input_unit)
        self.over_time, self.batched, self.keep_state = over_time, batched, keep_state
        self._entries = entries
        # The initial States of one kind of call, and the kind of the last call, which the States are of.
        self._initial: tuple[Kind, list[tuple[State, StateSpec, list[Any]]]] | None = None
        self._last: Kind | None = None
        self._register()

    def forward(self, x: Tensor) -> Any:
        """Run the model on a tensor ``(time, batch, ...)`` and return what it returns, in tensors without units."""
        if torch.compiler.is_dynamo_compiling():
            # A step has a compiler of its own; torch.compile goes round it.
            return torch.compiler.disable(self._run)(x)
        return self._run(x)

    def reset(self) -> None:
        """Let the next call start from the initial state, which is made anew."""
        self._initial = self._last = None

    def extra_repr(self) -> str:
        """Return class and input of the model, for the repr of torch."""
        unit = "" if self.input_unit is None else f", input_unit={units.unit_name(self.input_unit)}"
        return f"{type(self.model).__name__}{unit}, over_time={self.over_time}, keep_state={self.keep_state}"

    def _run(self, x: Tensor) -> Any:
        self._adopt()
        x, kind = self._checked(x)
        with self._environment(x):
            if kind != self._last or not self.keep_state:
                self._start(kind)
            self._last = None  # a call that fails leaves the States between two steps
            with self._connected(), _cut(self.model):
                given = units.quantity(x, self.input_unit)
                result = for_loop(self.model, given) if self.over_time else self.model(given)
            self._last = kind
        return tree.map_leaves(lambda y: units.split(y)[0], result)

    @contextmanager
    def _environment(self, x: Tensor) -> Iterator[None]:
        entries = {"backend": "torch", "device": device_name(x.device), "precision": dtype_of(x), **self._entries}
        with ExitStack() as stack:
            stack.enter_context(environ.context(**entries))
            if _is_autocast(x):
                stack.enter_context(torch.autocast(x.device.type, enabled=False))
            yield

    def _checked(self, x: Any) -> tuple[Tensor, Kind]:
        """Return the input as the model takes it, and the kind of this call."""
        if not isinstance(x, Tensor):
            raise ParameterError(self._misfit(repr(type(x).__name__), "torch.as_tensor(x)"))
        if x.layout is not torch.strided:
            raise ParameterError(self._misfit(f"a tensor in {x.layout}", "x.to_dense()"))
        if x.dtype in (torch.float16, torch.bfloat16) and _is_autocast(x):
            x = x.float()
        dtype = dtype_of(x)
        expected = sorted({dtype_of(p) for _, _, p in self._pairs()}) or FLOATS
        if dtype not in expected:
            cure = f"x.to(torch.{expected[0]})"
            raise ParameterError(self._misfit(f"a tensor of {dtype}", cure, " or ".join(expected)))
        if x.ndim < self.over_time + 2 * self.batched:
            cure = "x[..., None] for one feature, or as_nn_module(model, over_time=..., batched=...) for other axes"
            raise ShapeError(self._misfit(f"a tensor of shape {tuple(x.shape)}", cure))
        return x, (int(x.shape[int(self.over_time)]) if self.batched else None, device_name(x.device), dtype)

    def _misfit(self, given: str, cure: str, dtypes: str = " or ".join(FLOATS)) -> str:
        axes = ", ".join(["time"] * self.over_time + ["batch"] * self.batched + ["features"])
        return (
            f"the layer of {type(self.model).__name__} is called with {given}, expected a tensor ({axes}) of "
            f"{dtypes}: write {cure}"
        )

    def _start(self, kind: Kind) -> None:
        """Put the model into its initial state, which is made when the kind of call changes."""
        if self._initial is None or self._initial[0] != kind:
            self._initial = kind, _initial_states(self.model, kind[0])
        for state, spec, leaves in self._initial[1]:
            state.store(spec, list(leaves))


def _initialised(model: Any, name: str | None) -> Module:
    if not isinstance(model, Module):
        what = f"the class {model.__name__}" if isinstance(model, type) else repr(type(model).__name__)
        msg = f"as_nn_module is given {what}, expected a model of isospike, such as iso.LIF(20, tau=10 * u.ms)"
        raise ParameterError(msg)
    if model._clock is None:
        init_all_states(model, name=name)
        warn_of_twin(model)
    elif name is not None:
        msg = (
            f"as_nn_module(name={name!r}) is given a model that is initialised, with the name {model.path!r}: write "
            f"iso.init_all_states(model, name={name!r}) where that is done"
        )
        raise ParameterError(msg)
    return model


def _checked_unit(unit: Any) -> Any:
    if unit is None or units.is_unit(unit):
        return unit
    msg = f"as_nn_module(input_unit=...) is {unit!r}, expected a unit: write input_unit=u.mA"
    raise ParameterError(msg)


def _is_autocast(x: Tensor) -> bool:
    kind = x.device.type
    return bool(torch.amp.is_autocast_available(kind) and torch.is_autocast_enabled(kind))


def _initial_states(model: Module, batch_size: int | None) -> list[tuple[State, StateSpec, list[Any]]]:
    """Make the initial state for a batch and return what it consists of; trained parameters stay."""
    held = [(s, s.held()) for s in model.states(ParamState).values()]
    try:
        reset_all_states(model, batch_size=batch_size)
    finally:
        for state, before in held:
            state.hold(*before)
    return [(s, s.spec, list(s.leaves)) for s in _all_states(model) if isinstance(s, ShortTermState)]


@contextmanager
def _cut(model: Module) -> Iterator[None]:
    """Cut the States off the history of the call, which would be kept alive and differentiated twice."""
    others = [s for s in _all_states(model) if not isinstance(s, ParamState)]
    _store(others, lambda x: x.clone() if x.is_inference() and not torch.is_inference_mode_enabled() else x)
    try:
        yield
    finally:
        _store(others, Tensor.detach)


def _store(states: list[State], function: Any) -> None:
    for state in states:
        state.store(state.spec, [function(x) if isinstance(x, Tensor) else x for x in state.leaves])


def _all_states(model: Module) -> list[State]:
    """Return all States, those in private attributes too, which ``model.states()`` leaves out."""
    return [state for child in model.modules().values() for _, state in own_states(child)]
