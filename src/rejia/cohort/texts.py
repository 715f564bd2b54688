"""What declared decimals, dates and codes of missing values make of a cell."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from rejia.cohort.grids import Grid
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
            "has a decimal point, but sources declare `decimal: \",\"`",
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
    if not text:
        return "", "", ""
    iso = _ISO.fullmatch(text)
    if iso:
        made = _date(*map(int, iso.groups()))
        return (made, "", "") if made else (text, "is no date", "a day that there was")
    found = _THREE.fullmatch(text)
    if found is None:
        if _DAY_NUMBER.fullmatch(text):
            what = "is the number by which a spreadsheet counts days, not a date"
            return text, what, "format the column as a date"
        allowed = "YYYY-MM-DD" + (f", or {ORDERS[order]} as declared" if order else "")
        return text, "is no date", allowed
    first, _, second, third = found.groups()
    readings = {o: _read(o, first, second, third) for o in ORDERS}
    if order is None:
        declare = "YYYY-MM-DD, or declare `dates: dmy`, `mdy` or `ymd` under sources"
        fitting = {r for r in readings.values() if r}
        if len(fitting) > 1:
            return text, "could be one of two dates", declare
        return text, "is not written as YYYY-MM-DD", declare
    if readings[order]:
        return readings[order], "", ""
    others = [o for o, reading in readings.items() if reading]
    hint = f"; it would be one as {ORDERS[others[0]]}" if others else ""
    allowed = f"{ORDERS[order]}, the year with four digits"
    return text, f"is no date as {ORDERS[order]}{hint}", allowed


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


def _label(labels: Mapping[str, Mapping[str, str]], name: str, code: str) -> str:
    label = labels.get(name, {}).get(code, "")
    return f" ({label})" if label else ""
