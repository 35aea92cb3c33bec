"""The whole plugin contract: one hook for each kind of thing that a plugin may offer.

A plugin is a module named by an entry point of group ``isospike``. It implements any of these hooks, each
returning a table from name to import target, ``"package.module:Attribute"``. Nothing is imported until a name
is used, so a plugin module must not import an array library. It may say for which version of this contract it is
written, as ``ISOSPIKE_API = "1.0"``; that is also what is taken where it says nothing. This file is not for behaviour;
that lives in :mod:`isospike.registry`.
"""

# The specs are never called: pluggy reads only their names and arguments.
# mypy: disable-error-code="empty-body"

from __future__ import annotations

import importlib.util
from dataclasses import dataclass

import pluggy

__all__ = ["API", "Offer", "hookimpl"]

API = "1.0"
"""Version of this contract: a new hook raises the second number, a hook that is gone or different the first."""

hookspec = pluggy.HookspecMarker("isospike")
hookimpl = pluggy.HookimplMarker("isospike")


@dataclass(frozen=True, slots=True)
class Offer:
    """A backend as its plugin offers it: where it lives and what it needs, known without importing it.

    Parameters
    ----------
    target : str
        Import target of the backend class, ``"package.module:Attribute"``.
    requires : tuple of str, default ()
        Top-level modules that must be importable, such as ``("jax",)``.
    extra : str, default ""
        Extra of the plugin's own distribution that installs them.
    rank : int, default 0
        Speed preference; where nobody chooses, the installed backend of highest rank runs.
    """

    target: str
    requires: tuple[str, ...] = ()
    extra: str = ""
    rank: int = 0

    @property
    def missing(self) -> tuple[str, ...]:
        """The required modules that are not installed, found without importing any."""
        return tuple(module for module in self.requires if importlib.util.find_spec(module) is None)


@hookspec
def isospike_backends() -> dict[str, Offer]:
    """Offer backends, such as ``{"jax": Offer("isospike_jax.backend:JaxBackend", ("jax",), "jax", 20)}``."""


@hookspec
def isospike_neurons() -> dict[str, str]:
    """Offer neuron models, such as ``{"LIF": "isospike_models.neurons.lif:LIF"}``."""


@hookspec
def isospike_synapses() -> dict[str, str]:
    """Offer synapse models, such as ``{"Expon": "isospike_models.synapses.expon:Expon"}``."""


@hookspec
def isospike_outputs() -> dict[str, str]:
    """Offer synaptic outputs, such as ``{"COBA": "isospike_models.outputs.coba:COBA"}``."""


@hookspec
def isospike_projections() -> dict[str, str]:
    """Offer projections, such as ``{"AlignPostProj": "isospike_models.projections.align_post:AlignPostProj"}``."""


@hookspec
def isospike_connectivity() -> dict[str, str]:
    """Offer wiring rules, such as ``{"OneToOne": "isospike_models.connectivity.one_to_one:OneToOne"}``."""


@hookspec
def isospike_surrogates() -> dict[str, str]:
    """Offer surrogate derivatives, such as ``{"Sigmoid": "isospike_models.surrogates.sigmoid:Sigmoid"}``."""


@hookspec
def isospike_inputs() -> dict[str, str]:
    """Offer input sources, such as ``{"PoissonInput": "isospike_models.inputs.poisson:PoissonInput"}``."""


@hookspec
def isospike_encoders() -> dict[str, str]:
    """Offer encoders of values as spikes, such as ``{"RateEncoder": "isospike_models.encoders.rate:RateEncoder"}``."""


@hookspec
def isospike_readouts() -> dict[str, str]:
    """Offer readouts, such as ``{"LI": "isospike_models.readouts.li:LI"}``."""


@hookspec
def isospike_initialisers() -> dict[str, str]:
    """Offer initial values, such as ``{"Normal": "isospike_models.initialisers.normal:Normal"}``."""


@hookspec
def isospike_conformance_cases() -> dict[str, str]:
    """Offer dynamics that backends are judged by, such as ``{"coba": "isospike_conformance.cases.coba:CASE"}``."""


@hookspec
def isospike_writers() -> dict[str, str]:
    """Offer writers of results, such as ``{"csv": "isospike.results.csvfile:write_csv"}``.

    Each is a function ``write(result, folder)`` that writes its files into a folder, beside those of others.
    """


@hookspec
def isospike_formats() -> dict[str, str]:
    """Offer formats of networks that other tools share, such as ``{"nir": "isospike_nir:"}``, then ``isospike.nir``.

    Each is a module with ``load(source)`` and ``save(network, path)``; a target that ends in a colon is a module.
    """


@hookspec
def isospike_commands() -> dict[str, str]:
    """Offer commands of ``isospike``, such as ``{"compare": "isospike_conformance.commands.compare:compare"}``.

    Each is a function as Typer takes them, in a module that imports nothing heavy.
    """
