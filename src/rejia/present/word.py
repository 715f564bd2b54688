"""A table as a Word document: a real table that can be edited."""

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

from docx import Document
from docx.document import Document as DocumentObject
from docx.enum.section import WD_ORIENT
from docx.oxml import parse_xml
from docx.shared import Mm, Pt, RGBColor

from rejia.present.format import typeset
from rejia.present.latex import QUIET as _QUIET
from rejia.present.latex import SHADES
from rejia.present.layout import Layout, columns_of, decimal_padding, is_whole, lay_out
from rejia.present.model import ALL_SYMBOLS, Cell, Row, Table, legend_sentence
from rejia.present.safe import visible

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TIME = (1980, 1, 1, 0, 0, 0)
_TWIPS = 1440 / 25.4  # a millimetre
# Spaces as wide as a digit and as a point.
_FIGURE, _POINT = "\u2007", "\u2008"
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
        A4, turned where the table is wide; caption above, header rows repeated on
        every page, rows never split, footnotes below; the same bytes in every run.
    """
    layout = lay_out(table)
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Arial", Pt(9)
    style.paragraph_format.space_after = Pt(2)
    section = document.sections[0]
    short, long = Mm(210), Mm(297)
    if layout.is_landscape:
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
    run.font.color.rgb = RGBColor(0, 0, 0)
    if table.label:
        label = document.add_paragraph()
        label.add_run(visible(table.label)).italic = True
        label.paragraph_format.keep_with_next = True
    body = document.element.body
    body.insert(len(body) - 1, parse_xml(_table_xml(table, layout)))
    _add_notes(document, table)
    out = io.BytesIO()
    document.save(out)
    return fixed_zip(out.getvalue())


def _add_notes(document: DocumentObject, table: Table) -> None:
    """Write the legend as one sentence, then each footnote as a paragraph."""
    paragraphs = [(mark, text) for mark, text in table.footnotes]
    if table.legend:
        paragraphs.append(("", legend_sentence(table)))
    for place, (mark, text) in enumerate(paragraphs):
        paragraph = document.add_paragraph()
        if not place:
            paragraph.paragraph_format.space_before = Pt(4)
        if mark:
            paragraph.add_run(f"{visible(mark)} ").font.superscript = mark not in SIGNS
        paragraph.add_run(typeset(visible(text)))
        paragraph.paragraph_format.keep_together = True
        for run in paragraph.runs:
            run.font.size = Pt(8)


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


def _table_xml(table: Table, layout: Layout) -> str:
    draw = _Drawn(table, layout)
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in draw.widths)
    rows = [
        draw.row(cells, header=True, last=place == len(table.header) - 1)
        for place, cells in enumerate(table.header)
    ]
    rows += [draw.body_row(place, row) for place, row in enumerate(table.rows)]
    rules = "".join(_RULE.format(side=side, size=12) for side in ("top", "bottom"))
    return (
        f'<w:tbl xmlns:w="{_W}"><w:tblPr>'
        f'<w:tblW w:w="{sum(draw.widths)}" w:type="dxa"/>'
        f'<w:tblBorders>{rules}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        '<w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/>'
        "</w:tblCellMar>"
        f'<w:tblCaption w:val="{_attribute(table.title)}"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


class _Drawn:
    """Rows and cells of a table with fixed widths."""

    def __init__(self, table: Table, layout: Layout) -> None:
        self.table = table
        self.widths = [round(width * _TWIPS) for width in layout.widths]
        self.size = round(2 * layout.size)
        self.padding = decimal_padding(table)
        self.word_columns = set(table.word_columns) | set(range(table.stub))

    def body_row(self, place: int, row: Row) -> str:
        if not row.is_heading:
            return self.row(row.cells, place=place)
        inside = self._paragraph(
            self._run(row.cells[0].text, bold=True), "left", keep=True
        )
        return (
            "<w:tr><w:trPr><w:cantSplit/></w:trPr><w:tc><w:tcPr>"
            f'<w:tcW w:w="{sum(self.widths)}" w:type="dxa"/>'
            f'<w:gridSpan w:val="{self.table.width}"/></w:tcPr>{inside}</w:tc></w:tr>'
        )

    def row(
        self,
        cells: Sequence[Cell],
        *,
        place: int = -1,
        header: bool = False,
        last: bool = False,
    ) -> str:
        repeat = "<w:tblHeader/>" if header else ""
        out = [
            self._cell(
                cell, column, self.padding.get((place, column), ""), header, last
            )
            for column, cell in columns_of(Row(tuple(cells)))
        ]
        return f"<w:tr><w:trPr><w:cantSplit/>{repeat}</w:trPr>{''.join(out)}</w:tr>"

    def _cell(
        self, cell: Cell, column: int, padding: str, header: bool, last: bool
    ) -> str:
        width = sum(self.widths[column : column + cell.span])
        span = f'<w:gridSpan w:val="{cell.span}"/>' if cell.span > 1 else ""
        # A rule under each head that spans, and under the whole of the last.
        under = last or (header and cell.span > 1 and bool(cell.text))
        border = (
            f"<w:tcBorders>{_RULE.format(side='bottom', size=6)}</w:tcBorders>"
            if under
            else ""
        )
        shade = SHADES.get(cell.verdict) if cell.verdict not in _QUIET else None
        fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{shade}"/>' * bool(shade)
        foot = '<w:vAlign w:val="bottom"/>' if header else ""
        align = self._align(cell, column, header)
        whole = is_whole(cell) and not header
        runs = self._run(cell.text, bold=header, whole=whole)
        raised = cell.symbol + "".join(cell.marks)
        if raised:
            runs += self._run(raised, raised=True)
        if padding:
            runs += self._run(padding.replace("0", _FIGURE).replace(".", _POINT))
        inside = self._paragraph(runs, align, keep=header)
        if cell.beside:
            second = self._run(f"[{cell.second}]", small=True, whole=True)
            inside += self._paragraph(second, align)
        return (
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{span}{border}{fill}'
            f"{foot}</w:tcPr>{inside}</w:tc>"
        )

    def _align(self, cell: Cell, column: int, header: bool) -> str:
        if column in self.word_columns and cell.span == 1:
            return "left"
        if cell.span > 1:
            return "center"
        return "right" if header or cell.is_number else "left"

    def _paragraph(self, runs: str, align: str, *, keep: bool = False) -> str:
        return (
            f'<w:p><w:pPr><w:keepNext w:val="{int(keep)}"/>'
            '<w:spacing w:before="20" w:after="20"'
            f' w:line="{13 * self.size}" w:lineRule="exact"/>'
            f'<w:jc w:val="{align}"/></w:pPr>{runs}</w:p>'
        )

    def _run(
        self,
        text: str,
        *,
        bold: bool = False,
        raised: bool = False,
        small: bool = False,
        whole: bool = False,
    ) -> str:
        size = self.size + (3 if raised else -2 if small else 0)
        properties = "<w:b/>" if bold else ""
        properties += f'<w:sz w:val="{size}"/>'
        properties += '<w:vertAlign w:val="superscript"/>' if raised else ""
        shown = typeset(visible(text))
        inside = escape(shown.replace(" ", "\u00a0") if whole else shown)
        return (
            f"<w:r><w:rPr>{properties}</w:rPr>"
            f'<w:t xml:space="preserve">{inside}</w:t></w:r>'
        )


def _attribute(text: str) -> str:
    return escape(visible(text), {'"': "&quot;", "\n": " "})
