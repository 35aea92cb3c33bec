"""The ways of running that a comparison names."""

from __future__ import annotations

from isospike.backend import AUTO, require
from isospike.errors import ParameterError
from isospike_conformance.way import Way, default_ways

__all__ = ["parse_ways"]


def parse_ways(text: str, precision: str) -> list[Way]:
    """Return the ways of a list such as ``"numpy,jax,torch:compiled"``, the reference first, each with its engine.

    Parameters
    ----------
    text : str
        Backends, each perhaps with a colon and one of its engines; without one, an engine of its array library.
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
        way = default_ways(name)[0] if engine in ("", AUTO) else Way(name, engine)
        backend = way.instance()
        if precision == "float64":
            require(backend, "float64", "a comparison in float64")
        ways.append(way)
    if len(ways) < 2 or len(set(ways)) < len(ways):
        given = f"names {len(ways)} way{'s' * (len(ways) != 1)} of running" if len(ways) < 2 else "names one twice"
        raise ParameterError(
            f"--backends {text} {given}; expected at least two different ones, the reference first: --backends "
            "numpy,jax,torch:compiled."
        )
    return ways
