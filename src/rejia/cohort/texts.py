"""What declared decimals, dates and codes of missing values make of a cell."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from rejia.cohort.grids import CodedCells, Grid
from rejia.study.sources import Sources

ORDERS = {
    "dmy": "day, month, year",
    "mdy": "month, day, year",
    "ymd": "year, month, day",
}
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00:00(?:\.0+)?)?")
_THREE = re.compile(r"(\d{1,4})\s?([./ -])\s?(\d{1,2})\s?\2\s?(\d{1,4})")
_DAY_NUMBER = re.compile(r"\d{5}(\.\d+)?")
_WITH_COMMA = re.compile(r"[<>≤≥=]*\s*[-+]?\d*,\d+([eE][-+]?\d+)?")
_WITH_POINT = re.compile(r"[<>≤≥=]*\s*[-+]?[\d,]*\.[\d.,]*([eE][-+]?\d+)?")


def decimal_fault(text: str, decimal: str) -> tuple[str, str]:
    """
    Say what is wrong with a number's decimal sign, and how to mend it.

    Parameters
    ----------
    text : str
        Cell of a column of numbers.
    decimal : str
        Declared sign.

    Returns
    -------
    what, allowed : str
        Both empty where nothing is wrong with it.
    """
    if decimal == "," and _WITH_POINT.fullmatch(text):
        return (
            'has a decimal point, but sources declare `decimal: ","`',
            "one decimal sign in a file, no sign between thousands",
        )
    if decimal == "." and _WITH_COMMA.fullmatch(text):
        return (
            "is not a number",
            'with a decimal point and no unit; or declare `decimal: ","` under sources',
        )
    return "", ""


def with_point(text: str, decimal: str) -> str:
    """Return a number's text with a decimal point where its comma is declared."""
    return text.replace(",", ".") if decimal == "," and text.count(",") == 1 else text


def iso_date(text: str, order: str | None) -> tuple[str, str, str]:
    """
    Read a date without guessing.

    Parameters
    ----------
    text : str
        Cell; empty is no date.
    order : str or None
        ``dmy``, ``mdy``, ``ymd``, or none declared.

    Returns
    -------
    iso : str
        ``YYYY-MM-DD``; the text itself where it is no date.
    what, allowed : str
        What is wrong and how to mend it; empty where it is a date.

    Examples
    --------
    >>> iso_date("3.4.2014", "dmy")
    ('2014-04-03', '', '')
    >>> iso_date("03/04/2014", None)[1]
    'could be one of two dates'
    """
    iso = _ISO.fullmatch(text)
    made = _date(*map(int, iso.groups())) if iso else ""
    what = allowed = ""
    if iso and not made:
        what, allowed = "is no date", "a day that there was"
    elif text and not iso:
        found = _THREE.fullmatch(text)
        if found is None:
            what, allowed = _no_date(text, order)
        else:
            made, what, allowed = _three(found, order)
    return made or text, what, allowed


def _no_date(text: str, order: str | None) -> tuple[str, str]:
    """Say what a text without day, month and year is."""
    if _DAY_NUMBER.fullmatch(text):
        what = "is the number by which a spreadsheet counts days, not a date"
        return what, "format the column as a date"
    return "is no date", "YYYY-MM-DD" + (
        f", or {ORDERS[order]} as declared" if order else ""
    )


def _three(found: re.Match[str], order: str | None) -> tuple[str, str, str]:
    """Read three numbers as the declared order says, or say why not."""
    first, _, second, third = found.groups()
    readings = {o: _read(o, first, second, third) for o in ORDERS}
    if order is None:
        declare = "YYYY-MM-DD, or declare `dates: dmy`, `mdy` or `ymd` under sources"
        is_open = len({r for r in readings.values() if r}) > 1
        what = (
            "could be one of two dates" if is_open else "is not written as YYYY-MM-DD"
        )
        return "", what, declare
    if readings[order]:
        return readings[order], "", ""
    others = [o for o, reading in readings.items() if reading]
    hint = f"; it would be one as {ORDERS[others[0]]}" if others else ""
    allowed = f"{ORDERS[order]}, the year with four digits"
    return "", f"is no date as {ORDERS[order]}{hint}", allowed


def _read(order: str, *parts: str) -> str:
    named = dict(zip(order, parts, strict=True))
    if len(named["y"]) != 4 or len(named["m"]) > 2 or len(named["d"]) > 2:
        return ""
    return _date(int(named["y"]), int(named["m"]), int(named["d"]))


def _date(year: int, month: int, day: int) -> str:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""


def without_missing(grid: Grid, sources: Sources) -> Grid:
    """
    Return a grid in which declared codes of missing values are empty cells.

    Parameters
    ----------
    grid : Grid
        As read.
    sources : Sources
        Its ``missing`` texts; without them only an empty cell is missing.

    Returns
    -------
    Grid
        The codes stay in `missing`.
    """
    codes = set(sources.missing)
    if not codes:
        return grid
    if isinstance(grid.rows, CodedCells):
        return _coded_without_missing(grid, grid.rows, codes)
    missing: dict[tuple[int, str], str] = dict(grid.missing)
    rows = []
    for row, cells in enumerate(grid.rows):
        if codes.isdisjoint(cells):
            rows.append(cells)
            continue
        for name, cell in zip(grid.header, cells, strict=True):
            if cell in codes:
                missing[row, name] = cell + _label(grid.labels, name, cell)
        rows.append(["" if cell in codes else cell for cell in cells])
    return replace(grid, rows=rows, missing=missing)


def _coded_without_missing(grid: Grid, cells: CodedCells, codes: set[str]) -> Grid:
    """Empty the cells of codes, column by column; `missing` keeps the order of rows."""
    found: dict[tuple[int, str], str] = {}
    for name, column in zip(grid.header, cells.columns, strict=True):
        for row in column.rows_of(codes).tolist():
            found[row, name] = column[row] + _label(grid.labels, name, column[row])
    places = {name: place for place, name in enumerate(grid.header)}
    ordered = sorted(found, key=lambda at: (at[0], places[at[1]]))
    emptied = CodedCells(
        tuple(
            column.mapped(lambda text: "" if text in codes else text)
            for column in cells.columns
        )
    )
    missing = {**grid.missing, **{at: found[at] for at in ordered}}
    return replace(grid, rows=emptied, missing=missing)


def _label(labels: Mapping[str, Mapping[str, str]], name: str, code: str) -> str:
    label = labels.get(name, {}).get(code, "")
    return f" ({label})" if label else ""
