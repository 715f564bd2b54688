"""What cohorts would give whose columns depend on each other within groups."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import nan

import numpy as np

from rejia.ensemble.attainable import Drawn
from rejia.ensemble.couple import couple
from rejia.ensemble.model import Ensemble, Spec
from rejia.ensemble.quantities import SUMMARIES, measure, quantities


def draw_dependent(
    spec: Spec, ensemble: Ensemble, rhos: Sequence[float], *, seed: int
) -> Iterator[Drawn]:
    """
    Yield the quantities of cohorts whose columns depend on each other within groups.

    Parameters
    ----------
    spec : Spec
        What the ensemble was drawn from.
    ensemble : Ensemble
        Cohorts with independent columns.
    rhos : sequence of float
        Rank correlations to force; -1 and 1 are the extremes.
    seed : int
        Seed of the reordering.

    Yields
    ------
    Drawn
        One a correlation; rows that read columns of one link alone are `nan`: they do
        not depend on it.
    """
    tests = [test for test in spec.tests if _pairs_of(test, ensemble)]
    if not tests:
        return
    alone = replace(spec, tests=tuple(tests))
    places = {
        (q.key, q.statistic, q.columns): at
        for at, q in enumerate(quantities(spec))
        if q.row >= 0
    }
    own = [q for q in quantities(alone) if q.row >= 0]
    skip = len(spec.columns) * len(spec.labels) * len(SUMMARIES)
    pairs = list(dict.fromkeys(p for test in tests for p in _pairs_of(test, ensemble)))
    for rho in rhos:
        coupled = couple(ensemble, pairs, rho, seed=seed)
        measured = measure(alone, coupled)[skip:]
        values = np.full((len(quantities(spec)), ensemble.cohorts), nan)
        for quantity, row in zip(own, measured, strict=True):
            values[places[quantity.key, quantity.statistic, quantity.columns]] = row
        yield Drawn(ensemble.law, values, f"dependence:{rho:+g}")


def _pairs_of(test: object, ensemble: Ensemble) -> list[tuple[str, str]]:
    """Return the columns of a test that nothing links, each with the first."""
    names = list(getattr(test, "columns", ()))
    for pair in (("before", "after"), ("x", "y")):
        if hasattr(test, pair[0]):
            names = [getattr(test, name) for name in pair]
    if len(names) < 2:
        return []
    first = names[0]
    with_first = {n for link in ensemble.linked if first in link for n in link}
    return [(first, name) for name in names[1:] if name not in with_first]
