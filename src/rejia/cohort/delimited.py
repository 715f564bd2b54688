"""CSV and TSV as text: encoding, separator and shape checked, nothing guessed."""

import csv
import io
from pathlib import Path

from rejia.cohort.grids import (
    MOST_BYTES,
    CodedCells,
    Grid,
    GridFault,
    UnreadableError,
    header_faults,
    unreadable,
)
from rejia.frame.plain import BYTE_ORDER_MARK, plain_columns
from rejia.study.sources import Sources

_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_MARKS = {
    b"\xff\xfe": ("UTF-16", "declare `encoding: utf-16` under sources"),
    b"\xfe\xff": ("UTF-16", "declare `encoding: utf-16` under sources"),
    b"PK\x03\x04": ("a workbook or archive", "save it as CSV, or name it .xlsx"),
    b"%PDF": ("a PDF", "export the table itself"),
}


def read_delimited(path: Path, sources: Sources) -> list[Grid]:
    """
    Read a delimited text file.

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.tsv``.
    sources : Sources
        Declares encoding and separator.

    Returns
    -------
    list of Grid
        One.

    Raises
    ------
    UnreadableError
        With every fault of encoding, header and shape.
    """
    own = "\t" if path.suffix.lower() in {".tsv", ".tab"} else ","
    separator = sources.delimiter or own
    if path.suffix.lower() in {".tsv", ".tab"}:
        separator = own
    content = _content(path, sources.encoding)
    grid = _plain(path.name, content, sources.encoding, separator)
    return [grid if grid is not None else _parsed(path, content, sources, separator)]


def _plain(name: str, content: bytes, encoding: str, separator: str) -> Grid | None:
    """Read a text about which nothing is odd, column by column."""
    if encoding == "utf-8":
        content = content.removeprefix(BYTE_ORDER_MARK)
    else:
        try:
            content = content.decode(encoding).encode()
        except UnicodeError:
            return None
    found = plain_columns(content, separator)
    if found is None:
        return None
    header, columns = found
    if [*header_faults(header), *_other_separator(header, separator)]:
        return None
    cells = CodedCells(tuple(columns))
    return Grid(name, "", tuple(header), cells, range(2, len(cells) + 2))


def _parsed(path: Path, content: bytes, sources: Sources, separator: str) -> Grid:
    """Read a text cell by cell, and say everything that is wrong with it."""
    text = _decoded(content, sources.encoding)
    faults: list[GridFault] = []
    rows: list[tuple[int, list[str]]] = []
    blank: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    start = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                faults += [
                    GridFault(line, "", "", "the line is empty", "delete it")
                    for line in blank
                    if rows
                ]
                blank.clear()
                rows.append((start, [cell.strip() for cell in cells]))
            else:
                blank.append(start)
            start = reader.line_num + 1
    except csv.Error as error:
        faults.append(GridFault(start, "", "", _told(str(error)), "mend the quotes"))
    if not rows:
        raise UnreadableError(
            *faults or [GridFault(0, "", "", "the file is empty", "a header is needed")]
        )
    (at, header), *body = rows
    faults += header_faults(header, line=at)
    faults += _other_separator(header, separator)
    faults += [
        GridFault(
            line,
            "",
            "",
            f"{len(cells)} cells, but the header has {len(header)}",
            "one cell a column; a cell that holds the separator needs quotes",
        )
        for line, cells in body
        if len(cells) != len(header)
    ]
    if faults:
        raise UnreadableError(*faults)
    return Grid(
        path.name, "", tuple(header), [c for _, c in body], [n for n, _ in body]
    )


def _content(path: Path, encoding: str) -> bytes:
    if path.stat().st_size > MOST_BYTES:
        raise unreadable(
            f"the file has more than {MOST_BYTES // 1_000_000} MB",
            "save it as Parquet, or split it",
        )
    content = path.read_bytes()
    if not content:
        raise unreadable("the file has 0 bytes", "export it again")
    for mark, (kind, advice) in _MARKS.items():
        if content.startswith(mark) and not (kind == "UTF-16" and encoding == "utf-16"):
            raise unreadable(f"it is {kind}, not {encoding} text", advice)
    return content


def _decoded(content: bytes, encoding: str) -> str:
    try:
        # A byte-order mark of UTF-8 is none of the text.
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            GridFault(
                line,
                "",
                "",
                f"byte {error.start} is not {encoding.upper()}",
                "save the file with UTF-8 encoding, or declare `encoding: "
                "windows-1252` under sources",
            )
        ) from None
    if "\x00" in text:
        raise unreadable("it holds NUL bytes, so it is no text file", "export it again")
    return text


def _told(error: str) -> str:
    """Say what the parser of delimited text stumbled upon."""
    if "unexpected end of data" in error:
        return "a quote is opened here and never closed"
    if "expected after" in error:
        return "a quote stands inside a quoted cell"
    if "field larger" in error:
        return "a cell is larger than 131072 characters; is a quote never closed?"
    if "new-line" in error:
        return "a bare carriage return stands in a cell"
    return error


def _other_separator(header: list[str], separator: str) -> list[GridFault]:
    """Return a fault where one column holds what looks like a header."""
    if len(header) != 1:
        return []
    for other, name in _SEPARATORS.items():
        if other != separator and other in header[0]:
            shown = "\\t" if other == "\t" else other
            return [
                GridFault(
                    1,
                    "",
                    "",
                    f"the header holds one column, but a {name} in it",
                    f'declare `delimiter: "{shown}"` under sources',
                )
            ]
    return []
