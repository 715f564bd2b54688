"""Every printed number as a square, coloured and signed by its audit verdict."""

from collections import Counter
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.path import Path

from rejia.present.evidence import Evidence, Released, read_evidence
from rejia.present.figure_style import (
    FILLS,
    GRID,
    INK,
    SOFT,
    TWO_COLUMNS,
    inch_axes,
    new_figure,
)
from rejia.present.labels import Labels
from rejia.present.model import Table
from rejia.present.safe import visible
from rejia.present.source import is_narrowed, rebuild_table
from rejia.study.schema import Study, TableSpec

SIDE, LABEL, GAP, TITLE, EDGE = 0.15, 1.24, 0.12, 0.24, 0.08
_STRIP = 36
# The signs of the tables, drawn as lines.
_WAVE = [(-1.0, 0.0), (-0.5, 0.55), (0.5, -0.55), (1.0, 0.0)]
_CURVE = [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4]
SIGNS = {
    "inconsistent": "x",
    "consistent_by_rounding": Path(
        [(x, y + up) for up in (0.4, -0.4) for x, y in _WAVE], [*_CURVE, *_CURVE]
    ),
    "consistent": Path([(-0.9, 0.0), (-0.3, -0.7), (0.9, 0.8)]),
    "not_checkable": "o",
}
_LONGEST, _LONGEST_HEAD, _LETTER = 26, 16, 0.046


@dataclass(frozen=True, slots=True)
class Square:
    """A cell: where it stands in its block, how wide it is, its verdict."""

    row: int
    column: int
    span: int
    verdict: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A square on the page, in inches."""

    x: float
    y: float
    width: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Block:
    """
    A table, or the numbers of a place in the order they are printed.

    A table has row labels, column heads and, above them, groups with their width.
    """

    title: str
    squares: tuple[Square, ...]
    labels: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    groups: tuple[tuple[str, int], ...] = ()
    columns: int = 1
    rows: int = 1

    @property
    def width(self) -> float:
        """Width in inches."""
        return LABEL + self.columns * SIDE

    @property
    def top(self) -> float:
        """Height of what stands above the squares."""
        if not self.labels:
            return 0.0
        longest = max((len(head) for head in self.heads), default=0)
        return TITLE + _LETTER * longest + (0.14 if self.groups else 0)

    @property
    def height(self) -> float:
        """Height in inches."""
        return self.top + self.rows * SIDE


def audit_map(study: Study, released: Released, labels: Labels) -> Figure:
    """
    Draw the map of the printed numbers.

    Parameters
    ----------
    study : Study
        Its tables by place are drawn as they are printed.
    released : mapping of str to pandas.DataFrame
        ``comparison.tsv`` and ``audit.tsv``.
    labels : Labels
        Words.

    Returns
    -------
    matplotlib.figure.Figure
        One square a cell of a table; numbers of other places in rows.
    """
    evidence = read_evidence(released)
    places = dict.fromkeys(fact["place"] for fact in evidence.facts.values())
    shown = [
        table
        for table in study.tables
        if isinstance(table, TableSpec)
        and table.show == "printed"
        and table.place in places
        and not is_narrowed(table)
    ]
    blocks = [
        _table_block(rebuild_table(study, released, labels, spec), spec.place)
        for spec in shown
    ]
    whole = {spec.place for spec in shown}
    blocks += [_strip(place, evidence) for place in places if place not in whole]
    placed, height = _pack(blocks)
    counts = Counter(square.verdict for block in blocks for square in block.squares)
    words = labels.text(
        "figures.audit_map_alt",
        tables=", ".join(block.title for block in blocks),
        counts=" ".join(f"{_word(v, labels)}: {n}." for v, n in sorted(counts.items())),
    )
    figure = new_figure(TWO_COLUMNS, height + 0.35, visible(words))
    axes = inch_axes(figure)
    squares = [s for block, x, y in placed for s in _draw(axes, block, x, y)]
    verdicts = [verdict for verdict in FILLS if verdict in counts]
    squares += _legend(axes, verdicts, labels, height + 0.1)
    _draw_squares(axes, squares)
    return figure


def _word(verdict: str, labels: Labels) -> str:
    return labels.text(f"verdicts_short.{verdict or 'none'}")


def _table_block(table: Table, title: str) -> Block:
    squares = []
    for at, row in enumerate(table.rows):
        column = 0
        for cell in row.cells[table.stub :]:
            if cell.facts:
                squares.append(Square(at, column, cell.span, cell.verdict))
            column += cell.span
    has_groups = len(table.header) > 1
    groups = [(_fitting(c.text, c.span), c.span) for c in table.header[0][table.stub :]]
    return Block(
        title=title,
        squares=tuple(squares),
        labels=tuple(_short(row.cells[0].text, _LONGEST) for row in table.rows),
        heads=tuple(
            _short(c.text.split(" (")[0], _LONGEST_HEAD)
            for c in table.header[-1][table.stub :]
        ),
        groups=tuple(groups) if has_groups else (),
        columns=table.width - table.stub,
        rows=len(table.rows),
    )


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _fitting(text: str, span: int) -> str:
    """Return a group's name without its meaning, or its last word where it is wide."""
    name = text.split(" (", maxsplit=1)[0]
    return name if _LETTER * len(name) < span * SIDE or not name else name.split()[-1]


def _strip(place: str, evidence: Evidence) -> Block:
    facts = [fact.id for fact in evidence.facts.values() if fact["place"] == place]
    squares = tuple(
        Square(at // _STRIP, at % _STRIP, 1, evidence.worst([fact])[0])
        for at, fact in enumerate(facts)
    )
    return Block(
        title=place, squares=squares, columns=_STRIP, rows=-(-len(facts) // _STRIP)
    )


def _pack(blocks: list[Block]) -> tuple[list[tuple[Block, float, float]], float]:
    """Place blocks on shelves from left to right; their squares start in one line."""
    shelves: list[list[Block]] = []
    x = TWO_COLUMNS
    for block in blocks:
        if x + block.width > TWO_COLUMNS - EDGE:
            shelves.append([])
            x = EDGE
        shelves[-1].append(block)
        x += block.width + GAP
    placed, y = [], EDGE
    for shelf in shelves:
        x, top = EDGE, max(block.top for block in shelf)
        for block in shelf:
            placed.append((block, x, y + top - block.top))
            x += block.width + GAP
        is_table = any(block.labels for block in shelf)
        y += max(top + b.rows * SIDE for b in shelf) + (0.18 if is_table else 0.06)
    return placed, y


def _draw(axes: Axes, block: Block, x: float, y: float) -> list[Drawn]:
    """Write a block's words and return its squares, in inches."""
    top, left = y + block.top, x + LABEL
    if block.labels:
        title = visible(_short(block.title, _LONGEST - 4))
        axes.text(x, top - 0.08, title, weight="bold", va="center")
    labels = block.labels or (block.title,)
    for at, label in enumerate(labels):
        axes.text(
            left - 0.06,
            top + (at + 0.5) * SIDE,
            visible(label),
            ha="right",
            va="center",
            fontsize=6,
            color=SOFT if block.labels else INK,
        )
    for at, head in enumerate(block.heads):
        axes.text(
            left + (at + 0.5) * SIDE,
            top - 0.04,
            visible(head),
            rotation=90,
            ha="center",
            va="bottom",
            fontsize=5.5,
            color=SOFT,
        )
    column = 0
    for group, span in block.groups:
        axes.text(
            left + (column + span / 2) * SIDE,
            y + 0.2,
            visible(group),
            ha="center",
            va="center",
            fontsize=5.5,
        )
        column += span
    return [
        Drawn(left + s.column * SIDE, top + s.row * SIDE, s.span * SIDE, s.verdict)
        for s in block.squares
    ]


def _draw_squares(axes: Axes, squares: list[Drawn]) -> None:
    """Draw all squares at once, and the sign of each verdict at once."""
    patches = [
        Rectangle((s.x + 0.01, s.y + 0.01), s.width - 0.02, SIDE - 0.02)
        for s in squares
    ]
    fills = [FILLS[s.verdict] for s in squares]
    axes.add_collection(
        PatchCollection(patches, facecolors=fills, edgecolors=GRID, linewidths=0.5)
    )
    for verdict, sign in SIGNS.items():
        signed = [s for s in squares if s.verdict == verdict]
        axes.plot(
            [s.x + s.width / 2 for s in signed],
            [s.y + SIDE / 2 for s in signed],
            linestyle="none",
            marker=sign,
            markersize=4,
            markerfacecolor="none",
            markeredgecolor=INK,
            markeredgewidth=0.8,
        )


def _legend(axes: Axes, verdicts: list[str], labels: Labels, y: float) -> list[Drawn]:
    x, squares = EDGE, []
    for verdict in verdicts:
        squares.append(Drawn(x, y, SIDE, verdict))
        word = _word(verdict, labels)
        axes.text(x + SIDE + 0.05, y + SIDE / 2, word, va="center")
        x += SIDE + 0.25 + 0.062 * len(word)
    return squares
