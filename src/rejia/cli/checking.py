"""``rejia check``: every fault of a study in one pass, on screen and in a workbook."""

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from rejia.errors import UserError
from rejia.study import Study

if TYPE_CHECKING:
    import pandas as pd

    from rejia.cohort import CohortFault
    from rejia.cohort.grids import Grid
    from rejia.scores.standards import Standard

Record = dict[str, object]
# Of faults that say the same, the screen shows so many, and how many there are.
MOST_ALIKE = 100


@dataclass
class Checked:
    """
    What `check` found.

    Attributes
    ----------
    faults, warnings : list of dict
        As they are shown and written as JSON; they hold values of patients.
    counts : list of str
        What was read.
    of_cohort, of_cohort_warnings : list of CohortFault
        Those of them that have a place in a file of patients.
    grids : list of Grid
        The sheets and files of the patients.
    """

    faults: list[Record] = field(default_factory=list)
    warnings: list[Record] = field(default_factory=list)
    counts: list[str] = field(default_factory=list)
    of_cohort: "list[CohortFault]" = field(default_factory=list)
    of_cohort_warnings: "list[CohortFault]" = field(default_factory=list)
    grids: "list[Grid]" = field(default_factory=list)

    def say(self, table: str, lines: Iterable[str]) -> None:
        """Add faults that have no place in a file of patients."""
        self.faults += [{"kind": "fault", "table": table, "what": x} for x in lines]


def together(checked: Mapping[str, Checked]) -> Checked:
    """Return what was found in all cohorts of a study; records name theirs."""
    if len(checked) == 1:
        return next(iter(checked.values()))
    made = Checked()
    for run, found in checked.items():
        cohort = run.rpartition("/")[2]
        made.faults += [{**record, "cohort": cohort} for record in found.faults]
        made.warnings += [{**record, "cohort": cohort} for record in found.warnings]
        made.grids += found.grids
    return made


def check_study(data: Path, study: Study) -> Checked:
    """
    Check the definitions, facts and cohort of a study.

    Parameters
    ----------
    data : Path
        The project's folder ``data``.
    study : Study
        Its definitions.

    Returns
    -------
    Checked
        Every fault and warning.
    """
    from rejia.audit import audit
    from rejia.comparison import unknown_facts
    from rejia.facts import read_facts
    from rejia.scores import instrument_faults, read_references

    made = Checked()
    made.say("study", instrument_faults(study))
    standards = None
    try:
        standards = read_references(study, data)
    except UserError as error:
        made.say("reference", error.faults)
    if study.sources.facts is not None:
        try:
            facts = read_facts(data / study.sources.facts)
            audit(facts.head(0), study.structure)
            made.say("study", unknown_facts(study, facts))
            made.counts.append(f"{len(facts)} printed numbers")
        except UserError as error:
            made.say("facts", error.faults)
    if study.sources.cohort is not None:
        try:
            _check_cohort(data, study, made, standards)
        except UserError as error:
            made.say("cohort", error.faults)
    return made


def _check_cohort(
    data: Path,
    study: Study,
    made: Checked,
    standards: "Mapping[str, tuple[Standard, ...]] | None",
) -> None:
    from rejia.cohort import CohortFault, inspect_cohort
    from rejia.scores import derive_scores, ilar_warnings
    from rejia.scores.forms import known_findings

    source = data / str(study.sources.cohort)
    found = inspect_cohort(study, source, known_findings(study))
    made.of_cohort, made.of_cohort_warnings = found.faults, found.warnings
    made.grids = found.grids
    made.counts.append(f"{len(found.tables['patients'])} patients")
    if not found.faults:
        made.of_cohort_warnings = [
            *found.warnings,
            *(
                CohortFault(
                    "patients", line, patient, "ilar_category", category, what, ""
                )
                for line, patient, category, what in ilar_warnings(study, found.tables)
            ),
            *_excluded(data, study, found.tables, made),
        ]
    made.faults += [_record("fault", fault) for fault in made.of_cohort]
    made.warnings += [_record("warning", w) for w in made.of_cohort_warnings]
    if standards and not made.faults:
        # Given scores are held against their lengths where there are standards.
        derive_scores(study, found.tables, standards)


def _excluded(
    data: Path, study: Study, tables: "dict[str, pd.DataFrame]", made: Checked
) -> "list[CohortFault]":
    """Return who is excluded and why, and add how many are not."""
    if not study.exclusions:
        return []
    from rejia.cli.excluding import analysed_cohort
    from rejia.cohort import CohortFault

    analysed = analysed_cohort(study, tables, data)
    made.counts.append(f"{analysed.n - len(analysed.excluded)} of them analysed")
    labels = {exclusion.id: exclusion.label for exclusion in study.exclusions}
    return [
        CohortFault(
            "patients",
            0,
            str(patient),
            "patient",
            str(patient),
            f"is excluded: {labels[analysed.excluded[str(patient)]]}",
            f"exclusions: {analysed.excluded[str(patient)]}",
        )
        for patient in tables["patients"]["patient"]
        if str(patient) in analysed.excluded
    ]


def _record(kind: str, fault: "CohortFault") -> Record:
    return {
        "kind": kind,
        "table": fault.table,
        "file": fault.file,
        "sheet": fault.sheet,
        "line": fault.line,
        "patient": fault.patient,
        "column": fault.column,
        "found": fault.found,
        "what": fault.what,
        "allowed": fault.allowed,
    }


def write_fault_book(checked: Checked, path: Path) -> bool:
    """
    Write ``faults.xlsx``, which nobody else may read, or remove that of before.

    Parameters
    ----------
    checked : Checked
        With or without faults of the patients' files.
    path : Path
        Of the workbook.

    Returns
    -------
    bool
        Whether there was anything to write.
    """
    if not checked.of_cohort and not checked.of_cohort_warnings:
        path.unlink(missing_ok=True)
        return False
    from rejia.cohort.fault_book import fault_book

    content = fault_book(checked.of_cohort, checked.of_cohort_warnings, checked.grids)
    path.parent.mkdir(parents=True, exist_ok=True)
    # A temporary file of this kind has mode 0600 from its first byte.
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def show(checked: Checked, *, as_json: bool) -> None:
    """Print faults and warnings: as JSON, as a table on a terminal, else as lines."""
    grids = [
        {"table": Path(grid.file).stem, "file": grid.file, "sheet": grid.sheet}
        for grid in checked.grids
    ]
    order = {_file(grid): place for place, grid in enumerate(grids, start=1)}
    # What cannot be read at all first; the rest as it is mended, from top to bottom.
    faults = sorted(
        checked.faults,
        key=lambda r: (order.get(_file(r), 0), int(str(r.get("line") or 0))),
    )
    records = [*faults, *checked.warnings]
    if as_json:
        typer.echo(json.dumps(records, ensure_ascii=False, indent=2))
    elif records and sys.stdout.isatty():
        show_table(first_alike(records))
    else:
        for record in first_alike(records):
            mark = "warning: " if record["kind"] == "warning" else ""
            typer.echo(mark + fault_line(record))


def first_alike(records: Iterable[Record]) -> list[Record]:
    """Return records without those after the first hundred that say the same."""
    kept: list[Record] = []
    alike: dict[tuple[str, ...], int] = {}
    last: dict[tuple[str, ...], Record] = {}
    for record in records:
        names = ("kind", "table", "file", "sheet", "column", "what", "allowed")
        kind = tuple(str(record.get(name, "")) for name in names)
        alike[kind] = alike.get(kind, 0) + 1
        if alike[kind] <= MOST_ALIKE:
            kept.append(record)
        last[kind] = record
    for kind, count in alike.items():
        if count > MOST_ALIKE:
            more = f"… in {count - MOST_ALIKE:,} more rows; `--json` shows all"
            blank = dict.fromkeys(("line", "patient", "found"), "")
            kept.append({**last[kind], **blank, "what": f"{kind[5]} {more}"})
    return kept


def show_table(records: Sequence[Record], *, width: int | None = None) -> None:
    """Print records as a table, grouped by file and sheet, as wide as the terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    # Without highlighting: what stands in a cell is shown as it is.
    console = Console(highlight=False, width=width)
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(_file(record), []).append(record)
    for name, own in groups.items():
        table = Table(title=escape(name), title_justify="left", show_lines=True)
        for head, ratio in (
            ("row", 1),
            ("patient", 2),
            ("column", 3),
            ("found", 3),
            ("what is wrong", 6),
            ("what is allowed, or how to mend it", 6),
        ):
            table.add_column(head, ratio=ratio, overflow="fold")
        for record in own:
            cells = [str(record.get("line") or "")]
            cells += [str(record.get(n, "")) for n in ("patient", "column", "found")]
            mark = "warning: " if record["kind"] == "warning" else ""
            cells += [f"{mark}{record['what']}", str(record.get("allowed", ""))]
            style = "yellow" if record["kind"] == "warning" else None
            table.add_row(*map(escape, cells), style=style)
        console.print(table)


def _file(record: Mapping[str, object]) -> str:
    """Return file and sheet; a text file that is named after its table is the table."""
    table, file = str(record["table"]), str(record.get("file") or "")
    if not file or file in {f"{table}.tsv", f"{table}.csv"}:
        return table
    sheet = str(record.get("sheet") or "")
    return f"{file}, sheet {sheet}" if sheet else file


def fault_line(record: Record) -> str:
    """Return a fault as one line of text."""
    place = [_file(record)]
    if record.get("line"):
        is_text = place[0] == record["table"] or place[0].endswith((".csv", ".tsv"))
        place.append(f"{'line' if is_text else 'row'} {record['line']}")
    if record.get("patient"):
        place.append(f"patient {record['patient']}")
    if record.get("column"):
        place.append(f"column {record['column']}")
    found = f"{record['found']!r} " if record.get("found") else ""
    allowed = f" ({record['allowed']})" if record.get("allowed") else ""
    return f"{', '.join(place)}: {found}{record['what']}{allowed}"
