"""What became of the joints of each baseline class of grades."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from rejia.analyses.describe import classify_changes
from rejia.analyses.rows import EVERYONE, CohortRows, Row
from rejia.estimate import Estimate, Key
from rejia.stats.proportions import proportion
from rejia.study.schema import Transitions

FATES = {
    "improved": ("improved",),
    "unchanged": ("unchanged",),
    "worsened": ("worsened",),
    "improved_or_unchanged": ("improved", "unchanged"),
}


def run_transitions(definition: Transitions, rows: CohortRows) -> Iterator[Row]:
    """Count joints by baseline class, and what became of each class."""
    population = rows.population_of(definition.outcome, definition.population)
    _, fates, before = classify_changes(
        rows,
        definition.outcome,
        population,
        start=definition.ref_visit,
        end=definition.visit,
        threshold=0,
    )
    both = fates != ""
    classes = _classes(before.numbers[both], definition.classes)
    missing = float((~both).sum())
    key = Key(
        analysis=definition.id,
        population=population,
        outcome=definition.outcome,
        visit=definition.ref_visit,
        group=EVERYONE,
    )
    for name in definition.classes:
        inside = classes == name
        yield from _share(
            replace(key, level=name), int(inside.sum()), len(classes), missing
        )
        for fate, kept in FATES.items():
            here = replace(
                key,
                level=f"{name}>{fate}",
                visit=definition.visit,
                ref_visit=definition.ref_visit,
            )
            events = int(fates[both][inside].isin(kept).sum())
            yield from _share(here, events, int(inside.sum()), missing)


def _classes(grades: pd.Series, classes: Mapping[str, tuple[int, ...]]) -> pd.Series:
    """
    Return the class of each baseline grade.

    Classes hold whole grades. A grade between two (averaged readings give quarters)
    belongs to the lower one: 0.75 is still grade 0. One of no class is in none.
    """
    whole = grades.floordiv(1)
    found = pd.Series("", index=grades.index)
    for name, members in classes.items():
        found[whole.isin(members)] = name
    return found


def _share(key: Key, events: int, total: int, missing: float) -> Iterator[Row]:
    yield Row(
        key=key,
        estimate=Estimate(
            statistic="n", method="count", estimate=events, n=total, n_events=events
        ),
        n_missing=missing,
    )
    if total:
        share = proportion(events, total, method="clopper_pearson")
        yield Row(key=key, estimate=share, n_missing=missing)
