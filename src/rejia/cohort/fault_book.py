"""faults.xlsx: every fault in a list, and the sheets with their cells coloured."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from rejia.cohort.books import book_bytes, write_text
from rejia.cohort.check import CohortFault
from rejia.cohort.grids import Grid

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

COLUMNS = (
    "kind",
    "file",
    "sheet",
    "row",
    "patient",
    "column",
    "found",
    "what is wrong",
    "what is allowed, or how to mend it",
)
_WIDTHS = (10, 22, 16, 8, 14, 22, 18, 52, 60)
_FAULT, _WARNING, _HEADER = "F4B6B6", "FBE7A1", "DDE6EE"
# Of a longer sheet only the rows that have a fault are shown.
MOST_ROWS = 2_000


def fault_book(
    faults: Sequence[CohortFault],
    warnings: Sequence[CohortFault],
    grids: Iterable[Grid] = (),
) -> bytes:
    """
    Lay out faults and warnings as a workbook.

    Parameters
    ----------
    faults, warnings : sequence of CohortFault
        With their places.
    grids : iterable of Grid
        Sheets that were read.

    Returns
    -------
    bytes
        A workbook with a list of all of them, and each sheet that has one, faults
        red and warnings yellow, with what is wrong in a note of the cell.
    """
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook()
    listed = book.active
    listed.title = "faults"
    _write_row(listed, 1, COLUMNS, _HEADER, bold=True)
    rows = [("fault", fault) for fault in faults]
    rows += [("warning", warning) for warning in warnings]
    for line, (kind, fault) in enumerate(rows, start=2):
        colour = _FAULT if kind == "fault" else _WARNING
        _write_row(listed, line, _cells(kind, fault), colour, only=(0,))
    for place, width in enumerate(_WIDTHS, start=1):
        listed.column_dimensions[get_column_letter(place)].width = width
    listed.freeze_panes = "A2"
    listed.auto_filter.ref = f"A1:{get_column_letter(len(COLUMNS))}{len(rows) + 1}"
    for grid in grids:
        of_grid = [
            (kind, fault)
            for kind, fault in rows
            if (fault.file, fault.sheet) == (grid.file, grid.sheet)
        ]
        if of_grid:
            _colour_grid(book, grid, of_grid)
    return book_bytes(book)


def _cells(kind: str, fault: CohortFault) -> list[str]:
    line = str(fault.line) if fault.line else ""
    place = [fault.file or fault.table, fault.sheet, line, fault.patient]
    return [kind, *place, fault.column, fault.found, fault.what, fault.allowed]


def _write_row(
    sheet: "Worksheet",
    line: int,
    cells: Sequence[str],
    colour: str = "",
    *,
    bold: bool = False,
    only: Sequence[int] | None = None,
) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    for place, text in enumerate(cells):
        cell: Any = sheet.cell(line, place + 1)
        write_text(cell, text)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        if colour and (only is None or place in only):
            cell.fill = PatternFill("solid", fgColor=colour)
        if bold:
            cell.font = Font(bold=True)


def _colour_grid(
    book: Any, grid: Grid, faults: Sequence[tuple[str, CohortFault]]
) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    title = _title(grid.sheet or grid.file, book.sheetnames)
    sheet = book.create_sheet(title)
    lines = {fault.line for _, fault in faults}
    shown = [
        place
        for place, line in enumerate(grid.lines)
        if len(grid.rows) <= MOST_ROWS or line in lines
    ]
    _write_row(sheet, 1, ["row", *grid.header], _HEADER, bold=True)
    at_line: dict[int, int] = {}
    for target, place in enumerate(shown, start=2):
        at_line[grid.lines[place]] = target
        write_text(sheet.cell(target, 1), str(grid.lines[place]))
        for column, text in enumerate(grid.rows[place], start=2):
            if text:
                write_text(sheet.cell(target, column), text)
    at_column = {name: place for place, name in enumerate(grid.header, start=2)}
    notes: dict[tuple[int, int], list[str]] = {}
    kinds: dict[tuple[int, int], set[str]] = {}
    for kind, fault in faults:
        row = at_line.get(fault.line, 1)
        for name in fault.column.split(", "):
            column = at_column.get(name, 1)
            allowed = f" ({fault.allowed})" if fault.allowed else ""
            notes.setdefault((row, column), []).append(f"{fault.what}{allowed}")
            kinds.setdefault((row, column), set()).add(kind)
    for (row, column), texts in notes.items():
        cell = sheet.cell(row, column)
        colour = _FAULT if "fault" in kinds[row, column] else _WARNING
        cell.fill = PatternFill("solid", fgColor=colour)
        cell.comment = Comment("\n".join(texts)[:2000], "rejia", width=360, height=120)
    sheet.freeze_panes = "B2"


def _title(name: str, taken: Sequence[str]) -> str:
    """Return a name that a sheet may have and no other has."""
    plain = "".join("_" if sign in r"[]:*?/\'" else sign for sign in name)[:28]
    title, number = plain or "sheet", 2
    while title.lower() in {other.lower() for other in taken}:
        title, number = f"{plain[:26]} {number}", number + 1
    return title
