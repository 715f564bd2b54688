"""Every result that depends on the groups, as a function of their threshold."""

from collections.abc import Iterable, Iterator
from math import comb, isnan

import pandas as pd

from rejia.analyses.plan import EVENTS_PER_TERM
from rejia.analyses.rows import EVERYONE, CohortRows, Row
from rejia.analyses.run import estimates_table, run_analyses
from rejia.estimate import Key
from rejia.groups import derive_groups, detectable_change
from rejia.scores.by_reader import scores_by_reader
from rejia.study import Analysis, Study
from rejia.study.schema import (
    Alternatives,
    Describe,
    Groups,
    Logistic,
    RankSum,
    Sensitivity,
    SignedRank,
    SmallestDetectable,
)

SIZES = "groups"  # analysis of the group sizes, where no analysis gives them
LEVEL = 0.05


def run_thresholds(
    study: Study, declared: Sensitivity, rows: CohortRows
) -> pd.DataFrame:
    """
    Compute what depends on the groups at each declared threshold.

    Parameters
    ----------
    study : Study
        With groups.
    declared : Sensitivity
        Its thresholds, and the smallest detectable change where it is one.
    rows : CohortRows
        The cohort; its values do not depend on the groups and are shared.

    Returns
    -------
    pandas.DataFrame
        Table ``estimates``: rank-sum tests, signed-rank tests by group, logistic
        models of being in a group, and group sizes. A scenario ``threshold:<t>`` for
        each threshold, ``sdc:k_<k>_level_<level>`` for the smallest detectable
        change, which stands there as an estimate of its own.

    Notes
    -----
    At the threshold of the plan the rows equal those of the plan. Other conventions
    and other sets of predictors are not crossed with thresholds. A group that is
    empty gives a row without estimate; one that is too small for what is asked of it
    gives an estimate with a warning: fewer than 10 events or non-events for each term
    of a model [1]_, or sizes with which no exact two-sided p can be under 0.05.

    References
    ----------
    .. [1] Peduzzi P, Concato J, Kemper E, Holford TR, Feinstein AR. A simulation study
       of the number of events per variable in logistic regression analysis. J Clin
       Epidemiol 1996; 49:1373-1379.
    """
    tables = [
        _at(study, {"threshold": threshold, "sdc": None}, rows).assign(
            scenario=f"threshold:{threshold:g}"
        )
        for threshold in declared.thresholds
    ]
    if declared.sdc is not None:
        tables += _at_detectable(study, declared.sdc, rows)
    return pd.concat(tables) if tables else estimates_table(study, [])


def _at(study: Study, changed: dict[str, object], rows: CohortRows) -> pd.DataFrame:
    """Return the estimates of the plan that depend on groups, regrouped."""
    groups = _grouping(study).model_copy(update=changed)
    analyses = tuple(grouped_analyses(study, groups))
    regrouped = study.model_copy(update={"groups": groups, "analyses": analyses})
    found = derive_groups(regrouped, rows.tables, rows.scores)
    cohort = rows.regrouped(regrouped, found)
    estimates = run_analyses(regrouped, cohort=cohort, facts=None)
    planned = estimates[estimates["scenario"] == "primary"].copy()
    kinds = {definition.id: definition for definition in analyses}
    planned["warning"] = [
        _warned(row, kinds[str(row["analysis"])], cohort)
        for row in planned.to_dict("records")
    ]
    return planned


def _at_detectable(
    study: Study, rule: SmallestDetectable, rows: CohortRows
) -> Iterator[pd.DataFrame]:
    """Yield the threshold that the readings give, and what it makes of the results."""
    groups = _grouping(study)
    scenario = f"sdc:k_{rule.k}_level_{rule.level:g}"
    found = detectable_change(study, rule, scores_by_reader(study, rows.tables))
    key = Key(
        scenario=scenario,
        analysis=SIZES,
        population="patients",
        outcome=groups.outcome,
        visit=groups.end,
        ref_visit=groups.start,
        group=EVERYONE,
    )
    unit = rows.variable(groups.outcome).unit
    yield estimates_table(study, [Row(key=key, estimate=found, unit=unit)])
    if not isnan(found.estimate):
        changed: dict[str, object] = {"threshold": found.estimate, "sdc": None}
        yield _at(study, changed, rows).assign(scenario=scenario)


def _grouping(study: Study) -> Groups:
    if study.groups is None:
        raise ValueError(f"study must have groups, but {study.study} has none")
    return study.groups


def grouped_analyses(study: Study, groups: Groups) -> Iterator[Analysis]:
    """
    Yield the analyses of a study that depend on its groups, without the rest.

    Parameters
    ----------
    study : Study
        Its analyses.
    groups : Groups
        Their labels, for the sizes where no analysis gives them.

    Yields
    ------
    Analysis
        Narrowed to groups; of a description only the sizes.
    """
    sized = False
    for definition in study.analyses:
        match definition:
            case RankSum():
                yield definition
            case Logistic():
                yield definition.model_copy(update={"alternatives": Alternatives()})
            case SignedRank() if _not_everyone(definition.groups):
                kept = {"groups": _not_everyone(definition.groups)}
                yield definition.model_copy(update=kept)
            case Describe() if _not_everyone(definition.groups):
                kept = {"groups": _not_everyone(definition.groups)}
                yield definition.model_copy(update={**kept, "outcomes": ()})
                sized = True
    if not sized:
        labels = groups.labels
        yield Describe.model_construct(
            id=SIZES,
            test="describe",
            outcomes=(),
            visits=(),
            groups=(labels.improved, labels.unchanged, labels.worsened),
        )


def _not_everyone(groups: Iterable[str]) -> tuple[str, ...]:
    return tuple(group for group in groups if group != EVERYONE)


def _warned(row: dict[object, object], definition: Analysis, cohort: CohortRows) -> str:
    """Add to a row's warning what its groups are too small for."""
    known = str(row["warning"])
    if row["method"] == "not_estimable":
        return known
    note = ""
    n = _count(row["n"])
    if isinstance(definition, RankSum):
        first = _sizes(cohort, definition, row)
        if first and 2 / comb(int(n), first) > LEVEL:
            note = f"no exact p under {LEVEL:g} with {first} of {n:g}"
    elif isinstance(definition, Logistic):
        smaller = min(_count(row["n_events"]), n - _count(row["n_events"]))
        terms = 1 if definition.each else len(definition.predictors)
        if 0 < smaller < EVENTS_PER_TERM * terms:
            of = "1 term" if terms == 1 else f"{terms} terms"
            note = f"{smaller:g} events or non-events for {of}: unstable"
    return "; ".join(part for part in (known, note) if part)


def _sizes(cohort: CohortRows, definition: RankSum, row: dict[object, object]) -> int:
    """Return how many rows of the smaller group a test compares."""
    values = cohort.values(
        str(row["outcome"]),
        visit=str(row["visit"]),
        population=str(row["population"]),
        component=str(row["component"]),
    )
    return min(
        int(values.at(cohort.members(group)).numbers.notna().sum())
        for group in (definition.group, definition.reference)
    )


def _count(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float("nan")
