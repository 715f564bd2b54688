"""Improved, unchanged, worsened: a table of patients by the change of one outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isnan, nan

import pandas as pd

from rejia.contracts import GROUPS
from rejia.errors import DataError
from rejia.estimate import Estimate
from rejia.study import Groups, Study, Variable, classify
from rejia.study.schema import SmallestDetectable

READERS = 2  # that a smallest detectable change compares
_Row = tuple[str, str, float, str]


@dataclass(frozen=True, slots=True)
class _Rule:
    """The group rule of a study, with its threshold known."""

    groups: Groups
    variable: Variable
    threshold: Fraction

    def group(self, patient: str, change: Fraction | None, why: str) -> _Row:
        """Return the row of a patient; `why` says why there is no change."""
        groups = self.groups
        if change is None:
            if groups.missing == "excluded":
                return patient, "", nan, why
            label = getattr(groups.labels, groups.missing)
            return patient, label, nan, f"{why}; counted as {groups.missing}"
        found = classify(
            float(change),
            threshold=float(self.threshold),
            worse=self.variable.worse or "high",
            boundary=groups.boundary,
        )
        return patient, getattr(groups.labels, found), float(change), ""


def derive_groups(
    study: Study,
    tables: Mapping[str, pd.DataFrame],
    scores: pd.DataFrame,
    by_reader: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """
    Group the patients of a cohort.

    Parameters
    ----------
    study : Study
        Declares the grouping outcome, its visits, threshold, boundary, labels and
        what a patient without a change is.
    tables : mapping of str to pandas.DataFrame
        Canonical cohort tables.
    scores : pandas.DataFrame
        Table ``scores``.
    by_reader : mapping of str to pandas.DataFrame, optional
        Table ``scores`` of each reader alone; needed where the threshold is the
        smallest detectable change.

    Returns
    -------
    pandas.DataFrame
        Table ``groups``, one row a patient, sorted; no label, and the reason, where
        a value is missing or censored, unless the study counts such patients as
        unchanged or worsened. Without a grouping every label is empty.

    Raises
    ------
    DataError
        If the threshold is the smallest detectable change and the readings do not
        give one.
    """
    patients = sorted(str(patient) for patient in tables["patients"]["patient"])
    groups = study.groups
    if groups is None:
        rows: list[_Row] = [
            (patient, "", nan, "the study declares no groups") for patient in patients
        ]
    else:
        variable = _variable(study, groups.outcome)
        rule = _Rule(groups, variable, _threshold(study, groups, by_reader or {}))
        changes = changes_of(
            study, groups.outcome, groups.start, groups.end, tables, scores
        )
        rows = []
        for patient in patients:
            change, why = changes.get(patient, (None, f"no {groups.outcome}"))
            rows.append(rule.group(patient, change, why))
    return pd.DataFrame(rows, columns=list(GROUPS))


def _threshold(
    study: Study, groups: Groups, by_reader: Mapping[str, pd.DataFrame]
) -> Fraction:
    if groups.sdc is None:
        return Fraction(repr(groups.threshold))
    found = detectable_change(study, groups.sdc, by_reader)
    if isnan(found.estimate):
        raise DataError(
            f"patients of {study.study} cannot be grouped by the smallest detectable "
            f"change of {groups.outcome}:",
            [found.warning],
        )
    return Fraction(repr(found.estimate))


def detectable_change(
    study: Study,
    rule: SmallestDetectable,
    by_reader: Mapping[str, pd.DataFrame],
) -> Estimate:
    """
    Return the smallest detectable change of a study's grouping outcome.

    Parameters
    ----------
    study : Study
        With groups; their outcome and visits are what the readers are compared in.
    rule : SmallestDetectable
        Readers whose mean is judged, and level of the limits.
    by_reader : mapping of str to pandas.DataFrame
        Table ``scores`` of each reader alone.

    Returns
    -------
    Estimate
        In units of the score; `nan`, with a warning, where there are not two
        readers, or fewer than two patients with a change by both.

    Raises
    ------
    ValueError
        If the study has no groups.

    Notes
    -----
    See `rejia.stats.agreement.smallest_detectable_change`. A patient is left out
    where one reader has no change.
    """
    # Statistics take longer to import than groups by a plain threshold to make.
    from rejia.stats.agreement import smallest_detectable_change

    groups = study.groups
    if groups is None:
        raise ValueError(f"study must have groups, but {study.study} has none")
    readers = sorted(by_reader)
    if len(readers) != READERS:
        there = ", ".join(readers) or "none"
        return Estimate(
            statistic="smallest_detectable_change",
            method="not_estimable",
            n=0,
            warning=f"findings must be of {READERS} readers, but there are: {there}",
        )
    first, second = (
        changes_of(
            study,
            groups.outcome,
            groups.start,
            groups.end,
            {},
            by_reader[reader],
        )
        for reader in readers
    )
    pairs = [
        (float(change), float(other))
        for patient, (change, _) in first.items()
        if change is not None
        and (other := second.get(patient, (None, ""))[0]) is not None
    ]
    return smallest_detectable_change(pairs, k=rule.k, level=rule.level)


def changes_of(
    study: Study,
    outcome: str,
    start: str,
    end: str,
    tables: Mapping[str, pd.DataFrame],
    scores: pd.DataFrame,
) -> dict[str, tuple[Fraction | None, str]]:
    """
    Return the change of an outcome in each patient who has a value of it.

    Parameters
    ----------
    study : Study
        Declares the outcome: a variable, or the total of a score.
    outcome, start, end : str
        What is measured, and at which visits.
    tables : mapping of str to pandas.DataFrame
        Canonical cohort tables, where the outcome may be measured.
    scores : pandas.DataFrame
        Table ``scores``.

    Returns
    -------
    dict of str to (Fraction or None, str)
        Value at `end` minus value at `start`, exact as recorded; None, and the
        reason, where either is missing or censored.
    """
    variable = _variable(study, outcome)
    before = _totals(variable, outcome, start, tables, scores)
    after = _totals(variable, outcome, end, tables, scores)
    found: dict[str, tuple[Fraction | None, str]] = {}
    for patient in dict.fromkeys([*before, *after, *_patients(tables)]):
        missing = [
            visit
            for visit, values in ((start, before), (end, after))
            if isnan(values.get(patient, nan))
        ]
        if missing:
            found[patient] = None, f"no {outcome} at {' and '.join(missing)}"
            continue
        values = after[patient], before[patient]
        last, first = (recorded(value, variable.step) for value in values)
        found[patient] = last - first, ""
    return found


def _patients(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    return [str(p) for p in tables["patients"]["patient"]] if tables else []


def _totals(
    variable: Variable,
    outcome: str,
    visit: str,
    tables: Mapping[str, pd.DataFrame],
    scores: pd.DataFrame,
) -> dict[str, float]:
    # A score with several definitions groups by the first that the study declares.
    version = next(iter([*variable.cutoffs, *variable.versions]), "")
    whole = scores[
        (scores["score"] == outcome)
        & (scores["visit"] == visit)
        & (scores["component"] == "")
        & (scores["side"] == "")
        & scores["score_version"].str.endswith(version)
    ]
    if whole.empty and "measurements" in tables:
        measured = tables["measurements"]
        whole = measured[
            (measured["variable"] == outcome)
            & (measured["visit"] == visit)
            & (measured["comparator"] == "")
        ]
    return dict(zip(whole["patient"], whole["value"], strict=True))


def recorded(value: float, step: float | None) -> Fraction:
    """
    Return the decimal that a float stands for.

    Its shortest text is what was recorded; a sum may miss that by a bit, so a value
    next to a whole number of steps is that number of steps. Differences are then
    exact, and no boundary is decided by binary fractions.
    """
    if step is not None and abs(value / step - round(value / step)) < 1e-6:
        return round(value / step) * Fraction(repr(step))
    return Fraction(repr(float(value)))


def _variable(study: Study, outcome: str) -> Variable:
    """Return the variable of an outcome, also of the total of a score."""
    found = study.variables.get(outcome)
    return found or study.variables[outcome.removesuffix("_total")]
