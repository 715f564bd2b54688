"""Baseline comparisons beside what exchanging the visits within patients gives."""

from dataclasses import dataclass
from math import isfinite

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from rejia.present.coupling import (
    EXCHANGE,
    RATIO,
    claimed_keys,
    exchanged,
    share_text,
)
from rejia.present.evidence import Record, Released, number
from rejia.present.figure_style import COLOURS, GRID, INK, SOFT, TWO_COLUMNS, new_figure
from rejia.present.format import format_significant
from rejia.present.labels import Labels
from rejia.present.names import Names, capital
from rejia.present.safe import visible
from rejia.study.schema import Study

LINE, LEFT, RIGHT = 0.24, 2.15, 1.35
BARS = ("#9aa5b1", "#cfd6dd")  # all visits, and the outcome alone: apart in grey too
SEEN = COLOURS[0]
TICKS = (0.01, 0.05, 0.1, 0.2, 0.5, 0.7, 1, 1.4, 2, 5, 10, 50)


@dataclass(frozen=True, slots=True)
class Block:
    """The comparisons of one analysis."""

    title: str
    is_ratio: bool
    rows: tuple[tuple[str, tuple[Record, ...]], ...]


def exchange_check(study: Study, released: Released, labels: Labels) -> Figure:
    """
    Draw each baseline comparison and its spread under exchange within patients.

    Parameters
    ----------
    study : Study
        Its claims choose the analyses; without claims all are drawn.
    released : mapping of str to pandas.DataFrame
        ``multiverse.tsv``; ``comparison.tsv`` for what claims rest on.
    labels : Labels
        Words.

    Returns
    -------
    matplotlib.figure.Figure
        One panel an analysis: grey from the 2.5 % to the 97.5 % quantile under
        exchange with a tick at its mean, a diamond for what is seen, and the share of
        exchanges that lie at least as far from the mean.
    """
    names = Names(study, labels)
    blocks = _blocks(study, names, released)
    height = 0.5 + sum(0.72 + LINE * len(block.rows) for block in blocks)
    words = labels.text(
        "figures.exchange_check_alt",
        rows=" ".join(_words(block, labels) for block in blocks),
    )
    figure = new_figure(TWO_COLUMNS, height, visible(words))
    top = height - 0.25
    for block in blocks:
        tall = LINE * len(block.rows)
        box = (
            LEFT / TWO_COLUMNS,
            (top - tall) / height,
            (TWO_COLUMNS - LEFT - RIGHT) / TWO_COLUMNS,
            tall / height,
        )
        _draw(figure.add_axes(box), block, labels)
        top -= tall + 0.72
    if blocks:
        _legend(figure, blocks, labels)
    return figure


def _blocks(study: Study, names: Names, released: Released) -> list[Block]:
    found = exchanged(released)
    claimed = {key[0] for key in claimed_keys(study.claims, released) if key in found}
    by_analysis: dict[str, list[tuple[Record, ...]]] = {}
    for of_key in found.values():
        analysis = of_key[0]["analysis"]
        if not claimed or analysis in claimed:
            by_analysis.setdefault(analysis, []).append(tuple(of_key))
    blocks = []
    for definition in study.analyses:
        declared = [
            *getattr(definition, "outcomes", ()),
            *getattr(definition, "predictors", ()),
        ]
        # What makes the groups is not declared, and stands first.
        rows = sorted(
            by_analysis.get(definition.id, []),
            key=lambda of_key: _place(of_key[0], declared),
        )
        if rows:
            is_ratio = rows[0][0]["statistic"] == RATIO
            lines = tuple((_label(names, of_key[0]), of_key) for of_key in rows)
            title = capital(names.word(definition.id))
            blocks.append(Block(title, is_ratio, lines))
    return blocks


def _place(row: Record, declared: list[str]) -> int:
    name = row["term"] or row["outcome"]
    return declared.index(name) if name in declared else -1


def _label(names: Names, row: Record) -> str:
    parts = [names.variable(row["term"] or row["outcome"])]
    if row["component"]:
        parts.append(names.variable(row["component"]))
    return capital(", ".join(parts))


def _words(block: Block, labels: Labels) -> str:
    lines = [
        labels.text(
            "figures.exchange_check_row",
            label=label,
            seen=format_significant(number(rows[0], "test_statistic")),
            mean=format_significant(number(rows[0], "estimate")),
            low=format_significant(number(rows[0], "ci_low")),
            high=format_significant(number(rows[0], "ci_high")),
        )
        for label, rows in block.rows
    ]
    return f"{block.title}: {'; '.join(lines)}."


def _draw(axes: Axes, block: Block, labels: Labels) -> None:
    ends = [
        number(row, name)
        for _, rows in block.rows
        for row in rows
        for name in ("ci_low", "ci_high", "test_statistic")
    ]
    shown = [end for end in ends if isfinite(end) and end > 0]
    low, high = (min([*shown, 0.8]), max([*shown, 1.25])) if block.is_ratio else (0, 1)
    if block.is_ratio:
        axes.set_xscale("log")
        low, high = low / 1.15, high * 1.15
        ticks = [tick for tick in TICKS if low <= tick <= high]
    else:
        ticks = [0.0, 0.25, 0.5, 0.75, 1.0]
    axes.set_xlim(low, high)
    axes.axvline(1 if block.is_ratio else 0.5, color=SOFT, linewidth=0.8, zorder=0)
    for y, (_, rows) in enumerate(block.rows):
        _draw_row(axes, y, rows, (low, high))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xticks(ticks)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(axis="x", color=GRID, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.set_ylim(len(block.rows) - 0.4, -0.6)
    axes.set_yticks(range(len(block.rows)))
    axes.set_yticklabels([visible(label) for label, _ in block.rows])
    axes.tick_params(axis="y", length=0)
    word = "ratio" if block.is_ratio else "superiority"
    axes.set_xlabel(labels.text(f"figures.exchange_check_{word}"), labelpad=2)
    axes.set_title(visible(block.title), loc="left", fontsize=7.5, weight="bold", pad=4)


def _draw_row(
    axes: Axes, y: float, rows: tuple[Record, ...], span: tuple[float, float]
) -> None:
    offsets = (-0.16, 0.16) if len(rows) > 1 else (0.0,)
    shares = []
    for row, offset in zip(rows, offsets, strict=False):
        is_all = row["scenario"] == f"{EXCHANGE}visits"
        ends = (number(row, "ci_low"), number(row, "ci_high"))
        left, right = (min(max(end, span[0]), span[1]) for end in ends)
        axes.barh(
            y + offset,
            right - left,
            left=left,
            height=0.28,
            color=BARS[0] if is_all else BARS[1],
        )
        mean = number(row, "estimate")
        axes.plot([mean, mean], [y + offset - 0.14, y + offset + 0.14], color=INK)
        shares.append(share_text(number(row, "p_value")))
    seen = number(rows[0], "test_statistic")
    if isfinite(seen) and seen > 0:
        axes.plot([seen], [y], "D", color=SEEN, markersize=4.2, zorder=3)
    axes.text(
        1.03,
        y,
        "; ".join(dict.fromkeys(shares)),
        transform=axes.get_yaxis_transform(),
        va="center",
        fontsize=6.5,
    )


def _legend(figure: Figure, blocks: list[Block], labels: Labels) -> None:
    scenarios = {
        row["scenario"] for block in blocks for _, rows in block.rows for row in rows
    }
    handles = [
        Line2D(
            [],
            [],
            color=SEEN,
            marker="D",
            markersize=4.2,
            linestyle="none",
            label=labels.text("figures.exchange_check_seen"),
        )
    ]
    for what, colour in zip(("visits", "outcome"), BARS, strict=True):
        if f"{EXCHANGE}{what}" in scenarios:
            label = labels.text(f"figures.exchange_check_{what}")
            handles.append(Line2D([], [], color=colour, linewidth=5, label=label))
    bottom = 0.1 / figure.get_size_inches()[1]
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, bottom),
        ncols=3,
        frameon=False,
        borderaxespad=0.2,
    )
