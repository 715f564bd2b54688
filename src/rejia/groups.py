"""Improved, unchanged, worsened: a table of patients by the change of one outcome."""

from collections.abc import Mapping
from fractions import Fraction
from math import isnan, nan

import pandas as pd

from rejia.contracts import GROUPS
from rejia.study import Groups, Study, classify


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
    whole = scores[
        (scores["score"] == outcome)
        & (scores["visit"] == visit)
        & (scores["component"] == "")
        & (scores["side"] == "")
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
    # The shortest decimal text of a float is what was recorded: differences of
    # those decimals are exact, and the boundary is not decided by binary fractions.
    change = Fraction(repr(after[patient])) - Fraction(repr(before[patient]))
    name = groups.outcome
    variable = study.variables.get(name) or study.variables[name.removesuffix("_total")]
    threshold = Fraction(repr(groups.threshold))
    found = classify(
        float(change), threshold=float(threshold), worse=variable.worse or "high"
    )
    return patient, getattr(groups.labels, found), float(change), ""
