"""Discontinuation of glucocorticoids, from the table of treatments."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import inf, isnan, nan

from rejia.scores.changes import Answer
from rejia.scores.readings import Cohort
from rejia.scores.rules import Rule, check_choice, read_rules
from rejia.scores.score import Instrument, Score, choice_faults
from rejia.study.schema import Study, Variable

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Course:
    """
    A treatment over time.

    Attributes
    ----------
    start, stop : float
        First day with and first day without it; `nan` where a day is not known.
    """

    start: float = -inf
    stop: float = inf


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
    covers = [_covers(course, day, end) for course in courses]
    if True in covers:
        return False, ""
    if None in covers:
        return None, "the days of a course are not known"
    if not last_day >= end:
        return None, f"seen for less than {min_days} days after the visit"
    return True, ""


def _covers(course: Course, day: float, end: float) -> Answer:
    """Say whether a course touches the days from `day` to `end`."""
    if course.stop <= day or course.start > end:
        return False
    return True if course.start <= end and course.stop > day else None


class _Calendar:
    """Days of one patient, whether they were recorded as days or as dates."""

    def __init__(self, visits: Iterable[Mapping[str, object]]) -> None:
        self._days: dict[str, float] = {}
        self._origin: int | None = None
        dates: dict[str, int] = {}
        for row in visits:
            day = float(str(row.get("day", nan)))
            text = str(row.get("date", ""))
            self._days[str(row["visit"])] = day
            if _ISO.fullmatch(text):
                dates[str(row["visit"])] = date.fromisoformat(text).toordinal()
                if not isnan(day) and self._origin is None:
                    self._origin = dates[str(row["visit"])] - int(day)
        if self._origin is None and all(isnan(day) for day in self._days.values()):
            self._origin = 0
        for visit, ordinal in dates.items():
            if isnan(self._days[visit]) and self._origin is not None:
                self._days[visit] = float(ordinal - self._origin)

    def visit(self, name: str) -> float:
        """Return the day of a visit, `nan` where it is not known."""
        return self._days.get(name, nan)

    @property
    def last(self) -> float:
        """The last day on which the patient was seen."""
        return max((d for d in self._days.values() if not isnan(d)), default=nan)

    def day(self, text: str, *, empty: float) -> float:
        """Return the day of a start or stop, `nan` where it does not compare."""
        if not text:
            return empty
        if _NUMBER.fullmatch(text):
            return float(text)
        if self._origin is None or not _ISO.fullmatch(text):
            return nan
        return float(date.fromisoformat(text).toordinal() - self._origin)


def _derive(name: str, variable: Variable, cohort: Cohort) -> list[Score]:
    layout = variable.layout or ""
    visits, treatments = (
        _by_patient(cohort, "visits"),
        _by_patient(cohort, "treatments"),
    )
    scores = []
    for patient, visit in cohort.patient_visits:
        calendar = _Calendar(visits.get(patient, []))
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
                value=nan if answer is None else float(answer),
                level={True: "yes", False: "no", None: ""}[answer],
                unit="free of glucocorticoids",
                score_version=f"glucocorticoid_free_{layout}",
                reason=reason,
            )
        )
    return scores


def _courses(rows: Iterable[Mapping[str, object]], calendar: _Calendar) -> list[Course]:
    return [
        Course(
            calendar.day(str(row.get("start", "")), empty=-inf),
            calendar.day(str(row.get("stop", "")), empty=inf),
        )
        for row in rows
        if str(row["drug"]).strip().lower() in glucocorticoids()
        and float(str(row.get("dose", nan))) != 0
    ]


def _by_patient(cohort: Cohort, table: str) -> dict[str, list[Mapping[str, object]]]:
    rows: dict[str, list[Mapping[str, object]]] = {}
    if table in cohort.tables:
        frame = cohort.tables[table]
        columns = [str(column) for column in frame.columns]
        for cells in frame.itertuples(index=False, name=None):
            row = dict(zip(columns, cells, strict=True))
            rows.setdefault(str(row["patient"]), []).append(row)
    return rows


def _faults(name: str, variable: Variable, study: Study) -> list[str]:
    return choice_faults("layout", variable.layout, tuple(rules()))


INSTRUMENT = Instrument(_derive, _faults)
