"""Which values are missing, drawn: shares by group, and the patterns."""

from collections.abc import Mapping, Sequence
from math import isnan

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from rejia.present.evidence import Record, Released, number
from rejia.present.figure_style import (
    COLOURS,
    GRID,
    INK,
    SOFT,
    TWO_COLUMNS,
    inch_axes,
    new_figure,
)
from rejia.present.format import format_number
from rejia.present.labels import Labels
from rejia.present.missing import (
    EVERYONE,
    lacking,
    lacks,
    missing_cell,
    read_missing,
    stub,
)
from rejia.present.names import Names, capital
from rejia.present.safe import visible
from rejia.study.schema import Study

# Inches: names on the left, one line a row; a square of the patterns; most patterns.
LEFT, LINE, SQUARE, MOST = 2.9, 0.19, 0.16, 24
# Most letters of a name, and how wide each is.
LETTERS, LETTER = 54, 0.05


def missing_figure(study: Study, released: Released, labels: Labels) -> Figure:
    """
    Draw the share that lacks each value, by group, and the patterns.

    Parameters
    ----------
    study : Study
        Its analyses of missing values.
    released : mapping of str to pandas.DataFrame
        Needs ``results.tsv``.
    labels : Labels
        Words.

    Returns
    -------
    matplotlib.figure.Figure
        Above, bars for everyone with a mark for each group; below, a row a pattern
        with a filled square for what is missing, and its patients. What is withheld
        is named and not drawn.
    """
    names, there, patterns = read_missing(study, released, labels)
    keys = list(dict.fromkeys((row["outcome"], row["visit"]) for row in there))
    drawn = [row for row in patterns if not isnan(number(row, "estimate"))][:MOST]
    columns = list(dict.fromkeys(c for row in drawn for c in lacking(row)))
    titles = [_short(stub(names, *c.partition("@")[::2])) for c in columns]
    heads = 0.25 + LETTER * max(map(len, titles), default=0)
    high = 0.35 + LINE * len(keys) + (heads + SQUARE * (len(drawn) + 1) + 0.2)
    figure = new_figure(TWO_COLUMNS, high, visible(_words(names, there, drawn, labels)))
    axes = inch_axes(figure)
    groups = [g for g in dict.fromkeys(r["group"] for r in there) if g != EVERYONE]
    _key_of_groups(axes, names, groups)
    for line, key in enumerate(keys):
        own = {r["group"]: r for r in there if (r["outcome"], r["visit"]) == key}
        _share_row(axes, 0.35 + LINE * line, stub(names, *key), own, groups, labels)
    top = 0.35 + LINE * len(keys) + heads
    for place, text in enumerate(titles):
        x = LEFT + SQUARE * (place + 0.5)
        axes.text(
            x, top - 0.05, text, rotation=90, ha="center", va="bottom", fontsize=6
        )
    for line, row in enumerate(drawn):
        _pattern_row(axes, top + SQUARE * line, columns, row, names, labels)
    return figure


def _short(text: str) -> str:
    """Return a name that fits beside the bars."""
    text = visible(text)
    return text if len(text) <= LETTERS else f"{text[: LETTERS - 2]} …"


def _share(row: Record | None) -> float:
    if row is None:
        return float("nan")
    missing, n = number(row, "n_missing"), number(row, "n")
    return missing / (missing + n) if missing + n else float("nan")


def _key_of_groups(axes: Axes, names: Names, groups: Sequence[str]) -> None:
    x = LEFT
    for group, colour in zip(groups, COLOURS, strict=False):
        text = visible(capital(names.group(group)))
        axes.plot([x + 0.05], [0.15], marker="|", color=colour, markersize=7)
        axes.text(x + 0.13, 0.15, text, va="center", fontsize=6.5)
        x += 0.35 + 0.055 * len(text)


def _share_row(
    axes: Axes,
    y: float,
    stub: str,
    own: Mapping[str, Record],
    groups: Sequence[str],
    labels: Labels,
) -> None:
    """Draw one value: a bar for everyone, a mark for each group, and the numbers."""
    width = TWO_COLUMNS - LEFT - 1.1
    middle = y + LINE / 2
    axes.text(LEFT - 0.1, middle, _short(stub), ha="right", va="center", fontsize=6.5)
    axes.add_patch(
        Rectangle(
            (LEFT, y + 0.03), width, LINE - 0.06, facecolor="none", edgecolor=GRID
        )
    )
    everyone = own.get(EVERYONE)
    share = _share(everyone)
    if not isnan(share):
        bar = Rectangle((LEFT, y + 0.03), width * share, LINE - 0.06, facecolor=SOFT)
        axes.add_patch(bar)
    for group, colour in zip(groups, COLOURS, strict=False):
        at = _share(own.get(group))
        if not isnan(at):
            x = LEFT + width * at
            axes.plot([x], [middle], marker="|", color=colour, markersize=7)
    text = missing_cell(everyone, labels).text
    axes.text(LEFT + width + 0.08, middle, text, va="center", fontsize=6.5)


def _pattern_row(
    axes: Axes,
    y: float,
    columns: Sequence[str],
    row: Record,
    names: Names,
    labels: Labels,
) -> None:
    """Draw one pattern: a square for each column, filled where it is missing."""
    blank = set(lacking(row))
    for place, column in enumerate(columns):
        axes.add_patch(
            Rectangle(
                (LEFT + SQUARE * place + 0.01, y + 0.01),
                SQUARE - 0.02,
                SQUARE - 0.02,
                facecolor=INK if column in blank else "white",
                edgecolor=GRID,
                linewidth=0.6,
            )
        )
    count = format_number(number(row, "estimate"), 0)
    x = LEFT + SQUARE * len(columns) + 0.1
    axes.text(x, y + SQUARE / 2, count, va="center", fontsize=6.5)
    if not blank:
        text = visible(lacks(names, row, labels))
        axes.text(
            LEFT - 0.1, y + SQUARE / 2, text, ha="right", va="center", fontsize=6.5
        )


def _words(
    names: Names, there: Sequence[Record], drawn: Sequence[Record], labels: Labels
) -> str:
    """Return the figure in words."""
    shown = [
        f"{stub(names, row['outcome'], row['visit'])}: "
        f"{missing_cell(row, labels).text}."
        for row in there
        if row["group"] == EVERYONE
    ]
    shown += [
        f"{lacks(names, row, labels)}: {format_number(number(row, 'estimate'), 0)}."
        for row in drawn
    ]
    return labels.text("figures.missing_data_alt", rows=" ".join(shown))
