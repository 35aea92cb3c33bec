"""A training in progress: where it is, and how it goes on by an epoch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from isospike import environ, tree
from isospike.data.batches import Batches
from isospike.errors import DivergenceError, StateError
from isospike.initialise import reset_all_states
from isospike.module import Module
from isospike.namespace import to_host
from isospike.optim.optimizer import Optimizer
from isospike.state import ParamState
from isospike.training.bar import Report
from isospike.training.evaluate import Evaluation
from isospike.training.finite import are_finite, require_finite
from isospike.training.history import History
from isospike.training.means import Means
from isospike.training.measure import examples, measuring, numbers
from isospike.training.start import all_states, from_start, put_back
from isospike.transform.grad import value_and_grad
from isospike.transform.jit import jit

__all__ = ["Training"]


class Training:
    """What `isospike.fit` advances.

    Attributes
    ----------
    history : History
        Epochs that are finished.
    means : Means
        What was measured in the epoch that is not.
    stopped : bool
        Whether a callback ended it.
    """

    def __init__(
        self,
        network: Module,
        loss: Callable[..., Any],
        data: Batches,
        optimizer: Optimizer,
        validation: Batches | None,
    ) -> None:
        self.network, self.data, self.optimizer, self.validation = network, data, optimizer, validation
        self.history, self.means, self.stopped = History(), Means(), False
        _register(network, optimizer)
        self._learn = _compiled(network, measuring(loss), optimizer)
        self._evaluation = Evaluation(network, loss)

    def learn(self, report: Report, let_through: Callable[[], None]) -> None:
        """Run what is left of an epoch, and look at the validation after it."""
        epoch, last = len(self.history), self.history.rows[-1] if self.history.rows else {}
        for batch in self.data.epoch(epoch, start=self.means.n_batches):
            let_through()
            measured = self._step(batch)
            self.means.add(measured, examples(batch))
            report(epoch * len(self.data) + self.means.n_batches, last or self.means.values())
        row = {"epoch": epoch + 1, **self.means.values()}
        if self.validation is not None:
            row.update({f"val_{name}": x for name, x in self._evaluation(self.validation).items()})
        self.history.rows.append(row)
        self.means = Means()

    def rest(self) -> None:
        """Put the short-term States of the network to their start, with the size that it was initialised with."""
        reset_all_states(self.network)

    def _step(self, batch: Any) -> dict[str, float]:
        """Learn from one batch, and return what was measured; one that is refused leaves all States as they were."""
        put = put_back(self.network, self.optimizer)
        with environ.context(fit=True):
            returned, finite = self._learn(*batch)
        measured = numbers(*returned)
        place = f"in epoch {len(self.history) + 1}, batch {self.means.n_batches + 1} of {len(self.data)}"
        try:
            weights = tree.flatten(self.optimizer.trainable_weights)[0]
            require_finite(place, measured["loss"], weights, to_host(finite))
        except DivergenceError:
            put()
            raise
        return measured


def _compiled(network: Module, loss: Callable[..., Any], optimizer: Optimizer) -> Callable[..., Any]:
    """Return forward pass, gradient and step of the optimiser as one program, which leaves States at their start."""
    slope = value_and_grad(from_start(network, loss), optimizer.trainable_weights, has_aux=True)

    @jit
    def learn(*batch: Any) -> Any:
        returned, slopes = slope(*batch)
        optimizer.update(slopes)
        # A callback can save the network as it was initialised, and the program remains valid from batch to batch.
        reset_all_states(network)
        return returned, are_finite(slopes)

    return learn


def _register(network: Module, optimizer: Optimizer) -> None:
    """Let an optimiser without weights have those of the network, and refuse one with others."""
    if network._clock is None:
        msg = f"{type(network).__name__}: its states are not initialised. Call iso.init_all_states(network) before fit"
        raise StateError(msg)
    if optimizer.trainable_weights is None and (learnt := network.states(ParamState)):
        optimizer.register_trainable_weights(learnt)
    weights, own = tree.flatten(optimizer.trainable_weights)[0], {id(state) for state in all_states(network)}
    others = [state for state in weights if id(state) not in own]
    if others or not weights:
        what = f"the State {others[0].name!r}, which is none of" if others else "nothing, as there is no ParamState in"
        msg = (
            f"fit: the optimiser changes {what} {type(network).__name__}: keep what is learnt as iso.ParamState in an "
            "attribute of the network, and write optimizer.register_trainable_weights(network.states(iso.ParamState))"
        )
        raise StateError(msg)
