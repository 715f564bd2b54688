"""Canonical tables as text, each row with the place in a file that it came from."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rejia.coded import Coded
from rejia.cohort.check import CohortFault
from rejia.cohort.grids import Grid, GridFault

_OTHER_LINE = re.compile(r"in line (\d+)")


@dataclass(frozen=True, slots=True)
class Origin:
    """
    Where a canonical row came from.

    Attributes
    ----------
    grid : Grid
        File or sheet.
    line : int
        Its row there.
    columns : mapping of str to str
        Canonical columns to columns there; one that is absent has the same name.
    lines : mapping of str to int
        Row of a canonical column where it is another than `line`.
    """

    grid: Grid
    line: int
    columns: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Rows:
    """
    A canonical table that is being put together.

    Attributes
    ----------
    names : dict
        Columns, in their order.
    cells : list of dict
        Text by column.
    origins : list of Origin
        One a row.
    """

    names: dict[str, None] = field(default_factory=dict)
    cells: list[dict[str, str]] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)

    def add(self, cells: dict[str, str], origin: Origin) -> None:
        """Append a row."""
        if len(cells) != len(self.names) or cells.keys() != self.names.keys():
            self.names |= dict.fromkeys(cells)
        self.cells.append(cells)
        self.origins.append(origin)

    def extend(self, other: "Rows") -> None:
        """Append the rows of another part of the same table."""
        self.names |= other.names
        self.cells += other.cells
        self.origins += other.origins

    def by_column(self) -> dict[str, Sequence[str]]:
        """Return the cells of each column."""
        return {name: [c.get(name, "") for c in self.cells] for name in self.names}

    def __len__(self) -> int:
        return len(self.origins)

    def origin(self, row: int) -> Origin:
        """Return where a row came from."""
        return self.origins[row]

    def placed(self, fault: CohortFault) -> CohortFault:
        """Say of a fault of the canonical table where in the files it is."""
        row = fault.line - 2
        if not 0 <= row < len(self):
            if not len(self):
                return fault
            first = self.origin(0).grid
            return replace(fault, file=first.file, sheet=first.sheet)
        origin = self.origin(row)
        named = [origin.columns.get(n, n) for n in fault.column.split(", ")]
        return replace(
            fault,
            what=_OTHER_LINE.sub(self._line, fault.what),
            line=origin.lines.get(fault.column, origin.line),
            column=", ".join(dict.fromkeys(named)),
            file=origin.grid.file,
            sheet=origin.grid.sheet,
        )

    def _line(self, found: re.Match[str]) -> str:
        """Return the row of a file for the line of the canonical table."""
        row = int(found[1]) - 2
        there = 0 <= row < len(self)
        return f"in line {self.origin(row).line}" if there else found[0]


@dataclass
class CodedRows(Rows):
    """
    A canonical table that one large file holds as it is.

    Attributes
    ----------
    columns : dict of str to Coded
        Text by column.
    grid : Grid
        The file.
    renamed : mapping of str to str
        Canonical columns to columns there; one that is absent has the same name.
    """

    columns: dict[str, Coded] = field(default_factory=dict)
    grid: Grid | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)

    def by_column(self) -> dict[str, Sequence[str]]:
        """Return the cells of each column."""
        return dict(self.columns)

    def __len__(self) -> int:
        return len(self.grid.lines) if self.grid is not None else 0

    def origin(self, row: int) -> Origin:
        """Return where a row came from."""
        if self.grid is None:
            raise IndexError(row)
        return Origin(self.grid, self.grid.lines[row], self.renamed)

    def one_by_one(self) -> Rows:
        """Return the same rows as cells, so that others can follow."""
        made = Rows(dict(self.names))
        cells = zip(*self.columns.values(), strict=True)
        for row, texts in enumerate(cells):
            made.add(dict(zip(self.columns, texts, strict=True)), self.origin(row))
        return made


def joined(first: Rows, more: Rows) -> Rows:
    """Return two parts of a table as one; one part alone stays as it is."""
    if not first.names and not len(first):
        return more
    first = first.one_by_one() if isinstance(first, CodedRows) else first
    first.extend(more.one_by_one() if isinstance(more, CodedRows) else more)
    return first


def grid_faults(
    faults: Iterable[GridFault], *, file: str, table: str, grid: Grid | None = None
) -> list[CohortFault]:
    """
    Return faults of a file as faults of a cohort; no patient is known yet.

    Parameters
    ----------
    faults : iterable of GridFault
        Of one file.
    file : str
        Its name.
    table : str
        Table that it holds, or ``cohort``.
    grid : Grid, optional
        Its sheet, where a fault does not say it.
    """
    sheet = grid.sheet if grid is not None else ""
    return [
        CohortFault(
            table,
            f.line,
            "",
            f.column,
            f.found,
            f.what,
            f.allowed,
            file=file,
            sheet=f.sheet or sheet,
            is_declared=False,
        )
        for f in faults
    ]
