"""Forest plot of several cohorts: each estimate, the pooled one, one further cohort."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite, isnan, log10, nan, sqrt
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullLocator

from rejia.estimate import FACT_KEY_FIELDS
from rejia.present.evidence import Record, Released, number, records
from rejia.present.figure_style import COLOURS, GRID, SOFT, TWO_COLUMNS, new_figure
from rejia.present.format import format_number, format_p
from rejia.present.gathered import question
from rejia.present.labels import Labels
from rejia.present.names import Names, capital
from rejia.present.safe import visible
from rejia.study.schema import Study

LINE, LEFT, RIGHT, FOOT, HEAD = 0.19, 2.1, 1.9, 0.42, 0.3
TICKS = (0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 50)
_QUESTION = (*FACT_KEY_FIELDS, "statistic")


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a cohort, or what is pooled."""

    label: str
    estimate: float
    low: float
    high: float
    text: str
    weight: float = nan
    further: tuple[float, float] | None = None

    @property
    def is_pooled(self) -> bool:
        """Whether it is the pooled estimate."""
        return isnan(self.weight)


@dataclass(frozen=True, slots=True)
class Panel:
    """Questions of one analysis on one axis."""

    title: str
    is_ratio: bool
    questions: tuple[tuple[str, tuple[Line, ...]], ...]

    @property
    def height(self) -> float:
        """Inches of its rows."""
        return LINE * sum(len(lines) + 1.3 for _, lines in self.questions)


def pooled_forest(study: Study, released: Released, labels: Labels) -> Figure:
    """
    Draw the estimates of each cohort, and what was pooled.

    Parameters
    ----------
    study : Study
        With cohorts and ``pooling:``; its first method is drawn.
    released : mapping of str to pandas.DataFrame
        ``results.tsv`` of all cohorts and ``pooled.tsv``.
    labels : Labels
        Words.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each analysis of ratios, and for each outcome of means.
    """
    panels = list(_panels(study, released, labels))
    rows = [
        f"{title}: {'; '.join(f'{x.label} {x.text}' for x in lines)}."
        for panel in panels
        for title, lines in panel.questions
    ]
    words = labels.text("figures.pooled_alt", rows=" ".join(rows))
    height = 0.45 + sum(panel.height + HEAD + FOOT for panel in panels)
    figure = new_figure(TWO_COLUMNS, height, visible(words))
    top = height
    for panel in panels:
        top -= HEAD
        axes = figure.add_axes(
            (
                LEFT / TWO_COLUMNS,
                (top - panel.height) / height,
                (TWO_COLUMNS - LEFT - RIGHT) / TWO_COLUMNS,
                panel.height / height,
            )
        )
        _draw(axes, panel)
        top -= panel.height + FOOT
    figure.legend(
        handles=_legend(labels), loc="lower left", ncols=3, frameon=False, fontsize=6.5
    )
    return figure


def _panels(study: Study, released: Released, labels: Labels) -> Iterator[Panel]:
    names = Names(study, labels)
    results = [r for r in records(released, "results.tsv") if r["estimate"]]
    by_question: dict[tuple[str, ...], dict[str, Record]] = {}
    for row in results:
        key = tuple(row[name] for name in _QUESTION)
        by_question.setdefault(key, {}).setdefault(row["cohort"], row)
    method = study.pooling.methods[0] if study.pooling is not None else ""
    blocks: dict[tuple[str, ...], list[Record]] = {}
    for row in records(released, "pooled.tsv"):
        if f"_{method}_" in row["method"] and row["estimate"]:
            apart = () if row["scale"] == "log" else (row["outcome"], row["component"])
            blocks.setdefault((row["analysis"], row["statistic"], *apart), []).append(
                row
            )
    cohorts = {cohort.name: cohort.label for cohort in study.cohorts}
    for (analysis, statistic, *_), rows in blocks.items():
        title = f"{capital(names.word(analysis))}, {names.statistic(statistic)}"
        yield Panel(
            title=title,
            is_ratio=rows[0]["scale"] == "log",
            questions=tuple(
                (
                    question(names, row),
                    tuple(
                        _lines(
                            row,
                            by_question.get(tuple(row[n] for n in _QUESTION), {}),
                            cohorts,
                            labels,
                        )
                    ),
                )
                for row in rows
            ),
        )


def _lines(
    pooled: Record,
    by_cohort: dict[str, Record],
    cohorts: dict[str, str],
    labels: Labels,
) -> Iterator[Line]:
    weights = dict(
        zip(
            pooled["cohorts"].split(";"),
            map(float, pooled["weights"].split(";")),
            strict=True,
        )
    )
    for name, weight in weights.items():
        row = by_cohort[name]
        yield Line(
            label=cohorts[name],
            estimate=number(row, "estimate"),
            low=number(row, "ci_low"),
            high=number(row, "ci_high"),
            text=f"{_said(row)}, {format_number(100 * weight, 0)} %",
            weight=weight,
        )
    further = number(pooled, "prediction_low"), number(pooled, "prediction_high")
    p = number(pooled, "p_value")
    yield Line(
        label=labels.text("gathered.pooled"),
        estimate=number(pooled, "estimate"),
        low=number(pooled, "ci_low"),
        high=number(pooled, "ci_high"),
        text=_said(pooled) + ("" if isnan(p) else f", p {format_p(p)}"),
        further=None if isnan(further[0]) else further,
    )


def _said(row: Record) -> str:
    value, low, high = (number(row, n) for n in ("estimate", "ci_low", "ci_high"))
    shown = format_number(value, 2)
    if isnan(low):
        return shown
    return f"{shown} ({format_number(low, 2)}–{format_number(high, 2)})"


def _draw(axes: Axes, panel: Panel) -> None:
    axes.set_title(visible(panel.title), loc="left", weight="bold", x=-0.02)
    if panel.is_ratio:
        axes.set_xscale("log")
    low, high = _limits(panel)
    axes.set_xlim(low, high)
    y = 0.0
    words: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "va": "center"}
    for title, lines in panel.questions:
        axes.text(-0.03, y, visible(title), ha="right", weight="bold", **words)
        y += 1
        for line in lines:
            axes.text(-0.03, y, visible(line.label), ha="right", **words)
            axes.text(1.03, y, line.text, fontsize=6.5, **words)
            (_diamond if line.is_pooled else _square)(axes, line, y, (low, high))
            y += 1
        y += 0.3
    axes.set_ylim(y - 0.3, -0.7)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    if panel.is_ratio:
        ticks = [tick for tick in TICKS if low <= tick <= high]
        axes.set_xticks(ticks)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.axvline(1, color=SOFT, linewidth=0.8, zorder=0)
        for tick in ticks:
            axes.axvline(tick, color=GRID, linewidth=0.4, zorder=0)


def _limits(panel: Panel) -> tuple[float, float]:
    """Return the ends of the axis; what runs away ends at its edge."""
    lines = [line for _, found in panel.questions for line in found]
    points = _finite(line.estimate for line in lines)
    ends = _finite(v for line in lines for v in (line.low, line.high))
    if panel.is_ratio:
        ends = [v for v in ends if 1e-2 <= v <= 1e2]
        low, high = min([*points, *ends, 0.5]), max([*points, *ends, 2.0])
        margin = 10 ** (0.04 * log10(high / low))
        return low / margin, high * margin
    low, high = min([*points, *ends]), max([*points, *ends])
    margin = 0.06 * (high - low) or 1.0
    return low - margin, high + margin


def _finite(values: Iterable[float]) -> list[float]:
    return [value for value in values if isfinite(value)]


def _clipped(
    ends: tuple[float, float], edges: tuple[float, float]
) -> tuple[float, float]:
    low, high = (-inf if isnan(ends[0]) else ends[0], ends[1])
    return max(low, edges[0]), min(high, edges[1])


def _square(axes: Axes, line: Line, y: float, edges: tuple[float, float]) -> None:
    if not isnan(line.low):
        low, high = _clipped((line.low, line.high), edges)
        axes.plot([low, high], [y, y], color=COLOURS[0])
    size = 2.5 + 6 * sqrt(line.weight)
    axes.plot([line.estimate], [y], "s", color=COLOURS[0], markersize=size, zorder=3)


def _diamond(axes: Axes, line: Line, y: float, edges: tuple[float, float]) -> None:
    if line.further is not None:
        low, high = _clipped(line.further, edges)
        axes.plot([low, high], [y, y], color=COLOURS[1], linewidth=0.9)
    if isnan(line.low):
        axes.plot([line.estimate], [y], "D", color=COLOURS[1], markersize=5, zorder=3)
        return
    low, high = _clipped((line.low, line.high), edges)
    axes.fill(
        [low, line.estimate, high, line.estimate],
        [y, y - 0.33, y, y + 0.33],
        color=COLOURS[1],
        zorder=3,
    )


def _legend(labels: Labels) -> Sequence[Artist]:
    def entry(name: str, colour: str, **style: object) -> Artist:
        label = labels.text(f"gathered.{name}")
        return Line2D([], [], color=colour, label=label, **style)  # type: ignore[arg-type]

    return [
        entry("squares", COLOURS[0], marker="s", markersize=4.5),
        entry("diamond", COLOURS[1], marker="D", markersize=5, linestyle="none"),
        entry("further", COLOURS[1], linewidth=0.9),
    ]
