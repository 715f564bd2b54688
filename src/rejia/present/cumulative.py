"""Cumulative probability plots: the change of every patient, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isnan
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rejia.present.evidence import Released, number, records
from rejia.present.figure_style import (
    COLOURS,
    GRID,
    MARKERS,
    SOFT,
    TWO_COLUMNS,
    new_figure,
)
from rejia.present.format import format_number
from rejia.present.labels import Labels
from rejia.present.names import Names, with_unit
from rejia.present.safe import visible
from rejia.study.schema import ChangeCounts, Study

ACROSS, PANEL, ABOVE, BELOW = 2, 1.6, 0.4, 0.42
FOOT, DASHES = 0.32, ("-", "--", ":", "-.")
Changes = dict[str, tuple[float, ...]]  # by group


@dataclass(frozen=True, slots=True)
class Panel:
    """
    The changes of one outcome.

    Attributes
    ----------
    label : str
        Outcome and unit.
    visits, worse : str
        Between which visits; which direction is worse, `high`, `low` or nothing.
    changes : dict of str to tuple of float
        By group, in ascending order.
    is_joint : bool
        Whether one curve holds all groups, because the groups are made by this change.
    """

    label: str
    visits: str
    worse: str
    changes: Changes
    is_joint: bool


def cumulative_change(study: Study, released: Released, labels: Labels) -> Figure:
    """
    Draw the change of each patient against the share of patients up to it.

    Parameters
    ----------
    study : Study
        The outcomes whose improved and worsened patients it counts.
    released : mapping of str to pandas.DataFrame
        ``course.tsv``, which holds no observed patients: values of single patients are
        drawn only of published or drawn cohorts. A bounded value is left out.
    labels : Labels
        Words.

    Returns
    -------
    matplotlib.figure.Figure
        One panel an outcome. The i-th of n changes stands at 100 (i - 0.5) / n per
        cent, each group by itself; in the outcome that the groups are made by, one
        curve of all patients, marked by group.

    Notes
    -----
    Landewé R, van der Heijde D. Ann Rheum Dis 2004;63:1-3.
    """
    names = Names(study, labels)
    panels = _panels(study, released, names)
    lines = max(ceil(len(panels) / ACROSS), 1)
    height = FOOT + lines * (PANEL + ABOVE + BELOW)
    rows = " ".join(_words(panel, names) for panel in panels)
    words = labels.text(
        "figures.cumulative_change_alt",
        rows=rows or labels.text("figures.cumulative_change_withheld"),
    )
    figure = new_figure(TWO_COLUMNS, height, visible(words))
    groups = sorted({group for panel in panels for group in panel.changes})
    each = (TWO_COLUMNS - 0.1) / ACROSS
    for at, panel in enumerate(panels):
        column, line = at % ACROSS, at // ACROSS
        left = 0.55 + column * each
        bottom = height - ABOVE - line * (PANEL + ABOVE + BELOW) - PANEL
        width, tall = (each - 0.75) / TWO_COLUMNS, PANEL / height
        axes = figure.add_axes((left / TWO_COLUMNS, bottom / height, width, tall))
        _draw(axes, panel, groups, labels)
    if not panels:
        text = labels.text("figures.cumulative_change_withheld")
        figure.text(0.5, 0.5, text, ha="center", color=SOFT)
    _legend(figure, groups, names)
    return figure


def _panels(study: Study, released: Released, names: Names) -> list[Panel]:
    course = records(released, "course.tsv")
    values = {
        (row["variable"], row["visit"], row["patient"]): number(row, "value")
        for row in course
        if not row["component"] and not row["comparator"]
    }
    groups = {row["patient"]: row["group"] for row in course}
    panels: dict[tuple[str, str, str], Panel] = {}
    for analysis in study.analyses:
        if not isinstance(analysis, ChangeCounts):
            continue
        pair = (analysis.ref_visit, analysis.visit)
        for outcome in analysis.outcomes:
            found: dict[str, list[float]] = {}
            for patient, group in groups.items():
                first, last = (values.get((outcome, v, patient)) for v in pair)
                if first is not None and last is not None:
                    found.setdefault(group, []).append(last - first)
            changes = {
                group: tuple(sorted(change for change in some if not isnan(change)))
                for group, some in sorted(found.items())
            }
            if any(changes.values()):
                made_by = study.groups.outcome if study.groups else ""
                panels[outcome, *pair] = Panel(
                    label=with_unit(names.variable(outcome), names.unit(outcome)),
                    visits=" → ".join(names.visit(visit) for visit in pair),
                    worse=_worse(study, outcome),
                    changes=changes,
                    is_joint=outcome == made_by,
                )
    return list(panels.values())


def _worse(study: Study, outcome: str) -> str:
    """Return which direction is worse; a total has that of what it adds up."""
    variable = study.variables.get(outcome)
    variable = variable or study.variables.get(outcome.removesuffix("_total"))
    return (variable.worse or "") if variable is not None else ""


def _words(panel: Panel, names: Names) -> str:
    sizes = []
    for group, changes in panel.changes.items():
        sign = [sum(c < 0 for c in changes), sum(c > 0 for c in changes)]
        sizes.append(
            names.labels.text(
                "figures.cumulative_change_row",
                group=names.group(group or "all"),
                n=len(changes),
                fell=sign[0],
                rose=sign[1],
            )
        )
    return f"{panel.label} ({panel.visits}): {'; '.join(sizes)}."


def _draw(axes: Axes, panel: Panel, groups: Sequence[str], labels: Labels) -> None:
    axes.axhline(0, color=SOFT, linewidth=0.6)
    if panel.is_joint:
        joined = sorted(
            (change, group) for group, some in panel.changes.items() for change in some
        )
        xs = _shares(len(joined))
        axes.plot(xs, [change for change, _ in joined], color=SOFT, linewidth=0.8)
        for group in panel.changes:
            own = [at for at, (_, of) in enumerate(joined) if of == group]
            axes.plot(
                [xs[at] for at in own],
                [joined[at][0] for at in own],
                ls="",
                **_look(groups, group),
            )
    else:
        for group, some in panel.changes.items():
            dashes = DASHES[groups.index(group) % len(DASHES)]
            look = _look(groups, group) | {"ls": dashes, "linewidth": 0.8}
            axes.plot(_shares(len(some)), some, **look)
    total = sum(len(some) for some in panel.changes.values())
    title = f"{visible(panel.label)}, n = {format_number(total, 0)}"
    axes.set_title(title, loc="left", fontsize=7.5, pad=6)
    axes.set_ylabel(labels.text(f"figures.cumulative_change_{panel.worse or 'change'}"))
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_xlabel(labels.text("figures.cumulative_change_axis"))
    axes.grid(axis="y", color=GRID, linewidth=0.4)


def _shares(n: int) -> list[float]:
    return [100 * (at + 0.5) / n for at in range(n)]


def _look(groups: Sequence[str], group: str) -> dict[str, Any]:
    at = groups.index(group)
    return {
        "color": COLOURS[at % len(COLOURS)],
        "marker": MARKERS[at % len(MARKERS)],
        "markersize": 3.5,
        "clip_on": False,
    }


def _legend(figure: Figure, groups: Sequence[str], names: Names) -> None:
    handles = [
        Line2D([], [], ls="", **_look(groups, group), label=names.group(group))
        for group in groups
        if group
    ]
    if handles:
        figure.legend(handles=handles, loc="lower left", frameon=False, ncols=4)
