"""What two groups have of each outcome, at each visit."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rejia.analyses.rows import CohortRows, Row, Values
from rejia.estimate import Key
from rejia.stats.effects import standardized_mean_difference
from rejia.study.schema import RankSum, StandardizedDifference


def contrasts(
    definition: RankSum | StandardizedDifference, rows: CohortRows
) -> Iterator[tuple[Key, Values]]:
    """Yield the key of each contrast of two groups, and everyone's values."""
    for outcome in definition.outcomes:
        population = rows.population_of(outcome, definition.population)
        visits = definition.visits if rows.variable(outcome).per == "visit" else ("",)
        for visit in visits:
            for component in rows.components(outcome):
                values = rows.values(
                    outcome, visit=visit, population=population, component=component
                )
                key = Key(
                    analysis=definition.id,
                    population=population,
                    outcome=outcome,
                    component=component,
                    visit=visit,
                    group=definition.group,
                    reference=definition.reference,
                )
                yield key, values


def two_sides(key: Key, values: Values, rows: CohortRows) -> list[pd.Series]:
    """Return the values of the group and of its reference, missing ones included."""
    groups = (key.group, key.reference)
    return [values.at(rows.members(group)).numbers for group in groups]


def run_standardized_difference(
    definition: StandardizedDifference, rows: CohortRows
) -> Iterator[Row]:
    """Hold the means of two groups against the spread within them."""
    for key, values in contrasts(definition, rows):
        sides = two_sides(key, values, rows)
        x, y = (np.asarray(side.dropna(), dtype=float) for side in sides)
        yield Row(
            key=key,
            estimate=standardized_mean_difference(x, y),
            n_missing=float(sum(side.isna().sum() for side in sides)),
            score_version=values.score_version,
        )
