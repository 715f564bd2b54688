"""Tables of groups and visits: baseline by group, before and after."""

from collections.abc import Iterable, Mapping, Sequence
from math import isnan

from rejia.present.computed import (
    NO,
    SIZE,
    by_statistic,
    computed_table,
    group_heads,
    mean_cell,
    median_cell,
    p_cell,
    pick,
    primary,
    share_cell,
    spread_decimals,
    stub,
    test_sentence,
)
from rejia.present.evidence import Record, Released, number
from rejia.present.format import MISSING, Quantity
from rejia.present.labels import Labels
from rejia.present.model import Cell, Row, Table, heading
from rejia.present.names import Names
from rejia.study.schema import Describe, RankSum, SignedRank, Study

DIFFERENCE = "standardized_mean_difference"
Column = Mapping[str, str]


def baseline_by_group(study: Study, released: Released, labels: Labels) -> Table:
    """
    Describe a cohort at its first visit, by group.

    Parameters
    ----------
    study : Study
        Its descriptions and comparisons of groups.
    released : mapping of str to pandas.DataFrame
        Needs ``results.tsv``.
    labels : Labels
        Words and style.

    Returns
    -------
    Table
        Numbers as mean (SD) and median [quartiles], categories as n/N (%); a column
        for each comparison of groups, and for standardised differences where results
        have them.
    """
    first = first_visit(study)
    rows = [row for row in primary(released) if row["visit"] in {"", first}]
    found = _described(study, rows)
    groups = list(dict.fromkeys(row["group"] for row in found))
    contrasts = [a for a in study.analyses if isinstance(a, RankSum)]
    tests = [row for a in contrasts for row in pick(rows, analysis=a.id) if _has_p(row)]
    wanted = [a for a in contrasts if pick(tests, analysis=a.id)]
    differences = pick(rows, statistic=DIFFERENCE)
    names = Names(study, labels)
    p_word = labels.style.p_letter
    header = [heading(labels.text("columns.variable"))]
    header += [heading(text) for text in group_heads(found, groups, names)]
    header += [heading(f"{p_word}, {names.word(a.id)}") for a in wanted]
    header += [heading(labels.text("computed.difference"))] if differences else []

    def beyond(row: Record) -> list[Cell]:
        cells = [_p_of(tests, row, analysis=a.id, labels=labels) for a in wanted]
        return cells + ([_difference(differences, row)] if differences else [])

    columns = [{"group": group} for group in groups]
    body = _body(found, columns, names, beyond)
    notes = [labels.text("computed.reading"), *test_sentence(tests, study, labels)]
    return computed_table(
        "baseline_by_group",
        [header],
        body,
        found,
        notes,
        labels,
        rounded=("mean", "percent"),
    )


def before_after(study: Study, released: Released, labels: Labels) -> Table:
    """
    Show what was tested between two visits, by group, with its p-value.

    Parameters
    ----------
    study : Study
        Its paired tests; a description gives the values.
    released : mapping of str to pandas.DataFrame
        Needs ``results.tsv``.
    labels : Labels
        Words and style.

    Returns
    -------
    Table
        For each group the two visits, then p where the group was tested.
    """
    names = Names(study, labels)
    rows = primary(released)
    tests = [a for a in study.analyses if isinstance(a, SignedRank)]
    body: list[Row] = []
    used: list[Record] = []
    header: list[list[Cell]] = []
    for analysis in tests[:1]:
        tested = [row for row in pick(rows, analysis=analysis.id) if _has_p(row)]
        pair = (analysis.ref_visit, analysis.visit)
        outcomes = {row["outcome"] for row in tested}
        described = [
            row
            for row in _described(study, rows)
            if row["outcome"] == SIZE
            or (row["outcome"] in outcomes and row["visit"] in pair)
        ]
        groups = list(dict.fromkeys(row["group"] for row in described))
        # A union of groups has its parts beside it.
        groups = [group for group in groups if group not in study.structure.merges]
        columns: list[Column] = []
        top, below = [heading("")], [heading(labels.text("columns.variable"))]
        for group, head in zip(
            groups, group_heads(described, groups, names), strict=True
        ):
            has_p = any(row["group"] == group for row in tested)
            columns += [{"group": group, "visit": visit} for visit in pair]
            columns += [{"group": group, "p": "yes"}] if has_p else []
            top.append(heading(head, 2 + has_p))
            below += [heading(names.visit(visit)) for visit in pair]
            below += [heading(labels.style.p_letter)] * has_p
        header = [top, below]
        body = _body(described, columns, names, lambda row: [], tested, labels)
        used = [*described, *tested]
    notes = [
        labels.text("computed.reading"),
        *test_sentence([row for row in used if row["family"]], study, labels),
    ]
    return computed_table(
        "before_after",
        header or [[heading("")]],
        body,
        used,
        notes,
        labels,
        rounded=("mean", "percent"),
    )


def first_visit(study: Study) -> str:
    """Return the visit that a study starts from: that of its groups, or its first."""
    if study.groups is not None:
        return study.groups.start
    return next(iter(study.visits), "")


def _described(study: Study, rows: Iterable[Record]) -> list[Record]:
    """Return the rows of descriptions, in the order of the study."""
    by_analysis: dict[str, list[Record]] = {}
    for row in rows:
        by_analysis.setdefault(row["analysis"], []).append(row)
    out: dict[tuple[str, ...], Record] = {}
    for analysis in study.analyses:
        if not isinstance(analysis, Describe):
            continue
        order = {SIZE: -1, **{name: at for at, name in enumerate(analysis.outcomes)}}
        places = {group: at for at, group in enumerate(analysis.groups)}
        mine = [
            row for row in by_analysis.get(analysis.id, []) if row["outcome"] in order
        ]
        mine.sort(key=lambda row: (places.get(row["group"], 99), order[row["outcome"]]))
        for row in sorted(mine, key=lambda row: order[row["outcome"]]):
            key = tuple(row[name] for name in (*_ROW, "visit", "group", "statistic"))
            out.setdefault(key, row)
    if any(row["outcome"] != SIZE for row in out.values()):
        return list(out.values())
    return []


_ROW = ("outcome", "component", "level")


def _body(
    rows: Sequence[Record],
    columns: Sequence[Column],
    names: Names,
    beyond: object,
    tested: Sequence[Record] = (),
    labels: Labels | None = None,
) -> list[Row]:
    """Return the rows of a table: two lines a number, one a category."""
    words = names.labels
    shown: dict[tuple[str, str], list[Record]] = {}
    for row in rows:
        if row["outcome"] != SIZE:
            shown.setdefault((row["outcome"], row["component"]), []).append(row)
    out: list[Row] = []
    for found in shown.values():
        extra = beyond(found[0])  # type: ignore[operator]
        empty = [Cell() for _ in extra]
        if any(row["level"] for row in found):
            levels = dict.fromkeys(row["level"] for row in found)
            kept = [level for level in levels if not (len(levels) == 2 and level in NO)]
            for level in kept:
                cells = [
                    _cell(found, column, level, "share", 0, tested, words)
                    for column in columns
                ]
                label = names.level(level) if level != "responder" else ""
                first = stub(
                    names,
                    found[0] | {"level": level},
                    label,
                    words.text("computed.share"),
                )
                # A category that nobody has a value of is of another visit.
                if not any(number(row, "n") > 0 for row in found):
                    continue
                out.append(Row((heading(first), *cells, *extra)))
                extra = empty
            continue
        variable = names.study.variables.get(found[0]["outcome"])
        alike = [row for row in rows if row["outcome"] == found[0]["outcome"]]
        digits = spread_decimals(alike, variable.step if variable else None)
        sizes = {number(row, "n") for row in found if row["statistic"] == "mean"}
        whole = {number(row, "estimate") for row in rows if row["outcome"] == SIZE}
        for kind in ("mean", "median", *(["n"] if sizes - whole else [])):
            cells = [
                _cell(found, column, "", kind, digits, tested, words)
                for column in columns
            ]
            what = words.text(f"computed.{kind}")
            text = stub(names, found[0], what) if kind == "mean" else f"\u2003{what}"
            out.append(
                Row((heading(text), *cells, *(extra if kind == "mean" else empty)))
            )
    return out


def _cell(
    found: Sequence[Record],
    column: Column,
    level: str,
    kind: str,
    digits: int,
    tested: Sequence[Record],
    labels: Labels,
) -> Cell:
    """Return one cell: a mean, a median, a number of rows, a share, or a p."""
    group = column["group"]
    if "p" in column:
        return (
            _p_of(tested, found[0], group=group, labels=labels)
            if kind in {"mean", "share"}
            else Cell()
        )
    here = [
        row
        for row in found
        if row["group"] == group
        and row["level"] == level
        and row["visit"] in {"", column.get("visit", row["visit"])}
    ]
    statistics = by_statistic(here)
    if kind == "share":
        return share_cell(statistics, labels)
    if kind == "n":
        row = statistics.get("mean")
        n = number(row, "n") if row is not None else float("nan")
        return Cell(parts=(Quantity(n, digits=0),))
    if not statistics:
        return Cell(parts=(MISSING,))
    make = mean_cell if kind == "mean" else median_cell
    return make(statistics, digits, labels)


def _p_of(
    tests: Sequence[Record], row: Record, *, labels: Labels, **wanted: str
) -> Cell:
    found = [
        test
        for test in pick(tests, **wanted)
        if test["outcome"] == row["outcome"] and test["component"] == row["component"]
    ]
    return p_cell(found[0] if found else None, labels)


def _difference(differences: Sequence[Record], row: Record) -> Cell:
    found = pick(differences, outcome=row["outcome"], component=row["component"])
    if not found:
        return Cell()
    return Cell(parts=(Quantity(number(found[0], "estimate"), digits=2),))


def _has_p(row: Record) -> bool:
    return not isnan(number(row, "p_value"))
