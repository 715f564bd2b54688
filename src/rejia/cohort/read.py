"""Read a cohort, of whatever format, as text first; every fault with its place."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from rejia.coded import Coded
from rejia.cohort.check import CohortFault, check_cohort, cohort_warnings
from rejia.cohort.files import cohort_files, find_tables
from rejia.cohort.finding_rules import Findings, finding_faults
from rejia.cohort.grids import Grid
from rejia.cohort.placing import Placing
from rejia.cohort.rows import Rows, grid_faults, joined
from rejia.cohort.rules import rule_faults, rule_warnings
from rejia.cohort.tables import table_rows
from rejia.cohort.targets import mapped
from rejia.cohort.texts import decimal_fault, iso_date, with_point
from rejia.cohort.units import convert_units
from rejia.cohort.wide import Unfolded, unfold
from rejia.contracts import COHORT_TABLES
from rejia.frame import Column, Contract, Fault, parse_columns
from rejia.printed import parse
from rejia.study import Study

__all__ = [
    "Inspected",
    "cohort_files",
    "inspect_cohort",
    "read_cohort",
    "split_comparators",
]

_DATES = {
    "patients": ("birth_date", "onset_date"),
    "visits": ("date",),
    "treatments": ("start", "stop"),
}
# Days since the first dose stand where a date may; five digits are a spreadsheet's.
_SIGNS = "<>≤≥"
_DAY = re.compile(r"[-+]?\d{1,4}(\.0+)?")


@dataclass
class Inspected:
    """
    A cohort as read.

    Attributes
    ----------
    faults, warnings : list of CohortFault
        What must be mended, and what should be known; they hold values of patients
        and must not be logged.
    tables : dict of str to pandas.DataFrame
        Canonical tables, absent ones empty, measurements in the study's units; not
        to be used where there are faults.
    grids : list of Grid
        Sheets and files that could be read, as text.
    set_aside : dict of str to int
        Days that are no visit of the study, by the reason.
    """

    faults: list[CohortFault] = field(default_factory=list)
    warnings: list[CohortFault] = field(default_factory=list)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    grids: list[Grid] = field(default_factory=list)
    set_aside: dict[str, int] = field(default_factory=dict)


def read_cohort(
    study: Study, source: Path
) -> tuple[list[CohortFault], dict[str, pd.DataFrame]]:
    """
    Read and check a cohort against its study.

    Parameters
    ----------
    study : Study
        Declares visits, variables, ranges and units.
    source : Path
        Folder, workbook or file; see `inspect_cohort`.

    Returns
    -------
    faults : list of CohortFault
        All of them; they hold values of patients and must not be logged.
    tables : dict of str to pandas.DataFrame
        Canonical tables, absent ones empty, measurements in the study's units; not
        to be used where there are faults.

    Raises
    ------
    DataError
        If there is nothing that could be read as a cohort.
    """
    found = inspect_cohort(study, source)
    return found.faults, found.tables


def inspect_cohort(
    study: Study, source: Path, findings: Findings | None = None
) -> Inspected:
    """
    Read a cohort and say everything that is wrong with it.

    Parameters
    ----------
    study : Study
        Declares visits, variables, ranges, units, and how the files are written.
    source : Path
        A folder with a file a table, a workbook with a sheet a table, or one wide
        file for which the study maps columns.
    findings : mapping, optional
        What the study's instruments can read, see `finding_rules.finding_faults`.

    Returns
    -------
    Inspected
        A file that cannot be read is a fault and stops no other.

    Raises
    ------
    DataError
        If there is nothing that could be read as a cohort.
    """
    made = Inspected()
    found = find_tables(source, study.sources)
    made.faults += found.faults
    made.grids += [*found.wide, *(grid for _, grid in found.tables)]
    rows = {name: Rows() for name in COHORT_TABLES}
    unread = {fault.table for fault in found.faults}
    placing = Placing(study, found.tables)
    parts = [
        table_rows(study, table, placing.table(table, grid))
        for table, grid in found.tables
    ]
    for (table, _), part in zip(found.tables, parts, strict=True):
        unread |= {table} if part.faults and not part.tables else set()
    for grid in found.wide:
        faults, warnings, targets = mapped(study, grid.header)
        made.faults += grid_faults(faults, file=grid.file, table="cohort", grid=grid)
        made.warnings += grid_faults(
            warnings, file=grid.file, table="cohort", grid=grid
        )
        unread |= {"cohort"} if faults else set()
        if faults:
            parts.append(Unfolded())
        else:
            parts.append(unfold(study, *placing.wide(grid, targets)))
    made.faults += placing.faults
    made.warnings += placing.warnings
    made.set_aside = dict(placing.counts)
    for part in parts:
        made.faults += part.faults
        made.warnings += part.warnings
        for name, more in part.tables.items():
            rows[name] = joined(rows[name], more)
    for name, contract in COHORT_TABLES.items():
        columns = _contract_of(study, name, contract)
        made.tables[name] = _parsed(study, name, rows[name], columns, made.faults)
    _check(study, rows, unread, made, findings or {})
    return made


def _parsed(
    study: Study,
    name: str,
    rows: Rows,
    columns: Contract,
    faults: list[CohortFault],
) -> pd.DataFrame:
    """Turn the text of one table into a frame; its faults are added to the others."""
    if not rows.names:
        return parse_columns({n: [] for n in columns}, columns)[1]
    cells = rows.by_column()
    written = _as_written(study, name, cells, columns)
    if name == "measurements":
        cells = split_comparators(cells)
    parsed, frame = parse_columns(cells, columns)
    if name == "measurements":
        frame = convert_units(study, frame)
    patients = cells.get("patient", [])
    faults += [
        rows.placed(CohortFault.of(name, fault, patients))
        for fault in [*written, *parsed]
    ]
    return frame


def _as_written(
    study: Study, name: str, cells: dict[str, Sequence[str]], columns: Contract
) -> list[Fault]:
    """
    Put decimal commas and dates into canonical form, in place.

    Returns
    -------
    list of Fault
        Cells that are not written as declared; they are empty from here on.
    """
    sources = study.sources
    faults = []
    for column, texts in cells.items():
        declared = columns.get(column)
        is_number = declared is not None and declared.kind != "text"
        is_date = column in _DATES.get(name, ())
        if not is_number and not is_date:
            continue

        def written(text: str, is_number: bool = is_number) -> tuple[str, str, str]:
            """Return a text in canonical form, what is wrong, what is allowed."""
            if is_number:
                what, allowed = decimal_fault(text, sources.decimal)
                return with_point(text, sources.decimal), what, allowed
            if name == "treatments" and _DAY.fullmatch(text):
                return text, "", ""
            return iso_date(text, sources.dates)

        # A text is read once, however many rows have it.
        told = {text: written(text) for text in _different(texts)}
        if any(what for _, what, _ in told.values()):
            faults += [
                Fault(row + 2, column, text, *told[text][1:])
                for row, text in enumerate(texts)
                if told[text][1]
            ]
        made = {t: "" if what else text for t, (text, what, _) in told.items()}
        cells[column] = (
            texts.mapped(made.__getitem__)
            if isinstance(texts, Coded)
            else [made[text] for text in texts]
        )
    return faults


def _different(texts: Sequence[str]) -> Iterable[str]:
    return texts.texts if isinstance(texts, Coded) else dict.fromkeys(texts)


def _check(
    study: Study,
    rows: Mapping[str, Rows],
    unread: set[str],
    made: Inspected,
    findings: Findings,
) -> None:
    """Add what the checks of the canonical tables find, each with its place."""
    if "cohort" in unread:
        return
    if (
        made.tables["measurements"].empty
        and made.tables["findings"].empty
        and not unread & {"measurements", "findings", "visits"}
    ):
        what = "there is no measurement and no finding"
        made.faults.append(CohortFault("measurements", 0, "", "", "", what, "add one"))
    # Where a table could not be read, nothing follows for those that point to it.
    silent = tuple(
        f"is not in table {name}" for name in ("patients", "visits") if name in unread
    )
    found = [
        *check_cohort(study, made.tables),
        *rule_faults(study, made.tables),
        *finding_faults(made.tables["findings"], findings),
    ]
    for fault in found:
        is_empty = fault.line == 0 and fault.table in unread
        if not is_empty and not (silent and fault.what.startswith(silent)):
            made.faults.append(rows[fault.table].placed(fault))
    warnings = [
        *cohort_warnings(study, made.tables),
        *rule_warnings(study, made.tables),
    ]
    made.warnings += [rows[warning.table].placed(warning) for warning in warnings]


def _contract_of(study: Study, table: str, contract: Contract) -> Contract:
    """Add the baseline columns that the study declares to the patients' table."""
    if table != "patients":
        return contract
    declared = {
        name: Column(
            variable.label,
            "text" if variable.levels else "number",
            levels=variable.levels,
            required=False,
            unit=variable.unit,
        )
        for name, variable in study.variables.items()
        if variable.per == "patient"
        and variable.instrument is None
        and variable.indicator_of is None
        and name not in contract
    }
    return {**contract, **declared}


def split_comparators(
    cells: Mapping[str, Sequence[str]],
) -> dict[str, Sequence[str]]:
    """
    Move the sign of a censored value, such as ``<0.2``, into its own column.

    Parameters
    ----------
    cells : mapping of str to list of str
        Cells of the measurements by column.

    Returns
    -------
    dict of str to list of str
        `value` without sign; a sign in both columns is left for the checks.
    """
    found = dict(cells)
    if "value" not in found:
        return found
    if not any(text[:1] in _SIGNS for text in _different(found["value"]) if text):
        length = len(found["value"])
        is_coded = isinstance(found["value"], Coded)
        none = Coded.constant("", length) if is_coded else [""] * length
        found.setdefault("comparator", none)
        return found
    values = list(found["value"])
    comparators = list(found.get("comparator", [""] * len(values)))
    for row, text in enumerate(values):
        if text[:1] and text[:1] in _SIGNS and not comparators[row]:
            try:
                sign = parse(text).comparator
            except ValueError:
                continue
            comparators[row] = sign
            values[row] = text.lstrip("<>≤≥= ")
    return {**found, "value": values, "comparator": comparators}
