"""Measure a network on data, without learning from them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from isospike import environ
from isospike.data.batches import Batches
from isospike.initialise import reset_all_states
from isospike.module import Module
from isospike.training.check import check_look
from isospike.training.means import Means
from isospike.training.measure import examples, measuring, numbers
from isospike.training.start import from_start, put_back
from isospike.transform.jit import jit

__all__ = ["Evaluation", "evaluate"]


def evaluate(network: Module, loss: Callable[..., Any], data: Batches) -> dict[str, float]:
    """Return the loss and the metrics of a network, as means over all examples.

    All States are as before afterwards, the clock too: to look at a network does not change it.

    Parameters
    ----------
    network : Module
        Initialised by `isospike.init_all_states`.
    loss : callable
        As for `isospike.fit`; the environment's ``fit`` is False.
    data : Batches
        The examples; their order does not matter.

    Returns
    -------
    dict of str to float
        ``"loss"`` and the metrics by name.

    Raises
    ------
    ParameterError
        An argument is something else, or the loss returns something else.

    Examples
    --------
    ``iso.evaluate(net, loss, Batches(x, y, size=256, shuffle=False))["accuracy"]``
    """
    check_look("evaluate", network, loss, data)
    return Evaluation(network, loss)(data)


class Evaluation:
    """A compiled look at batches, to be used many times."""

    def __init__(self, network: Module, loss: Callable[..., Any]) -> None:
        self._network = network
        self._look = _compiled(network, loss)

    def __call__(self, data: Batches) -> dict[str, float]:
        """Return means over all examples."""
        means = Means()
        with _kept(self._network), environ.context(fit=False):
            for batch in data.epoch(0):
                means.add(numbers(*self._look(*batch)), examples(batch))
        return means.values()


def _compiled(network: Module, loss: Callable[..., Any]) -> Callable[..., Any]:
    measured = from_start(network, measuring(loss))

    @jit
    def look(*batch: Any) -> Any:
        returned = measured(*batch)
        reset_all_states(network)  # the States have one shape between batches, and the program remains valid
        return returned

    return look


@contextmanager
def _kept(network: Module) -> Iterator[None]:
    """Put all States back to what they are now, also where the block fails."""
    put = put_back(network)
    try:
        yield
    finally:
        put()
