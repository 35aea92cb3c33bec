"""Parameters of torch that are the ParamStates of a model: one memory for both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor

from isospike.errors import ParameterError, StateError
from isospike.graph.aval import Aval, is_floating
from isospike.module import Module
from isospike.state import ParamState, State
from isospike_torch.device import FLOATS, dtype_of, tensor

__all__ = ["SharingModule"]


class SharingModule(torch.nn.Module):
    """Base of a ``torch.nn.Module`` whose parameters are the ParamStates of a model, under their paths.

    The States hold detached views of the parameters, so that a step of an optimiser is one of the model. What is
    assigned to a State is copied into its parameter at the next call, or when the state_dict is asked for, unless the
    parameter has changed as well.

    Parameters
    ----------
    model : Module
        A model that is initialised.
    """

    def __init__(self, model: Module) -> None:
        super().__init__()
        self.model = model
        # What the States were last given, and how often the parameter had been written by then.
        self._views: dict[str, tuple[Tensor, int]] = {}
        self.register_load_state_dict_post_hook(_loaded)

    def __getstate__(self) -> Any:
        """Return what a copy or a pickle takes over."""
        self._adopt()
        return super().__getstate__()

    def __setstate__(self, state: Any) -> None:
        """Share memory again: torch copies parameters by themselves."""
        super().__setstate__(state)
        self._share()

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Any:
        """Move or cast the parameters (``.to``, ``.double``, ``.cuda``), and point the model at the new ones."""
        self._adopt()
        moved = super()._apply(fn, recurse)
        self._share()
        return moved

    def _save_to_state_dict(self, *args: Any) -> None:
        self._adopt()
        super()._save_to_state_dict(*args)

    def _register(self) -> None:
        """Make the parameters; last, so that none takes the name of something else.

        Raises
        ------
        ParameterError
            A ParamState is no single floating array, or its path is a name that ``torch.nn.Module`` needs.
        """
        for path, state in self.model.states(ParamState).items():
            _add_parameter(self, path, state)
        self._share()

    def _pairs(self) -> list[tuple[str, State, Tensor]]:
        # attrgetter and not get_parameter: torch.func.functional_call puts plain tensors in their place.
        return [(path, state, attrgetter(path)(self)) for path, state in self.model.states(ParamState).items()]

    def _share(self) -> None:
        """Let the model hold the parameters."""
        for path, state, parameter in self._pairs():
            dtype = dtype_of(parameter)
            if dtype not in FLOATS:
                msg = (
                    f"the layer of {type(self.model).__name__} has the parameter {path!r} in {dtype}, expected "
                    f"{' or '.join(FLOATS)}: write layer.float(), or layer.double()"
                )
                raise ParameterError(msg)
            spec = replace(state.spec, avals=(Aval(tuple(parameter.shape), dtype),))
            state.store(spec, [self._view(path, parameter)])

    def _view(self, path: str, parameter: Tensor) -> Tensor:
        """Return what the model holds between calls."""
        if isinstance(parameter, torch.nn.Parameter):  # and not what functional_call has lent
            self._views[path] = parameter.detach(), _writes(parameter)
        return self._views[path][0]

    def _adopt(self) -> None:
        """Copy what was assigned to the model into the parameters."""
        changed = [pair for pair in self._pairs() if pair[1].leaves[0] is not self._views[pair[0]][0]]
        for path, state, parameter in changed:
            # A reset of the model assigns, too; it does not undo what an optimiser did.
            if isinstance(parameter, torch.nn.Parameter) and _writes(parameter) == self._views[path][1]:
                _copy(path, state, parameter)
        if changed:
            self._share()

    @contextmanager
    def _connected(self) -> Iterator[None]:
        """Let the States of the model be the parameters themselves, which need a gradient, inside the block."""
        pairs = self._pairs()
        try:
            for _, state, parameter in pairs:
                state.store(state.spec, [parameter])
            yield
            _require_unwritten(self.model, pairs)
        finally:
            for path, state, parameter in pairs:
                state.store(state.spec, [self._view(path, parameter)])


def _add_parameter(layer: torch.nn.Module, path: str, state: State) -> None:
    """Give a parameter the path of its State, through a tree of empty modules."""
    if len(state.leaves) != 1 or not is_floating(state.spec.avals[0].dtype):
        msg = (
            f"as_nn_module: the ParamState {path!r} holds {state.spec}, but a parameter of torch is one floating "
            "array: make a ParamState for each, and an iso.LongTermState of what is not trained"
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
            f"as_nn_module: the State {path!r} has a name that torch.nn.Module needs for itself: give that attribute "
            "of the model another name"
        )
        raise ParameterError(msg)
    (leaf,) = state.leaves
    device = leaf.device if isinstance(leaf, Tensor) else torch.get_default_device()
    own = tensor(leaf, state.spec.avals[0].dtype, device).detach().clone()
    owner.register_parameter(name, torch.nn.Parameter(own))


def _writes(parameter: Tensor) -> int:
    """Return how often a tensor was written in place; one that is made in inference mode does not count."""
    return 0 if parameter.is_inference() else int(parameter._version)


def _copy(path: str, state: State, parameter: Tensor) -> None:
    (leaf,) = state.leaves
    if tuple(leaf.shape) != tuple(parameter.shape):
        msg = (
            f"the ParamState {path!r} was given the shape {tuple(leaf.shape)}, but its layer trains one of "
            f"{tuple(parameter.shape)}: make a new layer of it with as_nn_module(model)"
        )
        raise StateError(msg)
    with torch.no_grad():
        parameter.copy_(tensor(leaf, dtype_of(parameter), parameter.device))


def _loaded(layer: SharingModule, keys: Any) -> None:
    """Share what ``load_state_dict(..., assign=True)`` has put in the place of the parameters."""
    del keys
    layer._share()


def _require_unwritten(model: Module, pairs: list[tuple[str, State, Tensor]]) -> None:
    written = [path for path, state, parameter in pairs if state.leaves[0] is not parameter]
    if written:
        msg = (
            f"{type(model).__name__} writes its ParamState {written[0]!r} in the step, but torch trains it: make it an "
            "iso.LongTermState, which is no parameter"
        )
        raise StateError(msg)
