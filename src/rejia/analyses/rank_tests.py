"""Rank tests, correlation and agreement of a study."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from rejia.analyses.contrasts import contrasts, two_sides
from rejia.analyses.rows import EVERYONE, CohortRows, Row, Values, lattice_units
from rejia.estimate import Estimate, Key
from rejia.stats import ranks
from rejia.study.schema import Agreement, Correlation, RankSum, SignedRank


def run_signed_rank(definition: SignedRank, rows: CohortRows) -> Iterator[Row]:
    """Test each outcome between two visits, by component and group."""
    for outcome in definition.outcomes:
        population = rows.population_of(outcome, definition.population)
        for component in rows.components(outcome):
            before, after = (
                rows.values(
                    outcome, visit=visit, population=population, component=component
                )
                for visit in (definition.ref_visit, definition.visit)
            )
            for group in definition.groups:
                key = Key(
                    analysis=definition.id,
                    population=population,
                    outcome=outcome,
                    component=component,
                    visit=definition.visit,
                    ref_visit=definition.ref_visit,
                    group=group,
                )
                members = rows.members(group)
                pair = before.at(members), after.at(members)
                yield from _signed_rank(key, pair, definition, rows)


def _signed_rank(
    key: Key, pair: tuple[Values, Values], definition: SignedRank, rows: CohortRows
) -> Iterator[Row]:
    before, after = pair
    step = rows.step_of(key.outcome)
    both = before.numbers.notna() & after.numbers.notna()
    differences = lattice_units(after.numbers[both], step) - lattice_units(
        before.numbers[both], step
    )
    row = Row(
        key=key,
        estimate=_planned("signed_rank", definition.convention, differences),
        n_missing=float((~both).sum()),
        score_version=before.score_version,
        family=definition.family,
    )
    yield row
    if not rows.planned_only:
        yield from _conventions(row, "signed_rank", definition.convention, differences)


def _planned(test: str, convention: str, *samples: np.ndarray) -> Estimate:
    """Return what the study's own program prints by default."""
    pooled = np.concatenate(samples)
    sizes = np.abs(pooled[pooled != 0]) if test == "signed_rank" else pooled
    lengths = tuple(len(sample) for sample in samples)
    keywords = ranks.resolve(
        convention,
        test,
        n=lengths[0] if test == "signed_rank" else (lengths[0], lengths[1]),
        n_zero=int((pooled == 0).sum()) if test == "signed_rank" else 0,
        ties=len(np.unique(sizes)) < len(sizes),
    )
    if test == "signed_rank":
        return ranks.signed_rank(samples[0], **keywords)
    return ranks.rank_sum(samples[0], samples[1], **keywords)


def _conventions(
    row: Row, test: str, planned: str, *samples: np.ndarray
) -> Iterator[Row]:
    """Return the same test as every other program prints it, as scenarios."""
    seen = {("primary", row.estimate.method)}
    for result in ranks.all_conventions(test, *samples):
        own = result.convention == planned and result.is_default
        scenario = f"convention:{result.convention}"
        if own or (scenario, result.estimate.method) in seen:
            continue
        seen.add((scenario, result.estimate.method))
        yield replace(
            row, key=replace(row.key, scenario=scenario), estimate=result.estimate
        )


def run_rank_sum(definition: RankSum, rows: CohortRows) -> Iterator[Row]:
    """Test each outcome between two groups, at each visit."""
    for key, values in contrasts(definition, rows):
        yield from _rank_sum(key, values, definition, rows)


def _rank_sum(
    key: Key, values: Values, definition: RankSum, rows: CohortRows
) -> Iterator[Row]:
    step = rows.step_of(key.outcome)
    sides = two_sides(key, values, rows)
    x, y = (lattice_units(side[side.notna()], step) for side in sides)
    if len(x) and len(y):
        estimate = _planned("rank_sum", definition.convention, x, y)
    else:
        named = ((key.group, x), (key.reference, y))
        empty = " and ".join(name for name, side in named if not len(side))
        estimate = Estimate(
            statistic="mann_whitney_u",
            method="not_estimable",
            n=float(len(x) + len(y)),
            warning=f"no value in group {empty}",
        )
    row = Row(
        key=key,
        estimate=estimate,
        n_missing=float(sum(side.isna().sum() for side in sides)),
        score_version=values.score_version,
        family=definition.family,
    )
    yield row
    if len(x) and len(y) and not rows.planned_only:
        yield from _conventions(row, "rank_sum", definition.convention, x, y)


def run_correlation(definition: Correlation, rows: CohortRows) -> Iterator[Row]:
    """Correlate an outcome with a second variable at one visit."""
    population = rows.population_of(definition.outcome, definition.population)
    sides = []
    for name, component in (
        (definition.outcome, definition.component or ""),
        (definition.term, ""),
    ):
        visit = definition.visit if rows.variable(name).per == "visit" else ""
        values = rows.values(
            name, visit=visit, population=population, component=component
        )
        sides.append((values.numbers, rows.step_of(name)))
    (x, x_step), (y, y_step) = sides
    both = x.notna() & y.notna()
    yield Row(
        key=Key(
            analysis=definition.id,
            population=population,
            outcome=definition.outcome,
            term=definition.term,
            component=definition.component or "",
            visit=definition.visit,
            group=EVERYONE,
        ),
        estimate=ranks.spearman(
            lattice_units(x[both], x_step),
            lattice_units(y[both], y_step),
            method=definition.method,
        ),
        n_missing=float((~both).sum()),
        family=definition.family,
    )


def run_agreement(definition: Agreement, rows: CohortRows) -> Iterator[Row]:
    """Weigh the agreement of readers, or of a reader's readings, in single grades."""
    from rejia.stats import agreement

    variable = rows.study.variables[definition.outcome]
    findings = rows.tables["findings"]
    grades = findings[
        (findings["finding"] == definition.finding)
        & findings["visit"].isin(definition.visits)
        & findings["value"].notna()
    ]
    first, second = _reading_pairs(grades, definition.between)
    key = Key(
        analysis=definition.id,
        population=rows.population_of(definition.outcome, definition.population),
        outcome=definition.outcome,
        level=definition.between,
        group=EVERYONE,
    )
    if not len(first):
        estimate = Estimate(
            statistic="kappa",
            method=f"weighted_kappa_{definition.weights}",
            n=0,
            warning="no second reading to compare with",
        )
    else:
        top = int(variable.max if variable.max is not None else grades["value"].max())
        estimate = agreement.weighted_kappa(
            first.astype(int),
            second.astype(int),
            levels=list(range(top + 1)),
            weights=definition.weights,
        )
    yield Row(key=key, estimate=estimate)
    if len(first):
        same = int((first == second).sum())
        share = Estimate(
            statistic="agreement",
            method="share_of_identical_grades",
            estimate=same / len(first),
            n=len(first),
            n_events=same,
        )
        yield Row(key=key, estimate=share)


def _reading_pairs(grades: pd.DataFrame, between: str) -> tuple[np.ndarray, np.ndarray]:
    """
    Return paired grades of the same joint at the same visit.

    Between readers, first readings are compared; within readers, the two readings
    of each reader, readers stacked.
    """
    place = ["patient", "visit", "site", "side"]
    if between == "inter":
        firsts = grades[grades["reading"] == grades["reading"].min()]
        wide = firsts.pivot(index=place, columns="reader", values="value")
    else:
        wide = grades.pivot(index=[*place, "reader"], columns="reading", values="value")
    if wide.shape[1] < 2:
        return np.array([]), np.array([])
    both = wide.iloc[:, :2].dropna()
    return both.iloc[:, 0].to_numpy(), both.iloc[:, 1].to_numpy()
