"""A sheet or file as cells of text, each with its place; faults instead of errors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal
from math import isfinite, isnan
from typing import overload

from rejia.coded import Coded

# A reader refuses more than this before it makes anything of it.
MOST_CELLS = 2_000_000
MOST_BYTES = 400_000_000
# Sheets of the template that hold no patient.
ABOUT = ("read me", "columns", "lists")


@dataclass(frozen=True, slots=True)
class GridFault:
    """
    What is wrong with a file before anyone knows what its cells mean.

    Attributes
    ----------
    line : int
        Row of the sheet, or line of the file; 0 for the whole.
    column : str
        Name of the column, where there is one.
    found, what, allowed : str
        As in `frame.Fault`.
    sheet : str
        Sheet of a workbook.
    """

    line: int
    column: str
    found: str
    what: str
    allowed: str = ""
    sheet: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class CodedCells(Sequence[Sequence[str]]):
    """
    Cells of a large file, column by column; they read like a list of rows.

    Attributes
    ----------
    columns : tuple of Coded
        In the order of the header.
    """

    columns: tuple[Coded, ...]

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    @overload
    def __getitem__(self, row: int) -> list[str]: ...
    @overload
    def __getitem__(self, row: slice) -> "CodedCells": ...
    def __getitem__(self, row: int | slice) -> "list[str] | CodedCells":
        if isinstance(row, slice):
            return CodedCells(tuple(column[row] for column in self.columns))
        return [column[row] for column in self.columns]

    def __iter__(self) -> Iterator[list[str]]:
        return (list(row) for row in zip(*self.columns, strict=True))


@dataclass(frozen=True, slots=True)
class Grid:
    """
    One sheet or file.

    Attributes
    ----------
    file, sheet : str
        Where it is from; a format without sheets has no sheet.
    header : tuple of str
        Names of the columns.
    rows : sequence of sequence of str
        Stripped cells; a missing value is the empty text.
    lines : sequence of int
        Row of the sheet, or line of the file, of each row.
    labels : mapping
        Value labels by column: what a code stands for.
    missing : mapping
        Codes of missing values by row and column, with their label.
    """

    file: str
    sheet: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[tuple[int, str], str] = field(default_factory=dict)

    def column(self, name: str) -> list[str]:
        """Return the cells of a column."""
        place = self.header.index(name)
        if isinstance(self.rows, CodedCells):
            return list(self.rows.columns[place])
        return [row[place] for row in self.rows]


class UnreadableError(Exception):
    """
    A file that cannot be read as a table; its faults are shown, not raised.

    Parameters
    ----------
    *faults : GridFault
        All of them.
    grids : sequence of Grid
        Its other sheets, which can be read.
    """

    def __init__(self, *faults: GridFault, grids: Sequence[Grid] = ()) -> None:
        self.faults = faults
        self.grids = list(grids)
        super().__init__()


def unreadable(what: str, allowed: str = "", *, sheet: str = "") -> UnreadableError:
    """Return the error of a file that is wrong as a whole."""
    return UnreadableError(GridFault(0, "", "", what, allowed, sheet))


def typed_text(value: object, *, decimal: str = ".") -> str:
    """
    Return a typed cell as the text that reads back as the same value.

    Parameters
    ----------
    value : object
        Number, date, truth value or text of a workbook or statistics file.
    decimal : str
        Declared decimal sign, so that typed numbers and typed-in ones agree.

    Returns
    -------
    str
        Whole numbers without a fraction, other numbers as their shortest text,
        dates as ISO 8601; a date with a time keeps it unless it is midnight.

    Examples
    --------
    >>> typed_text(0.1 + 0.2), typed_text(7.0), typed_text(1e308)
    ('0.30000000000000004', '7', '1e+308')
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return _float_text(value).replace(".", decimal)
    if isinstance(value, Decimal):
        return str(value).replace(".", decimal)
    if isinstance(value, datetime):
        is_day = value.time() == time() and value.tzinfo is None
        return value.date().isoformat() if is_day else value.isoformat(sep=" ")
    return "" if value is None else str(value).strip()


def _float_text(value: float) -> str:
    if isnan(value):
        return ""
    # Past 2^53 not every whole number is a float: the exponent says so.
    is_whole = isfinite(value) and value.is_integer() and abs(value) < 2**53
    return str(int(value)) if is_whole else repr(float(value))


def header_faults(header: Sequence[str], *, line: int = 1) -> Iterator[GridFault]:
    """Give columns without a name, and names given twice."""
    for place, name in enumerate(header, start=1):
        if not name:
            yield GridFault(
                line,
                f"number {place}",
                "",
                "a column has no name",
                "name it, or delete it",
            )
        elif name in header[: place - 1]:
            times = header.count(name)
            if header.index(name) == place - 1 or header[:place].count(name) == 2:
                what = f"column {name!r} appears {times} times"
                yield GridFault(line, name, "", what, "rename or delete one of them")
