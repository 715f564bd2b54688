"""A table as a Word document: a real table that can be edited."""

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml import parse_xml
from docx.shared import Mm, Pt

from rejia.present.format import typeset_minus
from rejia.present.latex import SHADES
from rejia.present.model import ALL_SYMBOLS, Cell, Row, Table
from rejia.present.safe import visible

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TIME = (1980, 1, 1, 0, 0, 0)
_WIDE = 7
SIGNS = frozenset(ALL_SYMBOLS.values())
_RULE = '<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="000000"/>'


def to_docx(table: Table) -> bytes:
    """
    Render a table as a Word document.

    Parameters
    ----------
    table : Table
        Table.

    Returns
    -------
    bytes
        A4, caption above, header rows repeated on every page, rows never split,
        footnotes below; the same bytes in every run.
    """
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Arial", Pt(9)
    style.paragraph_format.space_after = Pt(2)
    section = document.sections[0]
    short, long = Mm(210), Mm(297)
    if table.width > _WIDE:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = long, short
    else:
        section.page_width, section.page_height = short, long
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(20)
    document.core_properties.title = visible(table.title)
    document.core_properties.author = ""
    caption = document.add_paragraph(style="Caption")
    caption.paragraph_format.keep_with_next = True
    run = caption.add_run(visible(table.title))
    run.font.name, run.font.size = "Arial", Pt(10)
    if table.label:
        document.add_paragraph().add_run(visible(table.label)).italic = True
    body = document.element.body
    body.insert(len(body) - 1, parse_xml(_table_xml(table)))
    for mark, text in (*table.footnotes, *((e.symbol, e.text) for e in table.legend)):
        paragraph = document.add_paragraph()
        if mark:
            paragraph.add_run(f"{visible(mark)} ").font.superscript = mark not in SIGNS
        paragraph.add_run(typeset_minus(visible(text)))
    out = io.BytesIO()
    document.save(out)
    return fixed_zip(out.getvalue())


def fixed_zip(content: bytes) -> bytes:
    """
    Write a zip again with fixed times and order.

    Parameters
    ----------
    content : bytes
        A zip file, such as a Word document.

    Returns
    -------
    bytes
    """
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            info = zipfile.ZipInfo(name, date_time=_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            target.writestr(info, source.read(name))
    return out.getvalue()


def _table_xml(table: Table) -> str:
    grid = "".join("<w:gridCol/>" for _ in range(table.width))
    rows = [
        _row_xml(cells, table, header=True, last=place == len(table.header) - 1)
        for place, cells in enumerate(table.header)
    ]
    rows += [_body_row_xml(row, table) for row in table.rows]
    rules = "".join(_RULE.format(side=side, size=12) for side in ("top", "bottom"))
    return (
        f'<w:tbl xmlns:w="{_W}"><w:tblPr><w:tblW w:w="5000" w:type="pct"/>'
        f'<w:tblBorders>{rules}</w:tblBorders><w:tblLayout w:type="autofit"/>'
        '<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/>'
        "</w:tblCellMar>"
        f'<w:tblCaption w:val="{_attribute(table.title)}"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def _body_row_xml(row: Row, table: Table) -> str:
    if not row.is_heading:
        return _row_xml(row.cells, table)
    inside = _paragraph(_run(row.cells[0].text, bold=True))
    return (
        f'<w:tr><w:trPr><w:cantSplit/></w:trPr><w:tc><w:tcPr><w:gridSpan w:val="'
        f'{table.width}"/></w:tcPr>{inside}</w:tc></w:tr>'
    )


def _row_xml(
    cells: Sequence[Cell], table: Table, *, header: bool = False, last: bool = False
) -> str:
    repeat = "<w:tblHeader/>" if header else ""
    column, out = 0, []
    for cell in cells:
        out.append(_cell_xml(cell, column < table.stub, header, last))
        column += cell.span
    return f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{''.join(out)}</w:tr>"


def _cell_xml(cell: Cell, is_stub: bool, header: bool, last: bool) -> str:
    span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
    under = last or (header and cell.span > 1)
    border = (
        f"<w:tcBorders>{_RULE.format(side='bottom', size=6)}</w:tcBorders>"
        if under
        else ""
    )
    shade = SHADES.get(cell.verdict)
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{shade}"/>' if shade else ""
    if is_stub or (not header and not cell.is_number and cell.span == 1):
        align = "left"
    else:
        align = "center" if header or cell.span > 1 else "right"
    raised = cell.symbol + "".join(cell.marks)
    runs = _run(cell.text, bold=header)
    if raised:
        runs += _run(raised, raised=True)
    inside = _paragraph(runs, align)
    if cell.beside:
        inside += _paragraph(_run(f"[{cell.second}]", small=True), align)
    return f"<w:tc><w:tcPr>{span}{border}{fill}</w:tcPr>{inside}</w:tc>"


def _paragraph(runs: str, align: str = "left") -> str:
    return (
        f'<w:p><w:pPr><w:keepNext w:val="0"/><w:spacing w:before="20" w:after="20"/>'
        f'<w:jc w:val="{align}"/></w:pPr>{runs}</w:p>'
    )


def _run(
    text: str, *, bold: bool = False, raised: bool = False, small: bool = False
) -> str:
    properties = "<w:b/>" if bold else ""
    properties += '<w:sz w:val="16"/>' if small else ""
    properties += '<w:vertAlign w:val="superscript"/>' if raised else ""
    inside = escape(typeset_minus(visible(text)))
    return (
        f"<w:r><w:rPr>{properties}</w:rPr>"
        f'<w:t xml:space="preserve">{inside}</w:t></w:r>'
    )


def _attribute(text: str) -> str:
    return escape(visible(text), {'"': "&quot;", "\n": " "})
