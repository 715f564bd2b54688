"""Which values are missing: a table by visit and group, and the patterns."""

from math import isnan

from rejia.present.computed import (
    anchor_of,
    computed_table,
    percent_decimals,
    pick,
    primary,
)
from rejia.present.evidence import Record, Released, number
from rejia.present.format import MISSING, Quantity
from rejia.present.labels import Labels
from rejia.present.model import Cell, Row, Table, heading
from rejia.present.names import Names, capital, small
from rejia.study.schema import MissingPattern, Study

NAME, PATTERN, NOTHING, EVERYONE = "missing_data", "missing_pattern", "none", "all"


def missing_data(study: Study, released: Released, labels: Labels) -> Table:
    """
    Show how many patients lack each value, by visit and group, and the patterns.

    Parameters
    ----------
    study : Study
        Its analyses of missing values.
    released : mapping of str to pandas.DataFrame
        Needs ``results.tsv``.
    labels : Labels
        Words and style.

    Returns
    -------
    Table
        Missing of all (%) by group; then the patterns and their patients.
    """
    names, there, patterns = read_missing(study, released, labels)
    groups = list(dict.fromkeys(row["group"] for row in there))
    header = [heading(labels.text("columns.variable"))]
    header += [heading(capital(names.group(group))) for group in groups]
    body = []
    for key in dict.fromkeys((row["outcome"], row["visit"]) for row in there):
        own = {r["group"]: r for r in there if (r["outcome"], r["visit"]) == key}
        cells = [missing_cell(own.get(group), labels) for group in groups]
        body.append(Row((heading(stub(names, *key)), *cells)))
    if patterns:
        span = len(groups) + 1
        title = heading(labels.text("missing.patterns"), span)
        body.append(Row((title,), is_heading=True))
    for row in patterns:
        count = number(row, "estimate")
        cell = Cell((Quantity(count, digits=0, row=row["row"]),), anchor=anchor_of(row))
        shown = Cell((MISSING,)) if isnan(count) else cell
        at = groups.index(EVERYONE) if EVERYONE in groups else 0
        cells = [shown if place == at else Cell() for place in range(len(groups))]
        body.append(Row((heading(lacks(names, row, labels)), *cells)))
    notes = [labels.text("missing.reading")]
    notes += dict.fromkeys(
        f"{capital(r['warning'])}." for r in patterns if r["warning"]
    )
    return computed_table(
        NAME, [header], body, [*there, *patterns], notes, labels, rounded=("percent",)
    )


def read_missing(
    study: Study, released: Released, labels: Labels
) -> tuple[Names, list[Record], list[Record]]:
    """Return the rows of values that are there, and those of patterns."""
    wanted = {a.id for a in study.analyses if isinstance(a, MissingPattern)}
    rows = [row for row in primary(released) if row["analysis"] in wanted]
    there = pick(rows, statistic="n_there")
    order = {
        name: at
        for a in study.analyses
        if isinstance(a, MissingPattern)
        for at, name in enumerate([*a.outcomes, *a.visits, *a.groups])
    }
    there.sort(
        key=lambda r: [order.get(r[n], -1) for n in ("outcome", "visit", "group")]
    )
    patterns = pick(rows, outcome=PATTERN)
    patterns.sort(key=lambda row: (-_size(row), row["level"]))
    return Names(study, labels), there, patterns


def _size(row: Record) -> float:
    count = number(row, "estimate")
    return -1 if isnan(count) else count


def stub(names: Names, outcome: str, visit: str) -> str:
    """Return what a value is called: variable and visit."""
    parts = [names.variable(outcome), small(names.visit(visit)) if visit else ""]
    return capital(", ".join(part for part in parts if part))


def lacking(row: Record) -> list[str]:
    """Return what a pattern lacks, as outcome and visit joined by ``@``."""
    return [] if row["level"] in {"", NOTHING} else row["level"].split(";")


def lacks(names: Names, row: Record, labels: Labels) -> str:
    """Return a pattern in words: what it lacks."""
    parts = lacking(row)
    if not parts:
        which = "missing.nothing" if row["level"] == NOTHING else "missing.no_pattern"
        return labels.text(which)
    parted = [column.partition("@") for column in parts]
    return "; ".join(stub(names, outcome, visit) for outcome, _, visit in parted)


def missing_cell(row: Record | None, labels: Labels) -> Cell:
    """Return missing of all (%); a dash where it is withheld."""
    if row is None:
        return Cell()
    missing, n = number(row, "n_missing"), number(row, "n")
    if isnan(missing) or isnan(n):
        return Cell((MISSING,))
    total = missing + n
    parts = (
        Quantity(missing, digits=0, row=row["row"]),
        "/",
        Quantity(total, digits=0),
    )
    if not total:
        return Cell(parts, anchor=anchor_of(row))
    percent = Quantity(100 * missing / total, digits=percent_decimals(total))
    return Cell(
        (*parts, " (", percent, f"{labels.style.percent})"), anchor=anchor_of(row)
    )
