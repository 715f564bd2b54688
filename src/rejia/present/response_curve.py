"""ACR Pedi responses over time, as recomputed and as printed."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rejia.present.computed import NO, primary
from rejia.present.evidence import Fact, Released, number, read_evidence
from rejia.present.figure_style import (
    COLOURS,
    GRID,
    INK,
    MARKERS,
    SOFT,
    TWO_COLUMNS,
    new_figure,
)
from rejia.present.format import format_number
from rejia.present.labels import Labels
from rejia.present.names import Names
from rejia.present.responses import is_acr_pedi
from rejia.present.safe import visible
from rejia.study.schema import Describe, Study

HEIGHT, APART = 2.9, 0.016  # inches; apart: share of the axis between two curves


@dataclass(frozen=True, slots=True)
class Point:
    """One response at one visit, in per cent; `nan` where it is not known."""

    visit: str
    percent: float
    low: float
    high: float
    n: float
    printed: float
    text: str


@dataclass(frozen=True, slots=True)
class Curve:
    """One response over the visits."""

    label: str
    points: tuple[Point, ...]


def acr_pedi(study: Study, released: Released, labels: Labels) -> Figure:
    """
    Draw the share of patients with each ACR Pedi response by visit.

    Parameters
    ----------
    study : Study
        Its descriptions of responses; months of visits.
    released : mapping of str to pandas.DataFrame
        ``results.tsv`` gives shares, intervals and n; ``comparison.tsv`` the printed
        percentages, of which a repeat in another place is drawn once.
    labels : Labels
        Words.

    Returns
    -------
    matplotlib.figure.Figure
        A curve a response, its intervals as bars, printed values as open squares; n
        beneath each visit. Visits stand at their months where all have one.
    """
    names = Names(study, labels)
    curves = _curves(study, released, names)
    there = {point.visit for curve in curves for point in curve.points}
    visits = [visit for visit in study.visits if visit in there]
    rows = " ".join(
        f"{curve.label}: {'; '.join(_words(point, names) for point in curve.points)}."
        for curve in curves
    )
    words = labels.text("figures.acr_pedi_alt", rows=rows)
    figure = new_figure(TWO_COLUMNS, HEIGHT, visible(words))
    axes = figure.add_axes((0.085, 0.19, 0.68, 0.76))
    places = _places(study, visits)
    _draw(axes, curves, places)
    _label(axes, curves, places, names)
    handles = [
        Line2D([], [], **_look(at), label=visible(curve.label))
        for at, curve in enumerate(curves)
    ]
    if any(not isnan(point.printed) for curve in curves for point in curve.points):
        word = labels.text("figures.acr_pedi_printed")
        handles.append(Line2D([], [], ls="", **_PRINTED, label=word))
    if handles:
        beside = (0.78, 0.96)
        figure.legend(
            handles=handles, loc="upper left", bbox_to_anchor=beside, frameon=False
        )
    return figure


_PRINTED: dict[str, Any] = {
    "marker": "s",
    "color": INK,
    "markerfacecolor": "none",
    "markersize": 6.5,
}


def _look(at: int) -> dict[str, Any]:
    """Return colour, marker and dashes of a curve: they survive grey."""
    dashes = ("-", "--", ":", "-.", (0, (4, 1, 1, 1, 1, 1)))
    return {
        "color": COLOURS[at % len(COLOURS)],
        "marker": MARKERS[at % len(MARKERS)],
        "ls": dashes[at % len(dashes)],
    }


def _curves(study: Study, released: Released, names: Names) -> list[Curve]:
    described = {a.id for a in study.analyses if isinstance(a, Describe)}
    shares = {
        (row["outcome"], row["visit"]): row
        for row in primary(released)
        if row["analysis"] in described
        and row["statistic"] == "proportion"
        and row["group"] == "all"
        and row["level"] not in NO
        and is_acr_pedi(row["outcome"], study.variables.get(row["outcome"]))
    }
    printed: dict[tuple[str, str], Fact] = {}
    for fact in read_evidence(released).facts.values():
        variable = study.variables.get(fact["outcome"])
        if (
            fact["statistic"] == "percent"
            and fact["visit"] in study.visits
            and fact["group"] == "all"
            and fact["level"] not in NO
            and is_acr_pedi(fact["outcome"], variable)
        ):
            printed.setdefault((fact["outcome"], fact["visit"]), fact)
    found = {outcome for outcome, _ in (*shares, *printed)}
    order = [name for name in study.variables if name in found]
    order += sorted(found - set(order))
    curves = []
    for outcome in order:
        points = []
        for visit in study.visits:
            row, said = shares.get((outcome, visit)), printed.get((outcome, visit))
            if row is not None or said is not None:
                points.append(_point(visit, row, said))
        curves.append(Curve(names.variable(outcome), tuple(points)))
    return curves


def _point(visit: str, row: dict[str, str] | None, fact: Fact | None) -> Point:
    share, low, high = (
        100 * number(row, name) if row is not None else nan
        for name in ("estimate", "ci_low", "ci_high")
    )
    return Point(
        visit=visit,
        percent=share,
        low=low,
        high=high,
        n=number(row, "n") if row is not None else nan,
        printed=(fact.low + fact.high) / 2 if fact is not None else nan,
        text=fact.printed if fact is not None else "",
    )


def _words(point: Point, names: Names) -> str:
    parts = []
    if not isnan(point.percent):
        ends = (format_number(end, 0) for end in (point.low, point.high))
        parts.append(f"{format_number(point.percent, 1)} % ({' to '.join(ends)})")
    if point.text:
        parts.append(names.labels.text("figures.acr_pedi_said", printed=point.text))
    return f"{names.visit(point.visit)} {', '.join(parts)}"


def _places(study: Study, visits: Sequence[str]) -> dict[str, float]:
    """Return where visits stand: at their months, else at equal distances."""
    months = [study.visits[visit].month for visit in visits]
    known = [month for month in months if month is not None]
    if len(known) == len(visits):
        return dict(zip(visits, known, strict=True))
    return {visit: float(at) for at, visit in enumerate(visits)}


def _draw(axes: Axes, curves: Sequence[Curve], places: dict[str, float]) -> None:
    length = max(places.values(), default=1) - min(places.values(), default=0) or 1
    for at, curve in enumerate(curves):
        aside = (at - (len(curves) - 1) / 2) * APART * length
        known = [point for point in curve.points if not isnan(point.percent)]
        look = _look(at)
        xs = [places[point.visit] + aside for point in known]
        axes.plot(xs, [point.percent for point in known], markersize=4, **look)
        axes.vlines(
            xs,
            [point.low for point in known],
            [point.high for point in known],
            color=look["color"],
            linewidth=0.8,
        )
        for point in curve.points:
            if not isnan(point.printed):
                axes.plot([places[point.visit] + aside], [point.printed], **_PRINTED)
    axes.set_ylim(0, 102)
    axes.grid(axis="y", color=GRID, linewidth=0.4)


def _label(
    axes: Axes, curves: Sequence[Curve], places: dict[str, float], names: Names
) -> None:
    """Write each visit with the patients behind it, and what the axis counts."""
    axes.set_xticks(list(places.values()))
    ticks = []
    for visit in places:
        sizes = dict.fromkeys(
            format_number(point.n, 0)
            for curve in curves
            for point in curve.points
            if point.visit == visit and not isnan(point.n)
        )
        size = f"\nn = {', '.join(sizes)}" if sizes else ""
        ticks.append(visible(names.visit(visit)) + size)
    axes.set_xticklabels(ticks)
    axes.tick_params(axis="x", colors=SOFT)
    axes.set_ylabel(names.labels.text("figures.acr_pedi_axis"))
