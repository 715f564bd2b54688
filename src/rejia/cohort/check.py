"""Checks of a cohort against its study: ranges, units, visits, patients, keys."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rejia.cohort.units import implausible_units
from rejia.contracts import COHORT_KEYS
from rejia.frame import Fault, nearest, repeated_keys
from rejia.study import Study, Variable
from rejia.study.units import conversion


@dataclass(frozen=True, slots=True)
class CohortFault:
    """
    One fault of a cohort; `found` and `patient` are patients' values.

    Attributes
    ----------
    table : str
        Table of the cohort.
    line : int
        Line of its file; 0 for the table as a whole.
    patient : str
        Patient of the row, where there is one.
    column, found, what, allowed : str
        As in `frame.Fault`.
    file, sheet : str
        Where it is, once that is known; `line` and `column` are then of that place.
    is_declared : bool
        Whether a contract or the study declares `column`; the name of any other
        may be a value, as in a file without header.
    """

    table: str
    line: int
    patient: str
    column: str
    found: str
    what: str
    allowed: str
    file: str = ""
    sheet: str = ""
    is_declared: bool = True

    @classmethod
    def of(cls, table: str, fault: Fault, patients: Sequence[str]) -> "CohortFault":
        """Place a fault of one table among the patients."""
        row = fault.line - 2
        patient = patients[row] if 0 <= row < len(patients) else ""
        return cls(
            table,
            fault.line,
            patient,
            fault.column,
            fault.found,
            fault.what,
            fault.allowed,
        )


def count_faults(faults: Iterable[CohortFault]) -> list[str]:
    """
    Return the faults as counts by table and column, without any value.

    An unknown column stays unnamed: in a file without header its name is a value.
    """
    counts = Counter((fault.table, _column(fault)) for fault in faults)
    return [
        f"{table}: {column}: {count} fault{'s' if count > 1 else ''}"
        for (table, column), count in counts.items()
    ]


def _column(fault: CohortFault) -> str:
    if fault.what.startswith("is unknown") or not fault.is_declared:
        return "unknown columns"
    return f"column {fault.column!r}"


def check_cohort(study: Study, tables: Mapping[str, pd.DataFrame]) -> list[CohortFault]:
    """
    Check canonical tables against their study.

    Parameters
    ----------
    study : Study
        Declares visits, variables, ranges and units.
    tables : mapping of str to pandas.DataFrame
        Canonical tables in the order of their files.

    Returns
    -------
    list of CohortFault
        Repeated keys, patients and visits that are not declared, unknown
        variables, other units, values that point to another unit, values out of
        range or off their step, values that are neither number nor text.
    """
    faults = [
        CohortFault(name, 0, "", "patient", "", "table has no row", f"add {name}")
        for name in ("patients", "visits")
        if tables[name].empty
    ]
    patients = set(tables["patients"]["patient"])
    for name, table in tables.items():
        found = repeated_keys(table, COHORT_KEYS[name])
        if name != "patients":
            found += _unknown(table, "patient", patients, "is not in table patients")
        if "visit" in table.columns:
            found += _unknown(table, "visit", study.visits, "is no visit of the study")
        if name in {"measurements", "findings"}:
            found += _unvisited(table, tables["visits"], patients)
        if name == "patients":
            found += list(_patient_faults(study, table))
        if name == "measurements":
            found += list(_measurement_faults(study, table))
            suspects = implausible_units(study, table)
            found += [suspect.fault for suspect in suspects if not suspect.is_noted]
        if found:
            names = table["patient"].tolist()
            faults += [CohortFault.of(name, fault, names) for fault in found]
    return faults


def cohort_warnings(
    study: Study, tables: Mapping[str, pd.DataFrame]
) -> list[CohortFault]:
    """
    Return what a reader should know of a cohort that has no fault of it.

    Parameters
    ----------
    study : Study
        Declares variables and their units.
    tables : mapping of str to pandas.DataFrame
        Canonical tables.

    Returns
    -------
    list of CohortFault
        Values that point to another unit but are marked as doubtful readings.
    """
    table = tables["measurements"]
    found = [s.fault for s in implausible_units(study, table) if s.is_noted]
    patients = table["patient"].tolist()
    return [CohortFault.of("measurements", fault, patients) for fault in found]


def _unvisited(
    table: pd.DataFrame, visits: pd.DataFrame, patients: set[str]
) -> list[Fault]:
    """Return rows of visits that the patient did not have."""
    known = set(visits["visit"])
    # Places among the patients and visits that there are; -1 where there is none.
    people = pd.Index(list(dict.fromkeys(visits["patient"])))
    names = pd.Index(list(dict.fromkeys(visits["visit"])))
    had = np.unique(_pairs(visits, people, names))
    there = _is_among(table["visit"], known) & _is_among(table["patient"], patients)
    pairs = _pairs(table, people, names)
    rows = np.flatnonzero(there & ~np.isin(pairs, had))
    found = table["visit"].iloc[rows].tolist()
    what = "is not in table visits for this patient"
    return [
        Fault(row + 2, "visit", visit, what, "add it")
        for row, visit in zip(rows.tolist(), found, strict=True)
    ]


def _pairs(table: pd.DataFrame, people: pd.Index, names: pd.Index) -> NDArray[np.int64]:
    """Return one number for each pair of patient and visit."""
    patient, visit = _places(table["patient"], people), _places(table["visit"], names)
    pairs = patient * (len(names) + 1) + visit
    return np.where((patient < 0) | (visit < 0), -1, pairs)


def _places(column: pd.Series, known: pd.Index) -> NDArray[np.int64]:
    """Return where each text of a column stands among known ones; a text once."""
    codes, texts = pd.factorize(column)
    places = known.get_indexer(pd.Index(texts.tolist())).astype(np.int64)
    return places[codes] if len(places) else np.zeros(0, dtype=np.int64)


def _is_among(column: pd.Series, known: Iterable[str]) -> NDArray[np.bool_]:
    different = pd.Index(list(dict.fromkeys(known)), dtype=object)
    return _places(column, different) >= 0


def _unknown(
    table: pd.DataFrame, column: str, known: Iterable[str], what: str
) -> list[Fault]:
    allowed = list(known)
    listed = f"known: {', '.join(allowed[:10])}" + ("…" if len(allowed) > 10 else "")
    wrong = ~_is_among(table[column], [*allowed, ""])
    rows = np.flatnonzero(wrong)
    values = table[column].iloc[rows].tolist()
    hints = {value: nearest(value, allowed) for value in dict.fromkeys(values)}
    return [
        Fault(row + 2, column, value, f"{what}{hints[value]}", listed)
        for row, value in zip(rows.tolist(), values, strict=True)
    ]


def _patient_faults(study: Study, table: pd.DataFrame) -> Iterator[Fault]:
    for name, variable in study.variables.items():
        if name in table.columns and not variable.levels and name != "sex":
            for line, value in enumerate(table[name], start=2):
                yield from _scale_faults(study, line, name, name, value)


def _measurement_faults(study: Study, table: pd.DataFrame) -> Iterator[Fault]:
    measured = {
        name: variable
        for name, variable in study.variables.items()
        if variable.per == "visit"
        and variable.instrument is None
        and variable.indicator_of is None
    }
    listed = f"measured variables of the study: {', '.join(measured)}"
    rows = table[["variable", "value", "comparator", "text", "unit"]]
    for line, row in enumerate(rows.itertuples(index=False), start=2):
        name = str(row.variable)
        if name not in measured:
            hint = nearest(name, measured)
            yield Fault(
                line, "variable", name, f"is no measured variable{hint}", listed
            )
            continue
        variable = measured[name]
        has_number = not isnan(float(str(row.value)))
        if has_number and row.text:
            yield Fault(
                line, "text", str(row.text), "stands beside a number", "one of them"
            )
        if row.comparator and not has_number:
            yield Fault(
                line, "comparator", str(row.comparator), "has no value", "a limit"
            )
        if has_number and row.unit != variable.unit:
            yield Fault(
                line,
                "unit",
                str(row.unit),
                f"is not the unit of {name}",
                _allowed_units(variable, str(row.unit)),
            )
        if variable.levels and row.text and row.text not in variable.levels:
            listed_levels = f"allowed: {', '.join(variable.levels)}"
            hint = nearest(str(row.text), variable.levels)
            yield Fault(
                line,
                "text",
                str(row.text),
                f"is no level of {name}{hint}",
                listed_levels,
            )
        yield from _scale_faults(study, line, "value", name, row.value)


def _allowed_units(variable: Variable, found: str) -> str:
    """Return the units that a variable takes, and how to declare a known one."""
    allowed = ", ".join(filter(None, (variable.unit, *variable.units))) or "empty"
    factor = conversion(found, variable.unit)
    if factor is None or found in variable.units:
        return f"allowed: {allowed}"
    return f"allowed: {allowed}; to convert, declare units: {{{found}: {factor}}}"


def _scale_faults(
    study: Study, line: int, column: str, name: str, value: object
) -> Iterator[Fault]:
    variable = study.variables[name]
    if not isinstance(value, float) or isnan(value):
        return
    step = variable.step
    units = value / step if step is not None and isfinite(value) else 0.0
    # A number beyond all doubles is out of range below, not off its step.
    if step is not None and isfinite(units) and abs(units - round(units)) > 1e-6:
        what = f"is no whole multiple of the step of {name}"
        yield Fault(line, column, f"{value:g}", what, f"step: {step:g}")
    low, high = variable.min, variable.max
    if (low is not None and value < low) or (high is not None and value > high):
        ends = (
            "" if low is None else f"from {low:g}",
            "" if high is None else f"to {high:g}",
            variable.unit,
        )
        allowed = " ".join(part for part in ends if part)
        found = f"{value:g}"
        yield Fault(line, column, found, f"is out of range of {name}", allowed)
