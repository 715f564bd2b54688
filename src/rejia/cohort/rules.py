"""Rules across fields: dates in order, sums that hold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import exp, inf, isfinite, isnan, log

import pandas as pd

from rejia.cohort.check import CohortFault
from rejia.study import Study
from rejia.study.columns import measured, of_patients
from rejia.study.equations import Equation, read_equation

# Units of what is rounded to whole numbers without being counted.
_TIMES = ("years", "year", "months", "month", "weeks", "week", "days", "day")
EARLIEST, LATEST = "1900-01-01", "2100-01-01"


def rule_faults(study: Study, tables: Mapping[str, pd.DataFrame]) -> list[CohortFault]:
    """
    Check what several fields of a patient say together.

    Parameters
    ----------
    study : Study
        Declares the order of visits, and equations between variables.
    tables : mapping of str to pandas.DataFrame
        Canonical tables.

    Returns
    -------
    list of CohortFault
        Birth, onset and visits out of order, days that contradict dates, treatments
        that stop before they start, and equations of the study that do not hold
        within rounding.
    """
    return [
        *_patient_dates(tables),
        *_visit_order(study, tables["visits"]),
        *_treatment_order(tables["treatments"]),
        *_equation_faults(study, tables),
    ]


def rule_warnings(
    study: Study, tables: Mapping[str, pd.DataFrame]
) -> list[CohortFault]:
    """
    Say what is odd about a cohort, though nothing of it must be wrong.

    Parameters
    ----------
    study : Study
        Declares visits.
    tables : mapping of str to pandas.DataFrame
        Canonical tables.

    Returns
    -------
    list of CohortFault
        Patients without a visit, visits that no patient has, two visits of a patient
        on one day, and two patients whose measurements are all the same.
    """
    visits = tables["visits"]
    had = set(visits["patient"])
    found = [
        CohortFault("patients", line, p, "patient", p, "has no visit", "add one")
        for line, p in enumerate(tables["patients"]["patient"], start=2)
        if p and p not in had
    ]
    found += [
        CohortFault("visits", 0, "", "visit", name, "no patient has this visit", "")
        for name in study.visits
        if name not in set(visits["visit"]) and not visits.empty
    ]
    for earlier, later in _pairs(study, visits):
        for column in ("day", "date"):
            first, second = earlier.of(column), later.of(column)
            if first is not None and first == second:
                what = f"is that of visit {earlier.visit} as well"
                found.append(later.fault(column, what, "two visits, two days"))
    return found + list(_copies(tables["measurements"]))


def _copies(measurements: pd.DataFrame) -> Iterator[CohortFault]:
    """
    Give patients whose measurements, four or more, are another's to the letter.

    None where chance alone would make such pairs: a few grades at a few visits.
    """
    first: dict[tuple[object, ...], str] = {}
    columns = ["visit", "variable", "value", "text"]
    if _pairs_by_chance(measurements[columns].astype(str)) > 0.5:
        return
    lines = {p: n for n, p in reversed([*enumerate(measurements["patient"], 2)])}
    for patient, own in measurements.groupby("patient", sort=False):
        rows = own[columns].astype(str).sort_values(columns)
        known = tuple(map(tuple, rows.to_numpy().tolist()))
        if len(known) < 4:
            continue
        name = str(patient)
        if known in first:
            what = f"has the same {len(known)} values as patient {first[known]}"
            allowed = "is one a copy of the other?"
            yield CohortFault(
                "measurements", lines[patient], name, "patient", name, what, allowed
            )
        first.setdefault(known, name)


def _pairs_by_chance(cells: pd.DataFrame) -> float:
    """Return how many pairs of patients would be alike were columns independent."""
    log_pairs, most = 0.0, 0
    for _, column in cells.groupby(["visit", "variable"]):
        n, counts = len(column), column.value_counts()
        alike = float((counts * (counts - 1)).sum())
        most = max(most, n)
        log_pairs += log(alike / (n * (n - 1))) if alike else -inf
    # Two patients say nothing of what is common.
    return exp(log_pairs) * most * (most - 1) / 2 if most > 2 else 0.0


def _patient_dates(tables: Mapping[str, pd.DataFrame]) -> Iterator[CohortFault]:
    patients, visits = tables["patients"], tables["visits"]
    onset: dict[str, tuple[str, str]] = {}
    for line, row in enumerate(patients.to_dict("records"), start=2):
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
    for line, row in enumerate(visits.to_dict("records"), start=2):
        day, patient = _iso(row["date"]), str(row["patient"])
        if day and not EARLIEST <= day <= LATEST:
            what, allowed = "is not of our time", f"{EARLIEST} to {LATEST}"
            yield CohortFault("visits", line, patient, "date", day, what, allowed)
        if day and patient in onset and day < onset[patient][0]:
            known, event = onset[patient]
            what, allowed = f"is before {event} ({known})", f"{event}, then visits"
            yield CohortFault("visits", line, patient, "date", day, what, allowed)


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


def _pairs(study: Study, visits: pd.DataFrame) -> Iterator[tuple[_Visited, _Visited]]:
    """Give each patient's visits with the one before, in the order of the study."""
    order = {name: place for place, name in enumerate(study.visits)}
    had: dict[str, dict[int, _Visited]] = {}
    for line, row in enumerate(visits.to_dict("records"), start=2):
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


def _visit_order(study: Study, visits: pd.DataFrame) -> Iterator[CohortFault]:
    order = ", ".join(study.visits)
    for earlier, later in _pairs(study, visits):
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


def _treatment_order(treatments: pd.DataFrame) -> Iterator[CohortFault]:
    for line, row in enumerate(treatments.to_dict("records"), start=2):
        start, stop = str(row["start"]), str(row["stop"])
        try:
            is_wrong = float(stop) < float(start)
        except ValueError:
            is_wrong = bool(_iso(start) and _iso(stop)) and stop < start
        if is_wrong:
            what, allowed = f"is before its start ({start})", "start, then stop"
            patient = str(row["patient"])
            yield CohortFault("treatments", line, patient, "stop", stop, what, allowed)


def _equation_faults(
    study: Study, tables: Mapping[str, pd.DataFrame]
) -> Iterator[CohortFault]:
    of_all, at_visits = set(of_patients(study)), set(measured(study))
    for text in study.structure.identities:
        equation = read_equation(text)
        terms = [equation.left, *equation.right]
        names = {term.name for term in terms}
        if any(term.component for term in terms) or not names <= of_all | at_visits:
            continue
        if names <= of_all:
            patients = tables["patients"]
            for line, row in enumerate(patients.to_dict("records"), start=2):
                found = {n: _exact(row.get(n)) for n in names}
                what = _misses(study, equation, found)
                if what:
                    name = equation.left.name
                    yield CohortFault(
                        "patients",
                        line,
                        str(row["patient"]),
                        name,
                        _shown(found[name]),
                        what,
                        text,
                    )
        else:
            yield from _visit_equation(study, tables, equation, text, names & of_all)


def _visit_equation(
    study: Study,
    tables: Mapping[str, pd.DataFrame],
    equation: Equation,
    text: str,
    of_all: set[str],
) -> Iterator[CohortFault]:
    """Check an equation at each visit; values of the patient hold at all of them."""
    own = {
        str(row["patient"]): {n: _exact(row.get(n)) for n in of_all}
        for row in tables["patients"].to_dict("records")
    }
    at: dict[tuple[str, str], dict[str, Fraction | None]] = {}
    lines: dict[tuple[str, str], dict[str, int]] = {}
    names = {term.name for term in (equation.left, *equation.right)} - of_all
    for line, row in enumerate(tables["measurements"].to_dict("records"), start=2):
        name, key = str(row["variable"]), (str(row["patient"]), str(row["visit"]))
        if name in names:
            exact = None if row["comparator"] else _exact(row["value"])
            at.setdefault(key, {})[name] = exact
            lines.setdefault(key, {})[name] = line
    for key, values in at.items():
        found = {**own.get(key[0], {}), **values}
        what = _misses(study, equation, found)
        if what:
            name = equation.left.name
            placed = name if name in lines[key] else next(iter(lines[key]))
            line, shown = lines[key][placed], _shown(found[placed])
            what = what if placed == name else f"{name} {what}"
            yield CohortFault("measurements", line, key[0], "value", shown, what, text)


def _misses(
    study: Study, equation: Equation, found: Mapping[str, Fraction | None]
) -> str:
    """
    Say how an equation does not hold.

    A measured value stands for half a step to both sides, ends included: what is
    rounded down differs by no more. Counts and scores add up exactly.
    """
    total, room = Fraction(0), Fraction(0)
    parts = []
    for term in (equation.left, *equation.right):
        value = found.get(term.name)
        if value is None:
            return ""
        room += abs(term.weight) * _rounded_to(study, term.name) / 2
        if term is not equation.left:
            total += term.weight * value
            parts.append(f"{term.name} {_shown(value)}")
    left = found[equation.left.name]
    if left is None or abs(left - total) <= room:
        return ""
    return f"is not what {', '.join(parts)} give ({_shown(total)})"


def _rounded_to(study: Study, name: str) -> Fraction:
    """Return the step to which a variable is rounded; nothing for what is counted."""
    variable = study.variables.get(name)
    if variable is None or variable.step is None:
        return Fraction(0)
    is_counted = float(variable.step).is_integer() and variable.unit not in _TIMES
    return Fraction(0) if is_counted else Fraction(repr(variable.step))


def _exact(value: object) -> Fraction | None:
    if isinstance(value, int | float) and isfinite(value):
        return Fraction(repr(float(value)))
    return None


def _shown(value: Fraction | None) -> str:
    return "" if value is None else f"{float(value):.12g}"
