"""Tables of shares: grade transitions, ACR Pedi by visit, inactive disease."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from rejia.present.computed import (
    NO,
    by_statistic,
    computed_table,
    interval_parts,
    name_clusters,
    pick,
    primary,
    share_cell,
)
from rejia.present.evidence import Record, Released
from rejia.present.format import format_recorded
from rejia.present.labels import Labels
from rejia.present.model import Cell, Row, Table, heading
from rejia.present.names import Names, capital
from rejia.study.schema import Describe, Study, Transitions, Variable

FATES = ("improved", "unchanged", "worsened")


def grade_transitions(study: Study, released: Released, labels: Labels) -> Table:
    """
    Show what became of the joints of each initial grade.

    Parameters
    ----------
    study : Study
        Its analyses of transitions.
    released : mapping of str to pandas.DataFrame
        Needs ``results.tsv``.
    labels : Labels
        Words and style.

    Returns
    -------
    Table
        A row a class of grades: its joints of all, then those that improved, did not
        change and worsened, of its joints.
    """
    names = Names(study, labels)
    wanted = [a for a in study.analyses if isinstance(a, Transitions)]
    rows = [r for r in primary(released) if r["analysis"] in {a.id for a in wanted}]
    body = []
    for analysis in wanted:
        mine = pick(rows, analysis=analysis.id)
        for name in dict.fromkeys(analysis.classes):
            cells = [_share(pick(mine, level=name), labels)]
            cells += [_share(pick(mine, level=f"{name}>{f}"), labels) for f in FATES]
            if pick(mine, level=name):
                body.append(Row((heading(capital(names.word(name))), *cells)))
    first = [names.visit(a.ref_visit) for a in wanted[:1]]
    header = [heading(labels.text("computed.initial"))]
    header += [heading(text) for text in first or [""]]
    header += [heading(capital(names.word(fate))) for fate in FATES]
    notes = _share_notes(rows, names)
    beside = labels.text("columns.interval_percent")
    return computed_table(
        "grade_transitions", [header], body, rows, notes, labels, beside
    )


def acr_pedi_by_visit(study: Study, released: Released, labels: Labels) -> Table:
    """Show ACR Pedi responses by visit, with intervals; see `grade_transitions`."""
    return _by_visit("acr_pedi_by_visit", study, released, labels, is_acr_pedi)


def inactive_disease(study: Study, released: Released, labels: Labels) -> Table:
    """Show inactive disease by visit, with intervals; see `grade_transitions`."""
    return _by_visit("inactive_disease", study, released, labels, _is_inactive)


def is_acr_pedi(name: str, variable: Variable | None) -> bool:
    """Say whether a variable is a response by the ACR Pediatric criteria."""
    instrument = variable.instrument if variable is not None else ""
    return name.startswith("acr_pedi") or (instrument or "").startswith("acr_pedi")


def _is_inactive(name: str, variable: Variable | None) -> bool:
    instrument = (variable.instrument if variable is not None else "") or ""
    return "inactive" in name or instrument.startswith(("wallace", "inactive"))


def _by_visit(
    name: str,
    study: Study,
    released: Released,
    labels: Labels,
    is_wanted: Callable[[str, Variable | None], bool],
) -> Table:
    names = Names(study, labels)
    described = {a.id for a in study.analyses if isinstance(a, Describe)}
    rows = [
        row
        for row in primary(released)
        if row["analysis"] in described
        and row["level"]
        and row["visit"]
        and is_wanted(row["outcome"], study.variables.get(row["outcome"]))
    ]
    there = {row["visit"] for row in rows}
    visits = [visit for visit in study.visits if visit in there]
    groups = {row["group"] for row in rows}
    body = []
    keys = ("outcome", "component", "level", "group")
    order = {key: at for at, key in enumerate(study.variables)}
    rows.sort(key=lambda row: order.get(row["outcome"], len(order)))
    for key in dict.fromkeys(tuple(row[k] for k in keys) for row in rows):
        mine = pick(rows, **dict(zip(keys, key, strict=True)))
        if key[2] in NO:
            continue
        parts = [names.variable(key[0])]
        parts += [names.variable(key[1])] if key[1] else []
        parts += [names.level(key[2])] if not _is_said(key, rows) else []
        parts += [names.group(key[3])] if len(groups) > 1 else []
        cells = [_share(pick(mine, visit=visit), labels) for visit in visits]
        body.append(Row((heading(capital(", ".join(parts))), *cells)))
    header = [heading(labels.text("columns.variable"))]
    header += [heading(names.visit(visit)) for visit in visits]
    beside = labels.text("columns.interval_percent")
    return computed_table(
        name, [header], body, rows, _share_notes(rows, names), labels, beside
    )


def _is_said(key: Sequence[str], rows: Sequence[Record]) -> bool:
    """Say whether the variable says its category: the other one is its negation."""
    return any(row["level"] in NO for row in pick(rows, outcome=key[0]))


def _share(rows: Sequence[Record], labels: Labels) -> Cell:
    found = by_statistic(rows)
    cell = share_cell(found, labels)
    return replace(cell, beside=interval_parts(found.get("proportion"), labels))


def _share_notes(rows: Sequence[Record], names: Names) -> list[str]:
    shares = pick(rows, statistic="proportion")
    levels = dict.fromkeys(row["confidence"] for row in shares if row["confidence"])
    if not levels:
        return [names.labels.text("computed.shares")]
    methods = dict.fromkeys(names.word(row["method"]) for row in shares)
    return [
        names.labels.text("computed.shares"),
        names.labels.text(
            "computed.intervals",
            level=", ".join(format_recorded(100 * float(level)) for level in levels),
            percent=names.labels.style.percent,
            methods=", ".join(methods),
        ),
        *name_clusters(shares, names),
    ]
