"""Which values are missing: by variable, visit and group, and together in a patient."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import nan

import pandas as pd

from rejia.analyses.rows import EVERYONE, CohortRows, Row
from rejia.estimate import Estimate, Key
from rejia.study.schema import MissingPattern

# Outcome of the rows that are patterns; their level names the values that are missing.
PATTERN = "missing_pattern"
NOTHING = "none"


def run_missing_pattern(definition: MissingPattern, rows: CohortRows) -> Iterator[Row]:
    """
    Count who has a value of each outcome, at each visit and in each group.

    Parameters
    ----------
    definition : MissingPattern
        Outcomes, visits and groups.
    rows : CohortRows
        The cohort; a score of several rows a patient is there if any of them is, and
        a value that is known to lie beyond a limit is there.

    Yields
    ------
    Row
        Statistic ``n_there`` by outcome, visit and group: the patients with a value,
        as `n` beside the `n_missing` without. Statistic ``n``
        of outcome ``missing_pattern``: patients by what they lack; `level` joins
        outcome and visit by ``@``, and several of them by ``;``.
    """
    there = _there(definition, rows)
    for (outcome, visit), has in there.items():
        for group in definition.groups:
            own = has[has.index.isin(list(rows.members(group)))]
            n, present = len(own), int(own.sum())
            yield Row(
                key=Key(
                    analysis=definition.id,
                    population="patients",
                    outcome=outcome,
                    visit=visit,
                    group=group,
                ),
                estimate=Estimate(
                    statistic="n_there",
                    method="count",
                    estimate=present,
                    n=present,
                ),
                n_missing=float(n - present),
            )
    yield from _patterns(definition, there)


def _there(
    definition: MissingPattern, rows: CohortRows
) -> dict[tuple[str, str], pd.Series]:
    """Return who has a value, by outcome and visit."""
    found = {}
    for outcome in definition.outcomes:
        variable = rows.variable(outcome)
        population = rows.population_of(outcome, definition.population)
        at_visits = variable.per == "visit" or variable.instrument is not None
        for visit in definition.visits if at_visits else ("",):
            values = rows.values(outcome, visit=visit, population=population)
            has = values.numbers.notna() | (values.levels != "") | values.censored
            by = has.groupby(level="patient", sort=False).any()
            found[outcome, visit] = by.reindex(rows.patients, fill_value=False)
    return found


def _patterns(
    definition: MissingPattern, there: Mapping[tuple[str, str], pd.Series]
) -> Iterator[Row]:
    """Count patients by what they lack, over columns that leave no pattern rare."""
    kept = chosen_columns(there, definition.min_patients)
    counts = patterns_of(there, kept)
    n = sum(counts.values())
    key = Key(
        analysis=definition.id, population="patients", outcome=PATTERN, group=EVERYONE
    )
    if not kept:
        why = "nothing is missing, or every pattern would be of too few patients"
        estimate = Estimate(
            statistic="n", method="count_of_patterns", estimate=nan, n=n, warning=why
        )
        yield Row(key=key, estimate=estimate, n_missing=0)
        return
    method = f"count_of_patterns_over_{len(kept)}_columns_of_{len(there)}"
    for lacks, count in sorted(counts.items(), key=lambda c: (-c[1], c[0])):
        level = ";".join(_named(there)[place] for place in lacks) or NOTHING
        yield Row(
            key=Key(
                analysis=definition.id,
                population="patients",
                outcome=PATTERN,
                level=level,
                group=EVERYONE,
            ),
            estimate=Estimate(
                statistic="n", method=method, estimate=count, n=n, n_events=count
            ),
            n_missing=0,
        )


def _named(there: Mapping[tuple[str, str], pd.Series]) -> list[str]:
    return ["@".join(part for part in column if part) for column in there]


def patterns_of(
    there: Mapping[tuple[str, str], pd.Series], kept: Sequence[int]
) -> dict[tuple[int, ...], int]:
    """
    Count patients by the columns that they lack.

    Parameters
    ----------
    there : mapping of (str, str) to pandas.Series
        Who has a value, by outcome and visit.
    kept : sequence of int
        Places of the columns that are looked at.

    Returns
    -------
    dict of tuple of int to int
        By the places of the columns that are missing.
    """
    columns = list(there.values())
    if not columns:
        return {}
    whole = zip(*(columns[place] for place in kept), strict=True)
    if not kept:
        return {(): len(columns[0])}
    return dict(
        Counter(
            tuple(p for p, has in zip(kept, row, strict=True) if not has)
            for row in whole
        )
    )


def chosen_columns(
    there: Mapping[tuple[str, str], pd.Series], min_patients: int
) -> list[int]:
    """
    Return the columns over which every pattern has enough patients.

    Parameters
    ----------
    there : mapping of (str, str) to pandas.Series
        Who has a value, by outcome and visit.
    min_patients : int
        Of every pattern.

    Returns
    -------
    list of int
        Places of columns. They are taken in turn, those with most missing values
        first, and each is kept if no pattern becomes too rare; a column of which
        nothing is missing adds none.

    Notes
    -----
    If every pattern has at least so many patients, then so has every union of them: no
    sum or difference of these counts is of fewer.
    """
    lacking = [int((~has).sum()) for has in there.values()]
    order = sorted(range(len(lacking)), key=lambda place: (-lacking[place], place))
    kept: list[int] = []
    for place in order:
        if not lacking[place]:
            continue
        trial = sorted([*kept, place])
        if min(patterns_of(there, trial).values()) >= min_patients:
            kept = trial
    return kept
