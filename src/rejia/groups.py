"""Improved, unchanged, worsened: a table of patients by the change of one outcome."""

from collections.abc import Mapping
from fractions import Fraction
from math import isnan, nan

import pandas as pd

from rejia.contracts import GROUPS
from rejia.study import Groups, Study, Variable, classify


def derive_groups(
    study: Study, tables: Mapping[str, pd.DataFrame], scores: pd.DataFrame
) -> pd.DataFrame:
    """
    Group the patients of a cohort.

    Parameters
    ----------
    study : Study
        Declares the grouping outcome, its visits, threshold and labels.
    tables : mapping of str to pandas.DataFrame
        Canonical cohort tables.
    scores : pandas.DataFrame
        Table ``scores``.

    Returns
    -------
    pandas.DataFrame
        Table ``groups``, one row a patient, sorted; no label, and the reason, where
        a value is missing or censored. Without a grouping every label is empty.
    """
    patients = sorted(str(patient) for patient in tables["patients"]["patient"])
    if study.groups is None:
        rows = [
            (patient, "", nan, "the study declares no groups") for patient in patients
        ]
    else:
        before = _totals(study, study.groups.start, tables, scores)
        after = _totals(study, study.groups.end, tables, scores)
        rows = [
            _grouped(study, study.groups, patient, before, after)
            for patient in patients
        ]
    return pd.DataFrame(rows, columns=list(GROUPS))


def _totals(
    study: Study,
    visit: str,
    tables: Mapping[str, pd.DataFrame],
    scores: pd.DataFrame,
) -> dict[str, float]:
    outcome = study.groups.outcome if study.groups else ""
    variable = _variable(study, outcome)
    # A score with several definitions groups by the first that the study declares.
    version = next(iter([*variable.cutoffs, *variable.versions]), "")
    whole = scores[
        (scores["score"] == outcome)
        & (scores["visit"] == visit)
        & (scores["component"] == "")
        & (scores["side"] == "")
        & scores["score_version"].str.endswith(version)
    ]
    if whole.empty:
        measured = tables["measurements"]
        whole = measured[
            (measured["variable"] == outcome)
            & (measured["visit"] == visit)
            & (measured["comparator"] == "")
        ]
    return dict(zip(whole["patient"], whole["value"], strict=True))


def _grouped(
    study: Study,
    groups: Groups,
    patient: str,
    before: Mapping[str, float],
    after: Mapping[str, float],
) -> tuple[str, str, float, str]:
    missing = [
        visit
        for visit, values in ((groups.start, before), (groups.end, after))
        if isnan(values.get(patient, nan))
    ]
    if missing:
        return patient, "", nan, f"no {groups.outcome} at {' and '.join(missing)}"
    variable = _variable(study, groups.outcome)
    change = _recorded(after[patient], variable.step) - _recorded(
        before[patient], variable.step
    )
    threshold = Fraction(repr(groups.threshold))
    found = classify(
        float(change), threshold=float(threshold), worse=variable.worse or "high"
    )
    return patient, getattr(groups.labels, found), float(change), ""


def _recorded(value: float, step: float | None) -> Fraction:
    """
    Return the decimal that a float stands for.

    Its shortest text is what was recorded; a sum may miss that by a bit, so a value
    next to a whole number of steps is that number of steps. Differences are then
    exact, and no boundary is decided by binary fractions.
    """
    if step is not None and abs(value / step - round(value / step)) < 1e-6:
        return round(value / step) * Fraction(repr(step))
    return Fraction(repr(value))


def _variable(study: Study, outcome: str) -> Variable:
    """Return the variable of an outcome, also of the total of a score."""
    found = study.variables.get(outcome)
    return found or study.variables[outcome.removesuffix("_total")]
