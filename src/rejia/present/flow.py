"""How many patients there were at each step: of a cohort, or as printed."""

import textwrap
from dataclasses import dataclass
from itertools import pairwise
from math import isnan

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from rejia.present.evidence import Released, read_evidence
from rejia.present.figure_style import INK, SOFT, TWO_COLUMNS, inch_axes, new_figure
from rejia.present.labels import Labels
from rejia.present.names import Names, capital
from rejia.present.safe import visible
from rejia.study.schema import Study

FLOW, FINAL, ASIDE = "flow", "patients", ("missing", "excluded", "lost")
BOX, HIGH, STEP, ASIDE_GAP = 1.55, 0.42, 0.74, 0.3
COHORT, START, ANALYSED, EXCLUDED, DAYS = (
    "cohort",
    "start",
    "analysed",
    "excluded",
    "days",
)
WIDE, MOST_LINES = 28, 2  # signs of a line, and lines, that a box holds above its count


@dataclass(frozen=True, slots=True)
class Step:
    """A box: its words and every count printed for it."""

    population: str
    level: str
    text: str
    counts: tuple[str, ...]

    @property
    def is_aside(self) -> bool:
        """Whether these patients leave the flow."""
        return self.level.startswith(ASIDE)


def flow(study: Study, released: Released, labels: Labels) -> Figure:
    """
    Draw the flow of patients.

    Parameters
    ----------
    study : Study
        Labels.
    released : mapping of str to pandas.DataFrame
        ``flow.tsv``: those in the files, who is excluded, those analysed. Without it
        ``comparison.tsv``: facts whose analysis is ``flow``; each population is a
        column, the first stands above all, ``patients`` below all.
    labels : Labels
        Words.

    Returns
    -------
    matplotlib.figure.Figure
    """
    own = released.get("flow.tsv")
    notes: list[str] = []
    first: list[Step] = []
    last: list[Step] = []
    if own is not None:
        steps, notes = _own_steps(own, labels)
        columns = [steps]
    else:
        steps = _steps(Names(study, labels), released)
        first, last, columns = _arranged(steps)
    depth = max((_depth(column) for column in columns), default=0)
    words = labels.text(
        "figures.flow_alt",
        rows=" ".join([*(f"{s.text}: {' / '.join(s.counts)}." for s in steps), *notes]),
    )
    rows = max(len(first) + depth + len(last), 1)
    under = 0.2 * len(notes) + 0.1 * bool(notes)
    height = (rows - 1) * STEP + HIGH + 0.2 + under
    figure = new_figure(TWO_COLUMNS, height, visible(words))
    axes = inch_axes(figure)
    centre = TWO_COLUMNS / 2
    y = 0.1 + HIGH / 2
    for step in first:
        _box(axes, step, centre, y)
        y += STEP
    bottom = y + STEP * depth
    for x, column in zip(_places(columns), columns, strict=True):
        end = _column(axes, column, x, y)
        if first:
            _elbow(axes, (centre, y - STEP + HIGH / 2), (x, y - HIGH / 2))
        if last:
            _elbow(axes, (x, end + HIGH / 2), (centre, bottom - HIGH / 2))
    for at, step in enumerate(last):
        _box(axes, step, centre, bottom + STEP * at)
    for line, note in enumerate(notes):
        at_height = height - under + 0.1 + 0.2 * line
        axes.text(centre, at_height, visible(note), ha="center", color=SOFT)
    return figure


def _arranged(steps: list[Step]) -> tuple[list[Step], list[Step], list[list[Step]]]:
    """Return what stands above all, what below, and the columns between."""
    populations = list(dict.fromkeys(step.population for step in steps))
    first = [s for s in steps if populations and s.population == populations[0]]
    last = [s for s in steps if s.population == FINAL and s not in first]
    middle = [p for p in populations[1:] if p != FINAL]
    return first, last, [[s for s in steps if s.population == p] for p in middle]


def _own_steps(table: pd.DataFrame, labels: Labels) -> tuple[list[Step], list[str]]:
    """Return the steps of a cohort, and what to say of days that are no visit."""
    steps, notes = [], []
    for row in table.sort_values("place", kind="stable").to_dict("records"):
        kind, name = str(row["kind"]), str(row["step"])
        n = float(row["n"])
        count = labels.text("figures.flow_withheld") if isnan(n) else f"{n:.0f}"
        if kind == DAYS:
            if isnan(n) or n > 0:
                notes.append(labels.text(f"figures.flow_{name}", n=count))
            continue
        text = str(row["label"]) or labels.text(f"figures.flow_{kind}")
        level = f"{EXCLUDED}_{name}" if kind == EXCLUDED else name
        steps.append(Step(COHORT, level, text, (count,)))
    return steps, notes


def _places(columns: list[list[Step]]) -> list[float]:
    """Return where each column's own boxes stand; who leaves needs room beside."""
    widths = [BOX * 2 + ASIDE_GAP if _has_aside(c) else BOX for c in columns]
    gap = (TWO_COLUMNS - sum(widths)) / (len(columns) + 1)
    places, x = [], gap
    for width in widths:
        places.append(x + BOX / 2)
        x += width + gap
    return places


def _steps(names: Names, released: Released) -> list[Step]:
    found: dict[tuple[str, str], list[str]] = {}
    for fact in read_evidence(released).facts.values():
        if fact["analysis"] == FLOW:
            counts = found.setdefault((fact["population"], fact["level"]), [])
            if fact.printed not in counts:
                counts.append(fact.printed)
    return [
        Step(population, level, names.word(level), tuple(counts))
        for (population, level), counts in found.items()
    ]


def _has_aside(column: list[Step]) -> bool:
    return any(step.is_aside for step in column)


def _depth(column: list[Step]) -> int:
    """Return how many steps high a column is; who leaves one by one needs room."""
    aside = [step.is_aside for step in column]
    crowded = sum(a and b for a, b in pairwise(aside))
    return len(aside) - sum(aside) + crowded


def _column(axes: Axes, column: list[Step], x: float, y: float) -> float:
    """Draw a column downwards; who leaves stands to the right. Return its last y."""
    before = y
    at = y
    for place, step in enumerate(column):
        if step.is_aside:
            if place and column[place - 1].is_aside:
                at += STEP
            side = at - STEP / 2
            _box(axes, step, x + BOX + ASIDE_GAP, side)
            _arrow(axes, (x, side), (x + BOX / 2 + ASIDE_GAP, side))
            continue
        if place:
            _arrow(axes, (x, before + HIGH / 2), (x, at - HIGH / 2))
        _box(axes, step, x, at)
        before = at
        at += STEP
    return before


def _box(axes: Axes, step: Step, x: float, y: float) -> None:
    axes.add_patch(
        FancyBboxPatch(
            (x - BOX / 2, y - HIGH / 2),
            BOX,
            HIGH,
            boxstyle="round,pad=0,rounding_size=0.05",
            facecolor="white" if not step.is_aside else "#f0f2f4",
            edgecolor=INK if not step.is_aside else SOFT,
            linewidth=0.8,
        )
    )
    lines = textwrap.wrap(visible(capital(step.text)), WIDE) or [""]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], f"{lines[MOST_LINES - 1][: WIDE - 2]} …"]
    text = "\n".join([*lines, f"n = {' / '.join(step.counts)}"])
    axes.text(x, y, visible(text), ha="center", va="center", linespacing=1.35)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "",
        xy=end,
        xytext=start,
        arrowprops={
            "arrowstyle": "-|>",
            "color": SOFT,
            "linewidth": 0.8,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )


def _elbow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw down, across and down; the bend lies just above the end."""
    bend = end[1] - (STEP - HIGH) / 2
    axes.plot(
        [start[0], start[0], end[0], end[0]],
        [start[1], bend, bend, end[1] - 0.05],
        color=SOFT,
        linewidth=0.8,
    )
    _arrow(axes, (end[0], bend), end)
