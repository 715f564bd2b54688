"""Adverse events: patients, events and rates, observed or only named."""

from collections.abc import Iterable
from math import isnan

from rejia.present.evidence import Record, Released, drawn, number, records
from rejia.present.format import MISSING, Part, Quantity, format_trimmed
from rejia.present.labels import Labels
from rejia.present.model import Cell, Row, Table, heading
from rejia.present.names import Names, capital
from rejia.study.schema import AdverseEventRate, PublishedEvents, Study

OUTCOME, EXPOSURE = "adverse_events", "exposure"
COLUMNS = ("event", "patients", "patients_percent", "events", "rate", "per_patient")

Rows = dict[str, Record]


def adverse_events(study: Study, released: Released, labels: Labels) -> Table:
    """
    Show adverse events with exact intervals, by analysis and group.

    Parameters
    ----------
    study : Study
        Its analyses of adverse events.
    released : mapping of str to pandas.DataFrame
        Needs ``results.tsv``.
    labels : Labels
        Words.

    Returns
    -------
    Table
        One row an event, the sum of all first; what a source names without a number
        shows the counts that this allows.
    """
    names = Names(study, labels)
    found = [row for row in records(released, "results.tsv") if row["outcome"]]
    rows: list[Row] = []
    notes: dict[str, None] = {}
    for analysis in study.analyses:
        if not isinstance(analysis, AdverseEventRate | PublishedEvents):
            continue
        mine = [row for row in found if row["analysis"] == analysis.id]
        groups = dict.fromkeys(row["group"] for row in mine)
        for group in groups:
            here = [row for row in mine if row["group"] == group]
            title = _title(analysis, names, group, labels, here)
            rows.append(Row((heading(title, len(COLUMNS)),), is_heading=True))
            rows += _event_rows(here, names, labels)
            notes |= dict.fromkeys(row["warning"] for row in here if row["warning"])
            notes |= dict.fromkeys(_exposure(here, labels))
    footnotes = [labels.text("notes.adverse_events")] if rows else []
    footnotes += [capital(note) + "." * (not note.endswith(".")) for note in notes]
    return Table(
        id="adverse_events",
        title=labels.text("tables.adverse_events"),
        header=(tuple(heading(labels.text(f"columns.{name}")) for name in COLUMNS),),
        rows=tuple(rows),
        footnotes=tuple(("", note) for note in footnotes)
        or (("", labels.text("notes.no_rows")),),
        label=labels.text("kinds.drawn") if drawn(released) else "",
    )


def _title(
    analysis: AdverseEventRate | PublishedEvents,
    names: Names,
    group: str,
    labels: Labels,
    rows: list[Record],
) -> str:
    if isinstance(analysis, PublishedEvents):
        return labels.text("notes.named_events", place=analysis.place)
    kind = rows[0]["cohort_kind"] if rows else ""
    who = labels.find(f"kinds.{kind}") or kind
    return who if group == "all" else f"{who}: {names.group(group)}"


def _event_rows(rows: Iterable[Record], names: Names, labels: Labels) -> Iterable[Row]:
    """Return a row for each event, that of all events first."""
    by_term: dict[str, Rows] = {}
    for row in rows:
        if row["outcome"] == OUTCOME:
            by_term.setdefault(row["component"], {})[row["statistic"]] = row
    for term, found in by_term.items():
        what = names.word(term) if term else labels.text("notes.any_event")
        yield Row(
            (
                heading(capital(what)),
                _patients(found, labels),
                _value(found.get("proportion"), scale=100, digits=1),
                _value(found.get("events"), digits=0),
                _value(found.get("rate"), digits=1),
                _value(found.get("rate_per_patient"), digits=2),
            )
        )


def _patients(found: Rows, labels: Labels) -> Cell:
    row = found.get("n")
    if row is None:
        return Cell(parts=(MISSING,))
    total, count = number(row, "n"), number(row, "estimate")
    if isnan(count) and not isnan(number(row, "ci_low")):
        low, high = (format_trimmed(number(row, end)) for end in ("ci_low", "ci_high"))
        return Cell(
            parts=(labels.text("audit.allowed_range", low=low, high=high),),
            anchor=_anchor(row),
        )
    parts: tuple[Part, ...] = (
        Quantity(count, digits=0),
        "/",
        Quantity(total, digits=0),
    )
    return Cell(parts=parts, anchor=_anchor(row))


def _value(row: Record | None, *, digits: int, scale: float = 1) -> Cell:
    """Return an estimate with its interval in brackets, or the interval alone."""
    if row is None:
        return Cell(parts=(MISSING,))
    value = scale * number(row, "estimate")
    low, high = (scale * number(row, end) for end in ("ci_low", "ci_high"))
    parts: list[Part] = [] if isnan(value) else [Quantity(value, digits=digits)]
    if not isnan(low):
        interval: list[Part] = [
            Quantity(low, digits=digits),
            "–",
            Quantity(high, digits=digits),
        ]
        parts += [" (", *interval, ")"] if parts else interval
    return Cell(parts=tuple(parts) or (MISSING,), anchor=_anchor(row))


def _anchor(row: Record) -> str:
    return f"row-{row['row']}" if row["row"] else ""


def _exposure(rows: Iterable[Record], labels: Labels) -> list[str]:
    return [
        labels.text(
            "notes.patient_years",
            years=format_trimmed(number(row, "estimate"), 4),
            n=format_trimmed(number(row, "n")),
        )
        for row in rows
        if row["outcome"] == EXPOSURE and not isnan(number(row, "estimate"))
    ]
