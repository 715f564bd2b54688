"""Days and dates of a file made visits of the study, by declared windows."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from math import isfinite

import numpy as np

from rejia.coded import Coded
from rejia.cohort.check import CohortFault
from rejia.cohort.grids import CodedCells, Grid, GridFault
from rejia.cohort.rows import grid_faults
from rejia.cohort.texts import decimal_fault, iso_date, with_point
from rejia.study import Study

OUTSIDE, NOT_TAKEN = "outside_windows", "not_taken"
Cells = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class DayColumns:
    """
    Which columns of a grid say whose row it is, and when.

    Attributes
    ----------
    patient, visit, day, date, first_dose : str
        Names in its header; empty where it has none.
    """

    patient: str
    visit: str = ""
    day: str = ""
    date: str = ""
    first_dose: str = ""


@dataclass
class Assigned:
    """
    A grid whose rows have visits.

    Attributes
    ----------
    grid : Grid
        With a column of visits; rows of no visit are left out.
    faults, warnings : list of CohortFault
        Rows whose day cannot be told; days that are no visit, one warning a day.
    counts : Counter
        Days by why they are no visit: ``outside_windows``, ``not_taken``.
    """

    grid: Grid
    faults: list[CohortFault] = field(default_factory=list)
    warnings: list[CohortFault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def first_doses(
    study: Study,
    grids: Sequence[tuple[Grid, DayColumns]],
    treatments: Sequence[Grid] = (),
) -> dict[str, date]:
    """
    Return the date of each patient's first dose, as the study says to find it.

    Parameters
    ----------
    study : Study
        With `windows`.
    grids : sequence of (Grid, DayColumns)
        Everything that has dates.
    treatments : sequence of Grid
        Tables of treatments, with columns ``patient``, ``drug`` and ``start``.

    Returns
    -------
    dict of str to datetime.date
        Cells that are no dates are passed over; they are faults elsewhere.
    """
    declared, order = study.windows, study.sources.dates
    found: dict[str, list[date]] = {}
    if declared.first_dose == "treatments":
        for grid in treatments:
            if {"patient", "drug", "start"} <= set(grid.header):
                own = [grid.column(name) for name in ("patient", "drug", "start")]
                for patient, drug, start in zip(*own, strict=True):
                    when = _date(start, order)
                    if drug in declared.drugs and when is not None:
                        found.setdefault(patient, []).append(when)
        return {patient: min(days) for patient, days in found.items()}
    for grid, at in grids:
        name = at.first_dose if declared.first_dose == "column" else at.date
        if name and declared.first_dose is not None:
            cells = (grid.column(at.patient), grid.column(name))
            for patient, text in zip(*cells, strict=True):
                when = _date(text, order)
                if when is not None:
                    found.setdefault(patient, []).append(when)
    return {patient: min(days) for patient, days in found.items()}


def _date(text: str, order: str | None) -> date | None:
    made, what, _ = iso_date(text, order)
    return None if what or not made else date.fromisoformat(made)


def assign_visits(
    study: Study,
    table: str,
    grid: Grid,
    at: DayColumns,
    doses: Mapping[str, date],
) -> Assigned:
    """
    Give each row without a visit the visit whose window its day lies in.

    Parameters
    ----------
    study : Study
        With windows of visits.
    table : str
        Table that the grid holds, or ``cohort``.
    grid : Grid
        Cells of text.
    at : DayColumns
        Its columns.
    doses : mapping of str to datetime.date
        First doses, see `first_doses`.

    Returns
    -------
    Assigned
        A day in several windows is of the visit whose nominal time is nearest. Of
        several days in one window that which `windows: several` says is the visit,
        with all its rows; the others are of no visit.
    """
    return _Assigning(study, table, grid, at, doses).done()


class _Assigning:
    def __init__(
        self,
        study: Study,
        table: str,
        grid: Grid,
        at: DayColumns,
        doses: Mapping[str, date],
    ) -> None:
        self.study, self.table, self.grid, self.doses = study, table, grid, doses
        self.at = at
        self.place = {name: n for n, name in enumerate(grid.header)}
        named = (at.patient, at.visit, at.day, at.date)
        self.cells = {name: grid.column(name) for name in named if name}
        self.made = Assigned(grid)
        # Of equally near ones the first in this order is taken.
        self.sign = 1 if study.windows.tie == "earliest" else -1

    def done(self) -> Assigned:
        found: dict[int, str] = {}
        days: dict[str, dict[float, list[int]]] = {}
        bad: set[int] = set()
        for row in range(len(self.grid.rows)):
            named = self._cell(row, self.at.visit)
            if named or not (
                self._cell(row, self.at.day) or self._cell(row, self.at.date)
            ):
                found[row] = named
                continue
            day, fault = self._day(row)
            if fault is not None:
                self.made.faults += grid_faults(
                    [fault], file=self.grid.file, table=self.table, grid=self.grid
                )
                bad.add(row)
            else:
                own = days.setdefault(self._cell(row, self.at.patient), {})
                own.setdefault(day, []).append(row)
        for patient, own in days.items():
            found |= self._visits(patient, own)
        kept = [row for row in range(len(self.grid.rows)) if row in found]
        self.made.grid = self._with_visits(kept, found)
        return self.made

    def _cell(self, row: int, name: str) -> str:
        return self.cells[name][row] if name else ""

    def _day(self, row: int) -> tuple[float, GridFault | None]:
        """Return the days since the first dose, or what is wrong with the row."""
        line, sources = self.grid.lines[row], self.study.sources
        text = self._cell(row, self.at.day)
        if text:
            what, allowed = decimal_fault(text, sources.decimal)
            try:
                day = float("nan" if what else with_point(text, sources.decimal))
            except ValueError:
                day = float("nan")
            if isfinite(day):
                return day, None
            return 0, GridFault(
                line, self.at.day, text, what or "is no number of days", allowed
            )
        text = self._cell(row, self.at.date)
        made, what, allowed = iso_date(text, sources.dates)
        if what:
            return 0, GridFault(line, self.at.date, text, what, allowed)
        if self.study.windows.first_dose is None:
            what = "tells no day: it is not declared what days are counted from"
            allowed = "windows: {first_dose: column, treatments or first_date}"
            return 0, GridFault(line, self.at.date, text, what, allowed)
        dose = self.doses.get(self._cell(row, self.at.patient))
        if dose is None:
            what, allowed = "tells no day: this patient has no first dose", "add it"
            return 0, GridFault(line, self.at.date, text, what, allowed)
        return float((date.fromisoformat(made) - dose).days), None

    def _visits(
        self, patient: str, days: Mapping[float, Sequence[int]]
    ) -> Iterator[tuple[int, str]]:
        """Give the rows of one patient that are of a visit, each with its visit."""
        inside: dict[str, list[float]] = {}
        for day, rows in days.items():
            visit = self._nearest(day)
            if visit:
                inside.setdefault(visit, []).append(day)
            else:
                self._set_aside(
                    OUTSIDE, patient, rows[0], day, "is in no visit's window"
                )
        for visit, several in inside.items():
            taken = self._taken(visit, several)
            for day in several:
                if day == taken:
                    yield from ((row, visit) for row in days[day])
                else:
                    what = f"is in the window of {visit}, but day {taken:g} is taken"
                    self._set_aside(NOT_TAKEN, patient, days[day][0], day, what)

    def _nearest(self, day: float) -> str:
        """Return the visit of a day, or none."""
        there = [
            (abs(day - visit.nominal), self.sign * visit.nominal, name)
            for name, visit in self.study.visits.items()
            if visit.span is not None and visit.span[0] <= day <= visit.span[1]
        ]
        return min(there)[2] if there else ""

    def _taken(self, visit: str, days: Sequence[float]) -> float:
        """Return the day that is the visit."""
        several, nominal = self.study.windows.several, self.study.visits[visit].nominal
        if several == "nearest":
            return min(days, key=lambda day: (abs(day - nominal), self.sign * day))
        return min(days) if several == "earliest" else max(days)

    def _nearest_window(self, day: float) -> str:
        """Return the window that a day misses by least."""
        spans = [
            (max(visit.span[0] - day, day - visit.span[1]), name, visit.span)
            for name, visit in self.study.visits.items()
            if visit.span is not None
        ]
        _, name, (first, last) = min(spans)
        return f"nearest: {name}, days {first:g} to {last:g}"

    def _set_aside(
        self, why: str, patient: str, row: int, day: float, what: str
    ) -> None:
        self.made.counts[why] += 1
        column = self.at.day if self._cell(row, self.at.day) else self.at.date
        self.made.warnings.append(
            CohortFault(
                self.table,
                self.grid.lines[row],
                patient,
                column,
                self._cell(row, column),
                f"{what}; not read",
                self._nearest_window(day) if why == OUTSIDE else "one day a visit",
                file=self.grid.file,
                sheet=self.grid.sheet,
            )
        )

    def _with_visits(self, kept: Sequence[int], found: Mapping[int, str]) -> Grid:
        """Return the rows of a visit, with the column that says which."""
        grid, own = self.grid, self.place.get(self.at.visit)
        rows = _with_column(grid.rows, kept, own, [found[row] for row in kept])
        new = {old: place for place, old in enumerate(kept)}
        return replace(
            grid,
            header=grid.header if own is not None else (*grid.header, "visit"),
            rows=rows,
            lines=[grid.lines[row] for row in kept],
            missing={
                (new[row], name): code
                for (row, name), code in grid.missing.items()
                if row in new
            },
        )


def without_columns(grid: Grid, names: Sequence[str]) -> Grid:
    """Return a grid without some of its columns."""
    kept = [n for n, name in enumerate(grid.header) if name not in names]
    return replace(
        grid,
        header=tuple(grid.header[n] for n in kept),
        rows=_chosen(grid.rows, kept),
        labels={n: of for n, of in grid.labels.items() if n not in names},
        missing={k: code for k, code in grid.missing.items() if k[1] not in names},
    )


def _chosen(cells: Cells, columns: Sequence[int]) -> Cells:
    """Return some columns of all rows."""
    if isinstance(cells, CodedCells):
        return CodedCells(tuple(cells.columns[n] for n in columns))
    return [[row[n] for n in columns] for row in cells]


def _with_column(
    cells: Cells, rows: Sequence[int], place: int | None, texts: Sequence[str]
) -> Cells:
    """Return some rows with other texts in one column; a new one stands last."""
    if isinstance(cells, CodedCells):
        columns = [
            Coded.of(column.codes[np.array(rows, dtype=np.intp)], column.texts)
            for column in cells.columns
        ]
        last = len(columns) if place is None else place
        columns[last : last + 1] = [Coded.of(np.arange(len(texts)), texts)]
        return CodedCells(tuple(columns))
    made = []
    for row, text in zip(rows, texts, strict=True):
        own = list(cells[row])
        last = len(own) if place is None else place
        own[last : last + 1] = [text]
        made.append(own)
    return made
