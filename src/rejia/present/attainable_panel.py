"""Lines of a figure of attainable values: hull, quantiles, and the printed number."""

from dataclasses import dataclass
from math import log10
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from rejia.present.attained import Attained, span_parts
from rejia.present.figure_style import GRID, INK, SOFT, TWO_COLUMNS
from rejia.present.format import format_parts
from rejia.present.labels import Labels
from rejia.present.safe import visible
from rejia.printed import parse

LEVEL = 0.05
HEAD, MARGIN = 0.2, 0.08
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


def hull_text(one: Attained) -> str:
    """Return the hull in words, with one digit more than was printed."""
    return format_parts(span_parts(one.shown(one.low), one.shown(one.high)))


class Panel:
    """The axes with a line of words and marks a printed number."""

    def __init__(
        self,
        axes: Axes,
        labels: Labels,
        ends: tuple[float, float],
        sizes: tuple[float, float],
        *,
        is_p: bool,
    ) -> None:
        self.axes, self.labels, self.ends, self.is_p = axes, labels, ends, is_p
        self.left, self.pitch = sizes
        box = axes.get_position()
        self.width = box.width * TWO_COLUMNS

    def draw(self, blocks: Blocks) -> None:
        """Draw all blocks, from top to bottom."""
        y = 0.0
        for head, block in blocks.items():
            y += HEAD
            self.say(MARGIN - self.left, y - 0.09, head, weight="bold")
            before = ""
            for line in block:
                middle = y + self.pitch / 2
                y += self.pitch
                if line.label != before or self.is_p:
                    self.say(2 * MARGIN - self.left, middle, line.label)
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
        self.say(right + HULL_AT, y, hull_text(one), fontsize=6.5)
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
        for beyond, place, marker in (
            (low < first, first, "<"),
            (high > last, last, ">"),
        ):
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
        is_lined = is_hollow or is_half or marker == "x"
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
            markeredgecolor=colour if is_lined else "white",
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
            axes.text(
                LEVEL / 2.9,
                -0.08,
                words,
                ha="right",
                va="center",
                fontsize=6.5,
                color=SOFT,
            )
