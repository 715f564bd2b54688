"""Tables that list: proportions, and every printed number beside its recomputation."""

from collections.abc import Sequence
from dataclasses import replace
from math import isnan

from rejia.present.evidence import (
    Fact,
    Record,
    Released,
    drawn,
    number,
    read_evidence,
    records,
)
from rejia.present.format import MISSING, Quantity
from rejia.present.labels import Labels
from rejia.present.model import Cell, Row, Table, heading
from rejia.present.names import Names
from rejia.present.source import fact_cell, legend_of
from rejia.study.schema import Study

PROPORTION = "proportion"
EVENTS = "adverse_events"  # they have a table of their own


def published_and_recomputed(study: Study, released: Released, labels: Labels) -> Table:
    """
    List every printed number with what was recomputed; absent is shown.

    Parameters
    ----------
    study : Study
        Labels of variables, visits and groups.
    released : mapping of str to pandas.DataFrame
        Needs ``comparison.tsv``.
    labels : Labels
        Words.

    Returns
    -------
    Table
        One row a fact, grouped by place.
    """
    names = Names(study, labels)
    evidence = read_evidence(released)
    columns = ("printed_number", "statistic", "printed", "computed", "distance")
    header = tuple(
        heading(labels.text(f"columns.{name}")) for name in (*columns, "reproduction")
    )
    by_place: dict[str, list[Fact]] = {}
    for fact in evidence.facts.values():
        by_place.setdefault(fact["place"], []).append(fact)
    rows: list[Row] = []
    for place, facts in by_place.items():
        rows.append(Row((heading(place, len(header)),), is_heading=True))
        for fact in facts:
            printed = replace(fact_cell([fact], evidence), beside=())
            rows.append(
                Row(
                    (
                        heading(names.about(fact.key)),
                        heading(names.statistic(fact["statistic"])),
                        replace(printed, parts=(_with_unit(fact),)),
                        _computed(fact),
                        _distance(fact),
                        heading(labels.text(f"reproductions.{fact['reproduction']}")),
                    )
                )
            )
    return Table(
        id="published_and_recomputed",
        title=labels.text("tables.published_and_recomputed"),
        header=(header,),
        rows=tuple(rows),
        footnotes=(("", labels.text("notes.distance")),),
        legend=legend_of(rows, labels),
        label=labels.text("kinds.drawn") if drawn(released) else "",
    )


def _with_unit(fact: Fact) -> str:
    return f"{fact.printed} {fact['unit']}".rstrip()


def _computed(fact: Fact) -> Cell:
    if isnan(fact.computed):
        return Cell(parts=(MISSING,))
    return Cell(
        parts=(fact.recomputed,), anchor=f"row-{fact['row']}" if fact["row"] else ""
    )


def _distance(fact: Fact) -> Cell:
    if isnan(fact.distance):
        return Cell(parts=(MISSING,))
    return Cell(parts=(Quantity(fact.distance, "fixed", 1),))


def proportions(study: Study, released: Released, labels: Labels) -> Table:
    """
    Show proportions with their counts and intervals, beside the printed percentage.

    Parameters
    ----------
    study : Study
        Labels of variables, visits and groups.
    released : mapping of str to pandas.DataFrame
        Needs ``results.tsv``; ``comparison.tsv`` gives the printed percentages.
    labels : Labels
        Words.

    Returns
    -------
    Table
        One row a count; several where a percentage allows several.
    """
    names = Names(study, labels)
    rows: list[Row] = []
    methods: dict[str, None] = {}
    confidences: dict[float, None] = {}
    evidence = read_evidence(released)
    percents = [f for f in evidence.facts.values() if f["statistic"] == "percent"]
    before = ""
    found = _proportion_rows(study, released)
    kinds = {row["cohort_kind"] for row in found}
    for row in found:
        methods[row["method"]] = None
        confidences[number(row, "confidence")] = None
        printed = [fact for fact in percents if _same(fact, row)]
        cell = fact_cell(printed, evidence) if printed else Cell(parts=(MISSING,))
        about = names.about(row)
        if len(kinds) > 1:
            about = f"{about} ({labels.text('kinds.' + row['cohort_kind'])})"
        rows.append(
            Row(
                (
                    heading("" if about == before else about),
                    replace(cell, beside=()),
                    _count(row),
                    Cell(parts=(Quantity(100 * number(row, "estimate"), digits=1),)),
                    Cell(
                        parts=(
                            Quantity(100 * number(row, "ci_low"), digits=1),
                            "–",
                            Quantity(100 * number(row, "ci_high"), digits=1),
                        )
                    ),
                )
            )
        )
        before = about
    header = tuple(
        heading(labels.text(f"columns.{name}"))
        for name in ("what", "percent_printed", "count", "percent", "interval_percent")
    )
    level = ", ".join(f"{100 * value:g} %" for value in confidences if not isnan(value))
    note = labels.text(
        "notes.proportions",
        confidence=level,
        methods=", ".join(map(names.word, methods)),
    )
    return Table(
        id="proportions",
        title=labels.text("tables.proportions"),
        header=(header,),
        rows=tuple(rows),
        footnotes=(("", note),) if rows else (("", labels.text("notes.no_rows")),),
        legend=legend_of(rows, labels),
        label=labels.text("kinds.drawn") if drawn(released) else "",
    )


def _proportion_rows(study: Study, released: Released) -> list[Record]:
    rows = [
        row
        for name in ("results.tsv", "multiverse.tsv")
        for row in records(released, name)
        if row["statistic"] == PROPORTION and row["outcome"] != EVENTS
    ]
    visits = {visit: at for at, visit in enumerate(study.visits)}

    def rank(row: Record) -> tuple[int, list[str]]:
        return visits.get(row["visit"], len(visits)), [row[name] for name in _SAME]

    return sorted(rows, key=lambda row: (row["analysis"], row["outcome"], *rank(row)))


_SAME = ("analysis", "population", "outcome", "component", "level", "visit", "group")


def _same(fact: Fact, row: Record) -> bool:
    return all(fact[name] == row[name] for name in _SAME)


def _count(row: Record) -> Cell:
    is_listed = row["row"] and row["scenario"] in {"", "primary"}
    anchor = f"row-{row['row']}" if is_listed else ""
    parts: Sequence[str | Quantity] = (
        Quantity(number(row, "n_events"), "fixed", 0),
        "/",
        Quantity(number(row, "n"), "fixed", 0),
    )
    return Cell(parts=tuple(parts), anchor=anchor)
