"""Tables of several cohorts: a block of columns each, and what was pooled."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import isnan

from rejia.estimate import FACT_KEY_FIELDS
from rejia.present.computed import computed_table, kind_label
from rejia.present.evidence import Record, Released, number, records
from rejia.present.format import Part, Quantity, format_recorded
from rejia.present.labels import Labels
from rejia.present.model import Cell, LegendEntry, Row, Table, heading
from rejia.present.names import Names, capital, with_unit
from rejia.study.schema import Study

INDENT = "\u2003"
Key = tuple[str, str, int]


def side_by_side(tables: Mapping[str, Table]) -> Table:
    """
    Put the same table of several cohorts into one, a block of columns a cohort.

    Parameters
    ----------
    tables : mapping of str to Table
        Label of each cohort to its table; all have the same identifier.

    Returns
    -------
    Table
        Rows of the same name stand side by side, a row that a cohort lacks is empty
        for it. A note that is not everyone's names its cohort.

    Raises
    ------
    ValueError
        If there is no table, or they are not the same.
    """
    ids = {table.id for table in tables.values()}
    if len(ids) != 1:
        listed = ", ".join(sorted(ids)) or "none"
        raise ValueError(f"tables must be one table of each cohort, but got {listed}")
    first = next(iter(tables.values()))
    rows = {label: _keyed(table) for label, table in tables.items()}
    body = []
    for key in _order([list(found) for found in rows.values()]):
        known = next(found[key] for found in rows.values() if key in found)
        if known.is_heading:
            body.append(known)
            continue
        cells = [*known.cells[: first.stub]]
        for label, table in tables.items():
            empty = tuple(Cell() for _ in range(table.width - table.stub))
            mine = rows[label].get(key)
            cells += mine.cells[table.stub :] if mine is not None else empty
        body.append(Row(tuple(_unlinked(cell) for cell in cells)))
    return replace(
        first,
        header=_header(tables),
        rows=tuple(body),
        footnotes=tuple(_notes(tables)),
        legend=tuple(_legend(tables)),
        label="; ".join(dict.fromkeys(t.label for t in tables.values() if t.label)),
    )


def _keyed(table: Table) -> dict[Key, Row]:
    """Return the rows by name: an indented one belongs to the one above it."""
    found: dict[Key, Row] = {}
    above = ""
    for row in table.rows:
        text = " | ".join(cell.text for cell in row.cells[: table.stub])
        if not text.startswith(INDENT):
            above = text
        times = sum(key[:2] == (above, text) for key in found)
        found[above, text, times] = row
    return found


def _order(lists: Sequence[Sequence[Key]]) -> list[Key]:
    """Return all keys; one that is new stands behind its neighbour above."""
    out: list[Key] = []
    for keys in lists:
        place = 0
        for key in keys:
            if key not in out:
                out.insert(place, key)
            place = out.index(key) + 1
    return out


def _header(tables: Mapping[str, Table]) -> tuple[tuple[Cell, ...], ...]:
    first = next(iter(tables.values()))
    height = max(len(table.header) for table in tables.values())
    top = [heading("") for _ in range(first.stub)]
    top += [heading(label, t.width - t.stub) for label, t in tables.items()]
    lines = [tuple(top)]
    for line in range(height):
        cells: list[Cell] = []
        for at, table in enumerate(tables.values()):
            # A header of fewer lines stands at the bottom.
            own = line - (height - len(table.header))
            if own < 0:
                stub = [heading("") for _ in range(first.stub)] if at == 0 else []
                cells += [*stub, heading("", table.width - table.stub)]
            else:
                cells += table.header[own][0 if at == 0 else table.stub :]
        lines.append(tuple(cells))
    return tuple(lines)


def _unlinked(cell: Cell) -> Cell:
    """Return a cell without its place in the report of its cohort."""
    return replace(cell, anchor="")


def _notes(tables: Mapping[str, Table]) -> Iterable[tuple[str, str]]:
    notes = [note for table in tables.values() for note in table.footnotes]
    for note in dict.fromkeys(notes):
        having = [label for label, t in tables.items() if note in t.footnotes]
        if len(having) == len(tables):
            yield note
        else:
            yield note[0], f"{', '.join(having)}: {note[1]}"


def _legend(tables: Mapping[str, Table]) -> Iterable[LegendEntry]:
    return dict.fromkeys(entry for table in tables.values() for entry in table.legend)


def pooled_table(study: Study, released: Released, labels: Labels) -> Table:
    """
    Show what was pooled, and how much the cohorts differ.

    Parameters
    ----------
    study : Study
        With cohorts and ``pooling:``.
    released : mapping of str to pandas.DataFrame
        Needs ``pooled.tsv``; ``results.tsv`` says of which kind the cohorts are.
    labels : Labels
        Words and style.

    Returns
    -------
    Table
        A row a question and method, below the name of its analysis.
    """
    names = Names(study, labels)
    rows = records(released, "pooled.tsv")
    columns = ("what", "method", "cohorts", "estimate", "p", "prediction")
    level = _level(rows)
    header = [
        heading(
            labels.text(
                f"gathered.{name}" if level or name != "estimate" else "gathered.alone",
                p=labels.style.p_letter,
                level=level,
                percent=labels.style.percent,
            )
        )
        for name in (*columns, "tau2", "i2", "q")
    ]
    body: list[Row] = []
    for analysis in dict.fromkeys(row["analysis"] for row in rows):
        mine = _in_order(study, [row for row in rows if row["analysis"] == analysis])
        title = capital(names.word(analysis))
        body.append(Row((heading(title, len(header)),), is_heading=True))
        for row in mine:
            body.append(Row((heading(question(names, row)), *_cells(row, labels))))
    used = records(released, "results.tsv")
    notes = [labels.text("gathered.reading")]
    notes += dict.fromkeys(
        f"{question(names, row)}: {row['warning']}." for row in rows if row["warning"]
    )
    notes += _left_out(study, rows, names)
    table = computed_table("pooled", [header], body, used, notes, labels, rounded=())
    return replace(table, label=kind_label(used, labels))


def _in_order(study: Study, rows: Sequence[Record]) -> list[Record]:
    """Return rows with the methods of a question in the order of the study."""
    methods = study.pooling.methods if study.pooling is not None else ()
    places = {f"_{method}_": at for at, method in enumerate(methods)}
    questions: dict[tuple[str, ...], list[Record]] = {}
    for row in rows:
        key = tuple(row[name] for name in (*FACT_KEY_FIELDS, "statistic"))
        questions.setdefault(key, []).append(row)
    return [
        row
        for found in questions.values()
        for row in sorted(
            found,
            key=lambda row: [places[name] for name in places if name in row["method"]],
        )
    ]


def question(names: Names, row: Record) -> str:
    """Return what a pooled row asks, without its analysis."""
    if row["term"]:
        visit = f", {names.visit(row['visit'])}" if row["visit"] else ""
        return capital(
            with_unit(names.variable(row["term"]) + visit, names.unit(row["term"]))
        )
    what = names.about({**row, "term": ""})
    return f"{what}, {names.statistic(row['statistic'])}"


def _left_out(study: Study, rows: Sequence[Record], names: Names) -> Iterable[str]:
    labels = {cohort.name: cohort.label for cohort in study.cohorts}
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        for name in filter(None, row["left_out"].split(";")):
            found.setdefault(name, {})[question(names, row)] = None
    for name, questions in found.items():
        yield names.labels.text(
            "gathered.left_out", cohort=labels[name], what="; ".join(questions)
        )


def _level(rows: Sequence[Record]) -> str:
    levels = dict.fromkeys(row["confidence"] for row in rows if row["confidence"])
    return ", ".join(format_recorded(100 * float(level)) for level in levels)


def _cells(row: Record, labels: Labels) -> list[Cell]:
    def span(low: str, high: str) -> tuple[Part, ...]:
        ends = [Quantity(number(row, name), "bounded") for name in (low, high)]
        if any(isnan(end.value) for end in ends):
            return ()
        return labels.style.span(*ends)

    value = Quantity(number(row, "estimate"), "bounded")
    inside = span("ci_low", "ci_high")
    shown: tuple[Part, ...] = (value, " (", *inside, ")") if inside else (value,)
    percent = Quantity(100 * number(row, "i2"), digits=0)
    p_value, q_p = number(row, "p_value"), number(row, "q_p_value")
    return [
        Cell(parts=(method_words(row["method"], labels),), is_number=False),
        Cell(parts=(Quantity(number(row, "n"), digits=0),)),
        Cell(parts=shown if not isnan(value.value) else ("–",)),
        Cell(parts=(labels.style.p(p_value, ""),) if not isnan(p_value) else ()),
        Cell(parts=span("prediction_low", "prediction_high")),
        Cell(parts=(Quantity(number(row, "tau2"), "significant", 2),)),
        Cell(parts=(percent,)),
        Cell(parts=(labels.style.p(q_p, ""),) if not isnan(q_p) else ()),
    ]


def method_words(method: str, labels: Labels) -> str:
    """Return the words for a method of pooling."""
    for name in ("dersimonian_laird", "reml"):
        if name in method:
            return labels.text(f"gathered.{name}")
    return method
