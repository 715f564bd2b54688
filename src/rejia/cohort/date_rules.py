"""Rules about time: birth, onset and visits in order, days that fit their dates."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import isfinite, isnan, nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rejia.coded import records
from rejia.cohort.check import CohortFault
from rejia.study import Study

EARLIEST, LATEST = "1900-01-01", "2100-01-01"


def patient_dates(tables: Mapping[str, pd.DataFrame]) -> Iterator[CohortFault]:
    """Give births, onsets and visits that are out of order, or not of our time."""
    patients, visits = tables["patients"], tables["visits"]
    onset: dict[str, tuple[str, str]] = {}
    for line, row in _rows(patients, _has_text(patients, "birth_date", "onset_date")):
        patient = str(row["patient"])
        born, began = (_iso(row[name]) for name in ("birth_date", "onset_date"))
        for column, day in (("birth_date", born), ("onset_date", began)):
            if day and not EARLIEST <= day <= LATEST:
                what, allowed = "is not of our time", f"{EARLIEST} to {LATEST}"
                yield CohortFault("patients", line, patient, column, day, what, allowed)
        if born and began and began < born:
            what, allowed = f"is before birth ({born})", "birth, then onset"
            yield CohortFault(
                "patients", line, patient, "onset_date", began, what, allowed
            )
        latest = max(born, began)
        if latest:
            onset[patient] = (latest, "onset" if latest == began else "birth")
    for line, row in _rows(visits, _has_text(visits, "date")):
        day, patient = _iso(row["date"]), str(row["patient"])
        if day and not EARLIEST <= day <= LATEST:
            what, allowed = "is not of our time", f"{EARLIEST} to {LATEST}"
            yield CohortFault("visits", line, patient, "date", day, what, allowed)
        if day and patient in onset and day < onset[patient][0]:
            known, event = onset[patient]
            what, allowed = f"is before {event} ({known})", f"{event}, then visits"
            yield CohortFault("visits", line, patient, "date", day, what, allowed)


def _rows(
    table: pd.DataFrame, is_wanted: NDArray[np.bool_]
) -> Iterator[tuple[int, dict[str, object]]]:
    """Give the wanted rows, each with its line."""
    lines = (np.flatnonzero(is_wanted) + 2).tolist()
    return zip(lines, records(table[is_wanted]), strict=True)


def _has_text(table: pd.DataFrame, *columns: str) -> NDArray[np.bool_]:
    return np.asarray((table[list(columns)] != "").any(axis=1), dtype=bool)


def _iso(value: object) -> str:
    """Return an ISO date, or nothing for any other text."""
    try:
        return date.fromisoformat(str(value)).isoformat() if value else ""
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class _Visited:
    """A visit of a patient, and its line."""

    line: int
    patient: str
    visit: str
    day: float
    date: str

    def of(self, column: str) -> float | str | None:
        """Return its day or date, where there is one."""
        if column == "day":
            return None if isnan(self.day) else self.day
        return self.date or None

    def fault(self, column: str, what: str, allowed: str) -> CohortFault:
        """Return a fault of its day or date."""
        found = f"{self.day:g}" if column == "day" else self.date
        return CohortFault(
            "visits", self.line, self.patient, column, found, what, allowed
        )


def visit_pairs(
    study: Study, visits: pd.DataFrame
) -> Iterator[tuple[_Visited, _Visited]]:
    """
    Give each patient's visits with the one before, in the order of the study.

    Patients about whose visits no rule can find anything are left out.
    """
    order = {name: place for place, name in enumerate(study.visits)}
    had: dict[str, dict[int, _Visited]] = {}
    for line, row in _rows(visits, _is_in_doubt(order, visits)):
        patient, visit = str(row["patient"]), str(row["visit"])
        if visit in order:
            one = _Visited(
                line, patient, visit, float(str(row["day"])), _iso(row["date"])
            )
            had.setdefault(patient, {}).setdefault(order[visit], one)
    # A visit without a nominal month (the last radiograph) may fall between others: it
    # is only known to come after the first.
    fixed = {
        order[name] for name, visit in study.visits.items() if visit.month is not None
    }
    for own in had.values():
        places = sorted(own)
        known = [own[place] for place in places if place in fixed] if fixed else []
        yield from pairwise(known or [own[place] for place in places])
        for place in places if known else ():
            if place not in fixed and order[known[0].visit] < place:
                yield known[0], own[place]


def _is_in_doubt(order: Mapping[str, int], visits: pd.DataFrame) -> NDArray[np.bool_]:
    """
    Say of each row whether its patient's visits need a look one by one.

    They need none where days and dates rise from visit to visit, or none are given at
    all, and rise together: whole days, as many as there are between the dates.
    """
    codes, _ = pd.factorize(visits["patient"])
    place = _of_each(visits["visit"], lambda name: order.get(name, -1))
    date_number = _of_each(visits["date"], _ordinal)
    day = visits["day"].to_numpy(dtype=float)
    known = np.flatnonzero(place >= 0)
    known = known[np.lexsort((place[known], codes[known]))]
    patient, days, dates = codes[known], day[known], date_number[known]
    with np.errstate(invalid="ignore"):
        day_steps, date_steps = np.diff(days), np.diff(dates)
    rises = _rises(days, day_steps) & _rises(dates, date_steps)
    agrees = np.isnan(day_steps) | np.isnan(date_steps)
    agrees |= (day_steps == date_steps) & (days[1:] == np.rint(days[1:]))
    is_odd = ~(rises & agrees) & (patient[1:] == patient[:-1])
    return np.isin(codes, patient[1:][is_odd])


def _rises(
    values: NDArray[np.float64], steps: NDArray[np.float64]
) -> NDArray[np.bool_]:
    is_none = np.isnan(values)
    return (steps > 0) | (is_none[1:] & is_none[:-1])


def _of_each(column: pd.Series, number: Callable[[str], float]) -> NDArray[np.float64]:
    """Return a number for each row; each different text is looked at once."""
    codes, texts = pd.factorize(column)
    known = np.array([number(text) for text in texts.tolist()], dtype=float)
    return known[codes] if len(known) else np.zeros(0)


def _ordinal(text: str) -> float:
    iso = _iso(text)
    return date.fromisoformat(iso).toordinal() if iso else nan


def visit_order(study: Study, visits: pd.DataFrame) -> Iterator[CohortFault]:
    """Give visits before an earlier one, and days that contradict dates."""
    order = ", ".join(study.visits)
    for earlier, later in visit_pairs(study, visits):
        for column in ("day", "date"):
            first, second = earlier.of(column), later.of(column)
            if first is None or second is None or not _before(second, first):
                continue
            shown = f"{first:g}" if isinstance(first, float) else first
            what = f"is before visit {earlier.visit} ({column} {shown})"
            yield later.fault(column, what, f"order of the visits: {order}")
        if not (earlier.date and later.date) or not isfinite(later.day - earlier.day):
            continue
        passed = date.fromisoformat(later.date) - date.fromisoformat(earlier.date)
        if passed.days != later.day - earlier.day:
            what = (
                f"is {later.day - earlier.day:g} days after visit {earlier.visit}, "
                f"but its date is {passed.days} days after"
            )
            yield later.fault("day", what, "leave out one of day and date, or mend it")


def _before(first: float | str, second: float | str) -> bool:
    if isinstance(first, float) and isinstance(second, float):
        return first < second
    return str(first) < str(second)


def treatment_order(treatments: pd.DataFrame) -> Iterator[CohortFault]:
    """Give treatments that stop before they start."""
    for line, row in enumerate(records(treatments), start=2):
        start, stop = str(row["start"]), str(row["stop"])
        try:
            is_wrong = float(stop) < float(start)
        except ValueError:
            is_wrong = bool(_iso(start) and _iso(stop)) and stop < start
        if is_wrong:
            what, allowed = f"is before its start ({start})", "start, then stop"
            patient = str(row["patient"])
            yield CohortFault("treatments", line, patient, "stop", stop, what, allowed)
