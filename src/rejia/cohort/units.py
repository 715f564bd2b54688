"""Units of measurements: declared conversions, and values that no such unit has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isfinite, nan

import numpy as np
import pandas as pd

from rejia.coded import kinds_of, records
from rejia.frame import Fault
from rejia.study import Study
from rejia.study.units import (
    Plausible,
    What,
    conversion,
    declared_factor,
    other_units,
    plausible_ranges,
)
from rejia.study.variables import Variable

NUMBERS = ("value", "lower_limit", "upper_limit")
# What the plausibility of a row hangs on.
_SAID = (
    "variable",
    "value",
    "comparator",
    "unit",
    "recorded_unit",
    "upper_limit",
    "confidence",
    "note",
)
# Readings of a source that are marked as doubtful, with a note that says why.
DOUBTFUL = ("B", "C")
_WORDS: Mapping[What, str] = {
    "value": "is implausible",
    "upper_limit": "is an implausible upper limit of normal",
    "detection_limit": "is an implausible limit of detection beside its upper limit",
}


def convert_units(study: Study, measurements: pd.DataFrame) -> pd.DataFrame:
    """
    Express measurements in the units of the study, where it declares the factor.

    Parameters
    ----------
    study : Study
        Its variables declare ``units``.
    measurements : pandas.DataFrame
        Canonical table.

    Returns
    -------
    pandas.DataFrame
        Value and limits of normal multiplied, exact as decimal numbers;
        ``recorded_unit`` keeps the unit of the source. Rows in a unit that is not
        declared are left as they are, for the checks.
    """
    converting = {name for name, variable in study.variables.items() if variable.units}
    if not converting & set(measurements["variable"].unique()):
        return measurements
    rows = [_converted(study, row) for row in records(measurements)]
    made = {}
    for column in measurements.columns:
        values = [row[column] for row in rows]
        made[column] = pd.Series(values, dtype=measurements[column].dtype)
    return pd.DataFrame(made)


def _converted(study: Study, row: dict[str, object]) -> dict[str, object]:
    variable = study.variables.get(str(row["variable"]))
    unit = str(row["unit"])
    if variable is None or unit == variable.unit:
        return row
    factor = declared_factor(variable, unit)
    if factor is None:
        return row
    numbers: dict[str, object] = {
        name: _times(_number(row.get(name)), factor) for name in NUMBERS
    }
    return {**row, **numbers, "unit": variable.unit, "recorded_unit": unit}


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else nan


def _times(value: float, factor: Fraction) -> float:
    """Multiply as decimal numbers: 18.6 mg/L times 0.1 is 1.86, not 1.8600000000001."""
    return float(Fraction(repr(value)) * factor) if isfinite(value) else value


@dataclass(frozen=True, slots=True)
class Suspect:
    """
    A value that its unit hardly has.

    Attributes
    ----------
    fault : Fault
        With the likelier units.
    is_noted : bool
        Whether the source's reading is marked as doubtful, with a note: then the
        value stands as printed and is a warning, not a fault.
    """

    fault: Fault
    is_noted: bool


def implausible_units(study: Study, measurements: pd.DataFrame) -> Iterator[Suspect]:
    """
    Give the values that point to another unit than theirs.

    Parameters
    ----------
    study : Study
        Declares variables and their units.
    measurements : pandas.DataFrame
        Canonical table, in the units of the study.

    Yields
    ------
    Suspect
        Where a value lies outside the plausible range of its quantity
        (``rejia/study/data/plausible_units.csv``) and inside it in another unit of
        the same kind. Zero says nothing of its unit.
    """
    ranges = {
        name: plausible_ranges(name, variable)
        for name, variable in study.variables.items()
        if variable.per == "visit" and not variable.unit_is_sure
    }
    asked = [name for name, plausible in ranges.items() if plausible]
    is_asked = np.asarray(measurements["variable"].isin(asked), dtype=bool)
    lines = np.flatnonzero(is_asked) + 2
    table = measurements[is_asked]
    which, first = kinds_of(table, [name for name in _SAID if name in table.columns])
    told = []
    for row in records(table.iloc[first]):
        variable = study.variables[str(row["variable"])]
        is_own = row["unit"] == variable.unit
        of_name = ranges[str(row["variable"])]
        told.append(_suspect(row, variable, of_name) if is_own else None)
    is_suspect = np.array([one is not None for one in told], dtype=bool)
    for place in np.flatnonzero(is_suspect[which]).tolist():
        suspect = told[which[place]]
        if suspect is not None:
            fault = replace(suspect.fault, line=int(lines[place]))
            yield replace(suspect, fault=fault)


def _suspect(
    row: dict[str, object],
    variable: Variable,
    ranges: tuple[Plausible, ...],
) -> Suspect | None:
    recorded = str(row.get("recorded_unit") or variable.unit)
    factor = declared_factor(variable, recorded)
    if factor is None:
        return None
    for plausible in ranges:
        column = "upper_limit" if plausible.what == "upper_limit" else "value"
        number, limit = _number(row[column]), _number(row.get("upper_limit"))
        if not isfinite(number) or not _is_asked(plausible, row, limit):
            continue
        found = Fraction(repr(number)) / factor
        of = Fraction(repr(limit)) if plausible.what == "detection_limit" else None
        likely = _likely(plausible, found, recorded, variable.unit, of)
        if likely:
            shown = f"{row['comparator']}{float(found):.12g}"
            return Suspect(
                Fault(
                    0,
                    column,
                    shown if column == "value" else f"{float(found):.12g}",
                    f"{_WORDS[plausible.what]} in {recorded}; likely unit: {likely}",
                    "mend the unit, mark the reading as doubtful (confidence B or C, "
                    "with a note), or set unit_is_sure",
                ),
                is_noted=row.get("confidence") in DOUBTFUL and bool(row.get("note")),
            )
    return None


def _is_asked(plausible: Plausible, row: dict[str, object], limit: float) -> bool:
    """Say whether a range is about a row: detection limits need both their limits."""
    if plausible.what == "detection_limit":
        return row["comparator"] in {"<", "≤"} and isfinite(limit) and limit > 0
    return True


def _likely(
    plausible: Plausible,
    found: Fraction,
    recorded: str,
    own: str,
    limit: Fraction | None,
) -> str:
    """
    Return the units in which a recorded value would be plausible, nothing if its own.

    A limit of detection is held as a share against the upper limit of normal, which
    stays in the variable's own unit.
    """

    def holds(unit: str) -> bool:
        if limit is None:
            factor = conversion(unit, plausible.unit)
            return factor is not None and plausible.holds(found * factor)
        factor = conversion(unit, own)
        return factor is not None and plausible.holds(found * factor / limit)

    if conversion(recorded, plausible.unit) is None or holds(recorded):
        return ""
    return " or ".join(unit for unit in other_units(recorded) if holds(unit))
