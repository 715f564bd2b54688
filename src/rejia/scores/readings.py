"""Measured values as the instruments read them: exact, with censoring and limits."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from math import isfinite, nan

import pandas as pd

from rejia.coded import cells_of, records
from rejia.scores.intervals import Interval, bounded, exact, intersection
from rejia.scores.rules import read_rules
from rejia.scores.standards import Standard
from rejia.study.schema import Study
from rejia.study.units import canonical_unit

NOT_NEGATIVE = Interval(low=Fraction(0), low_closed=True)


@dataclass(frozen=True, slots=True)
class Reading:
    """
    One measured value.

    Attributes
    ----------
    value : Fraction or None
        The number, or the limit where it is censored; None where there is none.
    comparator : str
        Censoring: ``""``, ``<``, ``≤``, ``>`` or ``≥``.
    unit : str
        Unit as recorded, or as declared by the study where the row has none.
    lower, upper : Fraction or None
        Limits of normal, in the same unit.
    reason : str
        Why there is no number.
    text : str
        What is recorded instead of a number.
    """

    value: Fraction | None = None
    comparator: str = ""
    unit: str = ""
    lower: Fraction | None = None
    upper: Fraction | None = None
    reason: str = ""
    text: str = ""

    @property
    def interval(self) -> Interval:
        """What the value can be; only where there is one."""
        if self.value is None:
            raise ValueError(f"reading must have a value, but {self.reason}")
        return bounded(self.comparator, self.value)

    @property
    def not_negative(self) -> Interval:
        """What the value can be, when it cannot be below zero."""
        if self.value is not None and self.value >= 0 and not self.comparator:
            return self.interval
        return intersection(self.interval, NOT_NEGATIVE)

    @property
    def number(self) -> float:
        """The value where it is known and not censored, otherwise `nan`."""
        return nan if self.value is None or self.comparator else float(self.value)

    @property
    def shown(self) -> str:
        """The value as a reader knows it: ``<0.2``."""
        if self.value is None:
            return "none"
        return f"{self.comparator}{float(self.value):.12g}"


def reading(
    value: float,
    comparator: str = "",
    *,
    unit: str = "",
    lower: float | None = None,
    upper: float | None = None,
) -> Reading:
    """Make a reading of plain numbers; each stands for its shortest decimal text."""
    return Reading(
        exact(value),
        comparator,
        unit,
        None if lower is None else exact(lower),
        None if upper is None else exact(upper),
    )


def convert(found: Reading, unit: str) -> Reading:
    """
    Express a reading in another unit, its limits with it.

    Parameters
    ----------
    found : Reading
        With or without a value.
    unit : str
        Canonical unit of ``rejia/study/data/units.csv``.

    Returns
    -------
    Reading
        Without a value, with the reason, where the unit is empty, unknown or
        measures something else.
    """
    if found.value is None:
        return found
    canonical, factor = canonical_unit(found.unit)
    if canonical != unit:
        what = f"unit {found.unit!r} is unknown" if found.unit else "unit is missing"
        return replace(found, value=None, reason=f"{what}; {unit} is needed")
    if factor == 1:
        return found if found.unit == unit else replace(found, unit=unit)
    return replace(
        found,
        value=found.value * factor,
        unit=unit,
        lower=None if found.lower is None else found.lower * factor,
        upper=None if found.upper is None else found.upper * factor,
    )


def canonical(found: Reading) -> Reading:
    """Express a reading in the canonical unit of its kind, where its unit is known."""
    unit, _ = canonical_unit(found.unit)
    return convert(found, unit) if unit else found


@cache
def _flags() -> dict[str, str]:
    return {rule["text"]: rule["means"] for rule in read_rules("flags.csv")}


def flag(found: Reading) -> bool | None:
    """
    Say whether what was asked for is present.

    A number is present unless it is 0; of texts, those of ``data/flags.csv`` are
    known. None where there is neither.
    """
    if found.value is not None:
        return None if found.comparator else found.value != 0
    meaning = _flags().get(found.text.strip().lower())
    return None if meaning is None else meaning == "present"


NOT_MEASURED = Reading(reason="not measured")


@dataclass(frozen=True)
class Cohort:
    """
    What the instruments read.

    Attributes
    ----------
    readings : mapping
        By patient, visit and variable.
    patient_visits : tuple
        Pairs of patient and visit, of the table of visits first.
    tables : mapping
        The cohort's tables, for findings, treatments and patients.
    standards : mapping
        Standards of the user's own, by the variable that asks for them.
    """

    readings: Mapping[tuple[str, str, str], Reading]
    patient_visits: tuple[tuple[str, str], ...]
    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    standards: Mapping[str, tuple[Standard, ...]] = field(default_factory=dict)

    def reading(self, patient: str, visit: str, variable: str) -> Reading:
        """Return the value of a variable at a visit, or why there is none."""
        return self.readings.get((patient, visit, variable), NOT_MEASURED)

    def with_readings(self, more: Mapping[tuple[str, str, str], Reading]) -> "Cohort":
        """Return the cohort with values that an instrument made."""
        return replace(self, readings={**self.readings, **more})


def read_cohort(
    study: Study,
    tables: Mapping[str, pd.DataFrame],
    standards: Mapping[str, tuple[Standard, ...]] | None = None,
) -> Cohort:
    """
    Take the canonical tables of a cohort to exact readings.

    Parameters
    ----------
    study : Study
        Declares units for rows that carry none.
    tables : mapping of str to pandas.DataFrame
        Canonical tables by name; an absent one is empty.
    standards : mapping of str to tuple of Standard, optional
        By the variable that names them as its ``reference``.
    """
    readings: dict[tuple[str, str, str], Reading] = {}
    pairs: dict[tuple[str, str], None] = {}
    for name in ("visits", "measurements", "findings"):
        if name in tables:
            frame = tables[name]
            # Of millions of readings few are of another visit: these alone are paired.
            kept = frame[["patient", "visit"]].drop_duplicates()
            pairs |= dict.fromkeys(cells_of(kept, "patient", "visit"))
    if "measurements" in tables:
        for row in records(tables["measurements"]):
            name = str(row["variable"])
            declared = study.variables.get(name)
            unit = str(row.get("unit", "")) or (declared.unit if declared else "")
            key = (str(row["patient"]), str(row["visit"]), name)
            readings[key] = _reading(row, unit)
    return Cohort(readings, tuple(pairs), tables, standards or {})


def _reading(row: Mapping[str, object], unit: str) -> Reading:
    value = float(str(row["value"]))
    lower, upper = _limit(row.get("lower_limit")), _limit(row.get("upper_limit"))
    comparator = str(row.get("comparator", ""))
    if isfinite(value):
        return Reading(exact(value), comparator, unit, lower, upper)
    text = str(row.get("text", ""))
    reason = f"value is text ({text})" if text else "value is missing"
    return Reading(None, "", unit, lower, upper, reason, text)


def _limit(limit: object) -> Fraction | None:
    number = float("nan" if limit is None else str(limit))
    return exact(number) if isfinite(number) else None
