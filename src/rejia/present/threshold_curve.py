"""Results of groups made by a change, as a function of the threshold of that change."""

from dataclasses import dataclass
from math import ceil, isfinite, isnan
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from rejia.present.coupling import (
    RATIO,
    AtThreshold,
    by_threshold,
    claimed_keys,
)
from rejia.present.evidence import Record, Released, number, records
from rejia.present.figure_style import COLOURS, GRID, INK, SOFT, TWO_COLUMNS, new_figure
from rejia.present.format import format_number, format_p, format_trimmed
from rejia.present.labels import Labels
from rejia.present.names import Names, capital
from rejia.present.safe import visible
from rejia.study.schema import Study

ACROSS, PANELS = 3, 12
PANEL, COUNT, TITLE = 1.25, 0.13, 30
SIZE = "n"
LEVEL = 0.05
LINE, WRONG = COLOURS[0], COLOURS[1]
P_TICKS = (0.001, 0.01, 0.05, 0.2, 1.0)
RATIO_TICKS = (0.01, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 100)
Sizes = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Panel:
    """One result over the thresholds."""

    title: str
    places: tuple[AtThreshold, ...]

    @property
    def is_ratio(self) -> bool:
        """Whether it is an odds ratio; a p-value otherwise."""
        return self.places[0].row["statistic"] == RATIO

    @property
    def words(self) -> str:
        """The curve in words."""
        shown = [
            f"{format_trimmed(place.threshold, 3)}: {_value_text(place.row)}"
            for place in self.places
        ]
        return f"{self.title}: {', '.join(shown)}."


def threshold_curve(study: Study, released: Released, labels: Labels) -> Figure:
    """
    Draw p-values and odds ratios as functions of the threshold of the groups.

    Parameters
    ----------
    study : Study
        Its claims choose the results; without claims all are drawn, up to twelve.
    released : mapping of str to pandas.DataFrame
        ``multiverse.tsv``; ``comparison.tsv`` for what claims rest on.
    labels : Labels
        Words.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a result, group sizes beneath each threshold. Thresholds stand at
        equal distances; the smallest detectable change is an open mark at its place
        among them. An estimate with a warning is grey.
    """
    names = Names(study, labels)
    panels = _panels(study, names, released)
    sizes = _sizes(released)
    groups = _groups(study, sizes)
    rows = max(ceil(len(panels) / ACROSS), 1)
    beneath = 0.42 + COUNT * len(groups)
    height = 0.62 + rows * (PANEL + beneath + 0.42)
    words = labels.text(
        "figures.threshold_curve_alt", rows=" ".join(panel.words for panel in panels)
    )
    figure = new_figure(TWO_COLUMNS, height, visible(words))
    for at, panel in enumerate(panels):
        column, row = at % ACROSS, at // ACROSS
        left = 0.52 + column * (TWO_COLUMNS - 0.1) / ACROSS
        bottom = height - 0.4 - row * (PANEL + beneath + 0.42) - PANEL
        width = (TWO_COLUMNS - 0.1) / ACROSS - 0.66
        box = (left / TWO_COLUMNS, bottom / height, width / TWO_COLUMNS, PANEL / height)
        axes = figure.add_axes(box)
        _draw(axes, panel, labels)
        _count(axes, panel, groups, sizes)
    if panels and study.groups is not None:
        axis = labels.text(
            "figures.threshold_curve_axis", outcome=names.variable(study.groups.outcome)
        )
        figure.text(0.07 / TWO_COLUMNS, 0.42 / height, visible(axis), fontsize=7)
        _legend(figure, panels, labels)
    return figure


def _panels(study: Study, names: Names, released: Released) -> list[Panel]:
    curves = by_threshold(released)
    wanted = [key for key in claimed_keys(study.claims, released) if key in curves]
    keys = wanted or list(curves)
    return [Panel(_title(names, curves[key]), tuple(curves[key])) for key in keys][
        :PANELS
    ]


def _title(names: Names, places: list[AtThreshold]) -> str:
    row = places[0].row
    parts = [names.variable(row["term"] or row["outcome"])]
    if row["component"]:
        parts.append(names.variable(row["component"]))
    if row["visit"]:
        parts.append(names.visit(row["visit"]))
    return f"{capital(', '.join(parts))}: {names.word(row['analysis'])}"


def _sizes(released: Released) -> Sizes:
    """Return the size of each group by scenario."""
    found: Sizes = {}
    for row in records(released, "multiverse.tsv"):
        counted = row["statistic"] == SIZE and row["outcome"] == "cohort"
        if counted and row["estimate"]:
            sizes = found.setdefault(row["scenario"], {})
            sizes[row["group"]] = format_number(number(row, "estimate"), 0)
    return found


def _groups(study: Study, sizes: Sizes) -> list[str]:
    if study.groups is None:
        return []
    labels = study.groups.labels
    there = {group for by_group in sizes.values() for group in by_group}
    plain = (labels.improved, labels.unchanged, labels.worsened)
    return [group for group in plain if group in there]


def _value_text(row: Record) -> str:
    value = number(row, "estimate")
    p = format_p(number(row, "p_value"))
    return f"{format_number(value, 2)} (p {p})" if row["statistic"] == RATIO else p


def _draw(axes: Axes, panel: Panel, labels: Labels) -> None:
    name = "estimate" if panel.is_ratio else "p_value"
    values = [number(place.row, name) for place in panel.places]
    axes.set_yscale("log")
    axes.axhline(
        1 if panel.is_ratio else LEVEL, color=SOFT, linewidth=0.8, ls=(0, (4, 2))
    )
    points = [(x, y) for x, y in enumerate(values) if isfinite(y) and y > 0]
    axes.plot(*zip(*points, strict=True), color=LINE, zorder=2) if points else None
    for x, place in enumerate(panel.places):
        _mark(axes, x, place, values[x], is_ratio=panel.is_ratio)
    _scale(axes, panel, values)
    axes.set_xlim(-0.5, len(panel.places) - 0.5)
    axes.set_xticks(range(len(panel.places)))
    axes.set_xticklabels([format_trimmed(p.threshold, 3) for p in panel.places])
    axes.tick_params(axis="x", length=2, pad=2, labelsize=6.5)
    word = "figures.threshold_curve_ratio" if panel.is_ratio else "columns.p_value"
    axes.set_ylabel(labels.text(word), labelpad=2)
    axes.set_title(fill(visible(panel.title), TITLE), loc="left", fontsize=7, pad=4)


def _mark(
    axes: Axes, x: float, place: AtThreshold, value: float, *, is_ratio: bool
) -> None:
    if isnan(value) or value <= 0 or not isfinite(value):
        return
    colour = SOFT if place.row["warning"] else LINE
    if is_ratio:
        low, high = number(place.row, "ci_low"), number(place.row, "ci_high")
        if not isnan(low) and not isnan(high):
            axes.plot([x, x], [low, high], color=colour, linewidth=1.0, zorder=1)
    axes.plot(
        [x],
        [value],
        "D" if place.is_detectable else "o",
        markerfacecolor="white" if place.is_detectable else colour,
        markeredgecolor=colour,
        markersize=4.2,
        zorder=3,
    )


def _scale(axes: Axes, panel: Panel, values: list[float]) -> None:
    names = ("ci_low", "ci_high") if panel.is_ratio else ()
    ends = [number(place.row, name) for place in panel.places for name in names]
    shown = [end for end in [*values, *ends] if isfinite(end) and end > 0]
    if panel.is_ratio:
        low, high = min([*shown, 0.8]), max([*shown, 1.25])
        ticks = [tick for tick in RATIO_TICKS if low / 1.2 <= tick <= high * 1.2]
        axes.set_ylim(low / 1.2, high * 1.2)
    else:
        low = min([*shown, 0.02])
        ticks = [tick for tick in P_TICKS if tick >= low / 1.5]
        axes.set_ylim(low / 1.5, 1.15)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(ticks)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.grid(axis="y", color=GRID, linewidth=0.4)
    axes.set_axisbelow(True)


def _count(axes: Axes, panel: Panel, groups: list[str], sizes: Sizes) -> None:
    """Write the size of each group beneath each threshold."""
    transform = axes.get_xaxis_transform()
    for line, group in enumerate(groups):
        y = -(0.27 + COUNT * line) / PANEL
        axes.text(
            -0.75,
            y,
            visible(group),
            transform=transform,
            ha="right",
            va="center",
            fontsize=6,
            color=SOFT,
        )
        for x, place in enumerate(panel.places):
            size = sizes.get(place.row["scenario"], {}).get(group, "")
            axes.text(
                x,
                y,
                size,
                transform=transform,
                ha="center",
                va="center",
                fontsize=6,
                color=INK,
            )


def _legend(figure: Figure, panels: list[Panel], labels: Labels) -> None:
    places = [place for panel in panels for place in panel.places]
    entries = [("threshold_curve_at", "o", LINE, LINE)]
    if any(place.is_detectable for place in places):
        entries.append(("threshold_curve_detectable", "D", LINE, "white"))
    if any(place.row["warning"] for place in places):
        entries.append(("threshold_curve_warned", "o", SOFT, SOFT))
    handles = [
        Line2D(
            [],
            [],
            color=colour,
            marker=marker,
            markerfacecolor=face,
            markersize=4.2,
            linestyle="none",
            label=labels.text(f"figures.{name}"),
        )
        for name, marker, colour, face in entries
    ]
    bottom = 0.1 / figure.get_size_inches()[1]
    figure.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, bottom),
        ncols=3,
        frameon=False,
        borderaxespad=0.2,
    )
