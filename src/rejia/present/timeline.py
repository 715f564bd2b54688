"""Each patient's course as small multiples: one column a patient, one row a panel."""

from itertools import pairwise
from math import isnan, log10, nan
from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, NullLocator

from rejia.present.evidence import Record, Released
from rejia.present.figure_style import (
    COLOURS,
    GRID,
    INK,
    MARKERS,
    SHADE,
    SOFT,
    TWO_COLUMNS,
    new_figure,
)
from rejia.present.format import format_recorded
from rejia.present.labels import Labels, Panel
from rejia.present.names import Names, with_unit
from rejia.present.safe import visible
from rejia.present.timeline_data import (
    Course,
    Row,
    limits_of,
    read_course,
    scaled,
    shown,
    unit_of,
)
from rejia.study.schema import Study

LEFT, RIGHT, TOP, BOTTOM, ROW_GAP = 1.2, 1.62, 0.45, 0.34, 0.34
PAD, DODGE, TICK_WIDTH = 0.23, 0.035, 11


def timeline(study: Study, released: Released, labels: Labels) -> Figure:
    """
    Draw each patient's course.

    Parameters
    ----------
    study : Study
        Labels and months of visits.
    released : mapping of str to pandas.DataFrame
        ``course.tsv``.
    labels : Labels
        Words, and ``panels``: which variables stand in which row.

    Returns
    -------
    matplotlib.figure.Figure
        Bounded values are open triangles at their bound, with their sign; what is
        within the limits of normal is shaded.
    """
    names = Names(study, labels)
    course = read_course(study, released)
    known = {variable for _, variable, _ in course.values}
    rows = [
        Row(panel, tuple(v for v in panel.variables if v in known))
        for panel in labels.panels
    ]
    rows = [row for row in rows if row.variables]
    height = TOP + BOTTOM + sum(row.height + ROW_GAP for row in rows)
    figure = new_figure(TWO_COLUMNS, height, _words(names, course, rows))
    y = TOP
    for place, row in enumerate(rows):
        axes = _row_axes(figure, len(course.patients), y, row.height)
        for patient, one in zip(course.patients, axes, strict=True):
            _frame(one, course, names, is_last=place == len(rows) - 1)
            if row.panel.scale == "strip":
                words = [visible(names.variable(v)) for v in row.variables]
                _strip(one, row, course, patient, words if one is axes[0] else [])
            else:
                _plot(one, row, course, patient)
        if row.panel.scale != "strip":
            _scale(axes, row, course, names)
            _legend(axes[-1], row, names, course)
        axes[0].set_title(row.panel.title, loc="left", weight="bold", pad=4)
        y += row.height + ROW_GAP
    _heads(figure, course, names)
    _key(figure, labels)
    return figure


def _words(names: Names, course: Course, rows: list[Row]) -> str:
    lines = [
        names.labels.text(
            "figures.timeline_row",
            title=row.panel.title,
            variables="; ".join(
                f"{names.variable(variable)}: " + _in_words(names, course, variable)
                for variable in row.variables
            ),
        )
        for row in rows
    ]
    visits = ", ".join(names.visit(visit) for visit in course.visits)
    return visible(
        names.labels.text("figures.timeline_alt", visits=visits, rows=" ".join(lines))
    )


def _in_words(names: Names, course: Course, variable: str) -> str:
    parts = []
    for patient in course.patients:
        words = [
            shown(course.values.get((patient, variable, visit))) or "–"
            for visit in course.visits
        ]
        parts.append(f"{names.group(patient)} {', '.join(words)}")
    return "; ".join(parts)


def _row_axes(figure: Figure, patients: int, y: float, height: float) -> list[Axes]:
    width, total = figure.get_size_inches()
    each = (width - LEFT - RIGHT - 0.25 * (patients - 1)) / patients
    return [
        figure.add_axes(
            (
                (LEFT + at * (each + 0.25)) / width,
                1 - (y + height) / total,
                each / width,
                height / total,
            )
        )
        for at in range(patients)
    ]


def _frame(axes: Axes, course: Course, names: Names, *, is_last: bool) -> None:
    span = max(course.x) - min(course.x) or 1.0
    axes.set_xlim(min(course.x) - PAD * span, max(course.x) + PAD * span)
    axes.set_xticks(course.x)
    words = [
        fill(visible(names.visit(visit)), TICK_WIDTH) if is_last else ""
        for visit in course.visits
    ]
    axes.set_xticklabels(words)
    axes.tick_params(length=2.5, width=0.6)
    for at in course.x:
        axes.axvline(at, color=GRID, linewidth=0.5, zorder=0)


def _plot(axes: Axes, row: Row, course: Course, patient: str) -> None:
    told: set[tuple[str, str]] = set()
    worded = 0
    span = max(course.x) - min(course.x) or 1.0
    for at, variable in enumerate(row.variables):
        colour, marker = COLOURS[at % len(COLOURS)], MARKERS[at % len(MARKERS)]
        aside = (at - (len(row.variables) - 1) / 2) * DODGE * span
        found = [
            (x + aside, course.values[patient, variable, visit])
            for x, visit in zip(course.x, course.visits, strict=True)
            if (patient, variable, visit) in course.values
        ]
        points = [
            (x, scaled(record, row.panel), record)
            for x, record in found
            if not isnan(scaled(record, row.panel))
        ]
        for (x, y, record), (next_x, next_y, following) in pairwise(points):
            bounded = bool(record["comparator"] or following["comparator"])
            axes.plot(
                [x, next_x],
                [y, next_y],
                color=colour,
                linestyle=(0, (2, 2)) if bounded else "solid",
                linewidth=0.9 if bounded else 1.3,
                zorder=2,
            )
        for x, y, record in points:
            if record["comparator"]:
                words = (record["visit"], shown(record))
                _bounded(axes, (x, y), record, colour, worded=words not in told)
                told.add(words)
            else:
                axes.plot([x], [y], marker, color=colour, markersize=4.2, zorder=3)
        texts = [(x, record["text"]) for x, record in found if record["text"]]
        for x, text in texts:
            _word(axes, (x, 0.04 + 0.13 * worded), text, colour)
        worded += bool(texts)


def _word(axes: Axes, at: tuple[float, float], text: str, colour: str) -> None:
    """Write a value that is no number along the foot of its panel."""
    axes.annotate(
        visible(text.replace("-", "−")),
        at,
        xycoords=axes.get_xaxis_transform(),
        color=colour,
        ha="center",
        va="bottom",
        fontsize=8,
        weight="bold",
    )


def _bounded(
    axes: Axes, at: tuple[float, float], record: Record, colour: str, *, worded: bool
) -> None:
    """Draw an open triangle at the bound; equal bounds of a visit are said once."""
    down = record["comparator"] in {"<", "≤"}
    axes.plot(
        [at[0]],
        [at[1]],
        "v" if down else "^",
        markerfacecolor="white",
        markeredgecolor=colour,
        markeredgewidth=1.1,
        markersize=5.4,
        zorder=4,
    )
    if worded:
        axes.annotate(
            visible(shown(record)),
            at,
            xytext=(0, -4.5 if down else 4),
            textcoords="offset points",
            ha="center",
            va="top" if down else "bottom",
            fontsize=6,
            color=colour,
        )


def _scale(axes: list[Axes], row: Row, course: Course, names: Names) -> None:
    panel = row.panel
    values = [
        scaled(record, panel)
        for (_, variable, _), record in course.values.items()
        if variable in row.variables
    ]
    limits = limits_of(row, course)
    ends = [end for pair in limits.values() for end in pair if not isnan(end)]
    values = [v for v in values if not isnan(v)]
    values += [1.0] if panel.against_limit else ends
    logarithmic = panel.scale == "log" and min(values, default=0) > 0
    for one in axes:
        if logarithmic:
            one.set_yscale("log")
            room = 0.12 * max(log10(max(values) / min(values)), 0.4)
            one.set_ylim(min(values) / 10 ** (1.6 * room), max(values) * 10**room)
            one.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
            one.yaxis.set_minor_locator(NullLocator())
        else:
            top = max(values, default=1.0) or 1.0
            one.set_ylim(-0.06 * top, 1.12 * top)
        _shade(one, panel, limits, row)
    for one in axes[1:]:
        one.set_yticklabels([])
    axes[0].yaxis.set_label_coords(-0.16, 0.5)
    units = dict.fromkeys(unit_of(course, variable) for variable in row.variables)
    if panel.against_limit:
        words = names.labels.text("figures.timeline_multiple")
        axes[0].set_ylabel(fill(words, 2 * TICK_WIDTH - 6))
    elif len(units) == 1:
        axes[0].set_ylabel(visible(next(iter(units))))


def _shade(
    axes: Axes, panel: Panel, limits: dict[str, tuple[float, float]], row: Row
) -> None:
    bottom, top = axes.get_ylim()
    if panel.against_limit:
        axes.axhspan(bottom, 1, color=SHADE, linewidth=0, zorder=0)
        return
    is_one = len(row.variables) == 1
    for at, variable in enumerate(row.variables):
        if variable in limits:
            low, high = limits[variable]
            colour = SHADE if is_one else COLOURS[at % len(COLOURS)]
            axes.axhspan(
                bottom if isnan(low) else low,
                top if isnan(high) else high,
                color=colour,
                alpha=1 if is_one else 0.12,
                linewidth=0,
                zorder=0,
            )
    axes.set_ylim(bottom, top)


def _legend(axes: Axes, row: Row, names: Names, course: Course) -> None:
    handles = [
        Line2D(
            [],
            [],
            color=COLOURS[at % len(COLOURS)],
            marker=MARKERS[at % len(MARKERS)],
            markersize=4.2,
            label=visible(_entry(names, course, row, variable)),
        )
        for at, variable in enumerate(row.variables)
    ]
    axes.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(1.03, 1.08),
        frameon=False,
        handlelength=1.6,
        borderaxespad=0,
        labelspacing=0.4,
    )


def _entry(names: Names, course: Course, row: Row, variable: str) -> str:
    label = names.variable(variable)
    units = {unit_of(course, name) for name in row.variables}
    if len(units) > 1 and not row.panel.against_limit:
        label = with_unit(label, unit_of(course, variable))
    high = limits_of(row, course).get(variable, (nan, nan))[1]
    if isnan(high):
        return label
    limit = names.labels.text("figures.timeline_upper", high=format_recorded(high))
    return f"{label}\n{limit}"


def _strip(
    axes: Axes, row: Row, course: Course, patient: str, words: list[str]
) -> None:
    lines = len(row.variables)
    axes.set_ylim(lines - 0.5, -0.5)
    axes.set_yticks(range(lines))
    axes.set_yticklabels(words or [""] * lines)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    span = max(course.x) - min(course.x) or 1.0
    width = 2 * (PAD - 0.02) * span
    for line, variable in enumerate(row.variables):
        for x, visit in zip(course.x, course.visits, strict=True):
            text = shown(course.values.get((patient, variable, visit)))
            if not text:
                continue
            negative = text.startswith("-")
            axes.add_patch(
                Rectangle(
                    (x - width / 2, line - 0.4),
                    width,
                    0.8,
                    facecolor="white" if negative else "#f3c3b4",
                    edgecolor=SOFT if negative else "#b04a2c",
                    linewidth=0.7,
                    clip_on=False,
                    zorder=2,
                )
            )
            axes.text(
                x,
                line,
                visible(text.replace("-", "−")),
                ha="center",
                va="center",
                fontsize=6.2,
                color=INK,
                zorder=3,
            )


def _heads(figure: Figure, course: Course, names: Names) -> None:
    width, height = figure.get_size_inches()
    count = len(course.patients)
    each = (width - LEFT - RIGHT - 0.25 * (count - 1)) / max(count, 1)
    for at, patient in enumerate(course.patients):
        figure.text(
            (LEFT + at * (each + 0.25) + each / 2) / width,
            1 - 0.1 / height,
            visible(names.group(patient)),
            ha="center",
            va="center",
            fontsize=9.5,
            weight="bold",
        )


def _key(figure: Figure, labels: Labels) -> None:
    words = "; ".join(
        labels.text(f"figures.timeline_{name}")
        for name in ("limit", "censored", "negative")
    )
    height = figure.get_size_inches()[1]
    figure.text(0.01, 0.12 / height, words, fontsize=6.5, color=SOFT, va="center")
