"""Rules across fields: dates in order, sums that hold, no patient a copy."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import exp, isfinite

import numpy as np
import pandas as pd

from rejia.coded import kinds_of, records
from rejia.cohort.check import CohortFault
from rejia.cohort.date_rules import (
    patient_dates,
    treatment_order,
    visit_order,
    visit_pairs,
)
from rejia.study import Study
from rejia.study.columns import measured, of_patients
from rejia.study.equations import Equation, read_equation

# Units of what is rounded to whole numbers without being counted.
_TIMES = ("years", "year", "months", "month", "weeks", "week", "days", "day")


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
        *patient_dates(tables),
        *visit_order(study, tables["visits"]),
        *treatment_order(tables["treatments"]),
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
    had = set(visits["patient"].tolist())
    found = [
        CohortFault("patients", line, p, "patient", p, "has no visit", "add one")
        for line, p in enumerate(tables["patients"]["patient"].tolist(), start=2)
        if p and p not in had
    ]
    seen = set(visits["visit"].unique())
    found += [
        CohortFault("visits", 0, "", "visit", name, "no patient has this visit", "")
        for name in study.visits
        if name not in seen and not visits.empty
    ]
    for earlier, later in visit_pairs(study, visits):
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
    columns = ["visit", "variable", "value", "text"]
    if _pairs_by_chance(measurements[columns]) > 0.5:
        return
    which, _ = kinds_of(measurements, columns)
    codes, patients = pd.factorize(measurements["patient"])
    # Each patient's rows one behind the other, in an order that says nothing.
    own = np.lexsort((which, codes))
    ends = np.cumsum(np.bincount(codes, minlength=len(patients)))
    lines = kinds_of(measurements, ["patient"])[1] + 2
    first: dict[bytes, str] = {}
    places = zip([0, *ends[:-1].tolist()], ends.tolist(), strict=False)
    for name, line, (start, end) in zip(
        patients.tolist(), lines.tolist(), places, strict=True
    ):
        if end - start < 4:
            continue
        known = which[own[start:end]].tobytes()
        if known in first:
            what = f"has the same {end - start} values as patient {first[known]}"
            allowed = "is one a copy of the other?"
            yield CohortFault(
                "measurements", line, name, "patient", name, what, allowed
            )
        first.setdefault(known, name)


def _pairs_by_chance(cells: pd.DataFrame) -> float:
    """Return how many pairs of patients would be alike were columns independent."""
    which, rows = kinds_of(cells, list(cells.columns))
    of_kind = kinds_of(cells, ["visit", "variable"])[0][rows]
    counts = np.bincount(which)
    n = np.bincount(of_kind, weights=counts)
    alike = np.bincount(of_kind, weights=counts * (counts - 1.0))
    most = int(n.max(initial=0))
    # Two patients say nothing of what is common.
    if most <= 2 or not alike.all():
        return 0.0
    return exp(float(np.log(alike / (n * (n - 1))).sum())) * most * (most - 1) / 2


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
            for line, row in enumerate(records(patients), start=2):
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
        for row in records(tables["patients"])
    }
    at: dict[tuple[str, str], dict[str, Fraction | None]] = {}
    lines: dict[tuple[str, str], dict[str, int]] = {}
    names = {term.name for term in (equation.left, *equation.right)} - of_all
    for line, row in enumerate(records(tables["measurements"]), start=2):
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
