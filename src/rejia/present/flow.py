"""How many patients there were at each step, from the facts of analysis ``flow``."""

from dataclasses import dataclass

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
        ``comparison.tsv``: facts whose analysis is ``flow``; each population is a
        column, the first stands above all, ``patients`` below all.
    labels : Labels
        Words.

    Returns
    -------
    matplotlib.figure.Figure
    """
    steps = _steps(Names(study, labels), released)
    populations = list(dict.fromkeys(step.population for step in steps))
    first = [s for s in steps if populations and s.population == populations[0]]
    last = [s for s in steps if s.population == FINAL and s not in first]
    middle = [p for p in populations[1:] if p != FINAL]
    columns = [[s for s in steps if s.population == p] for p in middle]
    depth = max((sum(not s.is_aside for s in c) for c in columns), default=0)
    words = labels.text(
        "figures.flow_alt",
        rows=" ".join(f"{s.text}: {' / '.join(s.counts)}." for s in steps),
    )
    rows = max(len(first) + depth + len(last), 1)
    figure = new_figure(TWO_COLUMNS, (rows - 1) * STEP + HIGH + 0.2, visible(words))
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
    return figure


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


def _column(axes: Axes, column: list[Step], x: float, y: float) -> float:
    """Draw a column downwards; who leaves stands to the right. Return its last y."""
    before = y
    at = y
    for place, step in enumerate(column):
        if step.is_aside:
            side = before + STEP / 2
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
    text = f"{capital(step.text)}\nn = {' / '.join(step.counts)}"
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
