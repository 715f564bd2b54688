"""Workbooks as bytes: the same for the same content, and no cell that computes."""

import io
import re
import zipfile
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.workbook.workbook import Workbook

# Times inside a workbook are those of no run.
_TIME = datetime(2014, 1, 1)
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|[\ud800-\udfff]")
LONGEST = 32_000


def write_text(cell: "Cell", text: str) -> None:
    """
    Write text that a spreadsheet shows and never computes.

    Parameters
    ----------
    cell : openpyxl.cell.cell.Cell
        Of a workbook that is being made.
    text : str
        Anything that a file may hold: ``=1+1`` stays text, control characters are
        shown as the replacement sign.
    """
    cell.value = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)[:LONGEST] or None
    if cell.value is not None:
        cell.data_type = "s"
        cell.quotePrefix = text[:1] in {"=", "+", "-", "@"}


def book_bytes(book: "Workbook") -> bytes:
    """
    Return a workbook as the bytes of its file, without the time of its making.

    Parameters
    ----------
    book : openpyxl.Workbook
        With at least one sheet.
    """
    book.properties.creator = "rejia"
    book.properties.created = book.properties.modified = _TIME
    made = io.BytesIO()
    book.save(made)
    fixed = io.BytesIO()
    stamp = _TIME.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with (
        zipfile.ZipFile(made) as source,
        zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>" + stamp, content)
            member = zipfile.ZipInfo(name, _ZIP_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o600 << 16
            target.writestr(member, content)
    return fixed.getvalue()
