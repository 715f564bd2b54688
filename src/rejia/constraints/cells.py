"""A cell: one printed number with its key, its place and what its digits stand for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypedDict

import pandas as pd

from rejia.constraints.intervals import Interval
from rejia.estimate import FACT_KEY_FIELDS, Key
from rejia.printed import parse


@dataclass(frozen=True, slots=True)
class Cell:
    """
    One printed number.

    Attributes
    ----------
    fact, statistic, printed, unit, adjustment, place, note : str
        As in the table of facts.
    key : Key
        What the number is about.
    value : Fraction
        The number as printed.
    decimals : int
        Digits after the point.
    comparator : str
        Empty, or ``<``, ``>``, ``≤``, ``≥``.
    step : Fraction
        One unit of the last printed digit.
    window : Interval
        The values that an exact number's digits stand for, half a unit each way.
    units : int
        The printed number in units of its last digit.
    """

    fact: str
    key: Key
    statistic: str
    printed: str
    unit: str
    adjustment: str
    place: str
    note: str
    value: Fraction
    decimals: int
    comparator: str
    step: Fraction
    window: Interval
    units: int

    @property
    def truncation(self) -> Interval:
        """The values under truncation toward zero."""
        low = self.value if self.value > 0 else self.value - self.step
        high = self.value if self.value < 0 else self.value + self.step
        return Interval(low, high)

    @property
    def whole(self) -> bool:
        """Whether it is a whole number of 0 or more, printed without decimals."""
        return not self.comparator and self.decimals == 0 and self.value >= 0

    def reprinted(self, text: str) -> "Cell":
        """Return the same cell with another printed text."""
        return replace(self, printed=text, **_taken_apart(text))


class Cells:
    """
    The cells of a source, found by fact or by key.

    Parameters
    ----------
    cells : iterable of Cell
        In the order of the table of facts.
    """

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._cells = tuple(cells)
        self.by_fact = {cell.fact: cell for cell in self._cells}
        self._by_key: dict[tuple[Key, str], list[Cell]] = {}
        for cell in self._cells:
            self._by_key.setdefault((cell.key, cell.statistic), []).append(cell)

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def of(self, *statistics: str) -> list[Cell]:
        """Return the cells of some statistics, in the order of the facts."""
        return [cell for cell in self._cells if cell.statistic in statistics]

    def find(self, key: Key, *statistics: str, place: str = "") -> list[Cell]:
        """Return the cells of a key and statistics, those of `place` first."""
        found = [
            cell
            for statistic in statistics
            for cell in self._by_key.get((key, statistic), ())
        ]
        return sorted(found, key=lambda cell: cell.place != place)

    def first(self, key: Key, *statistics: str, place: str = "") -> Cell | None:
        """Return one exact number of a key, of `place` where it is printed there."""
        found = self.find(key, *statistics, place=place)
        return next((cell for cell in found if not cell.comparator), None)

    def groups(self) -> Iterator[tuple[Key, str, list[Cell]]]:
        """Return each key and statistic with all its cells."""
        for (key, statistic), cells in self._by_key.items():
            yield key, statistic, cells


def read_cells(facts: pd.DataFrame) -> Cells:
    """
    Turn the table of facts into cells.

    Parameters
    ----------
    facts : pandas.DataFrame
        With the columns of `rejia.contracts.FACTS`.

    Returns
    -------
    Cells

    Raises
    ------
    ValueError
        If a column is missing, or a printed text is no number.
    """
    names = ["fact", *FACT_KEY_FIELDS, "statistic", "printed", "unit"]
    names += ["adjustment", "place", "note"]
    missing = [name for name in names if name not in facts.columns]
    if missing:
        raise ValueError(f"facts must have the columns {', '.join(missing)}")
    return Cells(
        _cell(dict(zip(names, row, strict=True)))
        for row in zip(
            *(facts[name].fillna("").tolist() for name in names), strict=True
        )
    )


def _cell(row: dict[str, str]) -> Cell:
    return Cell(
        fact=row["fact"],
        key=Key(**{name: row[name] for name in FACT_KEY_FIELDS}),
        statistic=row["statistic"],
        printed=row["printed"].strip(),
        unit=row["unit"],
        adjustment=row["adjustment"],
        place=row["place"],
        note=row["note"],
        **_taken_apart(row["printed"]),
    )


class _Number(TypedDict):
    value: Fraction
    decimals: int
    comparator: str
    step: Fraction
    window: Interval
    units: int


def _taken_apart(text: str) -> _Number:
    number = parse(text)
    half = number.unit / 2
    return _Number(
        value=number.value,
        decimals=number.decimals,
        comparator=number.comparator,
        step=number.unit,
        window=Interval(number.value - half, number.value + half),
        units=int(number.value / number.unit),
    )
