"""Read a folder of tables, one file a table, as text first."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from rejia.cohort.check import CohortFault, check_cohort
from rejia.cohort.units import convert_units
from rejia.contracts import COHORT_TABLES
from rejia.errors import DataError
from rejia.frame import Column, Contract, by_column, nearest, parse_columns, read_rows
from rejia.printed import parse
from rejia.study import Study

SUFFIXES = {".tsv": "\t", ".csv": ","}


def cohort_files(folder: Path) -> dict[str, Path]:
    """
    Return the file of each table of a cohort.

    Parameters
    ----------
    folder : Path
        Holds ``patients.tsv`` (or ``.csv``), ``visits``, ``measurements`` …

    Returns
    -------
    dict of str to Path

    Raises
    ------
    DataError
        If the folder is missing, lacks ``patients`` or ``visits``, has neither
        ``measurements`` nor ``findings``, one table twice, or a table
        of another name.
    """
    if not folder.is_dir():
        raise DataError(
            f"{folder} cannot be read:", ["the folder does not exist; check sources"]
        )
    files: dict[str, Path] = {}
    faults = []
    for path in sorted(folder.iterdir()):
        if path.suffix in SUFFIXES and path.stem in COHORT_TABLES:
            if path.stem in files:
                faults.append(
                    f"table {path.stem!r} is there twice: "
                    f"{files[path.stem].name} and {path.name}; keep one"
                )
            files[path.stem] = path
        elif path.suffix in SUFFIXES:
            listed = ", ".join(COHORT_TABLES)
            hint = nearest(path.stem, COHORT_TABLES)
            faults.append(f"{path.name} is no table of a cohort{hint} ({listed})")
    faults += [
        f"table {name!r} is missing ({name}.tsv or .csv)"
        for name in ("patients", "visits")
        if name not in files
    ]
    if not {"measurements", "findings"} & set(files):
        faults.append(
            "one of 'measurements' and 'findings' is needed (as .tsv or .csv)"
        )
    if faults:
        raise DataError(f"{folder} is no cohort:", faults)
    return files


def read_cohort(
    study: Study, folder: Path
) -> tuple[list[CohortFault], dict[str, pd.DataFrame]]:
    """
    Read and check a cohort against its study.

    Parameters
    ----------
    study : Study
        Declares visits, variables, ranges and units.
    folder : Path
        See `cohort_files`.

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
        If a file cannot be read as a table at all.
    """
    files = cohort_files(folder)
    faults: list[CohortFault] = []
    tables: dict[str, pd.DataFrame] = {}
    for name, contract in COHORT_TABLES.items():
        columns = _contract_of(study, name, contract)
        if name not in files:
            tables[name] = parse_columns({n: [] for n in columns}, columns)[1]
            continue
        header, rows = read_rows(files[name], delimiter=SUFFIXES[files[name].suffix])
        cells = by_column(header, rows)
        if name == "measurements":
            cells = split_comparators(cells)
        found, tables[name] = parse_columns(cells, columns)
        if name == "measurements":
            tables[name] = convert_units(study, tables[name])
        patients = cells.get("patient", [])
        faults += [CohortFault.of(name, fault, patients) for fault in found]
    faults += check_cohort(study, tables)
    return faults, tables


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


def split_comparators(cells: Mapping[str, list[str]]) -> dict[str, list[str]]:
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
    cells = {name: list(column) for name, column in cells.items()}
    if "value" not in cells:
        return cells
    comparators = cells.setdefault("comparator", [""] * len(cells["value"]))
    for row, text in enumerate(cells["value"]):
        if text[:1] in "<>≤≥" and text[:1] and not comparators[row]:
            try:
                sign = parse(text).comparator
            except ValueError:
                continue
            comparators[row] = sign
            cells["value"][row] = text.lstrip("<>≤≥= ")
    return cells
