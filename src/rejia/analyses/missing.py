"""An analysis done again where values are missing: best case, worst case, imputed."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from rejia.analyses.rows import CohortRows, Row, Values
from rejia.study import Analysis, Study, Variable
from rejia.study.schema import ChangeCounts, Logistic, SignedRank

Run = Callable[[Analysis, CohortRows], Iterable[Row]]
Fill = Callable[[str, str, Values], Values]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledRows(CohortRows):
    """
    A cohort whose missing values are filled in as they are asked for.

    Attributes
    ----------
    fill : callable
        Takes outcome, visit and values; returns them with what stands for those that
        are missing.
    """

    fill: Fill

    def values(
        self,
        outcome: str,
        *,
        visit: str,
        population: str,
        component: str = "",
        version: str = "",
    ) -> Values:
        """Return an outcome's values, none of them missing where they are filled."""
        found = CohortRows.values(
            self,
            outcome,
            visit=visit,
            population=population,
            component=component,
            version=version,
        )
        return self.fill(outcome, visit, found)


def run_missing(definition: Analysis, rows: CohortRows, run: Run) -> Iterator[Row]:
    """
    Run an analysis under each of its options for missing values.

    Parameters
    ----------
    definition : Analysis
        With `missing`; those of its results that are of the plan are done again.
    rows : CohortRows
        The cohort.
    run : callable
        Runs an analysis on a cohort.

    Yields
    ------
    Row
        Scenarios ``missing:best``, ``missing:worst`` and ``missing:mi``.

    Notes
    -----
    Best and worst are those of the variable's scale, the same for every group. In a
    change only the later value is filled, so a patient without the earlier one stays
    left out; a model of being in a group takes patients without a group as improved,
    or as worsened. A value that is known to lie beyond a limit is not filled.
    """
    plain = definition.model_copy(update={"missing": ()})
    if isinstance(plain, Logistic):
        plain = plain.model_copy(update={"alternatives": type(plain.alternatives)()})
    for how in definition.missing:
        if how == "mi":
            from rejia.analyses.imputed import run_imputed

            found: Iterable[Row] = run_imputed(plain, rows)
        else:
            found = run(plain, _extreme(plain, rows, how))
        for row in found:
            if row.key.scenario in {"", "primary"}:
                yield replace(row, key=replace(row.key, scenario=f"missing:{how}"))


def _extreme(definition: Analysis, rows: CohortRows, how: str) -> CohortRows:
    """Return the cohort with the best or worst value where one is missing."""
    if isinstance(definition, Logistic):
        return _grouped(rows, how)
    outcomes = set(getattr(definition, "outcomes", ())) or {
        getattr(definition, "outcome", "")
    }
    later = (
        definition.visit if isinstance(definition, SignedRank | ChangeCounts) else None
    )

    def fill(outcome: str, visit: str, values: Values) -> Values:
        if outcome not in outcomes or (later is not None and visit != later):
            return values
        return filled(values, rows.variable(outcome), how)

    return _with(rows, rows.study, rows.groups, fill)


def _grouped(rows: CohortRows, how: str) -> CohortRows:
    """Return the cohort with everyone in a group."""
    declared = rows.study.groups
    if declared is None:
        return _with(rows, rows.study, rows.groups, _as_it_is)
    labels = declared.labels
    label = labels.improved if how == "best" else labels.worsened
    groups = rows.groups.assign(
        group=rows.groups["group"].where(rows.groups["group"] != "", label)
    )
    return _with(rows, rows.study, groups, _as_it_is)


def _as_it_is(outcome: str, visit: str, values: Values) -> Values:
    return values


def _with(
    rows: CohortRows, study: Study, groups: pd.DataFrame, fill: Fill
) -> FilledRows:
    return FilledRows(
        study=study,
        tables=rows.tables,
        scores=rows.scores,
        groups=groups,
        planned_only=True,
        _cache=rows._cache,
        fill=fill,
    )


def filled(values: Values, variable: Variable, how: str) -> Values:
    """
    Return values with the best or the worst of their scale where they are missing.

    Parameters
    ----------
    values : Values
        Of one outcome at one visit.
    variable : Variable
        With `worse` and either levels, in their order, or a smallest and a largest
        value; an indicator is 0 or 1.
    how : str
        ``best`` or ``worst``.

    Returns
    -------
    Values
        Censored values stay as they are.

    Raises
    ------
    ValueError
        If it is not known which value is the best.
    """
    is_missing = values.numbers.isna() & (values.levels == "") & ~values.censored
    take_high = (how == "worst") == (variable.worse == "high")
    if variable.worse is None:
        raise ValueError("variable must say what is worse, but says nothing")
    if variable.indicator_of is not None:
        value = float(take_high)
        return replace(values, numbers=values.numbers.mask(is_missing, value))
    if variable.levels:
        level = variable.levels[-1 if take_high else 0]
        return replace(values, levels=values.levels.mask(is_missing, level))
    end = variable.max if take_high else variable.min
    if end is None:
        raise ValueError("variable must have min and max, or levels, but has neither")
    return replace(values, numbers=values.numbers.mask(is_missing, float(end)))
