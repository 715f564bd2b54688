"""Tables of groups and visits: baseline by group, before and after."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan

from rejia.present.computed import (
    NO,
    SIZE,
    by_statistic,
    computed_table,
    group_heads,
    mean_cell,
    median_cell,
    name_tests,
    p_cell,
    pick,
    primary,
    share_cell,
    spread_decimals,
    stub,
)
from rejia.present.evidence import Record, Released, number
from rejia.present.format import MISSING, Quantity
from rejia.present.labels import Labels
from rejia.present.model import Cell, Row, Table, heading
from rejia.present.names import Names
from rejia.study.schema import (
    Describe,
    RankSum,
    SignedRank,
    StandardizedDifference,
    Study,
)

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
    found_apart = pick(rows, statistic=DIFFERENCE)
    apart = [a for a in study.analyses if isinstance(a, StandardizedDifference)]
    apart = [a for a in apart if pick(found_apart, analysis=a.id)]
    names = Names(study, labels)
    p_word = labels.style.p_letter
    header = [heading(labels.text("columns.variable"))]
    header += [heading(text) for text in group_heads(found, groups, names)]
    header += [heading(f"{p_word}, {names.word(a.id)}") for a in wanted]
    header += [
        heading(
            labels.text("computed.difference", group=a.group, reference=a.reference)
        )
        for a in apart
    ]

    def beyond(row: Record) -> list[Cell]:
        cells = [_p_of(tests, row, analysis=a.id, labels=labels) for a in wanted]
        return cells + [
            _difference(pick(found_apart, analysis=a.id), row) for a in apart
        ]

    columns = [{"group": group} for group in groups]
    body = _Body(found, columns, names, beyond).build()
    notes = [labels.text("computed.reading"), *name_tests(tests, study, labels)]
    notes += [labels.text("computed.difference_reading")] if apart else []
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
        body = _Body(described, columns, names, lambda row: [], tested).build()
        used = [*described, *tested]
    notes = [
        labels.text("computed.reading"),
        *name_tests([row for row in used if row["family"]], study, labels),
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


@dataclass(frozen=True)
class _Body:
    """The rows of a table: two lines a number, one a category."""

    rows: Sequence[Record]
    columns: Sequence[Column]
    names: Names
    beyond: Callable[[Record], list[Cell]]
    tested: Sequence[Record] = ()

    @property
    def labels(self) -> Labels:
        return self.names.labels

    def build(self) -> list[Row]:
        shown: dict[tuple[str, str], list[Record]] = {}
        for row in self.rows:
            if row["outcome"] != SIZE:
                shown.setdefault((row["outcome"], row["component"]), []).append(row)
        out: list[Row] = []
        for found in shown.values():
            is_category = any(row["level"] for row in found)
            out += self._categories(found) if is_category else self._numbers(found)
        return out

    def _categories(self, found: Sequence[Record]) -> list[Row]:
        # A category that nobody can have a value of here is one of another visit.
        if all(number(row, "n") == 0 for row in found):
            return []
        levels = dict.fromkeys(row["level"] for row in found)
        kept = [level for level in levels if not (len(levels) == 2 and level in NO)]
        extra, out = self.beyond(found[0]), []
        for level in kept:
            label = self.names.level(level)
            share = self.labels.text("computed.share")
            text = stub(self.names, found[0] | {"level": level}, label, share)
            cells = [
                self._cell(found, column, level, "share") for column in self.columns
            ]
            out.append(Row((heading(text), *cells, *extra)))
            extra = [Cell() for _ in extra]
        return out

    def _numbers(self, found: Sequence[Record]) -> list[Row]:
        outcome = found[0]["outcome"]
        variable = self.names.study.variables.get(outcome)
        alike = [row for row in self.rows if row["outcome"] == outcome]
        digits = spread_decimals(alike, variable.step if variable else None)
        extra, out = self.beyond(found[0]), []
        for kind in ("mean", "median", *(["n"] if self._lacks_rows(found) else [])):
            what = self.labels.text(f"computed.{kind}")
            is_first = kind == "mean"
            text = stub(self.names, found[0], what) if is_first else f"\u2003{what}"
            cells = [self._cell(found, c, "", kind, digits) for c in self.columns]
            more = extra if is_first else [Cell() for _ in extra]
            out.append(Row((heading(text), *cells, *more)))
        return out

    def _lacks_rows(self, found: Sequence[Record]) -> bool:
        """Say whether a number stands on other rows than the patients of its group."""
        sizes = {
            row["group"]: number(row, "estimate")
            for row in self.rows
            if row["outcome"] == SIZE
        }
        pairs = [
            (number(row, "n"), sizes.get(row["group"], nan))
            for row in found
            if row["statistic"] == "mean"
        ]
        return any(n != size for n, size in pairs if not isnan(n))

    def _cell(
        self,
        found: Sequence[Record],
        column: Column,
        level: str,
        kind: str,
        digits: int = 0,
    ) -> Cell:
        """Return a mean, a median, a number of rows, a share, or a p."""
        group, labels = column["group"], self.labels
        if "p" in column:
            if kind not in {"mean", "share"}:
                return Cell()
            return _p_of(self.tested, found[0], group=group, labels=labels)
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
        if not statistics:
            return Cell(parts=(MISSING,))
        if kind == "n":
            row = statistics["mean"]
            return Cell(parts=(Quantity(number(row, "n"), digits=0),))
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
