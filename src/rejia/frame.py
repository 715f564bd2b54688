"""Read, write and check a table; the only module beside `cli` that touches files."""

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf, isnan, nan
from pathlib import Path
from typing import Literal

import pandas as pd

from rejia.errors import DataError

Kind = Literal["text", "number", "integer"]
_INTEGER = re.compile(r"[-+]?\d+(\.0+)?")
_DECIMAL = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|[-+]?inf")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Column:
    """
    Contract of one column.

    Attributes
    ----------
    meaning : str
        One line for the data dictionary.
    kind : str
        ``text``, ``number`` (float64) or ``integer`` (float64 without fraction).
    nullable : bool
        Whether a cell may be empty.
    required : bool
        Whether the column must be in a file.
    levels : tuple of str
        Closed list of values of a text column; empty for any text.
    low, high : float
        Inclusive range of a number.
    unit : str
        Unit, for the data dictionary.
    """

    meaning: str
    kind: Kind = "text"
    nullable: bool = True
    required: bool = True
    levels: tuple[str, ...] = ()
    low: float = -inf
    high: float = inf
    unit: str = ""


Contract = Mapping[str, Column]


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name most like `name` as a hint, or nothing."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]!r}?" if found else ""


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
    headline = f"{path} cannot be read:"
    if not path.is_file():
        raise DataError(headline, ["the file does not exist; check the path"])
    try:
        text = path.read_bytes().decode("utf-8-sig")
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


@dataclass(frozen=True, slots=True)
class Fault:
    """
    One thing that is wrong with a table, and how to mend it.

    Attributes
    ----------
    line : int
        Line of the file (the header is line 1); 0 for the table as a whole.
    column : str
        Column, or columns, that it is about.
    found : str
        The value as found; empty where there is none to show.
    what : str
        What is wrong, without the value.
    allowed : str
        What is allowed, or how to mend it.
    """

    line: int
    column: str
    found: str
    what: str
    allowed: str = ""


def fault_lines(faults: Iterable[Fault]) -> list[str]:
    """Return one line of text for each kind of fault, with its first places."""
    kinds: dict[tuple[str, str, str, str], list[int]] = {}
    for fault in faults:
        kind = (fault.column, fault.found, fault.what, fault.allowed)
        kinds.setdefault(kind, []).append(fault.line)
    lines = []
    for (column, found, what, allowed), at in kinds.items():
        shown = f"{found!r} " if found else ""
        hint = f" ({allowed})" if allowed else ""
        place = f" in {_lines(at)}" if any(at) else ""
        lines.append(f"column {column!r}: {shown}{what}{place}{hint}")
    return lines


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
    header, rows = read_rows(path, delimiter=delimiter)
    faults, frame = parse_columns(by_column(header, rows), contract, extra=extra)
    if faults:
        raise DataError(f"{path} does not fit its table:", fault_lines(faults))
    return frame


def by_column(
    header: Sequence[str], rows: Sequence[Sequence[str]]
) -> dict[str, list[str]]:
    """Return the stripped cells of each column."""
    return {
        name: [row[place].strip() for row in rows] for place, name in enumerate(header)
    }


def parse_columns(
    cells: Mapping[str, Sequence[str]], contract: Contract, *, extra: bool = False
) -> tuple[list[Fault], pd.DataFrame]:
    """
    Turn columns of text into a checked frame.

    Parameters
    ----------
    cells : mapping of str to sequence of str
        Cells by column.
    contract : mapping of str to Column
        Columns by name.
    extra : bool
        Whether columns outside the contract are kept, as text.

    Returns
    -------
    faults : list of Fault
        All of them.
    frame : pandas.DataFrame
        Not to be used where there are faults.
    """
    listed = f"known columns: {', '.join(contract)}"
    faults = [
        Fault(0, name, "", f"is unknown{nearest(name, contract)}", listed)
        for name in cells
        if name not in contract and not extra
    ]
    faults += [
        Fault(0, name, "", "is missing", column.meaning)
        for name, column in contract.items()
        if column.required and name not in cells
    ]
    length = max((len(column) for column in cells.values()), default=0)
    # Types are named, not inferred: an empty column of text is still text.
    parsed: dict[str, pd.Series] = {}
    for name, column in contract.items():
        texts = cells.get(name, [""] * length)
        column_faults = _cell_faults(name, texts, column) if name in cells else []
        if column.kind == "text":
            parsed[name] = pd.Series(list(texts), dtype="str")
        else:
            numbers = [float(t) if _DECIMAL.fullmatch(t) else nan for t in texts]
            parsed[name] = pd.Series(numbers, dtype="float64")
        faults += column_faults
    parsed |= {
        name: pd.Series(list(texts), dtype="str")
        for name, texts in cells.items()
        if name not in contract
    }
    return faults, pd.DataFrame(parsed)


def _cell_faults(name: str, texts: Sequence[str], column: Column) -> list[Fault]:
    faults = []
    for line, text in enumerate(texts, start=2):
        what, allowed = _cell_fault(text, column)
        if what:
            faults.append(Fault(line, name, text, what, allowed))
    return faults


def _cell_fault(text: str, column: Column) -> tuple[str, str]:
    if not text:
        return ("", "") if column.nullable else ("is empty", column.meaning)
    if column.kind == "text":
        if not column.levels or text in column.levels:
            return "", ""
        listed = f"allowed: {', '.join(column.levels)}"
        return f"is not allowed{nearest(text, column.levels)}", listed
    pattern = _INTEGER if column.kind == "integer" else _DECIMAL
    if not pattern.fullmatch(text):
        whole = "a whole number" if column.kind == "integer" else "a number"
        return f"is not {whole}", "with a decimal point and no unit"
    if not column.low <= float(text) <= column.high:
        return "is out of range", f"allowed: {column.low:g} to {column.high:g}"
    return "", ""


def _lines(lines: Sequence[int]) -> str:
    shown = ", ".join(str(line) for line in lines[:_SHOWN])
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return f"line{'s' if len(lines) > 1 else ''} {shown}{more}"


def repeated_keys(frame: pd.DataFrame, key: Sequence[str]) -> list[Fault]:
    """
    Return the rows whose key another row has already.

    Parameters
    ----------
    frame : pandas.DataFrame
        In the order of its file.
    key : sequence of str
        Columns that together must be unique.

    Returns
    -------
    list of Fault
        One a repeated row.
    """
    if frame.empty or not key:
        return []
    first: dict[tuple[str, ...], int] = {}
    faults = []
    rows = zip(*(frame[name].astype(str) for name in key), strict=True)
    for line, values in enumerate(rows, start=2):
        if values in first:
            shown = ", ".join(value for value in values if value)
            what = f"is already given in line {first[values]}"
            faults.append(Fault(line, ", ".join(key), shown, what, "one row a key"))
        else:
            first[values] = line
    return faults


def to_text(frame: pd.DataFrame, contract: Contract) -> str:
    """
    Render a frame as tab-separated text in full precision.

    Parameters
    ----------
    frame : pandas.DataFrame
        With the columns of the contract; others follow in their order.
    contract : mapping of str to Column
        Columns by name.

    Returns
    -------
    str
        Header and rows; numbers as their shortest text that reads back the same.

    Raises
    ------
    ValueError
        If a column of the contract is missing, or a number in a column of whole
        numbers is none.
    """
    missing = [name for name in contract if name not in frame.columns]
    if missing:
        raise ValueError(f"frame must have the columns {', '.join(missing)}")
    names = [*contract, *(str(n) for n in frame.columns if n not in contract)]
    columns = [
        [_cell(value, name, contract.get(name)) for value in frame[name].tolist()]
        for name in names
    ]
    rows = [names, *zip(*columns, strict=True)]
    return "".join("\t".join(map(_quoted, cells)) + "\n" for cells in rows)


def _cell(value: object, name: str, column: Column | None) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        if isnan(value):
            return ""
        if column is not None and column.kind == "integer":
            if not value.is_integer():
                raise ValueError(f"{name} must be a whole number, but got {value!r}")
            return str(int(value))
        return repr(float(value))
    return str(value)


def _quoted(text: str) -> str:
    # csv.writer leaves a lone carriage return bare before Python 3.13.
    if any(sign in text for sign in '\t\n\r"'):
        return '"' + text.replace('"', '""') + '"'
    return text


def write_table(frame: pd.DataFrame, path: Path, contract: Contract) -> None:
    """Write a frame as tab-separated text, whole or not at all."""
    write_text(path, to_text(frame, contract))


def write_text(path: Path, text: str) -> None:
    """Write text as UTF-8, whole or not at all."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """
    Write a file whole or not at all.

    A file of the same folder is written first and renamed, so that a reader never
    sees half of it and an orphaned job never mixes its text into a successor's.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
