"""LeakyRateReadout: a linear layer whose output leaks."""

from __future__ import annotations

from typing import Any

from isospike import units
from isospike.dynamics import Dynamics, Size
from isospike_models.connectivity.linear import Linear
from isospike_models.initialisers.kaiming_normal import KaimingNormal
from isospike_models.synapses.expon import Expon

__all__ = ["LeakyRateReadout"]

_W_INIT = KaimingNormal()


class LeakyRateReadout(Dynamics):
    r"""Linear layer whose output leaks, which reads the spikes of a network as rates.

    .. math:: \frac{dr_j}{dt} = -\frac{r_j}{\tau}, \qquad r_j \leftarrow r_j + \sum_i w_{ij} \text{ at the spikes of } i

    One step is: decay by exp(-dt / tau), then add the weighted spikes. A call with the spikes (\*batch, \*in_size), or
    any other pure numbers, returns r, of shape (\*batch, \*out_size) and in the unit of the weights.

    The weights are the State ``linear.weight``, and r is ``rate.g``: an `Expon` behind a `Linear` without a bias.

    Parameters
    ----------
    in_size, out_size : int or tuple of int
        Shapes of the spikes and of the output.
    tau : Quantity, ms
        Time constant of the leak, one or one per output; 5 ms by default.
    w_init : Quantity, array (n_in, n_out), initialiser or ParamState
        Weights w; `KaimingNormal` by default.

    Notes
    -----
    This is ``LeakyRateReadout`` of BrainState, which takes the decay for the dt of its construction; here it is that
    of the run.

    References
    ----------
    Bellec et al. (2020), Nat. Commun. 11:3625.
    """

    def __init__(self, in_size: Size, out_size: Size, tau: Any = None, w_init: Any = _W_INIT) -> None:
        super().__init__(in_size)
        self.linear = Linear(in_size, out_size, w_init, None)
        self.rate = Expon(out_size, tau=units.quantity(5.0, units.parse_unit("ms")) if tau is None else tau)
        self.rate.unit = self.linear.weight_unit()
        self.out_size = self.linear.out_size

    def update(self, x: Any) -> Any:
        """Advance by one step with the spikes x, and return r."""
        return self.rate(self.linear(x))
