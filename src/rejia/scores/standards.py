"""Standards of carpal length: a table of the user's own, read and checked."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rejia.contracts import POZNANSKI_STANDARDS
from rejia.errors import DataError
from rejia.frame import read_table


@dataclass(frozen=True, kw_only=True, slots=True)
class Standard:
    """
    A line of expected carpal length, of the user's own source.

    Attributes
    ----------
    sex : str
        ``female`` or ``male``.
    intercept_mm, slope, sd_mm : float
        ``expected = intercept + slope * m2``, and the SD about it.
    m2_min_mm, m2_max_mm : float
        Lengths of the second metacarpal for which it holds.
    source : str
        Where it is from.
    """

    sex: str
    intercept_mm: float
    slope: float
    sd_mm: float
    m2_min_mm: float
    m2_max_mm: float
    source: str


def read_standards(path: Path) -> tuple[Standard, ...]:
    """
    Read a table of standards.

    Parameters
    ----------
    path : Path
        Tab-separated, with the columns of `contracts.POZNANSKI_STANDARDS`; several
        rows of a sex hold for lengths that do not overlap.

    Returns
    -------
    tuple of Standard

    Raises
    ------
    DataError
        With every fault: cells, SDs that are not above 0, lengths in disorder or
        overlapping.
    """
    table = read_table(path, POZNANSKI_STANDARDS)
    standards = [
        Standard(
            sex=str(row["sex"]),
            intercept_mm=float(row["intercept_mm"]),
            slope=float(row["slope"]),
            sd_mm=float(row["sd_mm"]),
            m2_min_mm=float(row["m2_min_mm"]),
            m2_max_mm=float(row["m2_max_mm"]),
            source=str(row["source"]),
        )
        for row in table.to_dict("records")
    ]
    faults = [] if standards else ["the table has no row"]
    for line, one in enumerate(standards, start=2):
        if not one.sd_mm > 0:
            faults.append(f"line {line}: sd_mm must be above 0, but is {one.sd_mm:g}")
        if not 0 < one.m2_min_mm <= one.m2_max_mm:
            faults.append(
                f"line {line}: m2_min_mm must be above 0 and at most m2_max_mm, but "
                f"they are {one.m2_min_mm:g} and {one.m2_max_mm:g}"
            )
    for sex in dict.fromkeys(one.sex for one in standards):
        own = sorted((s for s in standards if s.sex == sex), key=lambda s: s.m2_min_mm)
        faults += [
            f"{sex}: lengths from {second.m2_min_mm:g} mm on are given twice"
            for first, second in pairwise(own)
            if second.m2_min_mm < first.m2_max_mm
        ]
    if faults:
        raise DataError(f"{path} is no table of standards:", faults)
    return tuple(standards)
