"""Each patient's course: one row a variable, one column a visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from rejia.present.evidence import Record, Released, number, records
from rejia.present.format import MISSING, Part, Quantity, format_recorded
from rejia.present.labels import Labels
from rejia.present.model import Cell, Row, Table, heading, mark_of
from rejia.present.names import Names, capital, with_unit
from rejia.study.schema import Study

SURE = {"", "A"}
ABOVE, BELOW, UNEQUAL = "↑", "↓", "≠"


RANGE = "reference_range"
UNCLASSIFIED = "unclassified"
ARROWS = {"above": ABOVE, "below": BELOW}

At = tuple[str, str]
ScoreAt = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table: a variable, or a score in one or several versions."""

    variable: str
    component: str = ""
    versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signs:
    """What stands beside a value: outside its limits, or versions that disagree."""

    outside: dict[tuple[str, str, str], str]
    unequal: set[ScoreAt]


class Notes:
    """Footnotes that are marked as they are first used."""

    def __init__(self) -> None:
        self.marks: dict[str, str] = {}

    def mark(self, text: str) -> str:
        """Return the mark of a footnote."""
        return self.marks.setdefault(text, mark_of(len(self.marks)))


def patient_by_visit(study: Study, released: Released, labels: Labels) -> Table:
    """
    Show every patient's values at every visit.

    Parameters
    ----------
    study : Study
        Labels of variables and visits.
    released : mapping of str to pandas.DataFrame
        Needs ``course.tsv``.
    labels : Labels
        Words.

    Returns
    -------
    Table
        Censored values keep their sign; values outside their limits carry an
        arrow, versions of a score that disagree a sign, doubtful readings a mark.
    """
    names = Names(study, labels)
    course = records(released, "course.tsv")
    patients = list(dict.fromkeys(row["patient"] for row in course))
    visits = visits_of(study, course)
    columns = [(patient, visit) for patient in patients for visit in visits]
    ranges = {n for n, v in study.variables.items() if v.instrument == RANGE}
    shown = [row for row in course if row["variable"] not in ranges]
    signs = Signs(_outside(course, ranges), _disagreements(shown))
    notes = Notes()
    lines = _lines(study, shown)
    empty = [line for line in lines if line.versions and _is_empty(lines[line])]
    rows: list[Row] = []
    for line, found in lines.items():
        if line in empty:
            continue
        if line.versions and not any(row.is_heading for row in rows):
            title = labels.text("headings.scores")
            rows.append(Row((heading(title, 1 + len(columns)),), is_heading=True))
        cells = (_cell(found.get(at), names, notes, signs) for at in columns)
        rows.append(Row((heading(_label(names, line, found)), *cells)))
    return Table(
        id="patient_by_visit",
        title=labels.text("tables.patient_by_visit"),
        header=_header(names, patients, visits),
        rows=tuple(rows),
        footnotes=(
            *_footnotes(rows, notes, labels),
            *(("", _not_shown(names, line, lines[line])) for line in empty),
        ),
    )


def _header(
    names: Names, patients: Sequence[str], visits: Sequence[str]
) -> tuple[tuple[Cell, ...], ...]:
    return (
        (
            heading(""),
            *(heading(names.group(patient), len(visits)) for patient in patients),
        ),
        (
            heading(names.labels.text("columns.variable")),
            *(heading(names.visit(visit)) for _ in patients for visit in visits),
        ),
    )


def visits_of(study: Study, course: Sequence[Record]) -> list[str]:
    """Return the visits of a course, in the order of the study."""
    found = dict.fromkeys(row["visit"] for row in course)
    declared = [visit for visit in study.visits if visit in found]
    return [*declared, *(visit for visit in found if visit not in declared)]


def _lines(study: Study, course: Sequence[Record]) -> dict[Line, dict[At, Record]]:
    """Arrange the course in rows; versions of a score that agree share one."""
    cells: dict[Line, dict[At, Record]] = {}
    for row in course:
        version = (row["score_version"],) if row["score_version"] else ()
        line = Line(row["variable"], row["component"], version)
        cells.setdefault(line, {})[row["patient"], row["visit"]] = row
    joined: dict[tuple[str, str, str], Line] = {}
    merged: dict[Line, dict[At, Record]] = {}
    for line, found in sorted(cells.items(), key=lambda item: _rank(study, item[0])):
        content = repr([(at, _words(row)) for at, row in sorted(found.items())])
        same = (line.variable, line.component, content)
        if line.versions and same in joined:
            before = joined[same]
            versions = (*before.versions, *line.versions)
            grown = Line(line.variable, line.component, versions)
            merged = {grown if k == before else k: v for k, v in merged.items()}
            joined[same] = grown
        else:
            joined[same] = line
            merged[line] = found
    return merged


def _rank(study: Study, line: Line) -> tuple[bool, int, int, str, tuple[str, ...]]:
    declared = list(study.variables)

    def place(name: str) -> int:
        return declared.index(name) if name in declared else len(declared)

    return (
        bool(line.versions),
        place(line.variable),
        place(line.component),
        line.component,
        line.versions,
    )


def _words(row: Record) -> str:
    return row["text"] or row["comparator"] + row["value"]


def _is_empty(found: dict[At, Record]) -> bool:
    return not any(_words(row) for row in found.values())


def _label(names: Names, line: Line, found: dict[At, Record]) -> str:
    text = capital(names.variable(line.variable))
    if line.component:
        text = f"{text}: {names.variable(line.component)}"
    if line.versions:
        return f"{text} ({', '.join(names.word(v) for v in line.versions)})"
    units = [row["unit"] for row in found.values() if row["unit"]]
    if units and units[0] not in text.lower().split():
        text = with_unit(text, units[0])
    limits = {
        (number(row, "lower_limit"), number(row, "upper_limit"))
        for row in found.values()
    }
    shown = [names_of_limit(names, *limit) for limit in sorted(limits, key=str)]
    inside = "; ".join(dict.fromkeys(limit for limit in shown if limit))
    return f"{text} [{inside}]" if inside else text


def _not_shown(names: Names, line: Line, found: dict[At, Record]) -> str:
    reasons = dict.fromkeys(row["note"] for row in found.values() if row["note"])
    return names.labels.text(
        "notes.not_scored",
        what=_label(names, line, found),
        why="; ".join(reasons) or names.labels.text("notes.no_reason"),
    )


def names_of_limit(names: Names, low: float, high: float) -> str:
    """Return the words for a reference range; nothing where there is none."""
    if isnan(low) and isnan(high):
        return ""
    if isnan(low):
        return names.labels.text("limits.upper", high=format_recorded(high))
    if isnan(high):
        return names.labels.text("limits.lower", low=format_recorded(low))
    return names.labels.text(
        "limits.both", low=format_recorded(low), high=format_recorded(high)
    )


def _outside(
    course: Sequence[Record], ranges: set[str]
) -> dict[tuple[str, str, str], str]:
    """Return arrows for the values that the scores place outside their limits."""
    return {
        (row["patient"], row["visit"], row["component"]): ARROWS[row["text"]]
        for row in course
        if row["variable"] in ranges and row["text"] in ARROWS
    }


def _disagreements(course: Sequence[Record]) -> set[ScoreAt]:
    """
    Return where versions of one score give different classes.

    A version that leaves a value open contradicts none of the others.
    """
    classes: dict[ScoreAt, set[str]] = {}
    for row in course:
        if row["score_version"] and row["text"] not in {"", UNCLASSIFIED}:
            classes.setdefault(_score_at(row), set()).add(row["text"])
    return {at for at, found in classes.items() if len(found) > 1}


def _score_at(row: Record) -> ScoreAt:
    return row["patient"], row["visit"], row["variable"], row["component"]


def _cell(row: Record | None, names: Names, notes: Notes, signs: Signs) -> Cell:
    if row is None:
        return Cell(parts=("",))
    value = number(row, "value")
    parts: list[Part] = []
    is_class = bool(row["score_version"] and row["text"])
    if not isnan(value) and not is_class:
        parts += [row["comparator"], Quantity(value, "shortest")]
    if row["text"]:
        word = names.word(row["text"])
        parts += [f" ({word})" if parts else word]
    if not parts:
        parts = [MISSING]
    if not row["score_version"]:
        at = (row["patient"], row["visit"], row["variable"])
        parts += [f" {signs.outside[at]}"] if at in signs.outside else []
    elif is_class and _score_at(row) in signs.unequal:
        parts.append(f" {UNEQUAL}")
    marks: tuple[str, ...] = ()
    if row["confidence"] not in SURE:
        confidence = names.labels.text(f"confidence.{row['confidence']}")
        note = f"{confidence}: {row['note']}" if row["note"] else confidence
        marks = (notes.mark(note),)
    return Cell(parts=tuple(parts), marks=marks)


def _footnotes(
    rows: Sequence[Row], notes: Notes, labels: Labels
) -> tuple[tuple[str, str], ...]:
    text = "".join(cell.text for row in rows for cell in row.cells[1:])
    signs = [
        labels.text(f"notes.{name}", sign=sign)
        for name, sign in (
            ("above", ABOVE),
            ("below", BELOW),
            ("unequal", UNEQUAL),
            ("censored", "<"),
            ("not_there", MISSING),
        )
        if sign in text
    ]
    first = [("", " ".join(signs))] if signs else []
    return (*first, *((mark, note) for note, mark in notes.marks.items()))
