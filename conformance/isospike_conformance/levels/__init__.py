"""The levels of conformance, one a file, each offered as a constant ``LEVEL``.

A `Level` names the capabilities that it asks of a backend, and judges a `Subject`: a case on a way in a precision. It
returns an `Outcome`, true or false with one line of detail. What needs no case, such as the random generator, is one
of its ``parts``, judged once a way and precision. A judge compares and says what it saw; it catches nothing, tries
nothing twice, and knows no tolerance but those of `isospike_conformance.compare.tolerance`. What is not claimed, what
is a known difference and what an exception means is decided in `isospike_conformance.suite`.
"""

from __future__ import annotations

from isospike_conformance.levels import (
    continuation,
    gradients,
    one_step_exact,
    one_step_fast,
    platforms,
    random_numbers,
    spikes_exact,
    spikes_fast,
    statistics,
)
from isospike_conformance.levels.level import Level, Outcome
from isospike_conformance.levels.subject import Subject

__all__ = ["BY_NAME", "Level", "Outcome", "Subject"]

BY_NAME: dict[str, Level] = {
    module.LEVEL.name: module.LEVEL
    for module in (
        random_numbers,
        one_step_exact,
        one_step_fast,
        spikes_exact,
        spikes_fast,
        statistics,
        gradients,
        continuation,
        platforms,
    )
}
"""Every level by its name, in the order in which they are judged."""
