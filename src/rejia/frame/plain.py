"""Delimited text without oddities, a column at a time; all other text is refused."""

import csv
from typing import TYPE_CHECKING

import numpy as np

from rejia.coded import Coded

if TYPE_CHECKING:
    import pyarrow as pa

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_QUOTE, _LINE_FEED, _RETURN = b'"\n\r'
# Quotes are looked at in pieces, so that their places take little room.
_PIECE = 1 << 24


def plain_columns(
    content: bytes, delimiter: str
) -> tuple[list[str], list[Coded]] | None:
    """
    Return the columns of a delimited text, where nothing about it is odd.

    Parameters
    ----------
    content : bytes
        UTF-8 text without byte-order mark.
    delimiter : str
        Cell separator, one ASCII sign.

    Returns
    -------
    header : list of str
    columns : list of Coded
        Stripped cells; row ``i`` stands in line ``i + 2``.

        None where the text is not UTF-8, has NUL bytes, empty rows, line breaks or
        stray quotes in cells, bare carriage returns, rows of another length, huge
        cells, or no row: such a text is for `csv.reader`, which says what is wrong.
        Where there are columns, they are those of `csv.reader`.
    """
    if not _is_plain(content, delimiter.encode()):
        return None
    end = content.find(b"\n")
    if end < 0 or end + 1 == len(content):
        return None
    try:
        # Text of other encodings looks like none, or is found out here.
        if not content.isascii():
            content.decode()
        (cells,) = csv.reader([content[:end].decode()], delimiter=delimiter)
    except (UnicodeDecodeError, ValueError, csv.Error):
        return None
    header = [cell.strip() for cell in cells]
    columns = _columns(content, delimiter, len(header)) if any(header) else None
    if columns is None or _has_empty_row(columns):
        return None
    return header, columns


def _is_plain(content: bytes, delimiter: bytes) -> bool:
    """Say whether each line is a row, and each quote encloses a cell or is doubled."""
    if b"\x00" in content or content.startswith((b"\n", b"\r")):
        return False
    if b"\n\n" in content or b"\n\r" in content:
        return False
    if content.count(b"\r") != content.count(b"\r\n"):
        return False
    return b'"' not in content or _quotes_enclose(content, delimiter)


def _quotes_enclose(content: bytes, delimiter: bytes) -> bool:
    """
    Say whether quotes stand at both ends of cells, and line breaks between cells.

    Quotes open and close in turn. Before one that opens is a separator, a line break or
    a quote that closes (so both are one doubled quote), and likewise after one that
    closes.
    """
    signs = np.frombuffer(content, dtype=np.uint8)
    outside = np.zeros(256, dtype=bool)
    outside[[_QUOTE, _LINE_FEED, _RETURN, *delimiter]] = True
    n_before = 0
    for start in range(0, len(signs), _PIECE):
        piece = signs[start : start + _PIECE]
        marks = np.flatnonzero(piece == _QUOTE)
        breaks = np.flatnonzero(piece == _LINE_FEED)
        if ((np.searchsorted(marks, breaks) + n_before) % 2).any():
            return False
        opening = marks[n_before % 2 :: 2] + start
        closing = marks[1 - n_before % 2 :: 2] + start
        # The first sign of all has none before it, the last none after.
        before = signs[opening[opening > 0] - 1]
        after = signs[closing[closing < len(signs) - 1] + 1]
        if not (outside[before].all() and outside[after].all()):
            return False
        n_before += len(marks)
    return n_before % 2 == 0


def _columns(content: bytes, delimiter: str, n_columns: int) -> list[Coded] | None:
    """Parse the rows below the header; none where they are not as long as it."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    names = [str(place) for place in range(n_columns)]
    kind = pa.dictionary(pa.int32(), pa.string())
    try:
        table = arrow.read_csv(
            pa.py_buffer(content),
            read_options=arrow.ReadOptions(
                column_names=names, skip_rows=1, block_size=_PIECE
            ),
            parse_options=arrow.ParseOptions(
                delimiter=delimiter, ignore_empty_lines=False
            ),
            # Text stays text: no word stands for a missing value.
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(names, kind),
                null_values=[],
                strings_can_be_null=False,
            ),
        )
        table = table.unify_dictionaries()
    except pa.ArrowException:
        return None
    columns = []
    for place in range(n_columns):
        made = _coded(table.column(place))
        if made is None:
            return None
        columns.append(made)
    return columns


def _coded(column: "pa.ChunkedArray") -> Coded | None:
    """Return a parsed column, stripped; none where a cell is beyond `csv.reader`."""
    import pyarrow.compute as pc

    whole = column.combine_chunks()
    longest = pc.max(pc.binary_length(whole.dictionary)).as_py() or 0
    if whole.null_count or longest > csv.field_size_limit():
        return None
    texts = [text.strip() for text in whole.dictionary.to_pylist()]
    return Coded.of(whole.indices.to_numpy(), texts)


def _has_empty_row(columns: list[Coded]) -> bool:
    """Say whether some row has no text in any cell."""
    rows = columns[0].rows_of([""])
    for column in columns[1:]:
        if not len(rows):
            return False
        empty = np.array([not text for text in column.texts], dtype=bool)
        rows = rows[empty[column.codes[rows]]]
    return bool(len(rows))
