"""What was attainable of each printed p-value and odds ratio, one row a number."""

from collections import Counter
from collections.abc import Sequence
from math import isinf
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from rejia.present.attainable_panel import (
    CENTRAL,
    HEAD,
    HULL,
    MARKS,
    Blocks,
    Line,
    Panel,
    hull_text,
)
from rejia.present.attained import Attained, P, cohorts_drawn, read_attained
from rejia.present.evidence import Released, read_evidence
from rejia.present.figure_style import INK, SOFT, TWO_COLUMNS, new_figure
from rejia.present.labels import Labels
from rejia.present.model import ATTAINABLE_SYMBOLS
from rejia.present.names import Names, capital
from rejia.present.safe import visible
from rejia.study.schema import Study

RATIOS = ("odds_ratio", "ci_low", "ci_high")
LEFT, RIGHT, TOP, BOTTOM = 2.2, 2.45, 0.66, 0.62
LINE, TIGHT, KEY = 0.165, 0.15, 0.14
ACROSS = 4
P_ENDS = (6e-5, 1.15)
MARGIN = 0.08


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
    figure.text(MARGIN / TWO_COLUMNS, 1 - 0.16 / height, title, weight="bold", size=8.5)
    figure.text(MARGIN / TWO_COLUMNS, 1 - 0.33 / height, visible(counts), color=SOFT)
    box = (
        LEFT / TWO_COLUMNS,
        bottom / height,
        (TWO_COLUMNS - LEFT - RIGHT) / TWO_COLUMNS,
        body / height,
    )
    axes = figure.add_axes(box)
    ends = P_ENDS if is_p else _ends(lines)
    Panel(axes, labels, ends, (LEFT, pitch), is_p=is_p).draw(blocks)
    _legend(figure, handles)
    _note(figure, lines, released, labels)
    return figure


def _ends(lines: Sequence[Line]) -> tuple[float, float]:
    """Return the ends of an axis that holds all printed ratios."""
    printed = [
        end for line in lines for end in line.window if 0 < end and not isinf(end)
    ]
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
        # Who compares two visits says so already.
        keys = [g[-1].fact.key for g in groups if not g[-1].fact["ref_visit"]]
        visits = {names.when(key) for key in keys} - {""}
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
    if with_visit and fact["visit"] and not fact["ref_visit"]:
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
        hull=hull_text(one),
        verdict=labels.text(f"attainabilities_short.{one.verdict}"),
    )


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
    x, y = MARGIN / TWO_COLUMNS, 0.1 / figure.get_size_inches()[1]
    figure.text(x, y, visible(note), fontsize=6.3, color=SOFT)
