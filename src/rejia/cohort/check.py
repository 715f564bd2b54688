"""Checks of a cohort against its study: ranges, units, visits, patients, keys."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rejia.coded import cells_of, kinds_of
from rejia.cohort.scale_rules import scale_faults
from rejia.cohort.units import implausible_units
from rejia.contracts import COHORT_KEYS
from rejia.frame import Fault, nearest, repeated_keys
from rejia.study import Study, Variable
from rejia.study.units import conversion

_MOST_COMPARED = 200_000


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
    patients = dict.fromkeys(tables["patients"]["patient"].tolist())
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
    table: pd.DataFrame, visits: pd.DataFrame, patients: Iterable[str]
) -> list[Fault]:
    """Return rows of visits that the patient did not have."""
    known = set(visits["visit"].tolist())
    # Places among the patients and visits that there are; -1 where there is none.
    people = pd.Index(list(dict.fromkeys(visits["patient"].tolist())))
    names = pd.Index(list(dict.fromkeys(visits["visit"].tolist())))
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
    # Of many thousand names that are all unknown, the first few have a nearest one.
    most = max(_MOST_COMPARED // max(len(allowed), 1), 1)
    hints = {
        value: nearest(value, allowed) if place < most else ""
        for place, value in enumerate(dict.fromkeys(values))
    }
    return [
        Fault(row + 2, column, value, f"{what}{hints[value]}", listed)
        for row, value in zip(rows.tolist(), values, strict=True)
    ]


def _patient_faults(study: Study, table: pd.DataFrame) -> Iterator[Fault]:
    for name, variable in study.variables.items():
        if name in table.columns and not variable.levels and name != "sex":

            def judged(value: object, name: str = name) -> Iterator[Fault]:
                return scale_faults(study, name, name, value)

            yield from _each_kind_once(table, [name], judged)


def _each_kind_once(
    table: pd.DataFrame, columns: Sequence[str], judged: Callable[..., Iterable[Fault]]
) -> Iterator[Fault]:
    """Judge rows that say the same once, and give the faults of all in their order."""
    which, first = kinds_of(table, columns)
    told = [[*judged(*cells)] for cells in cells_of(table.iloc[first], *columns)]
    is_wrong = np.array([bool(faults) for faults in told], dtype=bool)
    for row in np.flatnonzero(is_wrong[which]).tolist():
        for fault in told[which[row]]:
            yield replace(fault, line=row + 2)


def _measurement_faults(study: Study, table: pd.DataFrame) -> Iterator[Fault]:
    measured = {
        name: variable
        for name, variable in study.variables.items()
        if variable.per == "visit"
        and variable.instrument is None
        and variable.indicator_of is None
    }
    listed = f"measured variables of the study: {', '.join(measured)}"

    def judged(
        name: str, value: float, comparator: str, text: str, unit: str, recorded: str
    ) -> Iterator[Fault]:
        if name not in measured:
            hint = nearest(name, measured)
            yield Fault(0, "variable", name, f"is no measured variable{hint}", listed)
            return
        variable = measured[name]
        has_number = not isnan(value)
        if has_number and text:
            yield Fault(0, "text", text, "stands beside a number", "one of them")
        if comparator and not has_number:
            yield Fault(0, "comparator", comparator, "has no value", "a limit")
        if has_number and unit != variable.unit:
            what = f"is not the unit of {name}"
            yield Fault(0, "unit", unit, what, _allowed_units(variable, unit))
        if variable.levels and text and text not in variable.levels:
            levels = f"allowed: {', '.join(variable.levels)}"
            hint = nearest(text, variable.levels)
            yield Fault(0, "text", text, f"is no level of {name}{hint}", levels)
        how = {"comparator": comparator, "recorded": recorded}
        yield from scale_faults(study, "value", name, value, **how)

    columns = ["variable", "value", "comparator", "text", "unit", "recorded_unit"]
    if "recorded_unit" not in table.columns:
        table = table.assign(recorded_unit="")
    yield from _each_kind_once(table, columns, judged)


def _allowed_units(variable: Variable, found: str) -> str:
    """Return the units that a variable takes, and how to declare a known one."""
    allowed = ", ".join(filter(None, (variable.unit, *variable.units))) or "empty"
    factor = conversion(found, variable.unit)
    if factor is None or found in variable.units:
        return f"allowed: {allowed}"
    return f"allowed: {allowed}; to convert, declare units: {{{found}: {factor}}}"
