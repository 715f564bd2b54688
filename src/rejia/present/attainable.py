"""What was attainable of each printed p-value and odds ratio, one row a number."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf, log10
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from rejia.present.attained import P, Attained, cohorts_drawn, read_attained, span_parts
from rejia.present.evidence import Released, read_evidence
from rejia.present.figure_style import GRID, INK, SOFT, TWO_COLUMNS, new_figure
from rejia.present.format import format_parts
from rejia.present.labels import Labels
from rejia.present.model import ATTAINABLE_SYMBOLS
from rejia.present.names import Names, capital
from rejia.present.safe import visible
from rejia.printed import parse
from rejia.study.schema import Study

RATIOS = ("odds_ratio", "ci_low", "ci_high")
LEVEL = 0.05
LEFT, RIGHT, TOP, BOTTOM = 2.2, 2.45, 0.66, 0.62
LINE, TIGHT, HEAD, KEY = 0.165, 0.15, 0.2, 0.14
ACROSS = 4
HULL, CENTRAL = "#8d96a0", "#a9c3d9"
# Marker, colour and size: told apart by shape, so also in grey.
MARKS: dict[str, tuple[str, str, float]] = {
    "forced": ("s", "#004b7a", 4.2),
    "typical": ("o", "#0072b2", 4.6),
    "law_dependent": ("o", "#8a6d00", 4.8),
    "rare": ("^", "#c05600", 5.2),
    "not_attained": ("x", "#b3261e", 5.2),
    "impossible": ("X", "#7a0e2a", 6.2),
    "not_checkable": ("o", "#6b737c", 4.0),
}
P_TICKS = (0.0001, 0.001, 0.01, 0.05, 0.2, 1.0)
RATIO_TICKS = (0.1, 0.2, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10)
P_ENDS = (6e-5, 1.15)
PRINTED_AT, HULL_AT, VERDICT_AT = 0.12, 0.64, 1.5  # inches right of the axes


@dataclass(frozen=True, slots=True)
class Line:
    """One printed number with what was attainable of it."""

    label: str
    one: Attained

    @property
    def window(self) -> tuple[float, float]:
        """What the printed digits stand for."""
        return self.one.fact.low, self.one.fact.high


Blocks = dict[str, list[Line]]


def attainable(study: Study, released: Released, labels: Labels) -> Figure:
    """
    Draw each printed p-value against all p-values that were attainable.

    Parameters
    ----------
    study : Study
        Labels of variables, visits and groups.
    released : mapping of str to pandas.DataFrame
        ``comparison.tsv``, ``attainable.tsv``, ``reproducer.tsv``, ``sampling.tsv``.
    labels : Labels
        Words.

    Returns
    -------
    matplotlib.figure.Figure
        Logarithmic axis; the hull as a thin bar, the central 99 % of the cohorts as a
        thick one, their median as a tick, the printed number as a mark by its verdict.
        A p-value that may have been multiplied before it was printed has a second,
        hollow mark at what it was then. Nothing is drawn beyond the axis: an arrow
        stands at its end.
    """
    return _figure(study, released, labels, (P,), "attainable")


def attainable_ratios(study: Study, released: Released, labels: Labels) -> Figure:
    """
    Draw each printed odds ratio and limit against all that were attainable.

    Parameters
    ----------
    study : Study
        Labels of variables, visits and groups.
    released : mapping of str to pandas.DataFrame
        As `attainable`.
    labels : Labels
        Words.

    Returns
    -------
    matplotlib.figure.Figure
        As `attainable`.
    """
    return _figure(study, released, labels, RATIOS, "attainable_ratios")


def _figure(
    study: Study,
    released: Released,
    labels: Labels,
    statistics: tuple[str, ...],
    name: str,
) -> Figure:
    names = Names(study, labels)
    blocks = _blocks(names, released, statistics)
    lines = [line for block in blocks.values() for line in block]
    is_p = statistics == (P,)
    pitch = LINE if is_p else TIGHT
    handles = _handles(lines, labels)
    body = max(pitch * len(lines) + HEAD * len(blocks) + 0.1, 0.4)
    bottom = BOTTOM + KEY * -(-len(handles) // ACROSS)
    height = TOP + body + bottom
    title = labels.text(f"figures.{name}_title")
    counts = _counts(lines, labels)
    words = labels.text(
        f"figures.{name}_alt",
        counts=counts,
        rows=" ".join(_in_words(line, labels) for line in lines),
    )
    figure = new_figure(TWO_COLUMNS, height, visible(words))
    figure.text(0.08 / TWO_COLUMNS, 1 - 0.16 / height, title, weight="bold", size=8.5)
    figure.text(0.08 / TWO_COLUMNS, 1 - 0.33 / height, visible(counts), color=SOFT)
    box = (
        LEFT / TWO_COLUMNS,
        bottom / height,
        (TWO_COLUMNS - LEFT - RIGHT) / TWO_COLUMNS,
        body / height,
    )
    axes = figure.add_axes(box)
    ends = P_ENDS if is_p else _ends(lines)
    _Panel(axes, labels, ends, pitch, is_p=is_p).draw(blocks)
    _legend(figure, handles)
    _note(figure, lines, released, labels)
    return figure


def _ends(lines: Sequence[Line]) -> tuple[float, float]:
    """Return the ends of an axis that holds all printed ratios."""
    printed = [end for line in lines for end in line.window if 0 < end and not isinf(end)]
    return min([*printed, 0.8]) / 1.25, max([*printed, 1.25]) * 1.25


def _blocks(names: Names, released: Released, statistics: tuple[str, ...]) -> Blocks:
    """Return the lines by test and place; a number printed twice is one line."""
    found: dict[tuple[str, ...], list[Attained]] = {}
    for one in read_attained(released, read_evidence(released)).values():
        if one.statistic in statistics:
            key = (*one.fact.key_fields, one.statistic, one.fact.printed)
            found.setdefault(key, []).append(one)
    heads: dict[str, list[list[Attained]]] = {}
    for group in found.values():
        # A table prints it with its fellows; the text mostly comes before.
        head = f"{names.word(group[-1].fact['analysis'])}, {group[-1].fact['place']}"
        heads.setdefault(capital(head), []).append(group)
    blocks: Blocks = {}
    for head, groups in sorted(heads.items(), key=lambda block: -len(block[1])):
        visits = {names.when(group[-1].fact.key) for group in groups} - {""}
        shared = f"; {visits.pop()}" if len(visits) == 1 else ""
        blocks[f"{head}{shared}"] = [
            Line(_label(names, group[-1], with_visit=not shared), group[-1])
            for group in groups
        ]
    return blocks


def _label(names: Names, one: Attained, *, with_visit: bool) -> str:
    fact = one.fact
    parts = [capital(names.variable(fact["term"] or fact["outcome"]))]
    if fact["component"]:
        parts.append(names.variable(fact["component"]))
    if with_visit and fact["visit"]:
        parts.append(names.when(fact.key))
    return ", ".join(parts)


def _counts(lines: Sequence[Line], labels: Labels) -> str:
    counted = Counter(line.one.verdict for line in lines)
    parts = [
        f"{counted[verdict]} {labels.text(f'attainabilities_short.{verdict}').lower()}"
        for verdict in [*ATTAINABLE_SYMBOLS, "not_checkable"]
        if counted[verdict]
    ]
    return labels.text(
        "figures.attainable_counts", n=len(lines), counts=", ".join(parts) or "–"
    )


def _in_words(line: Line, labels: Labels) -> str:
    one = line.one
    return labels.text(
        "figures.attainable_row",
        label=line.label,
        statistic=labels.text(f"statistics.{one.statistic}"),
        printed=one.fact.printed,
        hull=_hull_text(one),
        verdict=labels.text(f"attainabilities_short.{one.verdict}"),
    )


def _hull_text(one: Attained) -> str:
    return format_parts(span_parts(one.shown(one.low), one.shown(one.high)))


class _Panel:
    """The axes with a line of words and marks a printed number."""

    def __init__(
        self,
        axes: Axes,
        labels: Labels,
        ends: tuple[float, float],
        pitch: float,
        *,
        is_p: bool,
    ) -> None:
        self.axes, self.labels, self.ends, self.is_p = axes, labels, ends, is_p
        self.pitch = pitch
        self.width = TWO_COLUMNS - LEFT - RIGHT

    def draw(self, blocks: Blocks) -> None:
        """Draw all blocks, from top to bottom."""
        y = 0.0
        for head, block in blocks.items():
            y += HEAD
            self.say(0.08 - LEFT, y - 0.09, head, weight="bold")
            before = ""
            for line in block:
                middle = y + self.pitch / 2
                y += self.pitch
                if line.label != before or self.is_p:
                    self.say(0.16 - LEFT, middle, line.label)
                before = line.label
                self.line(line, middle)
        self.finish(y + 0.1)

    def say(self, inches: float, y: float, text: str, **style: Any) -> None:
        """Write words beside the axes: from their left end, or right of them."""
        self.axes.text(
            inches / self.width,
            y,
            visible(text),
            transform=self.axes.get_yaxis_transform(),
            va="center",
            **{"fontsize": 7, **style},
        )

    def line(self, line: Line, y: float) -> None:
        """Draw the hull, the quantiles and the printed number of one line."""
        one, labels = line.one, self.labels
        self.bar(one.low, one.high, y, HULL, 1.1)
        self.bar(one.first.low, one.first.high, y, CENTRAL, 5.0)
        middle = one.first.middle
        if self.ends[0] <= middle <= self.ends[1]:
            self.axes.plot([middle], [y], "|", color=INK, markersize=6.5, zorder=3)
        for factor in one.readings:
            self.printed(line, y, factor)
        if not self.is_p:
            word = labels.text(f"statistics.{one.statistic}")
            self.say(-0.06, y, word, ha="right", fontsize=6.2, color=SOFT)
        right = self.width
        self.say(right + PRINTED_AT, y, one.fact.printed)
        self.say(right + HULL_AT, y, _hull_text(one), fontsize=6.5)
        colour = MARKS[one.verdict][1]
        words = labels.text(f"attainabilities_short.{one.verdict}")
        self.say(right + VERDICT_AT, y, words, color=colour, fontsize=6.8)

    def bar(self, low: float, high: float, y: float, colour: str, width: float) -> None:
        """Draw a range; where it goes beyond the axis, an arrow at its end."""
        first, last = self.ends
        start, stop = min(max(low, first), last), max(min(high, last), first)
        if not start <= stop:
            return
        self.axes.plot(
            [start, stop],
            [y, y],
            color=colour,
            linewidth=width,
            solid_capstyle="butt",
            zorder=1 if width < 2 else 2,
        )
        size = 3.5 if width < 2 else 5.0
        for beyond, place, marker in ((low < first, first, "<"), (high > last, last, ">")):
            if beyond:
                self.axes.plot(
                    [place], [y], marker, color=colour, markersize=size, clip_on=False
                )

    def printed(self, line: Line, y: float, factor: int) -> None:
        """Draw the printed number as it is, or as it was before a correction."""
        low, high = (end / factor for end in line.window)
        first, last = self.ends
        start, stop = max(low, first), min(high, last)
        if not start <= stop:
            return
        marker, colour, size = MARKS[line.one.verdict]
        is_hollow = factor > 1
        if stop > 1.3 * start:
            self.axes.plot([start, stop], [y, y], color=colour, linewidth=1.3, zorder=4)
        is_half = line.one.verdict == "law_dependent" and not is_hollow
        text = parse(line.one.fact.printed)
        middle = 10 ** ((log10(start) + log10(stop)) / 2)
        if not text.comparator:
            middle = min(max(float(text.value) / factor, start), stop)
        self.axes.plot(
            [middle],
            [y],
            marker,
            markersize=size,
            markerfacecolor="white" if is_hollow else colour,
            markerfacecoloralt="white",
            fillstyle="left" if is_half else "full",
            markeredgecolor=colour if is_hollow or is_half or marker == "x" else "white",
            markeredgewidth=1.3 if marker == "x" else 0.7,
            zorder=5,
        )

    def finish(self, height: float) -> None:
        """Set the scale, its ticks, and the heads of the columns."""
        axes, labels = self.axes, self.labels
        axes.set_xscale("log")
        axes.set_xlim(*self.ends)
        axes.set_ylim(height, 0)
        ticks = P_TICKS if self.is_p else RATIO_TICKS
        shown = [tick for tick in ticks if self.ends[0] <= tick <= self.ends[1]]
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xticks(shown)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        for tick in shown:
            axes.axvline(tick, color=GRID, linewidth=0.4, zorder=0)
        line = LEVEL if self.is_p else 1.0
        axes.axvline(line, color=INK, linewidth=0.8, linestyle=(0, (4, 2)), zorder=0)
        word = "axis" if self.is_p else "ratio_axis"
        axes.set_xlabel(labels.text(f"figures.attainable_{word}"))
        for place, name in (
            (PRINTED_AT, "printed"),
            (HULL_AT, "attainable"),
            (VERDICT_AT, "attainability"),
        ):
            head = labels.text(f"columns.{name}")
            self.say(self.width + place, -0.08, head, color=SOFT, fontsize=6.5)
        if self.is_p:
            words = labels.text("figures.attainable_level", level=f"{LEVEL:g}")
            axes.text(LEVEL, -0.08, words, ha="center", va="center", fontsize=6.5)
            words = labels.text("figures.attainable_significant")
            style = {"va": "center", "fontsize": 6.5, "color": SOFT}
            axes.text(LEVEL / 2.2, -0.08, words, ha="right", **style)


def _handles(lines: Sequence[Line], labels: Labels) -> list[Line2D]:
    """Return the entries of the key; of the verdicts those that appear."""
    present = {line.one.verdict for line in lines}
    handles = [
        _handle(labels.text("figures.attainable_hull"), color=HULL, linewidth=1.1),
        _handle(labels.text("figures.attainable_central"), color=CENTRAL, linewidth=5),
        _handle(
            labels.text("figures.attainable_middle"),
            color=INK,
            marker="|",
            linestyle="none",
            markersize=6.5,
        ),
    ]
    for verdict, (marker, colour, size) in MARKS.items():
        if verdict in present:
            word = labels.text(f"attainabilities_short.{verdict}").lower()
            handles.append(
                _handle(
                    labels.text("figures.attainable_printed", verdict=word),
                    color=colour,
                    marker=marker,
                    markersize=size,
                    fillstyle="left" if verdict == "law_dependent" else "full",
                    markerfacecoloralt="white",
                    linestyle="none",
                )
            )
    factors = sorted({max(line.one.readings) for line in lines} - {1})
    if factors:
        handles.append(
            _handle(
                labels.text("figures.attainable_hollow", m=factors[0]),
                color=MARKS["typical"][1],
                marker="o",
                markerfacecolor="white",
                linestyle="none",
                markersize=4.6,
            )
        )
    return handles


def _handle(label: str, **style: Any) -> Line2D:
    return Line2D([], [], label=label, **style)


def _legend(figure: Figure, handles: list[Line2D]) -> None:
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 0.2 / figure.get_size_inches()[1]),
        ncols=ACROSS,
        frameon=False,
        fontsize=6.5,
        borderaxespad=0.1,
        columnspacing=1.2,
        handlelength=1.6,
    )


def _note(
    figure: Figure, lines: Sequence[Line], released: Released, labels: Labels
) -> None:
    """Say what was drawn, and how much of it."""
    if not lines:
        return
    first = lines[0].one
    n = cohorts_drawn(released, first.spec).get(first.law, "–")
    note = labels.text("figures.attainable_note", spec=first.spec, law=first.law, n=n)
    x, y = 0.08 / TWO_COLUMNS, 0.1 / figure.get_size_inches()[1]
    figure.text(x, y, visible(note), fontsize=6.3, color=SOFT)
