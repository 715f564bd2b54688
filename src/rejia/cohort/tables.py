"""One sheet or file a table: canonical as it is, or with a column a variable."""

from dataclasses import dataclass, field, replace

from rejia.cohort.check import CohortFault
from rejia.cohort.grids import CodedCells, Grid, GridFault
from rejia.cohort.rows import CodedRows, Origin, Rows, grid_faults
from rejia.cohort.targets import UNIT, Target, measurement
from rejia.cohort.wide import Unfolded, unfold
from rejia.contracts import COHORT_TABLES
from rejia.frame import nearest
from rejia.study import Study
from rejia.study.columns import OF_VISITS, ROW, measured, of_patients

# Rows of the template that show how to fill it in.
EXAMPLE = "EXAMPLE-"


@dataclass(frozen=True, slots=True)
class Named:
    """A column of a sheet: its name, and the unit that its header gives."""

    column: str
    name: str
    unit: str = ""


@dataclass
class Heading:
    """What the columns of one table are."""

    faults: list[GridFault] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)


def table_rows(study: Study, table: str, grid: Grid) -> Unfolded:
    """
    Turn a sheet that is named after a table into canonical rows.

    Parameters
    ----------
    study : Study
        Declares variables.
    table : str
        Canonical table.
    grid : Grid
        Its cells; a header may carry its unit: ``crp [mg/dL]``.

    Returns
    -------
    Unfolded
        ``visits`` may have a column a measured variable, and ``findings`` a column a
        joint (``larsen shoulder left``); example rows of the template are left out.
    """
    grid, warnings = _without_examples(table, grid)
    names = [_named(name) for name in grid.header]
    if table == "visits" and _has_variables(study, names):
        heading = _visit_heading(study, names)
    elif table == "findings" and not {"site", "finding"} & {n.name for n in names}:
        heading = _finding_heading(names)
    else:
        made = _as_it_is(study, table, grid, names)
        made.warnings += warnings
        return made
    if heading.faults:
        found = grid_faults(heading.faults, file=grid.file, table=table, grid=grid)
        return Unfolded({}, found, warnings)
    made = unfold(study, grid, heading.targets)
    # Such a row speaks of a patient, and a finding of a visit, and declares neither.
    made.tables.pop("patients", None)
    if table == "findings":
        made.tables.pop("visits", None)
    made.warnings += warnings
    return made


def _named(column: str) -> Named:
    found = UNIT.fullmatch(column)
    return Named(column, found[1], found[2]) if found else Named(column, column)


def _without_examples(table: str, grid: Grid) -> tuple[Grid, list[CohortFault]]:
    if "patient" not in grid.header:
        return grid, []
    place = grid.header.index("patient")
    cells = grid.rows
    if isinstance(cells, CodedCells) and not any(
        text.startswith(EXAMPLE) for text in cells.columns[place].texts
    ):
        return grid, []
    own = [n for n, row in enumerate(grid.rows) if not row[place].startswith(EXAMPLE)]
    n_examples = len(grid.rows) - len(own)
    if not n_examples:
        return grid, []
    renumbered = {old: new for new, old in enumerate(own)}
    kept = replace(
        grid,
        rows=[grid.rows[n] for n in own],
        lines=[grid.lines[n] for n in own],
        missing={
            (renumbered[row], name): code
            for (row, name), code in grid.missing.items()
            if row in renumbered
        },
    )
    warning = CohortFault(
        table,
        0,
        "",
        "patient",
        "",
        f"{n_examples} example row{'s' if n_examples > 1 else ''} of the template, "
        "not read",
        "delete them when your own rows are in",
        file=grid.file,
        sheet=grid.sheet,
    )
    return kept, [warning]


def _has_variables(study: Study, names: list[Named]) -> bool:
    """Say whether the table of visits has any column beside its own."""
    return any(n.name not in COHORT_TABLES["visits"] for n in names) and bool(
        measured(study)
    )


def _visit_heading(study: Study, names: list[Named]) -> Heading:
    heading = Heading()
    known = [*COHORT_TABLES["visits"], *measured(study)]
    for named in names:
        if named.name in {"patient", "visit"}:
            heading.targets.append(Target(named.column, "row", named.name))
        elif named.name in OF_VISITS:
            heading.targets.append(Target(named.column, "visits", named.name))
        elif named.name in known:
            target = measurement(study, named.column, named.name, {})
            unit = named.unit or target.unit
            heading.targets.append(
                Target(named.column, "measurements", named.name, {}, unit)
            )
        else:
            heading.faults.append(_unknown(named, known))
    heading.faults += _without_keys(names, ("patient", "visit"))
    return heading


def _finding_heading(names: list[Named]) -> Heading:
    heading = Heading()
    for named in names:
        words = named.name.split()
        if named.name in ROW:
            heading.targets.append(Target(named.column, "row", named.name))
        elif len(words) in {2, 3}:
            places = dict(zip(("site", "side"), words[1:], strict=False))
            heading.targets.append(Target(named.column, "findings", words[0], places))
        else:
            what = "is no finding with its joint and side"
            allowed = "as in `larsen shoulder left`"
            heading.faults.append(GridFault(1, named.column, "", what, allowed))
    heading.faults += _without_keys(names, ("patient", "visit"))
    return heading


def _without_keys(names: list[Named], keys: tuple[str, ...]) -> list[GridFault]:
    there = [n.name for n in names]
    return [
        GridFault(0, key, "", f"is missing{nearest(key, there)}", "one of the header")
        for key in keys
        if key not in there
    ]


def _unknown(named: Named, known: list[str]) -> GridFault:
    listed = f"known columns: {', '.join(known)}"
    return GridFault(
        1, named.column, "", f"is unknown{nearest(named.name, known)}", listed
    )


def _as_it_is(study: Study, table: str, grid: Grid, names: list[Named]) -> Unfolded:
    """Take a canonical table row by row."""
    contract = of_patients(study) if table == "patients" else list(COHORT_TABLES[table])
    faults = []
    for named in names:
        variable = study.variables.get(named.name)
        if table != "patients" or variable is None or not named.unit:
            continue
        if named.unit != variable.unit:
            what = f"has another unit than {named.name} in the study"
            allowed = f"allowed: {variable.unit or 'none'}"
            faults.append(GridFault(1, named.column, named.unit, what, allowed))
    made = Unfolded({}, grid_faults(faults, file=grid.file, table=table, grid=grid))
    rows = Rows({n.name if n.name in contract else n.column: None for n in names})
    columns = {n.name: n.column for n in names if n.name != n.column}
    texts = [*rows.names]
    labels = {
        own: grid.labels[named.column]
        for own, named in zip(texts, names, strict=True)
        if named.column in grid.labels and _takes_labels(study, table, own)
    }
    cells = grid.rows
    if isinstance(cells, CodedCells) and not labels and not grid.missing:
        by_name = dict(zip(texts, cells.columns, strict=True))
        made.tables[table] = CodedRows(
            rows.names, columns=by_name, grid=grid, renamed=columns
        )
        return made
    for line, cells in zip(grid.lines, grid.rows, strict=True):
        row = dict(zip(texts, cells, strict=True))
        for name, known in labels.items():
            row[name] = known.get(row[name], row[name])
        rows.add(row, Origin(grid, line, columns))
    _keep_codes(table, grid, rows)
    made.tables[table] = rows
    return made


def _takes_labels(study: Study, table: str, column: str) -> bool:
    """Say whether a column's cells are words, so that a code's label is meant."""
    declared = COHORT_TABLES[table].get(column)
    if declared is not None:
        return declared.kind == "text"
    variable = study.variables.get(column)
    return variable is not None and bool(variable.levels)


def _keep_codes(table: str, grid: Grid, rows: Rows) -> None:
    """Note in a row of measurements why its value is missing."""
    if table != "measurements":
        return
    for (row, name), code in grid.missing.items():
        if name in {"value", "text"} and not rows.cells[row].get("note"):
            rows.names["note"] = None
            rows.cells[row]["note"] = f"missing in the source: {code}"
