"""Patients who are not analysed, by declared rules in their order, and their count."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isnan, nan

import pandas as pd

from rejia.coded import cells_of
from rejia.contracts import FLOW
from rejia.study import Study
from rejia.study.exclusions import Exclusion

START, ANALYSED, EXCLUDED, DAYS = "start", "analysed", "excluded", "days"
# A value as a number and as text; neither where it is missing.
_Value = tuple[float, str]


@dataclass(frozen=True, slots=True)
class Analysed:
    """
    A cohort without those who are excluded.

    Attributes
    ----------
    tables : dict of str to pandas.DataFrame
        Canonical tables of the patients who are analysed.
    excluded : dict of str to str
        Patients by the first exclusion that fits them; not to be logged.
    counts : dict of str to int
        Patients of each exclusion, in the order of the study.
    n : int
        Patients in the files.
    """

    tables: dict[str, pd.DataFrame]
    excluded: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    n: int = 0


def needs_scores(study: Study) -> bool:
    """Say whether an exclusion looks at a score."""
    return any(
        exclusion.of is not None and _is_score(study, exclusion.of)
        for exclusion in study.exclusions
    )


def _is_score(study: Study, name: str) -> bool:
    variable = study.variables.get(name)
    if variable is None:
        return True  # the total of a score
    return variable.instrument is not None


def exclude(
    study: Study,
    tables: Mapping[str, pd.DataFrame],
    scores: pd.DataFrame | None = None,
) -> Analysed:
    """
    Leave out the patients whom the study excludes.

    Parameters
    ----------
    study : Study
        With `exclusions`; a patient is counted under the first that fits.
    tables : mapping of str to pandas.DataFrame
        Canonical tables without fault.
    scores : pandas.DataFrame, optional
        Table ``scores``, where an exclusion looks at one.

    Returns
    -------
    Analysed

    Notes
    -----
    A censored value is there for ``missing_value``, and unknown to ``outside``.
    """
    everyone = [str(patient) for patient in tables["patients"]["patient"].tolist()]
    left = list(everyone)
    found: dict[str, str] = {}
    counts = {}
    for exclusion in study.exclusions:
        fitting = _fits(study, exclusion, tables, scores, left)
        out = [patient for patient in left if patient in fitting]
        found |= dict.fromkeys(out, exclusion.id)
        counts[exclusion.id] = len(out)
        left = [patient for patient in left if patient not in found]
    kept = {
        name: table[~table["patient"].isin(list(found))].reset_index(drop=True)
        for name, table in tables.items()
    }
    return Analysed(kept, found, counts, len(everyone))


def _fits(
    study: Study,
    exclusion: Exclusion,
    tables: Mapping[str, pd.DataFrame],
    scores: pd.DataFrame | None,
    patients: list[str],
) -> set[str]:
    """Return the patients whom an exclusion fits."""
    if exclusion.rule == "missing_visit":
        visits = tables["visits"]
        had = set(cells_of(visits, "patient", "visit"))
        return {p for p in patients if any((p, v) not in had for v in exclusion.visits)}
    name = str(exclusion.of)
    out: set[str] = set()
    for visit in exclusion.visits or ("",):
        values = _values(study, name, visit, tables, scores)
        out |= {p for p in patients if _is_out(exclusion, values.get(p, (nan, "")))}
    return out


def _is_out(exclusion: Exclusion, value: _Value) -> bool:
    number, text = value
    is_missing = isnan(number) and not text
    if exclusion.rule == "missing_value":
        return is_missing
    is_known = bool(text) if exclusion.rule == "not_in" else not isnan(number)
    if not is_known:
        return exclusion.if_missing == "excluded"
    if exclusion.rule == "not_in":
        return text not in exclusion.levels
    low, high = exclusion.min, exclusion.max
    return (low is not None and number < low) or (high is not None and number > high)


def _values(
    study: Study,
    name: str,
    visit: str,
    tables: Mapping[str, pd.DataFrame],
    scores: pd.DataFrame | None,
) -> dict[str, _Value]:
    """Return the value of each patient who has one."""
    variable = study.variables.get(name)
    if variable is not None and variable.indicator_of is not None:
        base = _values(study, variable.indicator_of, visit, tables, scores)
        return {
            patient: (float(text == variable.level), text)
            for patient, (_, text) in base.items()
        }
    if _is_score(study, name):
        return {} if scores is None else _scored(study, name, visit, scores)
    if variable is not None and variable.per == "patient":
        patients = tables["patients"]
        if name not in patients.columns:
            return {}
        pairs = cells_of(patients, "patient", name)
        return {
            str(patient): (value, "") if isinstance(value, float) else (nan, str(value))
            for patient, value in pairs
        }
    table = tables["measurements"]
    mine = table[(table["variable"] == name) & (table["visit"] == visit)]
    rows = cells_of(mine, "patient", "value", "comparator", "text")
    return {
        str(patient): (nan, str(comparator))
        if comparator
        else (float(str(value)), str(text))
        for patient, value, comparator, text in rows
    }


def _scored(
    study: Study, name: str, visit: str, scores: pd.DataFrame
) -> dict[str, _Value]:
    own = study.variables.get(name) or study.variables.get(name.removesuffix("_total"))
    # Of several definitions the first that the study declares is the plan's.
    versions = [*own.cutoffs, *own.versions] if own is not None else []
    mine = scores[
        (scores["score"] == name)
        & (scores["visit"] == visit)
        & (scores["component"] == "")
        & (scores["side"] == "")
        & scores["score_version"].str.endswith(next(iter(versions), ""))
    ]
    rows = cells_of(mine, "patient", "value", "level")
    return {str(patient): (float(value), str(level)) for patient, value, level in rows}


def flow_table(
    study: Study, cohort: str, analysed: Analysed, set_aside: Mapping[str, int]
) -> pd.DataFrame:
    """
    Return how many patients there were at each step.

    Parameters
    ----------
    study : Study
        Its exclusions.
    cohort : str
        Name that its results carry.
    analysed : Analysed
        As `exclude` returns it.
    set_aside : mapping of str to int
        Days that are no visit, by the reason.

    Returns
    -------
    pandas.DataFrame
        Table ``flow``: those in the files, each exclusion, those analysed; then the
        days that are no visit.
    """
    labels = {exclusion.id: exclusion.label for exclusion in study.exclusions}
    steps = [(START, START, "", analysed.n)]
    steps += [(name, EXCLUDED, labels[name], n) for name, n in analysed.counts.items()]
    steps.append((ANALYSED, ANALYSED, "", analysed.n - len(analysed.excluded)))
    steps += [(why, DAYS, "", n) for why, n in sorted(set_aside.items())]
    rows = [
        (study.study, cohort, place, step, kind, label, float(n), "")
        for place, (step, kind, label, n) in enumerate(steps, start=1)
    ]
    return pd.DataFrame(rows, columns=list(FLOW))
