"""Descriptive estimates: moments, quartiles, counts, values of published cases."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import isnan, nan, sqrt

import numpy as np
import pandas as pd

from rejia.analyses.rows import (
    EVERYONE,
    CohortRows,
    Row,
    Values,
    finite,
    lattice_units,
)
from rejia.estimate import Estimate, Key
from rejia.stats.proportions import proportion
from rejia.study import classify
from rejia.study.schema import CaseValues, ChangeCounts, Describe, Positives

# Quartiles by linear interpolation of order statistics (Hyndman & Fan type 7).
QUARTILES = {"q1": 0.25, "median": 0.5, "q3": 0.75}


def run_describe(definition: Describe, rows: CohortRows) -> Iterator[Row]:
    """Describe each outcome at each visit in each group."""
    for group in definition.groups:
        n = float(len(rows.members(group)))
        size = Estimate(statistic="n", method="count", estimate=n, n=n)
        key = Key(
            analysis=definition.id, population="patients", outcome="cohort", group=group
        )
        yield Row(key=key, estimate=size, n_missing=0)
    for outcome in definition.outcomes:
        variable = rows.variable(outcome)
        population = rows.population_of(outcome, definition.population)
        visits = definition.visits if variable.per == "visit" else ("",)
        cells = product(visits, rows.components(outcome), rows.versions(outcome))
        for visit, component, version in cells:
            values = rows.values(
                outcome,
                visit=visit,
                population=population,
                component=component,
                version=version,
            )
            planned = version == rows.versions(outcome)[0]
            for group in definition.groups:
                key = Key(
                    scenario="primary" if planned else f"convention:{version}",
                    analysis=definition.id,
                    population=population,
                    outcome=outcome,
                    component=component,
                    visit=visit,
                    group=group,
                )
                chosen = values.at(rows.members(group))
                yield from _describe(key, chosen, definition, rows)


def _describe(
    key: Key, values: Values, definition: Describe, rows: CohortRows
) -> Iterator[Row]:
    variable = rows.variable(key.outcome)
    if variable.levels or (values.levels != "").any():
        present = list(dict.fromkeys(sorted(set(values.levels) - {""})))
        levels = list(variable.levels) or present
        yield from level_counts(key, values.levels, levels, definition.method, values)
    else:
        yield from _moments(key, values, variable.unit)


def level_counts(
    key: Key, found: pd.Series, levels: list[str], method: str, values: Values
) -> Iterator[Row]:
    """Count the rows in each level, with an interval of their proportion."""
    there = found[found != ""]
    missing = float(len(found) - len(there))
    for level in levels:
        events, total = int((there == level).sum()), len(there)
        here = replace(key, level=level)
        count = Estimate(
            statistic="n", method="count", estimate=events, n=total, n_events=events
        )
        yield Row(
            key=here,
            estimate=count,
            n_missing=missing,
            score_version=values.score_version,
        )
        if total:
            share = proportion(events, total, method=method)
            yield Row(
                key=here,
                estimate=share,
                n_missing=missing,
                score_version=values.score_version,
            )


def _moments(key: Key, values: Values, unit: str) -> Iterator[Row]:
    there = finite(values.numbers).to_numpy()
    n = len(there)
    warning = "" if n else "no value"
    n_censored = int(values.censored.sum())
    if n_censored:
        warning = "; ".join(
            part for part in (warning, f"{n_censored} censored values left out") if part
        )
    mean = float(np.mean(there)) if n else nan
    sd = float(np.std(there, ddof=1)) if n > 1 else nan
    found = [
        ("mean", "arithmetic_mean", mean, sd / sqrt(n) if n > 1 else nan),
        ("sd", "sample_sd_n_minus_1", sd, nan),
        ("min", "minimum", float(there.min()) if n else nan, nan),
        ("max", "maximum", float(there.max()) if n else nan, nan),
    ]
    found += [
        (
            name,
            "quantile_type_7",
            float(np.quantile(there, q, method="linear")) if n else nan,
            nan,
        )
        for name, q in QUARTILES.items()
    ]
    for statistic, method, value, error in found:
        yield Row(
            key=key,
            estimate=Estimate(
                statistic=statistic,
                method=method,
                estimate=value,
                std_error=error,
                n=n,
                warning=warning,
            ),
            n_missing=len(values.numbers) - n,
            unit=unit,
            score_version=values.score_version,
        )


def run_case_values(definition: CaseValues, rows: CohortRows) -> Iterator[Row]:
    """Give each patient's values; the patient stands as group."""
    for outcome in definition.outcomes:
        population = rows.population_of(outcome, definition.population)
        for visit in definition.visits:
            values = rows.values(outcome, visit=visit, population=population)
            for patient in rows.patients:
                key = Key(
                    analysis=definition.id,
                    population=population,
                    outcome=outcome,
                    visit=visit,
                    group=patient,
                )
                value = float(values.numbers[patient])
                there = not isnan(value)
                yield Row(
                    key=key,
                    estimate=Estimate(
                        statistic="value",
                        method="as_recorded",
                        estimate=value,
                        n=float(there),
                        warning="" if there else "missing or censored",
                    ),
                    n_missing=float(not there),
                    unit=rows.variable(outcome).unit,
                )


def run_change_counts(definition: ChangeCounts, rows: CohortRows) -> Iterator[Row]:
    """Count improved, unchanged and worsened rows of each outcome."""
    for outcome in definition.outcomes:
        population = rows.population_of(outcome, definition.population)
        change, classes, before = classify_changes(
            rows,
            outcome,
            population,
            start=definition.ref_visit,
            end=definition.visit,
            threshold=definition.threshold,
        )
        key = Key(
            analysis=definition.id,
            population=population,
            outcome=outcome,
            visit=definition.visit,
            ref_visit=definition.ref_visit,
            group=EVERYONE,
        )
        yield from level_counts(
            key,
            classes,
            ["improved", "unchanged", "worsened"],
            definition.method,
            before,
        )
        there = finite(change).to_numpy()
        yield Row(
            key=key,
            estimate=Estimate(
                statistic="mean",
                method="mean_of_changes",
                estimate=float(there.mean()) if len(there) else nan,
                n=len(there),
            ),
            n_missing=len(change) - len(there),
            unit=rows.variable(outcome).unit,
        )


def run_positives(definition: Positives, rows: CohortRows) -> Iterator[Row]:
    """Count the rows with any finding, with an interval of their proportion."""
    population = rows.population_of(definition.outcome, definition.population)
    for visit in definition.visits:
        values = rows.values(
            definition.outcome,
            visit=visit,
            population=population,
            component=definition.component or "",
        )
        found = values.numbers.map(lambda value: "yes" if value > 0 else "no")
        found = found.where(values.numbers.notna(), "")
        key = Key(
            analysis=definition.id,
            population=population,
            outcome=definition.outcome,
            component=definition.component or "",
            visit=visit,
            group=EVERYONE,
        )
        yield from level_counts(key, found, ["yes"], definition.method, values)


def classify_changes(
    rows: CohortRows,
    outcome: str,
    population: str,
    *,
    start: str,
    end: str,
    threshold: float,
) -> tuple[pd.Series, pd.Series, Values]:
    """Return the changes, their classes, and the baseline values."""
    variable = rows.variable(outcome)
    before = rows.values(outcome, visit=start, population=population)
    after = rows.values(outcome, visit=end, population=population)
    both = before.numbers.notna() & after.numbers.notna()
    change = pd.Series(nan, index=before.numbers.index)
    step = rows.step_of(outcome)
    units = lattice_units(after.numbers[both], step) - lattice_units(
        before.numbers[both], step
    )
    change[both] = units * (step or 1.0)
    limit = round(threshold / step, 9) if step else threshold
    worse = variable.worse or "high"
    found = [classify(unit, threshold=limit, worse=worse) for unit in units]
    classes = pd.Series(found, index=change.index[both], dtype=object)
    classes = classes.reindex(change.index, fill_value="")
    return change, classes, before
