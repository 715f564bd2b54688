"""A table as LaTeX (booktabs), to be taken into a document."""

from collections.abc import Sequence

from rejia.present.format import typeset_minus
from rejia.present.model import Cell, Row, Table
from rejia.present.safe import latex

SHADES = {
    "inconsistent": "F6C9C0",
    "consistent_by_rounding": "FBE7B2",
    "consistent": "D3E6F3",
    "not_checkable": "E6E6E6",
    "forced": "C6DDF0",
    "typical": "E3EFE6",
    "law_dependent": "F4EBCF",
    "rare": "FBDDB5",
    "not_attained": "F6C9C0",
    "impossible": "EDB5C6",
}
_LONG = 45


def to_latex(table: Table) -> str:
    """
    Render a table as LaTeX.

    Parameters
    ----------
    table : Table
        Table.

    Returns
    -------
    str
        A ``table``, or a ``longtable`` with repeated header where it is long.
        Needs booktabs, longtable and colortbl (xcolor with ``table``).
    """
    columns = "@{}" + "l" * table.stub + "r" * (table.width - table.stub) + "@{}"
    head = [*(_line(row) for row in table.header), r"\midrule"]
    body = [_row(row, table.width) for row in table.rows]
    caption = rf"\caption{{{latex(table.title)}}}\label{{tab:{latex(table.id)}}}"
    notes = _notes(table)
    needs = "% needs: \\usepackage{booktabs,longtable}\\usepackage[table]{xcolor}"
    if len(table.rows) > _LONG:
        return "\n".join(
            [
                needs,
                rf"\begin{{longtable}}{{{columns}}}",
                rf"{caption}\\",
                r"\toprule",
                *head,
                r"\endfirsthead",
                r"\toprule",
                *head,
                r"\endhead",
                r"\bottomrule",
                r"\endfoot",
                *body,
                r"\end{longtable}",
                *notes,
                "",
            ]
        )
    return "\n".join(
        [
            needs,
            r"\begin{table}[htbp]",
            r"\centering\small",
            caption,
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            *head,
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            *notes,
            r"\end{table}",
            "",
        ]
    )


def _row(row: Row, width: int) -> str:
    if row.is_heading:
        text = latex(row.cells[0].text)
        return rf"\addlinespace\multicolumn{{{width}}}{{@{{}}l}}{{\textbf{{{text}}}}}\\"
    line = _line(row.cells)
    if any(cell.beside for cell in row.cells):
        seconds = [
            _span(rf"\footnotesize [{_text(cell.second)}]" if cell.beside else "", cell)
            for cell in row.cells
        ]
        line += "\n" + " & ".join(seconds) + r"\\"
    return line


def _line(cells: Sequence[Cell]) -> str:
    return " & ".join(_span(_cell(cell), cell) for cell in cells) + r" \\"


def _cell(cell: Cell) -> str:
    shade = SHADES.get(cell.verdict)
    text = _text(cell.text)
    raised = _text(cell.symbol) + "".join(latex(mark) for mark in cell.marks)
    if raised:
        text += rf"\textsuperscript{{{raised}}}"
    return (rf"\cellcolor[HTML]{{{shade}}}" if shade else "") + text


def _text(text: str) -> str:
    """Return a cell's text; a bracket or star would be read as an option of a row."""
    made = latex(typeset_minus(text))
    return f"{{}}{made}" if made.startswith(("[", "*")) else made


def _span(text: str, cell: Cell) -> str:
    return rf"\multicolumn{{{cell.span}}}{{c}}{{{text}}}" if cell.span > 1 else text


def _notes(table: Table) -> list[str]:
    notes = [table.label] if table.label else []
    notes += [f"{mark} {text}".strip() for mark, text in table.footnotes]
    notes += [f"{entry.symbol} {entry.text}." for entry in table.legend]
    if not notes:
        return []
    joined = r"\par ".join(latex(typeset_minus(note)) for note in notes)
    return [
        r"\par\smallskip\begin{minipage}{\linewidth}\footnotesize",
        joined,
        r"\end{minipage}",
    ]
