"""What a table is, before any output format."""

from dataclasses import dataclass

from rejia.present.format import Part, format_parts

SYMBOLS = {
    "inconsistent": "✗",
    "consistent_by_rounding": "≈",
    "consistent": "✓",
    "not_checkable": "○",
}
# Worst first. Something checked outranks what could not be checked.
SEVERITY = tuple(SYMBOLS)
# Best first; the figure draws the same signs.
ATTAINABLE_SYMBOLS = {
    "forced": "■",
    "typical": "●",
    "law_dependent": "◐",
    "rare": "▲",
    "not_attained": "✕",
    "impossible": "✖",
}
ALL_SYMBOLS = {**SYMBOLS, **ATTAINABLE_SYMBOLS}
MARKS = "*†‡§¶‖"


@dataclass(frozen=True, slots=True)
class Cell:
    """
    A cell.

    Attributes
    ----------
    parts : tuple of str or Quantity
        What stands in it; numbers are rounded at rendering.
    beside : tuple of str or Quantity
        Second line: the recomputed value.
    verdict : str
        Worst audit verdict of its facts, or an attainability; empty where no rule
        touches them.
    anchor : str
        Place in the report that it links to, without ``#``.
    marks : tuple of str
        Marks of footnotes.
    facts : tuple of str
        Facts that it shows.
    span : int
        Columns that it covers.
    is_number : bool
        Whether it is set as a number.
    """

    parts: tuple[Part, ...] = ()
    beside: tuple[Part, ...] = ()
    verdict: str = ""
    anchor: str = ""
    marks: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    span: int = 1
    is_number: bool = True

    @property
    def text(self) -> str:
        """First line, rounded."""
        return format_parts(self.parts)

    @property
    def second(self) -> str:
        """Second line, rounded."""
        return format_parts(self.beside)

    @property
    def symbol(self) -> str:
        """Sign of the verdict."""
        return ALL_SYMBOLS.get(self.verdict, "")


@dataclass(frozen=True, slots=True)
class Row:
    """A row; a heading row has one cell over the whole width."""

    cells: tuple[Cell, ...]
    is_heading: bool = False


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A verdict, its sign and its words."""

    verdict: str
    symbol: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """
    A table, free of any format.

    Attributes
    ----------
    id, title : str
        Name of its files, and its caption.
    header : tuple of tuple of Cell
        Header rows, each covering the whole width.
    rows : tuple of Row
        Body.
    stub : int
        Leading columns that head their row.
    footnotes : tuple of (str, str)
        Mark (or nothing) and text.
    legend : tuple of LegendEntry
        Verdicts that appear in it.
    label : str
        What kind of cohort stands behind recomputed values, where it must be said.
    beside : str
        Word for the second line, where a format gives it a column of its own.
    """

    id: str
    title: str
    header: tuple[tuple[Cell, ...], ...]
    rows: tuple[Row, ...]
    stub: int = 1
    footnotes: tuple[tuple[str, str], ...] = ()
    legend: tuple[LegendEntry, ...] = ()
    label: str = ""
    beside: str = ""

    @property
    def width(self) -> int:
        """Number of columns."""
        return sum(cell.span for cell in self.header[0]) if self.header else 0

    @property
    def is_flat(self) -> bool:
        """Whether its rows can be put in another order and still be understood."""
        # A row without a name, or with an indented one, leans on the row above it.
        return len(self.header) == 1 and all(
            not row.is_heading
            and len(row.cells) == self.width
            and row.cells[0].text[:1].strip() != ""
            for row in self.rows
        )

    @property
    def word_columns(self) -> tuple[int, ...]:
        """Columns that hold words in every row, to be set flush left."""
        bodies = [row.cells for row in self.rows if not row.is_heading]
        plain = [cells for cells in bodies if len(cells) == self.width]
        return tuple(
            column
            for column in range(self.width)
            if plain and not any(cells[column].is_number for cells in plain)
        )

    @property
    def verdict_words(self) -> dict[str, str]:
        """Words of the verdicts that appear in it."""
        return {entry.verdict: entry.text for entry in self.legend}


def heading(text: str, span: int = 1) -> Cell:
    """Return a cell of words."""
    return Cell(parts=(text,), span=span, is_number=False)


def legend_sentence(table: Table) -> str:
    """Return the signs of a table and their words as one sentence."""
    words = "; ".join(f"{entry.symbol} {entry.text}" for entry in table.legend)
    return f"{words}." if words else ""


def mark_of(number: int) -> str:
    """
    Return the mark of the n-th footnote, from 0.

    Examples
    --------
    >>> mark_of(0), mark_of(7)
    ('*', '††')
    """
    return MARKS[number % len(MARKS)] * (number // len(MARKS) + 1)
