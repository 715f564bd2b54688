"""Follow-up of unequal length: change per year, and duration as covariate."""

from collections.abc import Iterator
from fractions import Fraction
from math import isnan, nan

import pandas as pd

from rejia.analyses.rows import EVERYONE, CohortRows
from rejia.analyses.run import estimates_table, run_analyses
from rejia.groups import changes_of, recorded
from rejia.study import Analysis, Groups, Study, Variable
from rejia.study.schema import Alternatives, Describe, Logistic, PerYear, RankSum
from rejia.study.sensitivity import YEARS

SCENARIO = "per_year"


def run_per_year(study: Study, declared: PerYear, rows: CohortRows) -> pd.DataFrame:
    """
    Describe and compare the change per year of follow-up, by group.

    Parameters
    ----------
    study : Study
        With groups, whose two visits the change is between.
    declared : PerYear
        Outcomes, and the variable that holds each patient's duration.
    rows : CohortRows
        The cohort.

    Returns
    -------
    pandas.DataFrame
        Table ``estimates``, scenario ``per_year``: moments by group (analysis
        ``per_year``) and the rank-sum tests of the study, of change divided by years.

    Notes
    -----
    Changes and durations are divided as exact fractions, so that equal rates are
    ties. The outcome that makes the groups is described and not tested: its change
    differs between them by definition, per year as well. A patient whose duration is
    missing or 0 has no rate.
    """
    groups = study.groups
    if groups is None:
        raise ValueError(f"study must have groups, but {study.study} has none")
    patients = rows.tables["patients"].copy()
    variables = dict(study.variables)
    for outcome in declared.outcomes:
        rates = _rates(study, groups, declared.duration, outcome, rows)
        patients[outcome] = [rates.get(str(p), nan) for p in patients["patient"]]
        # The rate stands in for the outcome, as a number of the patient.
        own = rows.variable(outcome)
        variables[outcome] = Variable(
            label=own.label,
            unit=f"{own.unit or 'points'} per year",
            per="patient",
            worse=own.worse,
        )
    changed = study.model_copy(
        update={
            "variables": variables,
            "analyses": tuple(_analyses(study, groups, declared)),
        }
    )
    cohort = CohortRows(
        study=changed,
        tables={**rows.tables, "patients": patients},
        scores=rows.scores[~rows.scores["score"].isin(list(declared.outcomes))],
        groups=rows.groups,
        planned_only=True,
    )
    found = run_analyses(changed, cohort=cohort, facts=None)
    planned = found[found["scenario"] == "primary"].copy()
    rate = planned["outcome"].isin(list(declared.outcomes))
    planned.loc[rate, "visit"] = groups.end
    planned.loc[rate, "ref_visit"] = groups.start
    return planned[rate].assign(scenario=SCENARIO)


def _rates(
    study: Study, groups: Groups, duration: str, outcome: str, rows: CohortRows
) -> dict[str, float]:
    """Return the change per year of each patient who has one."""
    variable = study.variables[duration]
    years = rows.values(duration, visit="", population="patients").numbers
    changes = changes_of(
        study, outcome, groups.start, groups.end, rows.tables, rows.scores
    )
    found = {}
    for patient, (change, _) in changes.items():
        length = float(years.get(patient, nan))
        if change is not None and not isnan(length) and length > 0:
            exact: Fraction = recorded(length, variable.step) / YEARS[variable.unit]
            found[patient] = float(change / exact)
    return found


def _analyses(study: Study, groups: Groups, declared: PerYear) -> Iterator[Analysis]:
    labels = groups.labels
    plain = (labels.improved, labels.unchanged, labels.worsened)
    yield Describe(
        id=SCENARIO,
        test="describe",
        outcomes=declared.outcomes,
        groups=(EVERYONE, *plain, *groups.merges),
    )
    tested = tuple(name for name in declared.outcomes if name != groups.outcome)
    for definition in study.analyses:
        if isinstance(definition, RankSum) and tested:
            kept = {"outcomes": tested, "population": None}
            yield definition.model_copy(update=kept)


def run_adjusted(study: Study, declared: PerYear, rows: CohortRows) -> pd.DataFrame:
    """
    Fit the logistic models again with the duration of follow-up as covariate.

    Parameters
    ----------
    study : Study
        Its logistic models.
    declared : PerYear
        Names the duration.
    rows : CohortRows
        The cohort.

    Returns
    -------
    pandas.DataFrame
        Table ``estimates``, scenario ``adjusted:<duration>``. Of models of one
        predictor only the predictor is a row; the duration alone is left as planned.
    """
    duration = declared.duration
    tables = [estimates_table(study, [])]
    for definition in study.analyses:
        if not isinstance(definition, Logistic) or duration in _fixed(definition):
            continue
        others = tuple(name for name in definition.predictors if name != duration)
        sets: list[tuple[str, ...]] = [(name, duration) for name in others]
        if not definition.each:
            sets = [(*definition.predictors, duration)]
        for terms in sets:
            one = definition.model_copy(
                update={
                    "predictors": terms,
                    "each": False,
                    "alternatives": Alternatives(),
                    "missing": (),
                }
            )
            fitted = study.model_copy(update={"analyses": (one,)})
            found = run_analyses(fitted, cohort=rows, facts=None)
            kept = found["term"] != duration if definition.each else found["term"] != ""
            tables.append(found[kept])
    there = [table for table in tables if not table.empty]
    table = pd.concat(there) if there else tables[0]
    return table.assign(scenario=f"adjusted:{duration}")


def _fixed(definition: Logistic) -> tuple[str, ...]:
    """Return the predictors that every model of a definition has."""
    return () if definition.each else definition.predictors
