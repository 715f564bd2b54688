"""Courses of treatment over the days of a patient."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf, isnan, nan

import pandas as pd

from rejia.scores.changes import Answer

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


def covers(course: Course, day: float, end: float) -> Answer:
    """Say whether a course touches the days from `day` to `end`; None if unknown."""
    if course.stop <= day or course.start > end:
        return False
    return True if course.start <= end and course.stop > day else None


class Calendar:
    """
    Days of one patient, whether they were recorded as days or as dates.

    Parameters
    ----------
    visits : iterable of mapping
        Rows of the patient in the table of visits.
    """

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

    @property
    def first(self) -> float:
        """The first day on which the patient was seen."""
        return min((d for d in self._days.values() if not isnan(d)), default=nan)

    def course(self, row: Mapping[str, object]) -> Course:
        """Return the course of a row of the table of treatments."""
        return Course(
            self.day(str(row.get("start", "")), empty=-inf),
            self.day(str(row.get("stop", "")), empty=inf),
        )


def rows_by_patient(
    tables: Mapping[str, pd.DataFrame], table: str
) -> dict[str, list[Mapping[str, object]]]:
    """Return the rows of a table by patient; nothing where it is absent."""
    rows: dict[str, list[Mapping[str, object]]] = {}
    if table in tables:
        frame = tables[table]
        columns = [str(column) for column in frame.columns]
        for cells in frame.itertuples(index=False, name=None):
            row = dict(zip(columns, cells, strict=True))
            rows.setdefault(str(row["patient"]), []).append(row)
    return rows


def is_given(row: Mapping[str, object]) -> bool:
    """Say whether a row of the table of treatments is a course: a dose of 0 is none."""
    return float(str(row.get("dose", nan))) != 0


def exposure(
    courses: Sequence[Course], *, first: float, last: float
) -> list[tuple[float, float]] | None:
    """
    Return the days under treatment: the union of courses, without overlap.

    Parameters
    ----------
    courses : sequence of Course
        Of any of the drugs that count.
    first, last : float
        First and last day on which the patient was seen; `nan` where not known.

    Returns
    -------
    list of (float, float) or None
        First day with, and first day without treatment. A course that began before
        it was recorded counts from the first visit, one that goes on up to the last
        visit; nothing after that visit counts. None where a day is not known.

    Examples
    --------
    >>> exposure([Course(0, 100), Course(50, inf)], first=0, last=365)
    [(0, 365)]
    """
    spans = []
    for course in courses:
        start = first if course.start == -inf else course.start
        stop = last if course.stop == inf else min(course.stop, last)
        if isnan(start) or isnan(stop) or isnan(course.stop):
            return None
        if stop > start:
            spans.append((start, stop))
    merged: list[tuple[float, float]] = []
    for start, stop in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    return merged
