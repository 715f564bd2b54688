"""How wide the columns of a table are on paper, and on which paper."""

from collections.abc import Sequence
from dataclasses import dataclass

from rejia.present.format import typeset
from rejia.present.model import Cell, Row, Table
from rejia.present.safe import visible

# Width of characters of a sans-serif type face, in em; digits are 0.556 wide.
_WIDTHS = {
    **dict.fromkeys("ijl'|", 0.23),
    **dict.fromkeys(" .,:;!/\\ftI[]\u00a0", 0.29),
    **dict.fromkeys("()-r\u2013\u2007", 0.35),
    **dict.fromkeys("+=<>≤≥±−×≈ABCDEFGHJKLNOPQRSTUVXYZ&", 0.70),
    **dict.fromkeys("mMwW%@—…", 0.90),
}
_OTHER = 0.56
_POINT = 25.4 / 72  # mm
_PADDING = 2.6  # mm, both sides of a cell
_BREAKS = 2.0  # em that a cell may lose to the end of its lines
_SIZES = (9.0, 8.0, 7.0, 6.0)
_WORDS = 26.0  # em; a longer cell is set in lines, also in a column of numbers
PORTRAIT, LANDSCAPE = 170.0, 257.0  # mm of A4 between margins of 20 mm


@dataclass(frozen=True, slots=True)
class Layout:
    """
    Columns on A4.

    Attributes
    ----------
    widths : tuple of float
        Of each column, in mm.
    is_landscape : bool
        Whether the page is turned.
    size : float
        Size of the type, in points.
    wrapped : tuple of bool
        Columns whose text is broken into lines.
    """

    widths: tuple[float, ...]
    is_landscape: bool
    size: float
    wrapped: tuple[bool, ...]

    @property
    def width(self) -> float:
        """Width of the table, in mm."""
        return sum(self.widths)


def lay_out(table: Table) -> Layout:
    """
    Choose page, size of type and widths of columns, so that no number is broken.

    Parameters
    ----------
    table : Table
        Table.

    Returns
    -------
    Layout
        Upright where numbers and the longest words fit at 9 points, else turned, else
        smaller. Words share what numbers leave.
    """
    for is_landscape in (False, True):
        for size in _SIZES if is_landscape else _SIZES[:1]:
            least, natural = _needs(table, size)
            room = LANDSCAPE if is_landscape else PORTRAIT
            is_last = is_landscape and size == _SIZES[-1]
            if is_last or (sum(least) <= room and _is_readable(least, natural, room)):
                widths = _share(least, natural, room)
                wrapped = tuple(
                    width < wanted - 1e-6
                    for width, wanted in zip(widths, natural, strict=True)
                )
                return Layout(tuple(widths), is_landscape, size, wrapped)
    raise AssertionError  # the last size always returns


def _is_readable(least: Sequence[float], natural: Sequence[float], room: float) -> bool:
    """Say whether words keep at least a third of the room that they would like."""
    spare = room - sum(least)
    wanted = sum(natural) - sum(least)
    return wanted <= 0 or spare / wanted >= 1 / 3


def _share(
    least: Sequence[float], natural: Sequence[float], room: float
) -> list[float]:
    """Give each column its least, and divide what is left among them."""
    if sum(natural) <= room:
        return list(natural)
    if sum(least) >= room:
        return [width * room / sum(least) for width in least]
    # Who wants little gets all of it; the rest share alike.
    wants = [full - need for full, need in zip(natural, least, strict=True)]
    spare, given = room - sum(least), [0.0] * len(wants)
    for rank, column in enumerate(sorted(range(len(wants)), key=wants.__getitem__)):
        given[column] = min(wants[column], spare / (len(wants) - rank))
        spare -= given[column]
    return [need + more for need, more in zip(least, given, strict=True)]


def _needs(table: Table, size: float) -> tuple[list[float], list[float]]:
    """Return the least and the natural width of each column, in mm."""
    unit = size * _POINT
    least, natural = [0.0] * table.width, [0.0] * table.width
    spans: list[tuple[int, int, float]] = []
    lines = [(row, True) for row in table.header]
    lines += [(row.cells, False) for row in table.rows if not row.is_heading]
    for cells, is_header in lines:
        column = 0
        for cell in cells:
            need, full = _cell_needs(cell, is_header)
            need, full = need * unit + _PADDING, full * unit + _PADDING
            if cell.span == 1:
                least[column] = max(least[column], need)
                natural[column] = max(natural[column], full)
            else:
                spans.append((column, cell.span, need))
            column += cell.span
    for column, span, need in spans:
        inside = range(column, column + span)
        lacking = (need - sum(least[c] for c in inside)) / span
        for c in inside:
            least[c] += max(0.0, lacking)
            natural[c] = max(natural[c], least[c])
    return least, natural


def _cell_needs(cell: Cell, is_header: bool) -> tuple[float, float]:
    """Return the least and the natural width of a cell, in em."""
    sign = 0.8 * (bool(cell.symbol) + len(cell.marks))
    first = text_width(cell.text) * (1.08 if is_header else 1) + sign
    full = max(first, text_width(f"[{cell.second}]") if cell.beside else 0.0)
    word = max((text_width(part) for part in visible(cell.text).split()), default=0.0)
    word = word * (1.08 if is_header else 1) + sign
    if is_header:
        return word, min(full, max(word, first / 3 + _BREAKS))
    return (full, full) if is_whole(cell) else (word, full)


def is_whole(cell: Cell) -> bool:
    """Say whether a cell holds a number short enough to stay on one line."""
    return cell.is_number and text_width(cell.text) <= _WORDS


def text_width(text: str) -> float:
    """
    Estimate the width of a text, in em.

    Examples
    --------
    >>> round(text_width("12"), 2), round(text_width("il"), 2)
    (1.12, 0.46)
    """
    return sum(_WIDTHS.get(character, _OTHER) for character in typeset(visible(text)))


def columns_of(row: Row) -> list[tuple[int, Cell]]:
    """Return the cells of a row with the column that each begins in."""
    out, column = [], 0
    for cell in row.cells:
        out.append((column, cell))
        column += cell.span
    return out


def decimal_padding(table: Table) -> dict[tuple[int, int], str]:
    """
    Return what stands behind a number so that the decimal points of a column align.

    Parameters
    ----------
    table : Table
        Table.

    Returns
    -------
    dict of (int, int) to str
        By row and column: digits that are missing behind the point, as ``0``, and a
        missing point, as ``.``; only in columns that hold single numbers alone.

    Examples
    --------
    ``1`` in a column with ``0.675`` lacks ``.000``.
    """
    columns: dict[int, list[tuple[int, str]]] = {}
    mixed: set[int] = set()
    for place, row in enumerate(table.rows):
        if row.is_heading:
            continue
        for column, cell in columns_of(row):
            if cell.span > 1 or not cell.is_number or not cell.text:
                continue
            if _is_single(cell.text):
                columns.setdefault(column, []).append((place, cell.text))
            elif any(character.isdigit() for character in cell.text):
                mixed.add(column)
    out: dict[tuple[int, int], str] = {}
    for column, found in columns.items():
        digits = {place: len(text.partition(".")[2]) for place, text in found}
        most = max(digits.values())
        for place, n in digits.items():
            if column not in mixed and n < most:
                out[place, column] = "." * (n == 0) + "0" * (most - n)
    return out


def _is_single(text: str) -> bool:
    stripped = text.lstrip("<>≤≥≈-− ")
    return bool(stripped) and stripped.replace(".", "", 1).isdigit()
