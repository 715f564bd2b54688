"""Findings against the instruments that read them: areas, and grades of a scale."""

from collections.abc import Iterator, Mapping
from math import isnan

import numpy as np
import pandas as pd

from rejia.coded import cells_of, kinds_of
from rejia.cohort.check import CohortFault
from rejia.frame import nearest

# Of a finding: the areas (site, side) that it may have, and the grades of each; None
# where it may be any number.
Grades = tuple[int, ...] | None
Findings = Mapping[str, Mapping[tuple[str, str], Grades]]


def finding_faults(findings: pd.DataFrame, known: Findings) -> Iterator[CohortFault]:
    """
    Check findings against the instruments that read them.

    Parameters
    ----------
    findings : pandas.DataFrame
        Canonical table.
    known : mapping
        Of each finding: the areas it may have and the grades of each. Without any,
        nothing is checked.

    Yields
    ------
    CohortFault
        Unknown findings, sites and sides, and values that a single reading cannot
        have.
    """
    if not known or findings.empty:
        return
    # Few readings differ in what they say: each different one is judged once.
    columns = ["finding", "site", "side", "value"]
    which, first = kinds_of(findings, columns)
    told = [
        finding_fault(known, *cells)
        for cells in cells_of(findings.iloc[first], *columns)
    ]
    is_wrong = np.array([one is not None for one in told], dtype=bool)
    rows = np.flatnonzero(is_wrong[which])
    patients = findings["patient"].iloc[rows].tolist()
    for row, patient in zip(rows.tolist(), patients, strict=True):
        one = told[which[row]]
        if one is not None:
            yield CohortFault("findings", row + 2, str(patient), *one)


def finding_fault(
    known: Findings, finding: object, site: object, side: object, value: float
) -> tuple[str, str, str, str] | None:
    """Return column, value found, what is wrong and what is allowed of a reading."""
    name, place = str(finding), (str(site), str(side))
    if name not in known:
        hint = nearest(name, known)
        listed = f"known: {', '.join(known)}"
        return "finding", name, f"is read by no instrument{hint}", listed
    areas = known[name]
    if place not in areas:
        sites = list(dict.fromkeys(s for s, _ in areas))
        if place[0] in sites:
            return "side", place[1], "is no side", "allowed: left, right"
        what = f"is no site of {name}{nearest(place[0], sites)}"
        return "site", place[0], what, f"known: {', '.join(sites)}"
    grades = areas[place]
    if grades is None or isnan(value) or value in grades:
        return None
    is_beyond = value > max(grades)
    what = f"is beyond the maximum of {name}" if is_beyond else f"is no grade of {name}"
    return "value", f"{value:g}", what, f"allowed: {', '.join(map(str, grades))}"
