"""The template of a cohort: a workbook to type into, with drop-down lists and units."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rejia.cohort.books import book_bytes, write_text
from rejia.cohort.fields import Field, template_fields
from rejia.cohort.finding_rules import Findings
from rejia.cohort.tables import EXAMPLE
from rejia.study import Study

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

LAST_ROW = 2_000
_HEADER, _EXAMPLE, _NEEDED = "DDE6EE", "808080", "1F4E79"
_LISTS = "lists"


def template_book(study: Study, findings: Findings) -> bytes:
    """
    Make the workbook that a cohort of a study is typed into.

    Parameters
    ----------
    study : Study
        Declares visits, variables, units and levels.
    findings : mapping
        Of each finding of its radiographs, the areas to be read and their grades;
        empty where the study reads none.

    Returns
    -------
    bytes
        A sheet a table, the same bytes each time. `cohort.read_cohort` reads it as it
        is; its example rows are recognised and not read.
    """
    from openpyxl import Workbook

    fields = [*template_fields(study, findings)]
    sheets = list(dict.fromkeys(field.sheet for field in fields))
    book = Workbook()
    about = book.active
    about.title = "read me"
    _write_about(about, study, sheets)
    made = {name: book.create_sheet(name) for name in sheets}
    _write_columns(book.create_sheet("columns"), fields)
    lists = _Lists(book)
    for name, sheet in made.items():
        own = [field for field in fields if field.sheet == name]
        _write_sheet(sheet, own, lists)
    return book_bytes(book)


class _Lists:
    """The sheet that the drop-down lists take their levels from."""

    def __init__(self, book: "Workbook") -> None:
        self.sheet = book.create_sheet(_LISTS)
        self.sheet.sheet_state = "hidden"
        self.known: dict[tuple[str, ...], str] = {}

    def of(self, levels: tuple[str, ...]) -> str:
        """Return the cells of a list, written once for all columns that have it."""
        from openpyxl.utils import get_column_letter

        if levels not in self.known:
            column = len(self.known) + 1
            for row, level in enumerate(levels, start=1):
                _write_value(self.sheet.cell(row, column), level, "list")
            letter = get_column_letter(column)
            place = f"{_LISTS}!${letter}$1:${letter}${len(levels)}"
            self.known[levels] = place
        return self.known[levels]


def _write_value(cell: Any, text: str, kind: str) -> None:
    """Write an example as who fills it in would: numbers and dates are none of text."""
    from datetime import date

    if kind == "date" and text:
        cell.value = date.fromisoformat(text)
        return
    number = text.replace(".", "", 1).isdigit()
    if number and kind in {"number", "list"}:
        cell.value = float(text) if "." in text else int(text)
    elif text:
        write_text(cell, text)


def _write_sheet(sheet: "Worksheet", fields: Sequence[Field], lists: _Lists) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    for place, field in enumerate(fields, start=1):
        head: Any = sheet.cell(1, place)
        write_text(head, field.header)
        head.font = Font(bold=True, color=_NEEDED if field.is_needed else "000000")
        head.fill = PatternFill("solid", fgColor=_HEADER)
        head.alignment = Alignment(wrap_text=True, vertical="top")
        letter = get_column_letter(place)
        sheet.column_dimensions[letter].width = max(12, min(24, len(field.header) + 2))
        for row, text in enumerate(field.examples, start=2):
            cell: Any = sheet.cell(row, place)
            _write_value(cell, text, field.kind)
            cell.font = Font(italic=True, color=_EXAMPLE)
        _format_column(sheet, letter, field)
        rule = _validation(field, lists)
        sheet.add_data_validation(rule)
        rule.add(f"{letter}2:{letter}{LAST_ROW}")
    keys = sum(field.name in {"patient", "visit"} for field in fields)
    sheet.freeze_panes = sheet.cell(2, keys + 1)


def _format_column(sheet: "Worksheet", letter: str, field: Field) -> None:
    """Make identifiers text, so that 007 stays 007, and dates dates."""
    kinds = {"date": "yyyy-mm-dd", "patient": "@"}
    wanted = "@" if field.name == "patient" else kinds.get(field.kind)
    if wanted is None:
        return
    sheet.column_dimensions[letter].number_format = wanted
    for row in range(2, 202):
        sheet[f"{letter}{row}"].number_format = wanted


def _validation(field: Field, lists: _Lists) -> Any:
    from openpyxl.worksheet.datavalidation import DataValidation

    said = field.meaning + (f"\nallowed: {field.range}" if field.range else "")
    options: dict[str, Any] = {
        "allow_blank": True,
        "showInputMessage": True,
        "promptTitle": field.header[:32],
        "prompt": said[:255],
    }
    if field.kind == "patient":
        place = f"patients!$A$2:$A${LAST_ROW}"
        options |= {"type": "list", "formula1": place, "errorStyle": "warning"}
    elif field.kind == "list":
        options |= {"type": "list", "formula1": lists.of(field.allowed)}
    elif field.kind == "date":
        # From 1900 to 2100; Excel counts days.
        options |= {"type": "date", "operator": "between"}
        options |= {"formula1": "1", "formula2": "73051"}
    elif field.kind == "number" and (field.low is not None or field.high is not None):
        low = -1e9 if field.low is None else field.low
        high = 1e9 if field.high is None else field.high
        # A warning only: <0.2 is a value as well.
        options |= {"type": "decimal", "operator": "between", "errorStyle": "warning"}
        options |= {"formula1": f"{low:g}", "formula2": f"{high:g}"}
    else:
        return DataValidation(**options)
    options |= {
        "showErrorMessage": True,
        "errorTitle": field.header[:32],
        "error": f"allowed: {field.range or 'a patient of sheet patients'}"[:255],
    }
    return DataValidation(**options)


def _write_columns(sheet: "Worksheet", fields: Sequence[Field]) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    head = ("sheet", "column", "meaning", "kind", "unit", "allowed", "needed")
    kinds = {"list": "one of a list", "patient": "identifier"}
    rows = [
        (
            field.sheet,
            field.name,
            field.meaning,
            kinds.get(field.kind, field.kind),
            field.unit,
            field.range,
            "yes" if field.is_needed else "",
        )
        for field in fields
    ]
    for line, cells in enumerate([head, *rows], start=1):
        for place, text in enumerate(cells, start=1):
            cell: Any = sheet.cell(line, place)
            write_text(cell, text)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if line == 1:
                cell.font = Font(bold=True)
                cell.fill = PatternFill("solid", fgColor=_HEADER)
    for letter, width in zip("ABCDEFG", (16, 28, 48, 14, 12, 48, 8), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"


def _write_about(sheet: "Worksheet", study: Study, sheets: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, Font

    lines = [
        f"Patients of {study.study}: what to type where",
        "",
        "1. Sheet patients: one row a patient, with an identifier of your own.",
        "2. Sheet visits: one row a patient and visit, with what was measured then.",
        *(
            ["3. Sheet findings: one row a patient, visit, reader and reading."]
            if "findings" in sheets
            else []
        ),
        "Sheets treatments and adverse_events may stay empty.",
        "",
        "Leave a cell empty where a value is missing. Censored values are typed as "
        "<0.2. Columns that you do not have may be deleted, or stay empty.",
        "Numbers carry no unit: the unit stands in the header. Values in another unit "
        "are converted where the study's YAML declares the factor (units:).",
        "Names, dates of birth and the like leave your machine with this file: use "
        "identifiers that say nothing.",
        f"Rows whose patient begins with {EXAMPLE} show how to fill it in. They are "
        "not read; delete them when your own rows are in.",
        "Sheet columns explains every column.",
        "",
        f"Then: rejia check {study.study}   (says what is wrong, and how to mend it)",
        f"      rejia plan {study.study}    (which analyses can run)",
        f"      rejia run {study.study}     (tables, figures, report)",
    ]
    for row, text in enumerate(lines, start=1):
        cell: Any = sheet.cell(row, 1)
        write_text(cell, text)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 100
