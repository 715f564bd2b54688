"""A table as LaTeX (booktabs), to be taken into a document."""

import re

from rejia.present.format import typeset
from rejia.present.layout import (
    LANDSCAPE,
    PORTRAIT,
    Layout,
    columns_of,
    decimal_padding,
    is_whole,
    lay_out,
    text_width,
)
from rejia.present.model import Cell, Row, Table, legend_sentence
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
# Verdicts that a sign alone is enough for: paper is shaded where something is wrong.
QUIET = frozenset({"consistent", "not_checkable", "forced", "typical"})
_LONG = {False: 40, True: 26}  # rows of a page, upright and turned
_TYPE = {9.0: r"\small", 8.0: r"\footnotesize", 7.0: r"\scriptsize", 6.0: r"\tiny"}
_NUMBERED = re.compile(r"Table \w+\. ")
_NEEDS = (
    "% needs: \\usepackage[utf8]{inputenc}\\usepackage[T1]{fontenc}"
    "\\usepackage{textcomp}\n"
    "% needs: \\usepackage[a4paper,margin=20mm]{geometry}"
    "\\usepackage{amsmath,amssymb}\n"
    "% needs: \\usepackage{array,booktabs,caption,longtable,pdflscape}"
    "\\usepackage[table]{xcolor}"
)


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
        A ``table``, or a ``longtable`` with repeated header where it is long; turned
        where it is wide. Its first lines name the packages that it needs.
    """
    drawn = _Drawn(table, lay_out(table))
    size = _TYPE[drawn.layout.size]
    # A table of the source keeps its own number.
    star = "*" if _NUMBERED.match(table.title) else ""
    caption = rf"\caption{star}{{{latex(table.title)}}}\label{{{_label(table)}}}"
    head = [*drawn.header(), r"\midrule"]
    body = [drawn.row(place, row) for place, row in enumerate(table.rows)]
    notes = _notes(table)
    # A recomputed value is a line of its own.
    lines = sum(1 + any(cell.beside for cell in row.cells) for row in table.rows)
    if lines > _LONG[drawn.layout.is_landscape]:
        inside = [
            rf"\begin{{longtable}}{{{drawn.columns()}}}",
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
        ]
        inside = [r"\begingroup", size, r"\setlength{\tabcolsep}{3pt}", *inside]
        inside.append(r"\endgroup")
    else:
        inside = [
            r"\begin{table}[htbp]",
            rf"\centering{size}\setlength{{\tabcolsep}}{{3pt}}",
            caption,
            rf"\begin{{tabular}}{{{drawn.columns()}}}",
            r"\toprule",
            *head,
            *body,
            r"\bottomrule",
            r"\end{tabular}",
            *notes,
            r"\end{table}",
        ]
    if drawn.layout.is_landscape:
        inside = [r"\begin{landscape}", *inside, r"\end{landscape}"]
    return "\n".join([_NEEDS, *inside, ""])


class _Drawn:
    """Rows and cells of a table, with the columns of its layout."""

    def __init__(self, table: Table, layout: Layout) -> None:
        self.table, self.layout = table, layout
        self.padding = decimal_padding(table)
        self.words = set(table.word_columns) | set(range(table.stub))
        room = LANDSCAPE if layout.is_landscape else PORTRAIT
        # Type of TeX is narrower than that of the layout, its columns farther apart.
        self.shares = [0.94 * (width - 2.6) / room for width in layout.widths]

    def columns(self) -> str:
        """Return the preamble of the columns."""
        out = []
        for column, share in enumerate(self.shares):
            if column not in self.words:
                out.append("r")
            elif self.layout.wrapped[column]:
                out.append(
                    rf">{{\raggedright\arraybackslash}}p{{{share:.3f}\linewidth}}"
                )
            else:
                out.append("l")
        return "@{}" + "".join(out) + "@{}"

    def header(self) -> list[str]:
        """Return the header rows, with a rule under each head that spans."""
        out = []
        for place, cells in enumerate(self.table.header):
            line, rules = [], []
            for column, cell in columns_of(Row(cells)):
                line.append(self._head(cell, column))
                if cell.span > 1 and cell.text and place < len(self.table.header) - 1:
                    last = column + cell.span
                    rules.append(rf"\cmidrule(lr){{{column + 1}-{last}}}")
            out.append(" & ".join(line) + r" \\" + "".join(rules))
        return out

    def row(self, place: int, row: Row) -> str:
        """Return a row of the body; a recomputed value stands below its number."""
        width = self.table.width
        if row.is_heading:
            text = rf"\textbf{{{_plain(row.cells[0].text)}}}"
            span = rf"\multicolumn{{{width}}}{{@{{}}l}}{{{text}}}"
            return rf"\addlinespace {span}\\*"
        line = " & ".join(
            _span(self._cell(cell, self.padding.get((place, column), "")), cell)
            for column, cell in columns_of(row)
        )
        return rf"{line} \\"

    def _head(self, cell: Cell, column: int) -> str:
        text = _plain(cell.text)
        if cell.span > 1 or column in self.words:
            return _span(text, cell)
        share = self.shares[column]
        box = rf"\parbox[b]{{{share:.3f}\linewidth}}{{\raggedleft {text}}}"
        wide = text_width(cell.text) > text_width("0") * 5 and " " in cell.text
        return box if wide and self._is_narrow(cell, column) else text

    def _is_narrow(self, cell: Cell, column: int) -> bool:
        needed = text_width(cell.text) * self.layout.size * 25.4 / 72
        return needed > self.layout.widths[column] - 2.2

    def _cell(self, cell: Cell, padding: str) -> str:
        shade = SHADES.get(cell.verdict) if cell.verdict not in QUIET else None
        text = _plain(cell.text)
        if not is_whole(cell) and cell.is_number:
            share = max(self.shares)
            text = rf"\parbox[t]{{{share:.3f}\linewidth}}{{\raggedright {text}}}"
        raised = _plain(cell.symbol) + "".join(latex(mark) for mark in cell.marks)
        if raised:
            text += rf"\textsuperscript{{{raised}}}"
        if padding:
            text += rf"\phantom{{{padding}}}"
        if cell.beside:
            side = "c" if cell.span > 1 else "r"
            second = rf"{{\scriptsize [{_plain(cell.second)}]}}"
            text = (
                rf"\begin{{tabular}}[t]{{@{{}}{side}@{{}}}}{text}\\"
                rf"{second}\end{{tabular}}"
            )
        return (rf"\cellcolor[HTML]{{{shade}}}" if shade else "") + text


def _label(table: Table) -> str:
    """Return a label that TeX can write to its files: no command, no underscore."""
    return "tab:" + "".join(c if c.isascii() and c.isalnum() else "-" for c in table.id)


def _plain(text: str) -> str:
    """Return a cell's text; a bracket or star would be read as an option of a row."""
    made = latex(typeset(text))
    return f"{{}}{made}" if made.startswith(("[", "*")) else made


def _span(text: str, cell: Cell) -> str:
    return rf"\multicolumn{{{cell.span}}}{{c}}{{{text}}}" if cell.span > 1 else text


def _notes(table: Table) -> list[str]:
    notes = [table.label] if table.label else []
    notes += [f"{mark} {text}".strip() for mark, text in table.footnotes]
    notes += [legend_sentence(table)] if table.legend else []
    if not notes:
        return []
    joined = r"\par ".join(latex(typeset(note)) for note in notes)
    return [
        r"\par\smallskip\noindent\begin{minipage}{\linewidth}\footnotesize\raggedright",
        joined,
        r"\end{minipage}",
    ]
