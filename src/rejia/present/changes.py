"""Change within patients and joints: by first grade, and each patient's two values."""

from dataclasses import dataclass
from math import ceil, isnan, nan
from textwrap import fill
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rejia.present.evidence import Fact, Released, number, read_evidence, records
from rejia.present.figure_style import (
    COLOURS,
    GRID,
    INK,
    SOFT,
    TWO_COLUMNS,
    new_figure,
)
from rejia.present.format import format_parts, typeset_minus
from rejia.present.labels import Labels
from rejia.present.names import Names, capital, with_unit
from rejia.present.safe import visible
from rejia.study.schema import SignedRank, Study

TRANSITIONS, ARROW = "grade_transitions", ">"
LINE, PANEL, ACROSS, TITLE = 0.36, 1.5, 4, 24


@dataclass(frozen=True, slots=True)
class Share:
    """Share of the joints of a first grade that went one way."""

    label: str
    percent: float
    computed: float
    text: str


def grade_transitions(study: Study, released: Released, labels: Labels) -> Figure:
    """
    Draw what became of the joints of each first grade.

    Parameters
    ----------
    study : Study
        Labels.
    released : mapping of str to pandas.DataFrame
        ``comparison.tsv``: percentages of analysis ``grade_transitions`` whose level
        is ``first>what became``; a repeat in another place is drawn once.
    labels : Labels
        Words.

    Returns
    -------
    matplotlib.figure.Figure
        Bars as printed; an open diamond where a recomputed value is known.
    """
    shares = _shares(Names(study, labels), released)
    words = labels.text(
        "figures.grade_transitions_alt",
        rows=" ".join(f"{share.label}: {share.text}." for share in shares),
    )
    height = 0.7 + LINE * len(shares)
    figure = new_figure(TWO_COLUMNS, height, visible(words))
    axes = figure.add_axes((0.36, 0.5 / height, 0.44, 1 - 0.55 / height))
    for y, share in enumerate(shares):
        axes.barh(y, 100, height=0.62, color="white", edgecolor=SOFT, linewidth=0.6)
        axes.barh(y, share.percent, height=0.62, color=COLOURS[0])
        if not isnan(share.computed):
            axes.plot([share.computed], [y], "D", color="white", markeredgecolor=INK)
        axes.text(103, y, visible(share.text), va="center", color=INK)
    axes.set_yticks(range(len(shares)))
    axes.set_yticklabels([visible(share.label) for share in shares])
    axes.set_ylim(len(shares) - 0.4, -0.6)
    axes.set_xlim(0, 100)
    axes.set_xlabel(labels.text("figures.grade_transitions_axis"))
    return figure


def _shares(names: Names, released: Released) -> list[Share]:
    cells: dict[tuple[str, ...], dict[str, Fact]] = {}
    for fact in read_evidence(released).facts.values():
        if fact["analysis"] == TRANSITIONS and ARROW in fact["level"]:
            found = cells.setdefault(fact.key_fields, {})
            found.setdefault(fact["statistic"], fact)
    shares = []
    for cell in cells.values():
        if "percent" not in cell:
            continue
        percent = cell["percent"]
        first, _, then = percent["level"].partition(ARROW)
        counts = [cell[n].printed for n in ("n_of", "denominator") if n in cell]
        text = f"{percent.printed} %" + (f" ({'/'.join(counts)})" if counts else "")
        shares.append(
            Share(
                label=capital(f"{names.word(first)}: {names.word(then)}"),
                percent=(percent.low + percent.high) / 2,
                computed=percent.computed,
                text=text,
            )
        )
    return shares


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two values and the group of each patient, and the printed means beside them."""

    label: str
    visits: tuple[str, str]
    values: tuple[tuple[float, float, str], ...]
    means: tuple[Fact | None, Fact | None]


def paired_changes(study: Study, released: Released, labels: Labels) -> Figure:
    """
    Draw each patient's value before and after, for every paired test of the study.

    Parameters
    ----------
    study : Study
        Its signed-rank analyses name the outcomes and the two visits.
    released : mapping of str to pandas.DataFrame
        ``course.tsv``; ``comparison.tsv`` gives the printed means.
    labels : Labels
        Words.

    Returns
    -------
    matplotlib.figure.Figure
        One panel an outcome, a line a patient in the colour of the group; a bounded
        value is left out, because its place is not known.
    """
    names = Names(study, labels)
    panels = _pairs(study, released, names)
    rows = max(ceil(len(panels) / ACROSS), 1)
    height = 0.45 + rows * (PANEL + 0.75)
    words = labels.text(
        "figures.paired_changes_alt",
        rows=" ".join(
            f"{p.label}: {len(p.values)} ({' → '.join(p.visits)})." for p in panels
        ),
    )
    figure = new_figure(TWO_COLUMNS, height, visible(words))
    styles = _styles(panels)
    for at, panel in enumerate(panels):
        column, row = at % ACROSS, at // ACROSS
        left = 0.45 + column * (TWO_COLUMNS - 0.35) / ACROSS
        bottom = height - 0.35 - row * (PANEL + 0.75) - PANEL
        width = (TWO_COLUMNS - 0.35) / ACROSS - 0.55
        box = (left / TWO_COLUMNS, bottom / height, width / TWO_COLUMNS, PANEL / height)
        _draw_pairs(figure.add_axes(box), panel, styles)
    handles = [
        Line2D([], [], **style, marker=".", label=names.group(group))
        for group, style in styles.items()
        if group
    ]
    if any(mean for panel in panels for mean in panel.means):
        mean = labels.text("figures.paired_changes_mean")
        handles.append(Line2D([], [], color=INK, marker="s", ls="", label=mean))
    if handles:
        figure.legend(handles=handles, loc="lower left", frameon=False, ncols=4)
    return figure


def _styles(panels: list[Pairs]) -> dict[str, dict[str, Any]]:
    """Return a colour and a dash pattern for each group: both survive grey."""
    groups = sorted({group for panel in panels for _, _, group in panel.values})
    dashes = ("-", "--", ":", "-.")
    named = [group for group in groups if group]
    styles: dict[str, dict[str, Any]] = {"": {"color": SOFT, "ls": "-"}}
    for place, group in enumerate(named):
        colour = COLOURS[place % len(COLOURS)]
        styles[group] = {"color": colour, "ls": dashes[place % len(dashes)]}
    return styles


def _pairs(study: Study, released: Released, names: Names) -> list[Pairs]:
    course = {
        (row["variable"], row["visit"], row["patient"]): number(row, "value")
        for row in records(released, "course.tsv")
        if not row["component"] and not row["comparator"]
    }
    means = {
        (fact["outcome"], fact["visit"]): fact
        for fact in reversed(read_evidence(released).facts.values())
        if fact["statistic"] == "mean"
        and fact["group"] == "all"
        and not fact["component"]
        and not fact["ref_visit"]
    }
    panels = []
    groups = {row["patient"]: row["group"] for row in records(released, "course.tsv")}
    for test in study.analyses:
        if not isinstance(test, SignedRank):
            continue
        for outcome in test.outcomes:
            both = [
                (
                    course.get((outcome, test.ref_visit, patient), nan),
                    course.get((outcome, test.visit, patient), nan),
                    group,
                )
                for patient, group in groups.items()
            ]
            values = tuple(
                pair for pair in both if not isnan(pair[0]) and not isnan(pair[1])
            )
            if values:
                visits = (test.ref_visit, test.visit)
                panels.append(
                    Pairs(
                        with_unit(names.variable(outcome), names.unit(outcome)),
                        (names.visit(visits[0]), names.visit(visits[1])),
                        values,
                        (
                            means.get((outcome, visits[0])),
                            means.get((outcome, visits[1])),
                        ),
                    )
                )
    return panels


def _draw_pairs(axes: Axes, panel: Pairs, styles: dict[str, dict[str, Any]]) -> None:
    # One line a group, broken between patients: hundreds of artists would cost
    # seconds in every format.
    for group, style in styles.items():
        ends = [pair[:2] for pair in panel.values if pair[2] == group]
        xs = [at for _ in ends for at in (0.0, 1.0, nan)]
        ys = [value for pair in ends for value in (*pair, nan)]
        axes.plot(
            xs, ys, marker=".", markersize=2.5, linewidth=0.7, alpha=0.75, **style
        )
    for x, mean in enumerate(panel.means):
        if mean is not None:
            y = (mean.low + mean.high) / 2
            axes.plot([x], [y], "s", color=INK, markersize=4, zorder=3)
            axes.annotate(
                visible(typeset_minus(format_parts([mean.printed]))),
                (x, y),
                xytext=(-6 if x == 0 else 6, 0),
                textcoords="offset points",
                ha="right" if x == 0 else "left",
                va="center",
                fontsize=6,
                color=INK,
            )
    axes.set_xlim(-0.45, 1.45)
    axes.set_xticks([0, 1])
    axes.set_xticklabels([visible(v).replace(" ", "\n", 1) for v in panel.visits])
    title = fill(visible(panel.label), TITLE)
    axes.set_title(title, loc="left", fontsize=7, pad=4)
    axes.grid(axis="y", color=GRID, linewidth=0.4)
