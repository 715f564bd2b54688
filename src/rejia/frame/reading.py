"""Read a table, whole and checked."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from rejia.coded import Coded
from rejia.errors import DataError
from rejia.frame.columns import Contract
from rejia.frame.parsing import fault_lines, parse_columns
from rejia.frame.plain import BYTE_ORDER_MARK, plain_columns


def read_rows(
    path: Path, *, delimiter: str = "\t"
) -> tuple[list[str], list[list[str]]]:
    """
    Read a delimited text file as text, cell by cell.

    Parameters
    ----------
    path : Path
        UTF-8 file, with or without byte-order mark.
    delimiter : str
        Cell separator.

    Returns
    -------
    header : list of str
    rows : list of list of str
        As many cells as the header has.

    Raises
    ------
    DataError
        If the file is missing, empty, not UTF-8, has a repeated or empty header
        cell, empty lines before a row, or rows of another length.
    """
    return _rows(path, _content(path), delimiter)


def _headline(path: Path) -> str:
    return f"{path} cannot be read:"


def _content(path: Path) -> bytes:
    if not path.is_file():
        if path.is_dir():
            raise DataError(_headline(path), ["this is a folder; name a file in it"])
        raise DataError(_headline(path), ["the file does not exist; check the path"])
    return path.read_bytes()


def _rows(
    path: Path, content: bytes, delimiter: str
) -> tuple[list[str], list[list[str]]]:
    headline = _headline(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            headline,
            [f"byte {error.start} is not UTF-8; save the file with UTF-8 encoding"],
        ) from None
    if "\x00" in text:
        raise DataError(headline, ["it holds NUL bytes, so it is no text file"])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    faults: list[str] = []
    header: list[str] = []
    blank: list[int] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                blank.append(reader.line_num)
                continue
            # Lines at the end may be empty; one before a row would shift its line.
            faults += [f"line {line} is empty; delete it" for line in blank]
            blank.clear()
            if not header:
                header = [cell.strip() for cell in cells]
            else:
                if len(cells) != len(header):
                    faults.append(
                        f"line {reader.line_num}: {len(cells)} cells, "
                        f"but the header has {len(header)}"
                    )
                rows.append(cells)
    except csv.Error as error:
        faults.append(f"line {reader.line_num}: {error}")
    if not header:
        raise DataError(headline, ["the file is empty; a header line is needed"])
    for name in dict.fromkeys(header):
        if not name:
            faults.append("line 1: a column has no name")
        elif header.count(name) > 1:
            faults.append(f"line 1: column {name!r} appears {header.count(name)} times")
    if faults:
        raise DataError(headline, faults)
    return header, rows


def read_table(
    path: Path, contract: Contract, *, delimiter: str = "\t", extra: bool = False
) -> pd.DataFrame:
    """
    Read a table and check it against its contract.

    Parameters
    ----------
    path : Path
        UTF-8 text file.
    contract : mapping of str to Column
        Columns by name.
    delimiter : str
        Cell separator.
    extra : bool
        Whether columns outside the contract are kept, as text.

    Returns
    -------
    pandas.DataFrame
        Text columns as `str` with ``""`` for empty cells, numbers as float64 with
        `nan`; the columns of the contract first, absent optional ones added empty.

    Raises
    ------
    DataError
        With all faults of the file.
    """
    content = _content(path)
    # Whole columns at once where nothing is odd; cell by cell to say what is.
    cells: Mapping[str, Sequence[str]] | None = _plain(content, delimiter)
    if cells is None:
        cells = by_column(*_rows(path, content, delimiter))
    faults, frame = parse_columns(cells, contract, extra=extra)
    if faults:
        raise DataError(f"{path} does not fit its table:", fault_lines(faults))
    return frame


def _plain(content: bytes, delimiter: str) -> dict[str, Coded] | None:
    """Return the columns of a text that is not odd, each under a name of its own."""
    found = plain_columns(content.removeprefix(BYTE_ORDER_MARK), delimiter)
    if found is None:
        return None
    header, columns = found
    is_named = all(header) and len(set(header)) == len(header)
    return dict(zip(header, columns, strict=True)) if is_named else None


def by_column(
    header: Sequence[str], rows: Sequence[Sequence[str]]
) -> dict[str, list[str]]:
    """Return the stripped cells of each column."""
    return {
        name: [row[place].strip() for row in rows] for place, name in enumerate(header)
    }
