"""Radiographic readings: checked grade by grade, then averaged exactly."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import isnan

from rejia.coded import records
from rejia.errors import DataError
from rejia.frame import nearest
from rejia.scores.intervals import exact
from rejia.scores.readings import Cohort

Area = tuple[str, str]
Grades = Mapping[Area, Fraction]


@dataclass(frozen=True, slots=True)
class Raw:
    """One reading of one area by one reader."""

    reader: str
    reading: str
    value: Fraction


def mean_of_readers(readings: Iterable[Raw]) -> Fraction:
    """
    Average readings: first within each reader, then over readers.

    Parameters
    ----------
    readings : iterable of Raw
        At least one.

    Returns
    -------
    Fraction
        With two readers and two readings each, a multiple of a quarter of a grade.

    Raises
    ------
    ValueError
        If there is no reading.

    Notes
    -----
    Readers weigh the same even where one of them read more often.
    """
    by_reader: dict[str, list[Fraction]] = {}
    for raw in readings:
        by_reader.setdefault(raw.reader, []).append(raw.value)
    if not by_reader:
        raise ValueError("readings must have at least one reading, but got none")
    means = [sum(values, Fraction(0)) / len(values) for values in by_reader.values()]
    return sum(means, Fraction(0)) / len(means)


def read_grades(
    cohort: Cohort,
    finding: str,
    *,
    areas: Collection[Area],
    known: Collection[Area],
    allowed: Collection[int] | None,
) -> dict[tuple[str, str], dict[Area, Fraction]]:
    """
    Average the readings of a finding, by patient and visit.

    Parameters
    ----------
    cohort : Cohort
        With its table of findings.
    finding : str
        What was read: ``larsen``.
    areas : collection of (site, side)
        Areas to keep.
    known : collection of (site, side)
        Areas that the finding may have; any other is a fault.
    allowed : collection of int or None
        Grades that a single reading may give; None where it may give any number.

    Returns
    -------
    dict
        Mean grade by area, by patient and visit; areas without a grade are absent.

    Raises
    ------
    DataError
        With every reading of an unknown area or of a grade that is not allowed.
    """
    if "findings" not in cohort.tables:
        return {}
    raw: dict[tuple[str, str], dict[Area, list[Raw]]] = {}
    faults = []
    for row in records(cohort.tables["findings"]):
        if row["finding"] != finding or isnan(row["value"]):
            continue
        patient, visit = str(row["patient"]), str(row["visit"])
        area = str(row["site"]), str(row["side"])
        value = exact(row["value"])
        where = f"{finding} of {patient}, {visit}, {' '.join(area).strip()}"
        if area not in known:
            faults.append(f"{where}: {_unknown_area(area, known)}")
        elif allowed is not None and value not in allowed:
            grades = ", ".join(map(str, allowed))
            faults.append(f"{where}: {row['value']:g} is no grade (allowed: {grades})")
        elif area in areas:
            one = Raw(str(row["reader"]), str(row["reading"]), value)
            raw.setdefault((patient, visit), {}).setdefault(area, []).append(one)
    if faults:
        raise DataError("the findings cannot be scored:", faults)
    return {
        key: {area: mean_of_readers(readings) for area, readings in by_area.items()}
        for key, by_area in raw.items()
    }


def _unknown_area(area: Area, known: Collection[Area]) -> str:
    site, side = area
    sites = tuple(dict.fromkeys(name for name, _ in known))
    if site in sites:
        return f"side {side!r} is not allowed (allowed: left, right)"
    return f"no site {site!r}{nearest(site, sites)} (known: {', '.join(sites)})"


def complete_total(grades: Grades, areas: Collection[Area]) -> tuple[Fraction, str]:
    """
    Sum grades over areas.

    Returns
    -------
    total : Fraction
        Over the areas that have a grade.
    reason : str
        Which areas have none; with any, the total is not the score.
    """
    missing = [" ".join(area) for area in areas if area not in grades]
    total = sum((grades[area] for area in areas if area in grades), Fraction(0))
    if not missing:
        return total, ""
    shown = ", ".join(missing[:5]) + (" and others" if len(missing) > 5 else "")
    return total, f"{len(missing)} of {len(areas)} areas missing: {shown}"
