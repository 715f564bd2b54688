"""Cells of tables that are built from results: each number keeps its row."""

from collections.abc import Iterable, Mapping, Sequence
from math import floor, isnan, log10
from statistics import median

from rejia.present.evidence import Evidence, Record, Released, number, records
from rejia.present.format import MISSING, Part, Quantity, format_number
from rejia.present.labels import Labels
from rejia.present.model import Cell, Row, Table
from rejia.present.names import Names, capital
from rejia.present.source import fact_cell, legend_of
from rejia.study.schema import Study

SIZE = "cohort"  # outcome of the rows that hold the sizes of groups
NO = frozenset({"no", "absent", "non_responder", "not_inactive"})
_LEFT_OUT = frozenset({"", "primary"})


def primary(released: Released) -> list[Record]:
    """Return the results as planned, without other scenarios."""
    return [
        row for row in records(released, "results.tsv") if row["scenario"] in _LEFT_OUT
    ]


def pick(rows: Iterable[Record], **wanted: str) -> list[Record]:
    """Return the rows whose columns have these values."""
    return [
        row for row in rows if all(row[name] == text for name, text in wanted.items())
    ]


def by_statistic(rows: Iterable[Record]) -> dict[str, Record]:
    """Return the first row of each statistic."""
    found: dict[str, Record] = {}
    for row in rows:
        found.setdefault(row["statistic"], row)
    return found


def anchor_of(row: Record) -> str:
    """Return where the report shows a row."""
    return f"row-{row['row']}" if row["row"] else ""


def percent_decimals(total: float) -> int:
    """
    Return the decimals of a percentage of so many rows.

    Examples
    --------
    >>> percent_decimals(40), percent_decimals(398), percent_decimals(2000)
    (0, 1, 2)

    Notes
    -----
    The Journal of Rheumatology, Guidelines for Statistical Reporting.
    """
    if isnan(total) or total < 100:
        return 0
    return 1 if total < 1000 else 2


def spread_decimals(rows: Iterable[Record], step: float | None) -> int:
    """
    Return the decimals of means and SDs of one variable.

    Parameters
    ----------
    rows : iterable of Record
        Its rows in every group and visit.
    step : float or None
        Recorded step.

    Returns
    -------
    int
        So many that the median of its SDs has two significant digits (Cole TJ, Arch Dis
        Child 2015;100:608-9), at most one more than was recorded.
    """
    spreads = [number(row, "estimate") for row in rows if row["statistic"] == "sd"]
    middle = median([value for value in spreads if value > 0] or [1.0])
    wanted = 1 - floor(log10(middle))
    most = 3 if step is None else recorded_decimals(step) + 1
    return max(0, min(wanted, most))


def recorded_decimals(step: float) -> int:
    """
    Return the decimals of a recorded step.

    Examples
    --------
    >>> recorded_decimals(0.25), recorded_decimals(1.0)
    (2, 0)
    """
    return len(f"{step:.6f}".rstrip("0").partition(".")[2])


def share_cell(found: Mapping[str, Record], labels: Labels) -> Cell:
    """Return ``n/N (%)`` of a category; a dash where it is withheld."""
    count = found.get("n")
    if count is None or isnan(number(count, "estimate")):
        return Cell(parts=(MISSING,))
    total = number(count, "n")
    row = count["row"]
    parts: list[Part] = [
        Quantity(number(count, "estimate"), digits=0, row=row),
        "/",
        Quantity(total, digits=0),
    ]
    share = found.get("proportion")
    if share is not None and not isnan(number(share, "estimate")):
        percent = Quantity(
            100 * number(share, "estimate"),
            digits=percent_decimals(total),
            row=share["row"],
        )
        parts += [" (", percent, f"{labels.style.percent})"]
    return Cell(parts=tuple(parts), anchor=anchor_of(count))


def interval_parts(row: Record | None, labels: Labels) -> tuple[Part, ...]:
    """Return the interval of a proportion in percent."""
    if row is None or isnan(number(row, "ci_low")):
        return ()
    digits = percent_decimals(number(row, "n"))
    low, high = (
        Quantity(100 * number(row, end), digits=digits) for end in ("ci_low", "ci_high")
    )
    return labels.style.span(low, high)


def estimate_of(found: Mapping[str, Record], name: str, digits: int) -> Quantity:
    """Return an estimate to be written with so many decimals."""
    row = found.get(name)
    if row is None:
        return Quantity(float("nan"))
    return Quantity(number(row, "estimate"), digits=digits, row=row["row"])


def mean_cell(found: Mapping[str, Record], digits: int, labels: Labels) -> Cell:
    """Return ``mean (SD)``."""
    mean, sd = (estimate_of(found, name, digits) for name in ("mean", "sd"))
    anchor = anchor_of(found["mean"]) if "mean" in found else ""
    return Cell(parts=labels.style.mean_sd(mean, sd), anchor=anchor)


def median_cell(found: Mapping[str, Record], digits: int, labels: Labels) -> Cell:
    """Return ``median [quartiles]``."""
    middle, low, high = (
        estimate_of(found, name, digits) for name in ("median", "q1", "q3")
    )
    if isnan(middle.value):
        return Cell(parts=(MISSING,))
    parts = (middle, " [", *labels.style.span(low, high), "]")
    return Cell(parts=parts, anchor=anchor_of(found["median"]))


def p_cell(row: Record | None, labels: Labels) -> Cell:
    """Return a p-value, adjusted where its family asks for it."""
    if row is None:
        return Cell()
    adjusted = number(row, "p_adjusted")
    value = number(row, "p_value") if isnan(adjusted) else adjusted
    return Cell(parts=(labels.style.p(value, row["row"]),), anchor=anchor_of(row))


def name_tests(rows: Sequence[Record], study: Study, labels: Labels) -> list[str]:
    """Name test, convention, method, family, m and correction of some p-values."""
    names = Names(study, labels)
    out: dict[str, None] = {}
    for row in rows:
        analysis = next((a for a in study.analyses if a.id == row["analysis"]), None)
        if analysis is None:
            continue
        family = study.families.get(row["family"])
        convention = getattr(analysis, "convention", "")
        sentence = labels.text(
            "computed.test",
            what=names.word(analysis.id),
            test=labels.find(f"tests.{analysis.test}") or names.word(analysis.test),
            method=", ".join(
                [*([convention] if convention else []), names.word(row["method"])]
            ),
        )
        if family is not None and family.method != "none":
            sentence += " " + labels.text(
                "computed.family",
                method=names.word(family.method),
                family=names.word(row["family"]),
                m=format_number(number(row, "m"), 0),
            )
        else:
            sentence += " " + labels.text(
                "computed.no_family",
                family=names.word(row["family"]),
                m=format_number(number(row, "m"), 0),
            )
        out[capital(sentence)] = None
    return [*out, *name_clusters(rows, names)]


def name_clusters(rows: Iterable[Record], names: Names) -> list[str]:
    """Name the hands, hips or joints of which one patient may have several."""
    found = clusters(rows, names.study)
    if not found:
        return []
    listed = capital(", ".join(found))
    return [names.labels.text("computed.within", listed=listed)]


def clusters(rows: Iterable[Record], study: Study) -> list[str]:
    """
    Return the labels of populations whose rows with an interval or p are no patients.

    A test of such rows, and an interval, takes those of one patient as independent.
    """
    asked = dict.fromkeys(
        row["population"]
        for row in rows
        if not (isnan(number(row, "p_value")) and isnan(number(row, "ci_low")))
    )
    found = {name: study.populations.get(name) for name in asked}
    return [
        one.label or name.replace("_", " ")
        for name, one in found.items()
        if one is not None and one.unit != "patient"
    ]


def published_cell(
    evidence: Evidence, row: Record, statistics: Sequence[str], labels: Labels
) -> Cell:
    """Return printed numbers of the key of a row, or an empty cell."""
    key = (
        "analysis",
        "outcome",
        "term",
        "component",
        "level",
        "visit",
        "group",
        "reference",
    )
    facts = [
        fact
        for fact in evidence.facts.values()
        if fact["statistic"] in statistics
        and all(fact[name] == row[name] for name in key)
    ]
    if not facts:
        return Cell()
    cell = fact_cell(facts, evidence)
    return Cell(cell.parts, (), cell.verdict, cell.anchor, facts=cell.facts)


def kind_label(rows: Iterable[Record], labels: Labels) -> str:
    """Return what kind of cohort stands behind rows, where it must be said."""
    is_drawn = any(row["cohort_kind"] == "drawn" for row in rows)
    return labels.text("kinds.drawn") if is_drawn else ""


def computed_table(
    name: str,
    header: Sequence[Sequence[Cell]],
    rows: Sequence[Row],
    used: Sequence[Record],
    notes: Iterable[str],
    labels: Labels,
    beside: str = "",
    rounded: Sequence[str] = ("percent",),
) -> Table:
    """Return a table of results, with its notes and the rules of rounding."""
    rules = [labels.text(f"computed.rounded_{kind}") for kind in rounded]
    texts = [*notes, " ".join([labels.text("computed.rounding"), *rules])]
    texts += [labels.text("computed.withheld")] * any(
        cell.text == MISSING for row in rows for cell in row.cells
    )
    return Table(
        id=name,
        title=labels.text(f"tables.{name}"),
        header=tuple(tuple(cells) for cells in header),
        rows=tuple(rows),
        footnotes=tuple(("", text) for text in texts)
        if rows
        else (("", labels.text("notes.no_rows")),),
        legend=legend_of(rows, labels),
        label=kind_label(used, labels),
        beside=beside,
    )


def stub(names: Names, row: Record, *extra: str) -> str:
    """Return the words for a row: variable, component, category, and more."""
    parts = [names.variable(row["outcome"])]
    parts += [names.variable(row["component"])] if row["component"] else []
    unit = row["unit"] or names.unit(row["outcome"])
    said = unit.lower() in " ".join(parts).lower().split()
    parts += [unit] if unit and not said and not row["level"] else []
    parts += [text for text in extra if text]
    return capital(", ".join(parts))


def group_heads(
    rows: Sequence[Record], groups: Sequence[str], names: Names
) -> list[str]:
    """Return the head of each group with its size."""
    sizes = {row["group"]: row for row in rows if row["outcome"] == SIZE}
    heads = []
    for group in groups:
        size = number(sizes[group], "estimate") if group in sizes else float("nan")
        heads.append(
            names.labels.text(
                "computed.group", group=names.group(group), n=format_number(size, 0)
            )
        )
    return heads
