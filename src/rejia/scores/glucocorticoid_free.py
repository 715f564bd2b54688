"""Discontinuation of glucocorticoids, from the table of treatments."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from math import inf, isnan

from rejia.scores.changes import Answer
from rejia.scores.courses import Calendar, Course, covers, is_given, rows_by_patient
from rejia.scores.readings import Cohort
from rejia.scores.rules import Rule, check_choice, read_rules
from rejia.scores.score import Instrument, Score, choice_faults, spoken
from rejia.study.schema import Study, Variable


@cache
def rules() -> dict[str, Rule]:
    """Return the rules for how long a patient must be without glucocorticoids."""
    return {rule["layout"]: rule for rule in read_rules("glucocorticoid_free.csv")}


@cache
def glucocorticoids() -> frozenset[str]:
    """Return the names of drugs that are glucocorticoids."""
    return frozenset(rule["drug"] for rule in read_rules("glucocorticoids.csv"))


def glucocorticoid_free(
    courses: Sequence[Course], day: float, *, last_day: float, rule: str
) -> tuple[Answer, str]:
    """
    Say whether a patient is free of glucocorticoids from a day on.

    Parameters
    ----------
    courses : sequence of Course
        Of any glucocorticoid by any route, pulses and injections included.
    day : float
        Day of the visit; `nan` where it is not known.
    last_day : float
        Last day on which the patient was seen.
    rule : str
        ``off_28_days``: no course from the visit to 28 days after it;
        ``off_to_the_end``: none to the last day.

    Returns
    -------
    answer : bool or None
        None where a day is unknown or follow-up is too short.
    reason : str
        Why it is undecided.

    Raises
    ------
    ValueError
        If the rule is unknown.
    """
    check_choice("rule", rule, rules())
    if any(course.start == -inf and course.stop == inf for course in courses):
        return False, ""
    if isnan(day):
        return None, "the day of the visit is missing"
    min_days = rules()[rule]["min_days"]
    end = day + float(min_days) if min_days else last_day
    touched = [covers(course, day, end) for course in courses]
    if True in touched:
        return False, ""
    if None in touched:
        return None, "the days of a course are not known"
    if not last_day >= end:
        return None, f"seen for less than {min_days} days after the visit"
    return True, ""


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    layout = variable.layout or ""
    visits, treatments = (
        rows_by_patient(cohort.tables, "visits"),
        rows_by_patient(cohort.tables, "treatments"),
    )
    scores = []
    for patient, visit in cohort.patient_visits:
        calendar = Calendar(visits.get(patient, []))
        given = treatments.get(patient, [])
        answer, reason = glucocorticoid_free(
            _courses(given, calendar),
            calendar.visit(visit),
            last_day=calendar.last,
            rule=layout,
        )
        if not given:
            answer, reason = None, "no treatment of the patient is recorded"
        scores.append(
            Score(
                patient=patient,
                visit=visit,
                score=name,
                **spoken(answer),
                unit="free of glucocorticoids",
                score_version=f"glucocorticoid_free_{layout}",
                reason=reason,
            )
        )
    return scores


def _courses(rows: Iterable[Mapping[str, object]], calendar: Calendar) -> list[Course]:
    return [
        calendar.course(row)
        for row in rows
        if str(row["drug"]).strip().lower() in glucocorticoids() and is_given(row)
    ]


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    return choice_faults("layout", variable.layout, tuple(rules()))


INSTRUMENT = Instrument(_derive, _faults)
