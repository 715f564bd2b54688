"""The sheets of a cohort with their days made visits, table by table."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from rejia.cohort.check import CohortFault
from rejia.cohort.grids import Grid
from rejia.cohort.targets import UNIT, Target
from rejia.cohort.windows import (
    DayColumns,
    assign_visits,
    first_doses,
    without_columns,
)
from rejia.study import Study
from rejia.study.columns import FIRST_DOSE

_VISITED = ("visits", "measurements", "findings")


@dataclass
class Placing:
    """
    Gives rows their visits where the study declares windows, and keeps count.

    Attributes
    ----------
    study : Study
        With or without windows.
    tables : sequence of (str, Grid)
        All tables of a cohort; first doses are looked for in each.
    faults, warnings : list of CohortFault
        Of what was placed so far.
    counts : Counter
        Days that are no visit, by the reason.
    """

    study: Study
    tables: Sequence[tuple[str, Grid]] = ()
    faults: list[CohortFault] = field(default_factory=list)
    warnings: list[CohortFault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def is_needed(self) -> bool:
        """Whether the study declares a window."""
        return any(visit.span is not None for visit in self.study.visits.values())

    def table(self, table: str, grid: Grid) -> Grid:
        """
        Return a table in which rows that have a day and no visit have one.

        Columns that only say when leave the tables that do not know them.
        """
        at = _columns(grid)
        if not self.is_needed or table not in _VISITED or at is None:
            return grid
        made = self._assigned(table, grid, at, self._doses())
        told = [at.first_dose, *([at.day, at.date] if table != "visits" else [])]
        return without_columns(made, [name for name in told if name])

    def wide(
        self, grid: Grid, targets: Sequence[Target]
    ) -> tuple[Grid, Sequence[Target]]:
        """Return a wide sheet with a column of visits, and what its columns hold."""
        keys = {t.of: t.name for t in targets if t.kind == "row"}
        dated = {
            t.of: t.name
            for t in targets
            if t.kind == "visits" and "visit" not in t.places
        }
        if not self.is_needed or not dated:
            return grid, targets
        dose = [t.name for t in targets if t.of == FIRST_DOSE]
        at = DayColumns(
            keys["patient"],
            keys.get("visit", ""),
            dated.get("day", ""),
            dated.get("date", ""),
            next(iter(dose), ""),
        )
        doses = first_doses(self.study, [(grid, at)])
        made = self._assigned("cohort", grid, at, doses)
        if not at.visit:
            targets = [*targets, Target(made.header[-1], "row", "visit")]
        return made, targets

    def _assigned(
        self, table: str, grid: Grid, at: DayColumns, doses: dict[str, date]
    ) -> Grid:
        made = assign_visits(self.study, table, grid, at, doses)
        self.faults += made.faults
        self.warnings += made.warnings
        self.counts += made.counts
        return made.grid

    def _doses(self) -> dict[str, date]:
        dated = [
            (grid, at)
            for table, grid in self.tables
            if table in _VISITED and (at := _columns(grid)) is not None
        ]
        given = [grid for table, grid in self.tables if table == "treatments"]
        return first_doses(self.study, dated, given)


def _columns(grid: Grid) -> DayColumns | None:
    """Return the columns of a table by their own names, units in brackets or not."""
    named = {}
    for name in grid.header:
        found = UNIT.fullmatch(name)
        named[found[1] if found else name] = name
    if "patient" not in named or not {"day", "date"} & set(named):
        return None
    wanted = ("patient", "visit", "day", "date", FIRST_DOSE)
    return DayColumns(*(named.get(name, "") for name in wanted))
