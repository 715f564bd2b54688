"""Columns of text checked against their contract, and what is wrong with them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

from rejia.coded import Coded, cells_of
from rejia.frame.columns import Column, Contract, nearest

_INTEGER = re.compile(r"[-+]?\d+(\.0+)?")
_DECIMAL = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|[-+]?inf")
_SHOWN = 5


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
        texts = cells.get(name, Coded.constant("", length))
        column_faults = _cell_faults(name, texts, column) if name in cells else []
        if column.kind == "text":
            parsed[name] = _as_text(texts)
        elif isinstance(texts, Coded):
            parsed[name] = texts.numbers(_number)
        else:
            parsed[name] = pd.Series([_number(t) for t in texts], dtype="float64")
        faults += column_faults
    parsed |= {
        name: _as_text(texts) for name, texts in cells.items() if name not in contract
    }
    return faults, pd.DataFrame(parsed)


def _as_text(texts: Sequence[str]) -> pd.Series:
    if isinstance(texts, Coded):
        return texts.series()
    return pd.Series(list(texts), dtype="str")


def _number(text: str) -> float:
    return float(text) if _DECIMAL.fullmatch(text) else nan


def _cell_faults(name: str, texts: Sequence[str], column: Column) -> list[Fault]:
    lines: Iterable[tuple[int, str]] = enumerate(texts, start=2)
    if isinstance(texts, Coded):
        # Few texts and many rows: only rows of a faulty text are gone through.
        wrong = [text for text in texts.texts if _cell_fault(text, column)[0]]
        lines = [(row + 2, texts[row]) for row in texts.rows_of(wrong).tolist()]
    faults = []
    told: dict[str, tuple[str, str]] = {}
    for line, text in lines:
        if text not in told:
            told[text] = _cell_fault(text, column)
        what, allowed = told[text]
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
    is_repeated = np.asarray(frame.duplicated(list(key), keep=False))
    if not is_repeated.any():
        return []
    first: dict[tuple[str, ...], int] = {}
    faults = []
    lines = (np.flatnonzero(is_repeated) + 2).tolist()
    for line, cells in zip(lines, cells_of(frame[is_repeated], *key), strict=True):
        # A number that is none equals nothing: it is left empty.
        values = tuple("" if pd.isna(cell) else str(cell) for cell in cells)
        if values in first:
            shown = ", ".join(value for value in values if value)
            what = f"is already given in line {first[values]}"
            faults.append(Fault(line, ", ".join(key), shown, what, "one row a key"))
        else:
            first[values] = line
    return faults
