"""Malformed cohorts, made small and the same every time."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyreadstat
from openpyxl import Workbook
from pyarrow import parquet

DEFINITION = """\
study: small
title: A small study
citation: small2020
sources: {{cohort: cohorts/small, {sources}}}
visits: {{baseline: {{label: Before}}, follow_up: {{label: After}}}}
variables:
  age_onset: {{label: Onset, unit: years, step: 0.1, min: 0, max: 16, per: patient}}
  age_start: {{label: Start, unit: years, step: 0.1, min: 0, max: 20, per: patient}}
  duration: {{label: Duration, unit: years, step: 0.1, min: 0, max: 20, per: patient}}
  crp: {{label: CRP, unit: mg/L, step: 0.1, min: 0, max: 600, worse: high}}
  esr: {{label: ESR, unit: mm/h, step: 1, min: 0, max: 150, worse: high}}
  left: {{label: Joints left, unit: joints, step: 1, min: 0, max: 35}}
  right: {{label: Joints right, unit: joints, step: 1, min: 0, max: 35}}
  joints: {{label: Active joints, unit: joints, step: 1, min: 0, max: 70}}
  fever: {{label: Fever, levels: ["yes", "no"]}}
  larsen: {{label: Larsen, instrument: larsen_large_joints, layout: large10}}
structure:
  identities:
    - age_start = age_onset + duration
    - joints = left + right
"""
Build = Callable[[Path], None]

PATIENTS = "patient\tsex\tage_onset\np1\tfemale\t3.5\np2\tmale\t12\n"
VISITS = (
    "patient\tvisit\tdate\tcrp [mg/L]\tfever\n"
    "p1\tbaseline\t2012-05-07\t36.2\tyes\n"
    "p1\tfollow_up\t2013-05-07\t<0.2\tno\n"
    "p2\tbaseline\t2012-06-01\t12\tno\n"
)


@dataclass(frozen=True)
class Case:
    """
    A malformed cohort.

    Attributes
    ----------
    id : str
        What is wrong with it.
    build : callable
        Writes the files into an empty folder.
    says : tuple of str
        What the user must read, each in the words of `rejia check`.
    sources : str
        What the study declares of its files.
    """

    id: str
    build: Build
    says: tuple[str, ...]
    sources: str = ""
    also: Mapping[str, str] = field(default_factory=dict)


def text(
    *, encoding: str = "utf-8", suffix: str = "tsv", **changed: str | bytes | None
) -> Build:
    """Write the tables as text, some of them changed, added or left out."""

    def build(folder: Path) -> None:
        for name, content in {
            "patients": PATIENTS,
            "visits": VISITS,
            **changed,
        }.items():
            if content is None:
                continue
            raw = content.encode(encoding) if isinstance(content, str) else content
            (folder / f"{name}.{suffix}").write_bytes(raw)

    return build


def rows(table: str) -> list[list[str]]:
    return [line.split("\t") for line in table.splitlines()]


def book(
    change: Callable[[Workbook], None] | None = None, name: str = "cohort.xlsx"
) -> Build:
    """Write a workbook with a sheet a table, and spoil it."""

    def build(folder: Path) -> None:
        made = Workbook()
        made.remove(made.active)
        for title, table in (("patients", PATIENTS), ("visits", VISITS)):
            sheet = made.create_sheet(title)
            for row in rows(table):
                sheet.append([_typed(cell) for cell in row])
        if change is not None:
            change(made)
        made.save(folder / name)

    return build


def _typed(cell: str) -> str | float:
    try:
        return float(cell)
    except ValueError:
        return cell


def rezipped(change: Callable[[dict[str, bytes]], None]) -> Build:
    """Write a workbook whose parts were tampered with."""

    def build(folder: Path) -> None:
        book()(folder)
        path = folder / "cohort.xlsx"
        with zipfile.ZipFile(path) as source:
            parts = {name: source.read(name) for name in source.namelist()}
        change(parts)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in parts.items():
                target.writestr(name, content)

    return build


def raw(name: str, content: bytes) -> Build:
    """Write one file of bytes in place of a cohort."""

    def build(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return build


def beside(name: str, content: bytes) -> Build:
    """Write the tables, and one file more."""

    def build(folder: Path) -> None:
        text()(folder)
        (folder / name).write_bytes(content)

    return build


def replaced(name: str, content: bytes) -> Build:
    """Write the tables, with that of one file replaced by another format."""

    def build(folder: Path) -> None:
        text()(folder)
        (folder / f"{name.split('.', maxsplit=1)[0]}.tsv").unlink()
        (folder / name).write_bytes(content)

    return build


def parquet_of(table: pa.Table) -> bytes:
    made = io.BytesIO()
    parquet.write_table(table, made)
    return made.getvalue()


def sav_of(path: Path, columns: Mapping[str, Sequence[object]]) -> bytes:
    pyreadstat.write_sav(pd.DataFrame(columns), path)
    content = path.read_bytes()
    path.unlink()
    return content


def merge(made: Workbook) -> None:
    made["visits"].merge_cells("A2:A3")


def formula_error(made: Workbook) -> None:
    made["visits"]["D2"] = "#DIV/0!"


def formula_without_value(made: Workbook) -> None:
    made["visits"]["D2"] = "=1+1"


def empty_sheet(made: Workbook) -> None:
    made.remove(made["visits"])
    made.create_sheet("visits")


def far_cell(made: Workbook) -> None:
    made["visits"]["XFD1048576"] = "x"


def misspelt_sheet(made: Workbook) -> None:
    made["visits"].title = "vists"


def repeated_header(made: Workbook) -> None:
    made["visits"]["E1"] = "crp [mg/L]"


def nameless_column(made: Workbook) -> None:
    made["visits"]["F2"] = "a note"


def empty_row(made: Workbook) -> None:
    made["visits"].insert_rows(3)


def serial_date(made: Workbook) -> None:
    made["visits"]["C2"] = 41036


def text_number(made: Workbook) -> None:
    made["visits"]["D2"] = "36,2 mg/L"


def all_empty(made: Workbook) -> None:
    for name in ("patients", "visits"):
        made.remove(made[name])
        made.create_sheet(name)


def examples_only(made: Workbook) -> None:
    for row in made["patients"].iter_rows(min_row=2, max_col=1):
        row[0].value = f"EXAMPLE-{row[0].row}"
    made["visits"].delete_rows(2, 5)
    made["visits"].append(["EXAMPLE-1", "baseline", None, 1])


def bomb(parts: dict[str, bytes]) -> None:
    """A sheet of half a gigabyte that packs into half a megabyte."""
    parts["xl/worksheets/sheet1.xml"] = b"<worksheet>" + b" " * 500_000_000


def many_cells(parts: dict[str, bytes]) -> None:
    row = b"<row>" + b'<c r="A1"/>' * 1000 + b"</row>"
    sheet = b"<worksheet><sheetData>" + row * 2100 + b"</sheetData></worksheet>"
    parts["xl/worksheets/sheet1.xml"] = sheet


def entities(parts: dict[str, bytes]) -> None:
    sheet = parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = (
        b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + sheet
    )


def leaves(parts: dict[str, bytes]) -> None:
    parts["../../evil.txt"] = b"x"


def broken_part(parts: dict[str, bytes]) -> None:
    parts["xl/worksheets/sheet1.xml"] = b"<worksheet><sheetData><row>"


def no_workbook(parts: dict[str, bytes]) -> None:
    parts.clear()
    parts["readme.txt"] = b"not a workbook"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
LOCKED = OLE + "EncryptedPackage".encode("utf-16-le") + b"\0" * 480
