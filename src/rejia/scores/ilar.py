"""ILAR categories: which ones the recorded features allow, and what contradicts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cache
from math import isfinite, nan

import pandas as pd

from rejia.frame import nearest
from rejia.scores.changes import Answer
from rejia.scores.intervals import bounded, exact, relation
from rejia.scores.readings import NOT_MEASURED, Cohort, Reading, flag
from rejia.scores.roles import role_faults
from rejia.scores.rules import Rule, read_rules
from rejia.scores.score import Instrument, Score
from rejia.study.schema import Study, Variable

UNDIFFERENTIATED = "UND"
NAME = "ilar"
TESTS, POSITIVE = "rf_tests", "rf_positive_tests"
_DECIDED: Mapping[str, Answer] = {"inside": True, "outside": False, "across": None}
_COUNTS = ("≤", "≥")


@dataclass(frozen=True, slots=True)
class Fit:
    """
    Categories that the features of a patient allow.

    Attributes
    ----------
    surely : tuple of str
        Fit whatever is not known.
    possibly : tuple of str
        Fit if what is not known is so; with those that surely fit.
    """

    surely: tuple[str, ...]
    possibly: tuple[str, ...]

    @property
    def category(self) -> str:
        """The only category that is left, empty where several are."""
        if self.surely == self.possibly:
            return self.surely[0] if len(self.surely) == 1 else UNDIFFERENTIATED
        return UNDIFFERENTIATED if len(self.surely) > 1 else ""

    def allows(self, category: str) -> bool:
        """Say whether a category is not contradicted."""
        if category == UNDIFFERENTIATED:
            return self.category in {"", UNDIFFERENTIATED}
        return (
            category in self.possibly
            and len(self.surely) <= 1
            and (not self.surely or category in self.surely)
        )


@cache
def _general() -> dict[str, Rule]:
    return {rule["criterion"]: rule for rule in read_rules("ilar_general.csv")}


@cache
def categories() -> dict[str, tuple[str, ...]]:
    """Return the exclusions of each category, in the order of the file."""
    return {
        rule["category"]: tuple(part for part in rule["exclusions"].split(";") if part)
        for rule in read_rules("ilar_categories.csv")
    }


@cache
def roles() -> tuple[str, ...]:
    """Return the features that the rules ask for."""
    rules = (*read_rules("ilar_inclusions.csv"), *read_rules("ilar_exclusions.csv"))
    return (TESTS, *dict.fromkeys(rule["role"] for rule in rules))


def fit(parts: Mapping[str, Reading]) -> Fit:
    """
    Hold the features of a patient with arthritis against every category.

    Parameters
    ----------
    parts : mapping of str to Reading
        By role (`roles`): counts of joints and of tests of the rheumatoid factor,
        and features that are present or not. What is absent here is not known.

    Returns
    -------
    Fit

    Examples
    --------
    >>> from rejia.scores.readings import reading
    >>> parts = {role: reading(0) for role in roles()}
    >>> parts |= {"joints_first_6_months": reading(3), "joints_ever": reading(6)}
    >>> fit(parts | {"rf_tests": reading(2)}).category
    'OLIGO_E'
    """
    parts = _tested(parts)
    surely, possibly = [], []
    for category, exclusions in categories().items():
        if category == UNDIFFERENTIATED:
            continue
        included = _any_alternative(
            parts,
            [r for r in read_rules("ilar_inclusions.csv") if r["category"] == category],
        )
        excluded = [
            _any_alternative(
                parts,
                [r for r in read_rules("ilar_exclusions.csv") if r["exclusion"] == one],
            )
            for one in exclusions
        ]
        if included is False or True in excluded:
            continue
        possibly.append(category)
        if included and None not in excluded:
            surely.append(category)
    return Fit(tuple(surely), tuple(possibly))


def _tested(parts: Mapping[str, Reading]) -> dict[str, Reading]:
    """Leave out the tests of the rheumatoid factor where they are too few."""
    enough = int(_general()["rf_tests"]["bound"])
    counts = [parts.get(name, NOT_MEASURED).value for name in (TESTS, POSITIVE)]
    if any(count is not None and count >= enough for count in counts):
        return dict(parts)
    return {role: found for role, found in parts.items() if role != POSITIVE}


def _any_alternative(parts: Mapping[str, Reading], rules: Sequence[Rule]) -> Answer:
    """Say whether enough rows of any alternative hold."""
    answers = []
    for alternative in dict.fromkeys(rule["alternative"] for rule in rules):
        mine = [rule for rule in rules if rule["alternative"] == alternative]
        held = [_holds(parts.get(rule["role"], NOT_MEASURED), rule) for rule in mine]
        needs = int(mine[0]["needs"])
        if held.count(True) >= needs:
            return True
        answers.append(None if len(held) - held.count(False) >= needs else False)
    return None if None in answers else False


def _holds(found: Reading, rule: Rule) -> Answer:
    if rule["rule"] not in _COUNTS:
        return flag(found)
    if found.value is None:
        return None
    wanted = bounded(rule["rule"], Fraction(rule["bound"]))
    return _DECIDED[relation(found.not_negative, wanted)]


def _parts(variable: Variable, row: Mapping[str, object]) -> dict[str, Reading]:
    """Return the features of a row of the table of patients."""
    of = variable.of if isinstance(variable.of, dict) else {}
    parts = {}
    for column, role in of.items():
        value = row.get(column)
        if isinstance(value, int | float):
            if isfinite(value):
                parts[role] = Reading(exact(float(value)))
        elif value:
            parts[role] = Reading(text=str(value))
    return parts


def ilar_warnings(
    study: Study, tables: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[int, str, str, str]]:
    """
    Give what of the recorded categories does not fit.

    Parameters
    ----------
    study : Study
        Its variable of instrument ``ilar``, if any, names the features.
    tables : mapping of str to pandas.DataFrame
        Canonical tables.

    Yields
    ------
    line, patient, found, what
        A word that is no category, a category that the features contradict, an onset
        at 16 years or later. There is no official list of codes; these are ours.
    """
    made = [v for v in study.variables.values() if v.instrument == NAME]
    for line, row in enumerate(tables["patients"].to_dict("records"), start=2):
        cells = {str(name): value for name, value in row.items()}
        patient, category = str(cells["patient"]), str(cells.get("ilar_category") or "")
        if category and category not in categories():
            hint = nearest(category.upper(), categories())
            listed = ", ".join(categories())
            yield line, patient, category, f"is no category{hint} (known: {listed})"
        elif category and made:
            found = fit(_parts(made[0], cells))
            if not found.allows(category):
                left = found.category or ", ".join(found.possibly)
                yield line, patient, category, f"is not what the features allow: {left}"
        if _is_late(cells):
            onset = str(cells["onset_date"])
            yield line, patient, onset, "is an onset at 16 years or later, no JIA"


def _is_late(row: Mapping[str, object]) -> bool:
    """Say whether arthritis began too late for any category."""
    try:
        born = date.fromisoformat(str(row.get("birth_date", "")))
        onset = date.fromisoformat(str(row.get("onset_date", "")))
    except ValueError:
        return False
    years = onset.year - born.year - ((onset.month, onset.day) < (born.month, born.day))
    return years >= int(_general()["onset_age"]["bound"])


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    table = cohort.tables.get("patients")
    rows = [] if table is None else table.to_dict("records")
    fits = {
        str(row["patient"]): fit(_parts(variable, {str(k): v for k, v in row.items()}))
        for row in rows
    }
    scores = []
    for patient, visit in cohort.patient_visits:
        found = fits.get(patient, fit({}))
        reason = "" if found.category else f"possible: {', '.join(found.possibly)}"
        scores.append(
            Score(
                patient=patient,
                visit=visit,
                score=name,
                value=nan,
                level=found.category,
                unit="ILAR category",
                score_version="ilar_2001_second_revision",
                reason=reason,
            )
        )
    return scores


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    faults = role_faults(variable, needed=(), optional=roles())
    of = variable.of if isinstance(variable.of, dict) else {}
    faults += [
        f"of: {column} must be a variable per patient"
        for column in of
        if column in study.variables and study.variables[column].per != "patient"
    ]
    return faults


INSTRUMENT = Instrument(_derive, _faults)
