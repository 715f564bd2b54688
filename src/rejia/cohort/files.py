"""Which files and sheets a cohort is read from; one that is bad stops no other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rejia.cohort.check import CohortFault
from rejia.cohort.delimited import read_delimited
from rejia.cohort.grids import ABOUT, Grid, UnreadableError
from rejia.cohort.parquet import read_parquet
from rejia.cohort.rows import grid_faults
from rejia.cohort.statistical import read_statistical
from rejia.cohort.texts import without_missing
from rejia.cohort.workbooks import read_workbook
from rejia.contracts import COHORT_TABLES
from rejia.errors import DataError
from rejia.frame import nearest
from rejia.study.sources import Sources

Reader = Callable[[Path, Sources], list[Grid]]
READERS: dict[str, Reader] = {
    ".tsv": read_delimited,
    ".csv": read_delimited,
    ".xlsx": read_workbook,
    ".xlsm": read_workbook,
    ".sav": read_statistical,
    ".zsav": read_statistical,
    ".por": read_statistical,
    ".sas7bdat": read_statistical,
    ".xpt": read_statistical,
    ".dta": read_statistical,
    ".parquet": read_parquet,
}
WORKBOOKS = (".xlsx", ".xlsm")
# Formats that people have, with what to do about them.
_OTHERS = {
    ".xls": "save it as .xlsx",
    ".xlsb": "save it as .xlsx",
    ".ods": "save it as .xlsx",
    ".numbers": "export it as .xlsx",
    ".txt": "name it .tsv or .csv",
    ".zip": "unpack it",
    ".rds": "save it as .csv or .parquet",
    ".rdata": "save it as .csv or .parquet",
    ".mdb": "export its tables as .csv",
    ".accdb": "export its tables as .csv",
}


@dataclass
class Found:
    """
    What the files of a cohort hold.

    Attributes
    ----------
    tables : list of (str, Grid)
        Canonical table and its cells.
    wide : list of Grid
        Sheets that the column map is about.
    faults : list of CohortFault
        Of files that cannot be read.
    """

    tables: list[tuple[str, Grid]] = field(default_factory=list)
    wide: list[Grid] = field(default_factory=list)
    faults: list[CohortFault] = field(default_factory=list)


def cohort_files(folder: Path) -> dict[str, Path]:
    """
    Return the file of each table of a folder that holds one file a table.

    Parameters
    ----------
    folder : Path
        Holds ``patients.tsv`` (or another format), ``visits``, ``measurements`` …

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
    for path in _visible(folder):
        suffix = path.suffix.lower()
        if suffix in READERS and path.stem in COHORT_TABLES:
            if path.stem in files:
                faults.append(
                    f"table {path.stem!r} is there twice: "
                    f"{files[path.stem].name} and {path.name}; keep one"
                )
            files[path.stem] = path
        elif suffix in READERS:
            listed = ", ".join(COHORT_TABLES)
            hint = nearest(path.stem, COHORT_TABLES)
            faults.append(f"{path.name} is no table of a cohort{hint} ({listed})")
        elif suffix in _OTHERS:
            faults.append(f"{path.name} is not read; {_OTHERS[suffix]}")
    faults += [
        f"table {name!r} is missing ({name}.tsv or .csv)"
        for name in ("patients", "visits")
        if name not in files
    ]
    # A table of visits may have the measurements beside them.
    if not {"measurements", "findings", "visits"} & set(files):
        faults.append(
            "one of 'measurements' and 'findings' is needed (as .tsv or .csv)"
        )
    if faults:
        raise DataError(f"{folder} is no cohort:", faults)
    return files


def _visible(folder: Path) -> list[Path]:
    """Return files without hidden ones and the locks of spreadsheet programs."""
    return [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith((".", "~$"))
    ]


def find_tables(source: Path, sources: Sources) -> Found:
    """
    Read every file of a cohort as cells.

    Parameters
    ----------
    source : Path
        Folder, workbook, or single file.
    sources : Sources
        Says how the files are written, and whether one wide sheet is mapped.

    Returns
    -------
    Found

    Raises
    ------
    DataError
        If there is no file to read, or the files are not those of a cohort.
    """
    found = Found()
    if source.is_dir():
        inside = [p for p in _visible(source) if p.suffix.lower() in READERS]
        if len(inside) == 1 and (
            sources.columns or inside[0].suffix.lower() in WORKBOOKS
        ):
            source = inside[0]
        else:
            if sources.columns:
                raise DataError(
                    f"{source} cannot be read:",
                    [
                        "sources.columns is about one file, but the folder has "
                        f"{len(inside)}; name the file in sources.cohort"
                    ],
                )
            for table, path in cohort_files(source).items():
                _read_table(found, table, path, sources)
            return found
    suffix = source.suffix.lower()
    if not source.is_file():
        raise DataError(
            f"{source} cannot be read:",
            ["the folder or file does not exist; check sources"],
        )
    if suffix not in READERS:
        advice = _OTHERS.get(suffix, f"known formats: {', '.join(READERS)}")
        raise DataError(f"{source} cannot be read:", [f"format {suffix!r}: {advice}"])
    if not sources.columns and suffix not in WORKBOOKS:
        raise DataError(
            f"{source} cannot be read:",
            [
                "a single file needs `columns:` under sources, which says what each "
                "column holds; or put one file a table into a folder"
            ],
        )
    _read_single(found, source, sources)
    return found


def _read(found: Found, table: str, path: Path, sources: Sources) -> list[Grid]:
    try:
        grids = READERS[path.suffix.lower()](path, sources)
    except UnreadableError as error:
        for fault in error.faults:
            sheet = fault.sheet.strip().lower()
            own = sheet if sheet in COHORT_TABLES else table
            found.faults += grid_faults([fault], file=path.name, table=own)
        grids = error.grids
    return [without_missing(grid, sources) for grid in grids]


def _read_table(found: Found, table: str, path: Path, sources: Sources) -> None:
    grids = _read(found, table, path, sources)
    if len(grids) > 1:
        listed = ", ".join(repr(grid.sheet) for grid in grids)
        found.faults.append(
            CohortFault(
                table,
                0,
                "",
                "",
                "",
                f"the workbook has {len(grids)} sheets: {listed}",
                "one sheet a file, or one workbook with a sheet a table",
                file=path.name,
            )
        )
        return
    found.tables += [(table, grid) for grid in grids]


def _read_single(found: Found, path: Path, sources: Sources) -> None:
    grids = _read(found, "cohort", path, sources)
    if any(fault.table == "cohort" for fault in found.faults):
        return
    if sources.columns:
        _choose_sheet(found, path, grids, sources)
        return
    bad = {fault.table for fault in found.faults}
    names = [grid.sheet.strip().lower() for grid in grids]
    for name, grid in zip(names, grids, strict=True):
        if name in COHORT_TABLES:
            found.tables.append((name, grid))
        elif name not in ABOUT:
            hint = nearest(name, COHORT_TABLES)
            allowed = f"{', '.join(COHORT_TABLES)}; or map it with `columns:`"
            what = f"the sheet is no table of a cohort{hint}"
            found.faults.append(_of_sheet(path, grid.sheet, what, allowed))
    for name in ("patients", "visits"):
        if name not in names and name not in bad:
            what = f"sheet {name!r} is missing or empty{nearest(name, names)}"
            found.faults.append(_of_sheet(path, "", what, f"add a sheet {name}"))


def _choose_sheet(
    found: Found, path: Path, grids: Sequence[Grid], sources: Sources
) -> None:
    chosen = [g for g in grids if sources.sheet is None or g.sheet == sources.sheet]
    if len(chosen) == 1:
        found.wide += chosen
        return
    listed = ", ".join(repr(grid.sheet) for grid in grids)
    if sources.sheet is None:
        what = f"the workbook has {len(grids)} sheets: {listed}"
        found.faults.append(
            _of_sheet(path, "", what, "say which with `sheet:` under sources")
        )
    else:
        hint = nearest(sources.sheet, [grid.sheet for grid in grids])
        what = f"there is no sheet {sources.sheet!r} with a row{hint}"
        found.faults.append(_of_sheet(path, "", what, f"there: {listed}"))


def _of_sheet(path: Path, sheet: str, what: str, allowed: str) -> CohortFault:
    return CohortFault(
        "cohort", 0, "", "", "", what, allowed, file=path.name, sheet=sheet
    )
