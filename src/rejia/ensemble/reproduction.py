"""Search for one cohort whose statistics are all as printed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf, nan

import numpy as np

from rejia.ensemble._battery_tests import FixedLogistic, Kappa, Spearman, find_rows
from rejia.ensemble.model import Ensemble, Spec
from rejia.ensemble.quantities import Quantity, measure, quantities
from rejia.ensemble.search import Searched, Searcher, Wish
from rejia.ensemble.verdicts import log_window, window
from rejia.estimate import Key

RATIOS = ("odds_ratio", "ci_low", "ci_high")
_STARTS = 6
_HEAT = (3.0, 0.02)


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed number; m is the number of tests that a p was adjusted for."""

    text: str
    m: int = 1


@dataclass(frozen=True)
class Reproduction:
    """
    The nearest cohort that was found.

    Attributes
    ----------
    found : bool
        Whether all its statistics are as printed; one found is a proof.
    statistics : dict of (Key, str) to float
        Its statistics, p-values as printed (adjusted).
    distance : dict of (Key, str) to float
        How far each lies outside its window, in widths of the window.
    witness : numpy.ndarray
        ``[column, patient]`` in steps.
    """

    found: bool
    statistics: dict[tuple[Key, str], float]
    distance: dict[tuple[Key, str], float]
    witness: np.ndarray

    @property
    def farthest(self) -> float:
        """Largest distance."""
        return max(self.distance.values(), default=nan)


def reproduce(
    spec: Spec,
    wanted: Mapping[tuple[Key, str], Printed | str],
    *,
    starts: Ensemble,
    seed: int,
    steps: int = 1_200_000,
) -> Reproduction:
    """
    Search for a cohort that has several printed statistics at once.

    Parameters
    ----------
    spec : Spec
        Demands.
    wanted : mapping of (Key, str) to Printed or str
        Printed p-values, odds ratios and limits by key and statistic, as in
        `quantities`.
    starts : Ensemble
        Cohorts that fit, where searches begin.
    seed : int
        Seed of the searches.
    steps : int
        Moves, over all searches.

    Returns
    -------
    Reproduction

    Raises
    ------
    ValueError
        If a key and statistic is none of the spec, or cannot be searched.
    """
    asked = {
        name: Printed(text) if isinstance(text, str) else text
        for name, text in wanted.items()
    }
    tests, wishes = _wishes(spec, asked)
    searcher = Searcher(spec, seed)
    everyone = [
        np.ascontiguousarray(starts.values[:, :, at], np.int64)
        for at in range(starts.cohorts)
    ]
    nearest = searcher.order(tests, wishes, everyone)[:_STARTS]
    least, best = inf, everyone[nearest[0]]
    for number, at in enumerate(nearest):
        energy, cohort = searcher.search(
            tests,
            wishes,
            everyone[at],
            steps=steps // _STARTS,
            heat=_HEAT,
            name=f"{sorted(map(repr, asked))} {number}",
        )
        if energy < least:
            least, best = energy, cohort
        if least == 0.0:
            break
    return _reproduction(spec, asked, starts, best)


def _wishes(
    spec: Spec, asked: Mapping[tuple[Key, str], Printed]
) -> tuple[list[Searched], list[Wish]]:
    known = {(q.key, q.statistic): q for q in quantities(spec)}
    places = _tests_of_rows(spec)
    tests: list[Searched] = []
    wishes = []
    for name, text in asked.items():
        quantity = known.get(name)
        if quantity is None or quantity.row < 0:
            raise ValueError(f"wanted must be statistics of tests, but got {name!r}")
        test, term = places[quantity.row]
        if isinstance(test, FixedLogistic | Spearman | Kappa):
            raise ValueError(f"{name!r} is the same in all cohorts, or not searched")
        if test not in tests:
            tests.append(test)
        wishes.append(_wish(quantity, text, tests.index(test), term))
    return tests, wishes


def _wish(quantity: Quantity, text: Printed, test: int, term: int) -> Wish:
    ratio = quantity.statistic in RATIOS
    low, high = log_window(text.text) if ratio else window(text.text, text.m)
    size = high - low
    # A window without an upper end is as wide as its lower end says.
    weight = 1.0 / size if 0.0 < size < inf else 1.0
    return Wish(test, quantity.statistic, term, 0.0, low, high, weight)


def _tests_of_rows(spec: Spec):  # type: ignore[no-untyped-def]
    """Return the test and term of each row of the battery."""
    units = {column.name: column.unit for column in spec.columns}
    labels = tuple(label for label, _ in spec.groups)
    return [
        (test, term)
        for test in spec.tests
        for term in range(len(find_rows(test, units, labels)))
    ]


def _reproduction(
    spec: Spec,
    asked: Mapping[tuple[Key, str], Printed],
    starts: Ensemble,
    cohort: np.ndarray,
) -> Reproduction:
    """Compute what the battery says of the cohort."""
    one = cohort[:, :, np.newaxis].astype(starts.values.dtype)
    measured = measure(spec, replace(starts, values=one, diagnostics=()))[:, 0]
    places = {(q.key, q.statistic): at for at, q in enumerate(quantities(spec))}
    values, distance = {}, {}
    for name, text in asked.items():
        value = float(measured[places[name]])
        low, high = window(text.text, text.m)
        size = high - low if high - low < inf else 1.0
        outside = max(low - value, value - high, 0.0)
        values[name] = min(1.0, text.m * value) if text.m > 1 else value
        distance[name] = outside / size
    found = all(far == 0.0 for far in distance.values())
    return Reproduction(found, values, distance, cohort)
