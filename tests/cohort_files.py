"""The same cohort written in every format that can be read, for the tests."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyreadstat
from openpyxl import Workbook
from pyarrow import parquet

Value = str | float | None
Table = Mapping[str, Sequence[Value]]


def shown(value: Value) -> str:
    """Return a value as a person would type it into a text file."""
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else value


def quoted(text: str, separator: str) -> str:
    if any(sign in text for sign in (separator, '"', "\n", "\r")):
        return '"' + text.replace('"', '""') + '"'
    return text


def delimited(table: Table, separator: str) -> str:
    rows = zip(*table.values(), strict=True)
    lines = [list(table), *([shown(value) for value in row] for row in rows)]
    return "".join(
        separator.join(quoted(cell, separator) for cell in cells) + "\n"
        for cells in lines
    )


def write_tsv(table: Table, path: Path) -> None:
    path.write_bytes(delimited(table, "\t").encode())


def write_csv(table: Table, path: Path) -> None:
    path.write_bytes(delimited(table, ",").encode())


def fill_sheet(sheet: Any, table: Table) -> None:
    for place, (name, values) in enumerate(table.items(), start=1):
        for row, value in enumerate([name, *values], start=1):
            cell = sheet.cell(row, place)
            if value not in {None, ""}:
                cell.value = value
                if isinstance(value, str):
                    cell.data_type = "s"  # "=1+1" and "#N/A" are texts here


def write_xlsx(table: Table, path: Path) -> None:
    book = Workbook()
    fill_sheet(book.active, table)
    book.save(path)


def write_book(tables: Mapping[str, Table], path: Path) -> None:
    book = Workbook()
    book.remove(book.active)
    for name, table in tables.items():
        fill_sheet(book.create_sheet(name), table)
    book.save(path)


def frame(table: Table) -> pd.DataFrame:
    columns = {}
    for name, values in table.items():
        is_number = any(isinstance(value, float) for value in values)
        if is_number:
            columns[name] = pd.Series(values, dtype="float64")
        else:
            columns[name] = pd.Series([v or "" for v in values], dtype="object")
    return pd.DataFrame(columns)


def write_sav(table: Table, path: Path) -> None:
    pyreadstat.write_sav(frame(table), path)


def write_dta(table: Table, path: Path) -> None:
    pyreadstat.write_dta(frame(table), path)


def write_xpt(table: Table, path: Path) -> None:
    pyreadstat.write_xport(frame(table), path, file_format_version=8)


def write_parquet(table: Table, path: Path) -> None:
    arrays = {}
    for name, values in table.items():
        is_number = any(isinstance(value, float) for value in values)
        kind = pa.float64() if is_number else pa.string()
        arrays[name] = pa.array(list(values), type=kind)
    parquet.write_table(pa.table(arrays), path)


WRITERS: dict[str, Callable[[Table, Path], None]] = {
    ".tsv": write_tsv,
    ".csv": write_csv,
    ".xlsx": write_xlsx,
    ".sav": write_sav,
    ".dta": write_dta,
    ".xpt": write_xpt,
    ".parquet": write_parquet,
}
