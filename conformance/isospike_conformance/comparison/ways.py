"""The ways of running that a comparison names."""

from __future__ import annotations

from isospike.backend import require
from isospike.errors import ParameterError
from isospike_conformance.way import Way

__all__ = ["parse_ways"]


def parse_ways(text: str, precision: str) -> list[Way]:
    """Return the ways of a list such as ``"numpy,jax,torch:compiled"``, the reference first, each with its engine.

    Parameters
    ----------
    text : str
        Backends, each perhaps with a colon and one of its engines.
    precision : str
        What all of them must be able to compute in.

    Raises
    ------
    ParameterError
        There are fewer than two, or one is named twice.
    IsospikeError
        There is no such backend or engine, it is not installed, or it lacks the precision.
    """
    ways = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        name, _, engine = entry.partition(":")
        backend = Way(name, engine or None).instance()
        if precision == "float64":
            require(backend, "float64", "a comparison in float64")
        ways.append(Way(name, backend.engine))
    if len(ways) < 2 or len(set(ways)) < len(ways):
        given = f"names {len(ways)} way{'s' * (len(ways) != 1)} of running" if len(ways) < 2 else "names one twice"
        raise ParameterError(
            f"--backends {text} {given}; expected at least two different ones, the reference first: --backends "
            "numpy,jax,torch:compiled."
        )
    return ways
