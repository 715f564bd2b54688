"""Odds ratios with their intervals, as printed and as recomputed."""

from dataclasses import dataclass
from math import isnan, nan

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, NullFormatter

from rejia.estimate import FACT_KEY_FIELDS
from rejia.present.attained import read_attained
from rejia.present.evidence import (
    Fact,
    Record,
    Released,
    number,
    read_evidence,
    records,
)
from rejia.present.figure_style import COLOURS, GRID, INK, SOFT, TWO_COLUMNS, new_figure
from rejia.present.format import format_number, format_p
from rejia.present.labels import Labels
from rejia.present.names import Names, capital
from rejia.present.safe import visible
from rejia.printed import parse
from rejia.study.schema import Study

LINE, LEFT, RIGHT = 0.2, 1.95, 1.75
PRINTED, COMPUTED = COLOURS[5], COLOURS[0]
WRONG, HULL = COLOURS[1], "#c9d8e6"
TICKS = (0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 50)


@dataclass(frozen=True, slots=True)
class Bar:
    """An odds ratio with its interval, and what was attainable of it."""

    label: str
    estimate: float
    low: float
    high: float
    text: str
    is_printed: bool
    hull: tuple[float, float] | None = None

    @property
    def is_inverted(self) -> bool:
        """Whether the odds ratio lies outside its own interval."""
        return not self.low <= self.estimate <= self.high


def forest(study: Study, released: Released, labels: Labels) -> Figure:
    """
    Draw printed odds ratios, and recomputed ones beside where there are any.

    Parameters
    ----------
    study : Study
        Labels of predictors.
    released : mapping of str to pandas.DataFrame
        ``comparison.tsv``; ``results.tsv`` where something was computed.
    labels : Labels
        Words.

    Returns
    -------
    matplotlib.figure.Figure
        Logarithmic axis; an odds ratio outside its own interval is drawn as it is
        printed, in another colour and broken, and said so.
    """
    names = Names(study, labels)
    blocks = _bars(names, released)
    bars = [bar for groups in blocks.values() for group in groups for bar in group]
    height = 0.85 + LINE * (len(bars) + 1.4 * len(blocks))
    words = labels.text(
        "figures.forest_alt", rows=" ".join(f"{b.label}: {b.text}." for b in bars)
    )
    figure = new_figure(TWO_COLUMNS, height, visible(words))
    width = TWO_COLUMNS
    axes = figure.add_axes(
        (LEFT / width, 0.65 / height, (width - LEFT - RIGHT) / width, 1 - 0.7 / height)
    )
    y = 0.0
    for title, groups in blocks.items():
        axes.text(
            -0.03,
            y,
            visible(capital(title)),
            transform=axes.get_yaxis_transform(),
            ha="right",
            va="center",
            weight="bold",
        )
        y += 1
        for group in groups:
            for at, bar in enumerate(group):
                _draw(axes, bar, y, show_label=at == 0)
                y += 1
        y += 0.4
    _finish(axes, bars, y, labels)
    return figure


def _bars(names: Names, released: Released) -> dict[str, list[list[Bar]]]:
    evidence = read_evidence(released)
    hulls = {
        name: (one.low, one.high)
        for name, one in read_attained(released, evidence).items()
    }
    cells: dict[tuple[str, ...], dict[str, Fact]] = {}
    for fact in evidence.facts.values():
        key = (*fact.key_fields, fact["place"])
        cells.setdefault(key, {})[fact["statistic"]] = fact
    computed = {
        tuple(row[name] for name in FACT_KEY_FIELDS): row
        for row in records(released, "results.tsv")
        if row["statistic"] == "odds_ratio"
    }
    blocks: dict[str, list[list[Bar]]] = {}
    for key, cell in cells.items():
        if _whole(cell):
            fact = cell["odds_ratio"]
            label = names.variable(fact["term"] or fact["outcome"])
            group = [_printed(label, cell, hulls.get(fact.id))]
            row = computed.get(key[:-1])
            if row is not None and not isnan(number(row, "estimate")):
                group.append(_recomputed(label, row))
            title = f"{names.word(fact['analysis'])}, {fact['place']}"
            blocks.setdefault(title, []).append(group)
    return dict(sorted(blocks.items(), key=lambda block: -len(block[1])))


def _whole(cell: dict[str, Fact]) -> bool:
    return {"odds_ratio", "ci_low", "ci_high"} <= set(cell)


def _printed(
    label: str, cell: dict[str, Fact], hull: tuple[float, float] | None
) -> Bar:
    ratio, low, high = (cell[name] for name in ("odds_ratio", "ci_low", "ci_high"))
    p = f", p {cell['p_value'].printed}" if "p_value" in cell else ""
    return Bar(
        label=label,
        estimate=float(parse(ratio.printed).value),
        low=float(parse(low.printed).value),
        high=float(parse(high.printed).value),
        text=f"{ratio.printed} ({low.printed}–{high.printed}){p}",
        is_printed=True,
        hull=hull,
    )


def _recomputed(label: str, row: Record) -> Bar:
    estimate, low, high = (number(row, n) for n in ("estimate", "ci_low", "ci_high"))
    shown = [format_number(value, 3) for value in (estimate, low, high)]
    p = number(row, "p_value")
    end = "" if isnan(p) else f", p {format_p(p)}"
    return Bar(
        label=label,
        estimate=estimate,
        low=nan if isnan(low) else low,
        high=high,
        text=f"{shown[0]} ({shown[1]}–{shown[2]}){end}",
        is_printed=False,
    )


def _draw(axes: Axes, bar: Bar, y: float, *, show_label: bool) -> None:
    colour = PRINTED if bar.is_printed else COMPUTED
    wrong = bar.is_printed and bar.is_inverted
    colour = WRONG if wrong else colour
    style = (0, (3, 2)) if wrong else "solid"
    if bar.hull is not None:
        low, high = bar.hull
        axes.fill_between([low, high], y - 0.42, y + 0.42, color=HULL, lw=1.5, zorder=1)
    if not isnan(bar.low) and not isnan(bar.high):
        axes.plot([bar.low, bar.high], [y, y], color=colour, linestyle=style)
        axes.plot([bar.low, bar.high], [y, y], "|", color=colour, markersize=5)
    axes.plot(
        [bar.estimate],
        [y],
        "s" if bar.is_printed else "o",
        markerfacecolor="white" if wrong else colour,
        markeredgecolor=colour,
        markersize=4.6,
        zorder=3,
    )
    transform = axes.get_yaxis_transform()
    if show_label:
        axes.text(
            -0.03, y, visible(bar.label), transform=transform, ha="right", va="center"
        )
    axes.text(
        1.03,
        y,
        visible(bar.text) + (" ✗" if wrong else ""),
        transform=transform,
        va="center",
        fontsize=6.5,
        color=colour if wrong or not bar.is_printed else INK,
    )


def _finish(axes: Axes, bars: list[Bar], y: float, labels: Labels) -> None:
    ends = [v for b in bars for v in (b.low, b.high, b.estimate) if v > 0]
    low, high = min([*ends, 0.5]), max([*ends, 2.0])
    axes.set_xscale("log")
    axes.set_xlim(low / 1.15, high * 1.15)
    ticks = [
        t for t in (0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 50) if low <= t <= high
    ]
    axes.set_xticks(ticks)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(y - 0.6, -0.8)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.axvline(1, color=SOFT, linewidth=0.8, zorder=0)
    for tick in ticks:
        axes.axvline(tick, color=GRID, linewidth=0.4, zorder=0)
    axes.set_xlabel(labels.text("figures.forest_axis"))
    entries = [("forest_printed", PRINTED, "s", PRINTED)]
    if any(not bar.is_printed for bar in bars):
        entries.append(("forest_computed", COMPUTED, "o", COMPUTED))
    if any(bar.is_printed and bar.is_inverted for bar in bars):
        entries.append(("forest_inverted", WRONG, "s", "white"))
    handles: list[Artist] = [
        Line2D(
            [],
            [],
            color=colour,
            marker=marker,
            markerfacecolor=fill,
            markersize=4.6,
            linestyle="solid" if fill == colour else (0, (3, 2)),
            label=labels.text(f"figures.{name}"),
        )
        for name, colour, marker, fill in entries
    ]
    if any(bar.hull is not None for bar in bars):
        label = labels.text("figures.forest_hull")
        handles.append(Patch(facecolor=HULL, edgecolor=HULL, label=label))
    axes.figure.legend(
        handles=handles,
        loc="lower left",
        ncols=len(handles),
        frameon=False,
        borderaxespad=0.2,
    )
