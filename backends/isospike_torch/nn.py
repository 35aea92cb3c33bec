"""A model of isospike as a ``torch.nn.Module``: its parameters, state_dict, devices and gradients are torch's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from isospike import environ, tree, units
from isospike.errors import ParameterError, ShapeError
from isospike.initialise import init_all_states, reset_all_states
from isospike.module import Module
from isospike.state import ParamState, State, StateSpec
from isospike.transform import for_loop

__all__ = ["SpikingModule", "as_nn_module"]

Tensor = torch.Tensor


def as_nn_module(
    model: Module,
    *,
    dt: Any = None,
    input_unit: Any = None,
    over_time: bool = True,
    batched: bool = True,
    keep_state: bool = False,
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
        from the initial state.

    Returns
    -------
    SpikingModule
        A ``torch.nn.Module``. Its parameters are the ``ParamState`` of the model under their paths, each a number in
        the unit that the State has; model and layer share their memory, so that a trained layer is a trained model.

    Raises
    ------
    ParameterError
        The path of a State is a name that ``torch.nn.Module`` needs.

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
    return SpikingModule(model, dt, input_unit, over_time=over_time, batched=batched, keep_state=keep_state)


class SpikingModule(torch.nn.Module):
    """What `as_nn_module` returns.

    Attributes
    ----------
    model : Module
        The model, with its States as the last call left them.
    """

    def __init__(
        self, model: Module, dt: Any, input_unit: Any, *, over_time: bool, batched: bool, keep_state: bool
    ) -> None:
        super().__init__()
        self.model, self.dt, self.input_unit = model, dt, input_unit
        self.over_time, self.batched, self.keep_state = over_time, batched, keep_state
        self._initial: dict[int | None, list[tuple[State, StateSpec, list[Any]]]] = {}
        self._batch_size: Any = ()
        if model._clock is None:
            init_all_states(model)
        for path, state in model.states(ParamState).items():
            _register(self, path, state)
        self._share()

    def forward(self, x: Tensor) -> Any:
        """Run the model on a tensor ``(time, batch, ...)`` and return what it returns, in tensors without units."""
        batch_size = self._batch_of(x)
        with self._environment(x), self._connected():
            if batch_size != self._batch_size or not self.keep_state:
                self._start(batch_size)
            given = units.quantity(x, self.input_unit)
            result = for_loop(self._step, given) if self.over_time else self._step(given)
            _detach(self.model)
        return _bare(result)

    def reset(self) -> None:
        """Let the next call start from the initial state."""
        self._batch_size = ()

    def extra_repr(self) -> str:
        """Return class and input of the model, for the repr of torch."""
        unit = "" if self.input_unit is None else f", input_unit={units.unit_name(self.input_unit)}"
        return f"{type(self.model).__name__}{unit}, over_time={self.over_time}, keep_state={self.keep_state}"

    def _step(self, x: Any) -> Any:
        return self.model(x)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Any:
        """Move or cast the parameters (``.to``, ``.double``, ``.cuda``), and point the model at the new ones."""
        moved = super()._apply(fn, recurse)
        self._share()
        return moved

    def _share(self) -> None:
        for state, parameter in self._pairs():
            with environ.context(precision=str(parameter.dtype).removeprefix("torch.")):
                state.replace(units.quantity(parameter.detach(), state.spec.units[0]))
        self._initial.clear()
        self._batch_size = ()

    @contextmanager
    def _connected(self) -> Iterator[None]:
        """Let the States of the model be the parameters themselves, which need a gradient, inside the block."""
        pairs = self._pairs()
        try:
            for state, parameter in pairs:
                state.store(state.spec, [parameter])
            yield
        finally:
            for state, parameter in pairs:
                state.store(state.spec, [parameter.detach()])

    def _pairs(self) -> list[tuple[State, torch.nn.Parameter]]:
        return [(state, self.get_parameter(path)) for path, state in self.model.states(ParamState).items()]

    @contextmanager
    def _environment(self, x: Tensor) -> Iterator[None]:
        entries = {"backend": "torch", "device": str(x.device), "precision": str(x.dtype).removeprefix("torch.")}
        with environ.context(**entries, **({} if self.dt is None else {"dt": self.dt})):
            yield

    def _batch_of(self, x: Tensor) -> int | None:
        if not isinstance(x, Tensor) or not x.dtype.is_floating_point or x.ndim < self.over_time + self.batched:
            axes = ", ".join(["time"] * self.over_time + ["batch"] * self.batched + ["..."])
            given = f"a tensor {tuple(x.shape)} of {x.dtype}" if isinstance(x, Tensor) else repr(type(x).__name__)
            msg = (
                f"as_nn_module({type(self.model).__name__}) is called with {given}, expected a floating tensor "
                f"({axes}): write x.float(), or as_nn_module(model, over_time=..., batched=...)"
            )
            raise ShapeError(msg)
        return int(x.shape[int(self.over_time)]) if self.batched else None

    def _start(self, batch_size: int | None) -> None:
        """Put the model into its initial state for a batch, which is drawn once for each size."""
        if batch_size not in self._initial:
            for child in self.model.modules().values():
                object.__setattr__(child, "_batch_size", batch_size)
            reset_all_states(self.model, batch_size=batch_size)
            self._initial[batch_size] = [(s, s.spec, list(s.leaves)) for s in _short_term(self.model)]
        for state, spec, leaves in self._initial[batch_size]:
            state.store(spec, list(leaves))
        self._batch_size = batch_size


def _register(layer: torch.nn.Module, path: str, state: State) -> None:
    """Give a parameter the path of its State, through a tree of empty modules."""
    if len(state.leaves) != 1:
        msg = (
            f"as_nn_module: the ParamState {path!r} holds {len(state.leaves)} arrays, but a parameter of torch is one: "
            "make a ParamState for each"
        )
        raise ParameterError(msg)
    *parents, name = path.split(".")
    owner = layer
    for part in parents:
        if not hasattr(owner, part):
            owner.add_module(part, torch.nn.Module())
        owner = getattr(owner, part)
    if not isinstance(owner, torch.nn.Module) or hasattr(owner, name):
        msg = (
            f"as_nn_module: the State {path!r} has a name that torch.nn.Module needs for itself: give that attribute of "
            "the model another name"
        )
        raise ParameterError(msg)
    (leaf,) = state.leaves
    owner.register_parameter(name, torch.nn.Parameter(torch.tensor(leaf)))


def _short_term(model: Module) -> list[State]:
    return [s for s in model.states().values() if not isinstance(s, ParamState)]


def _detach(model: Module) -> None:
    """Cut the States off the history of the call, which would be kept alive and differentiated twice."""
    for state in _short_term(model):
        state.store(state.spec, [x.detach() if isinstance(x, Tensor) else x for x in state.leaves])


def _bare(result: Any) -> Any:
    return tree.map_leaves(lambda x: units.split(x)[0], result)
