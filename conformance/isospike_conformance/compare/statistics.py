"""Level L2: the statistics of a network against those of reference seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from isospike.errors import ParameterError
from isospike_conformance.compare.distributions import DISTRIBUTIONS
from isospike_conformance.compare.quantity import QuantityVerdict, compare_quantity
from isospike_conformance.compare.survival import Seed, SurvivalVerdict, compare_survival
from isospike_conformance.compare.tolerance import tolerance
from isospike_conformance.compare.verdict import Verdict

__all__ = ["StatisticsVerdict", "compare_statistics"]


@dataclass(frozen=True)
class StatisticsVerdict(Verdict):
    """Whether a network's activity is one that reference seeds could have given.

    Attributes
    ----------
    survival : SurvivalVerdict
        The seeds that died to silence and are left out of the rest.
    quantities : tuple of QuantityVerdict
        Rate, CV, intervals and correlations of each population; empty where no candidate seed survived.
    """

    survival: SurvivalVerdict
    quantities: tuple[QuantityVerdict, ...]

    @property
    def passed(self) -> bool:
        """Whether survival and every quantity passed."""
        return bool(self.survival) and bool(self.quantities) and all(self.quantities)

    def __str__(self) -> str:
        """Return one line."""
        failed = [f"{quantity}" for quantity in self.quantities if not quantity]
        agree = f"{len(self.quantities) - len(failed)} of {len(self.quantities)} quantities agree"
        return "; ".join([agree, *failed, f"{self.survival}"])


def compare_statistics(
    reference: Sequence[Seed],
    candidate: Sequence[Seed],
    *,
    min_seeds: int | None = None,
    min_seconds: float | None = None,
) -> StatisticsVerdict:
    """Judge an ensemble of runs by the rule of level L2, conditioned on survival.

    Seeds that died to silence are set aside on both sides; see
    :func:`isospike_conformance.compare.survival.survived`. The rest is compared quantity by quantity; see
    :func:`isospike_conformance.compare.quantity.compare_quantity`.

    Parameters
    ----------
    reference, candidate : sequence of dict of str to Activity
        One a seed, by population; see :func:`isospike_conformance.compare.activity.activities`.
    min_seeds : int, default 8
        Reference seeds that must survive, from the table of tolerances.
    min_seconds : float, s, default 10
        Length that each run must have, from the table of tolerances.

    Raises
    ------
    ParameterError
        If runs are too short, too few reference seeds survive, or the runs are not of one design: other
        populations, sizes, time steps or lengths. Such a comparison has no meaning, so it is refused, not failed.
    """
    seeds = int(tolerance("L2", "seeds").number) if min_seeds is None else min_seeds
    seconds = tolerance("L2", "seconds").number if min_seconds is None else min_seconds
    _check(reference, candidate, seconds)
    survival = compare_survival(reference, candidate)
    alive = _without(reference, survival.died_reference), _without(candidate, survival.died_candidate)
    if len(alive[0]) < max(seeds, 2):
        raise ParameterError(
            f"compare_statistics: {len(alive[0])} of {len(reference)} reference seeds survived; expected at least "
            f"{max(seeds, 2)}: run more reference seeds."
        )
    quantities = _quantities(*alive) if alive[1] else ()
    return StatisticsVerdict(survival, tuple(quantities))


def _quantities(reference: list[Seed], candidate: list[Seed]) -> Iterable[QuantityVerdict]:
    for population in reference[0]:
        for quantity, (measure, unit) in DISTRIBUTIONS.items():
            samples = [[measure(seed[population]) for seed in side] for side in (reference, candidate)]
            yield compare_quantity(*samples, population=population, quantity=quantity, unit=unit)


def _without(seeds: Sequence[Seed], places: tuple[int, ...]) -> list[Seed]:
    return [seed for place, seed in enumerate(seeds) if place not in places]


def _check(reference: Sequence[Seed], candidate: Sequence[Seed], seconds: float) -> None:
    if not (reference and candidate and reference[0]):
        raise ParameterError(
            f"compare_statistics: {len(reference)} reference and {len(candidate)} candidate seeds; expected at "
            "least one each, with a population: [activities(result) for result in results]."
        )
    design = _design(reference[0])
    for side, seeds in (("reference", reference), ("candidate", candidate)):
        for place, seed in enumerate(seeds):
            if _design(seed) != design:
                raise ParameterError(
                    f"compare_statistics: {side} seed {place} has (size, steps, dt in ms) {_design(seed)}, the first "
                    f"reference seed {design}; expected runs of one design: rerun the other with the same ones."
                )
    shortest = min(activity.duration_ms for activity in reference[0].values())
    if shortest < 1000 * seconds * (1 - 1e-9):  # a sum of time steps may miss the wanted length by a rounding
        raise ParameterError(
            f"compare_statistics: runs of {shortest:g} ms; expected at least {seconds:g} s after the warm-up, since "
            f"shorter ones show too little: net.run(time={seconds:g} * u.second)."
        )


def _design(seed: Seed) -> dict[str, tuple[int, int, float]]:
    return {name: (a.size, a.stop - a.start, a.dt_ms) for name, a in seed.items()}
