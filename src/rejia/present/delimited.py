"""A table as CSV for a spreadsheet: one header line, no formulas."""

import csv
import io
from collections.abc import Sequence

from rejia.present.model import Cell, Row, Table
from rejia.present.safe import delimited


def to_csv(table: Table) -> str:
    """
    Render a table as CSV.

    Parameters
    ----------
    table : Table
        Table.

    Returns
    -------
    str
        Header rows joined into one line; a column that has recomputed values is
        followed by a column of its own for them. Heading rows become a first column.
    """
    beside = _columns_beside(table)
    grouped = any(row.is_heading for row in table.rows)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    names = [_joined(parts) for parts in _header(table)]
    seconds = [f"{name} [{table.beside}]" for name in names]
    writer.writerow([*([""] if grouped else []), *_with_beside(names, seconds, beside)])
    group = ""
    for row in table.rows:
        if row.is_heading:
            group = row.cells[0].text
            continue
        first = [_spread(cell, cell.text) for cell in row.cells]
        second = [_spread(cell, cell.second) for cell in row.cells]
        line = _with_beside(_flat(first), _flat(second), beside)
        writer.writerow([delimited(t) for t in ([group] if grouped else []) + line])
    return out.getvalue()


def _columns_beside(table: Table) -> list[bool]:
    flags = [False] * table.width
    for row in table.rows:
        if not row.is_heading:
            for place, cell in enumerate(_cells(row)):
                flags[place] |= bool(cell.beside)
    return flags


def _cells(row: Row) -> list[Cell]:
    return [cell for cell in row.cells for _ in range(cell.span)]


def _spread(cell: Cell, text: str) -> list[str]:
    return [text, *[""] * (cell.span - 1)]


def _flat(groups: Sequence[Sequence[str]]) -> list[str]:
    return [text for group in groups for text in group]


def _header(table: Table) -> list[list[str]]:
    rows = [[cell.text for cell in _cells(Row(row))] for row in table.header]
    return [list(parts) for parts in zip(*rows, strict=True)]


def _joined(parts: Sequence[str]) -> str:
    return delimited(": ".join(dict.fromkeys(part for part in parts if part)))


def _with_beside(
    first: Sequence[str], second: Sequence[str], beside: Sequence[bool]
) -> list[str]:
    out = []
    for one, two, wanted in zip(first, second, beside, strict=True):
        out += [one, two] if wanted else [one]
    return out
