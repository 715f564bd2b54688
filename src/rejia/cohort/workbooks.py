"""XLSX: measured before it is opened, every sheet as text, formulas by their value."""

import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rejia.cohort.grids import (
    ABOUT,
    MOST_BYTES,
    MOST_CELLS,
    Grid,
    GridFault,
    UnreadableError,
    header_faults,
    typed_text,
    unreadable,
)
from rejia.study.sources import Sources

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK = 1 << 20
# What is looked for is shorter than the part of a piece that the next one repeats.
_TAIL = 15
_CELL = re.compile(rb"<(?:\w{1,9}:)?c[\s/>]")
_FORMULA = re.compile(rb"<(?:\w{1,9}:)?f[\s/>]")
_ZEROS = re.compile(r"0{2,}")
_SAVE_AGAIN = "open it in a spreadsheet program and save it again as .xlsx"


def read_workbook(path: Path, sources: Sources) -> list[Grid]:
    """
    Read every sheet of a workbook.

    Parameters
    ----------
    path : Path
        ``.xlsx`` or ``.xlsm``; macros are not run.
    sources : Sources
        Declares the decimal sign that numbers are shown with.

    Returns
    -------
    list of Grid
        One a sheet that is not empty, hidden ones too.

    Raises
    ------
    UnreadableError
        With every fault; before anything is unpacked where the workbook is locked,
        damaged, too large, or holds what no workbook holds.
    """
    has_formulas = _measured(path)
    values = _opened(path, data_only=True)
    formulas = _opened(path, data_only=False) if has_formulas else None
    grids: list[Grid] = []
    faults: list[GridFault] = []
    for sheet in _chosen(values.worksheets, sources):
        area = (sheet.max_row or 0) * (sheet.max_column or 0)
        if area > MOST_CELLS:
            what = f"the sheet spans {area:,} cells; at most {MOST_CELLS:,} are read"
            advice = "delete what is far below or to the right, or save it as Parquet"
            faults.append(GridFault(0, "", "", what, advice, sheet.title))
            continue
        formula = formulas[sheet.title] if formulas is not None else None
        found, grid = _sheet(path.name, sheet, formula, sources.decimal)
        faults += found
        if grid is not None and not found:
            grids.append(grid)
    if faults:
        raise UnreadableError(*faults, grids=grids)
    if not grids:
        raise unreadable("every sheet of the workbook is empty", "fill one in")
    return grids


def _chosen(sheets: Sequence[Any], sources: Sources) -> list[Any]:
    """Leave out sheets that nobody asked for: what is wrong with them is no matter."""
    if sources.sheet is not None and sources.columns:
        return [s for s in sheets if s.title == sources.sheet] or list(sheets)
    if sources.columns:
        return list(sheets)
    return [s for s in sheets if s.title.strip().lower() not in ABOUT]


def _measured(path: Path) -> bool:
    """Refuse what must not be unpacked; return whether any cell is a formula."""
    with path.open("rb") as stream:
        start = stream.read(8)
    if not start:
        raise unreadable("the file has 0 bytes", "export it again")
    if start == _OLE:
        locked = "EncryptedPackage".encode("utf-16-le") in path.read_bytes()
        if locked:
            raise unreadable(
                "the workbook is protected with a password",
                "save a copy without password",
            )
        raise unreadable("it is a workbook of Excel 97-2003 (.xls)", _SAVE_AGAIN)
    try:
        with zipfile.ZipFile(path) as archive:
            return _contents(archive)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
    ):
        raise unreadable("it is no workbook, or a damaged one", _SAVE_AGAIN) from None
    except RuntimeError:  # a member of the archive is encrypted
        raise unreadable(
            "the workbook is protected with a password", "save a copy without password"
        ) from None


def _contents(archive: zipfile.ZipFile) -> bool:
    """Unpack in pieces, counting; sizes that an archive states may be lies."""
    names = archive.namelist()
    if "xl/workbook.xml" not in names and "[Content_Types].xml" not in names:
        raise unreadable("it is an archive, but no workbook", _SAVE_AGAIN)
    n_bytes = n_cells = 0
    has_formulas = False
    for name in names:
        if name.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", name):
            raise unreadable(
                "the workbook holds a file that leads out of its folder",
                "do not trust it; ask its sender for another",
            )
        tail = b""
        with archive.open(name) as member:
            while chunk := member.read(_CHUNK):
                n_bytes += len(chunk)
                piece = tail + chunk
                n_cells += len(_CELL.findall(piece)) - len(_CELL.findall(tail))
                has_formulas = has_formulas or bool(_FORMULA.search(piece))
                if b"<!DOCTYPE" in piece or b"<!ENTITY" in piece:
                    raise unreadable(
                        "the workbook defines entities, which no spreadsheet does",
                        "do not trust it; ask its sender for another",
                    )
                if n_bytes > MOST_BYTES or n_cells > MOST_CELLS:
                    raise unreadable(
                        "the workbook unpacks to more than "
                        f"{MOST_BYTES // 1_000_000} MB or {MOST_CELLS:,} cells",
                        "keep one table a workbook, or save it as Parquet",
                    )
                tail = piece[-_TAIL:]
    return has_formulas


def _opened(path: Path, *, data_only: bool) -> Any:
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            # Drop-down lists and the like of newer programs are no matter of ours.
            warnings.simplefilter("ignore")
            return load_workbook(path, data_only=data_only, keep_links=False)
    # The library raises whatever a broken part leads it to.
    except Exception:
        raise unreadable("it is no workbook, or a damaged one", _SAVE_AGAIN) from None


def _sheet(
    file: str, sheet: "Worksheet", formulas: "Worksheet | None", decimal: str
) -> tuple[list[GridFault], Grid | None]:
    rows = list(sheet.iter_rows())
    texts = [[_text(cell, decimal) for cell in row] for row in rows]
    filled = [line for line, row in enumerate(texts) if any(row)]
    if not filled:
        return _uncomputed(sheet, formulas), None
    top, bottom = filled[0], filled[-1]
    width = 1 + max(place for row in texts for place, cell in enumerate(row) if cell)
    header = texts[top][:width]
    name = sheet.title
    faults = [
        GridFault(f.line, f.column, f.found, f.what, f.allowed, name)
        for f in header_faults(header, line=top + 1)
    ]
    faults += _merged(sheet)
    faults += _uncomputed(sheet, formulas)
    faults += [
        GridFault(line + 1, "", "", "the row is empty", "delete it", name)
        for line in range(top + 1, bottom)
        if not any(texts[line])
    ]
    for line in range(top, bottom + 1):
        faults += [
            GridFault(
                line + 1,
                header[place] or f"number {place + 1}",
                texts[line][place],
                "is the error of a formula",
                "mend the formula, or type the value",
                name,
            )
            for place, cell in enumerate(rows[line][:width])
            if cell.data_type == "e"
        ]
    kept = range(top + 1, bottom + 1)
    grid = Grid(
        file,
        name,
        tuple(header),
        [texts[line][:width] for line in kept],
        [line + 1 for line in kept],
    )
    return faults, grid


def _text(cell: Any, decimal: str) -> str:
    """Return a cell's value as text; a code such as 007 keeps its zeros."""
    text = typed_text(cell.value, decimal=decimal)
    if cell.data_type == "n" and _ZEROS.fullmatch(str(cell.number_format)):
        return text.zfill(len(cell.number_format))
    return text


def _merged(sheet: "Worksheet") -> Iterator[GridFault]:
    for area in sheet.merged_cells.ranges:
        yield GridFault(
            area.min_row,
            f"at {area.coord}",
            "",
            "cells are merged, so all but the first are empty",
            "unmerge them and fill in each",
            sheet.title,
        )


def _uncomputed(sheet: "Worksheet", formulas: "Worksheet | None") -> list[GridFault]:
    """Return formulas whose value was never stored: they would read as missing."""
    if formulas is None:
        return []
    return [
        GridFault(
            cell.row,
            f"at {cell.coordinate}",
            "",
            "holds a formula without a stored value",
            _SAVE_AGAIN,
            sheet.title,
        )
        for row in formulas.iter_rows()
        for cell in row
        if cell.data_type == "f" and sheet[cell.coordinate].value is None
    ]
