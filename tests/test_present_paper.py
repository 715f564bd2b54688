"""Tables on paper: Word through LibreOffice, LaTeX through pdflatex."""

import io
import re
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from present_cohorts import definition, released
from present_material import HOSTILE, words
from rejia.present.format import typeset
from rejia.present.layout import LANDSCAPE, PORTRAIT, lay_out, text_width
from rejia.present.model import Cell, Row, Table, heading
from rejia.present.tables import build_tables, render
from test_present_hostile import hostile_study, hostile_tables

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A4 = (595, 842)
# Pages of the tables that a co-author gets; the others are as long as they are.
PAGES = {"table_1": 1, "table_2": 1, "table_3": 1, "joints": 1, "carsh": 1}


@pytest.fixture(scope="module")
def tables():
    made = build_tables(definition("aoki2014"), released("aoki2014"), words())
    return {table.id: table for table in made}


@pytest.fixture(scope="module")
def printed(tables, require, tmp_path_factory):
    """Every Word table as PDF."""
    require("poppler")
    folder = tmp_path_factory.mktemp("office")
    return rendered_by_office(tables, require("libreoffice"), folder)


def rendered_by_office(tables, program, folder):
    for name, table in tables.items():
        (folder / f"{name}.docx").write_bytes(render(table, "docx"))
    profile = (folder / "profile").as_uri()
    files = [str(path) for path in sorted(folder.glob("*.docx"))]
    subprocess.run(
        [
            program,
            f"-env:UserInstallation={profile}",
            *"--headless --convert-to pdf --outdir".split(),
            str(folder),
            *files,
        ],
        check=True,
        capture_output=True,
    )
    return {name: folder / f"{name}.pdf" for name in tables}


@pytest.mark.office
@pytest.mark.parametrize("name", PAGES)
def test_a_table_of_the_source_is_one_page_of_word(name, tables, printed):
    pages = pages_of(printed[name])
    assert len(pages) == PAGES[name]
    wide = lay_out(tables[name]).is_landscape
    assert page_size(printed[name]) == (A4[::-1] if wide else A4)


@pytest.mark.office
def test_word_cuts_and_breaks_nothing(tables, printed):
    for name, table in tables.items():
        text = "".join(pages_of(printed[name]))
        whole = squeezed(text)
        lines = "\n".join(squeezed(line) for line in text.splitlines())
        for cell in cells_of(table):
            for shown in (cell.text, cell.second):
                assert squeezed(shown) in whole, (name, shown)
            if cell.is_number and text_width(cell.text) < 12:
                # A number keeps to one line.
                assert squeezed(cell.text) in lines, name
        for _, note in table.footnotes:
            assert squeezed(note) in whole, (name, note)


@pytest.mark.office
def test_no_word_of_a_word_table_leaves_the_page(tables, printed):
    for name in tables:
        for width, height, boxes in boxes_of(printed[name]):
            for left, top, right, bottom, word in boxes:
                inside = left > 50 and right < width - 50
                assert inside, (name, word)
                assert top > 50, (name, word)
                assert bottom < height - 50, (name, word)


@pytest.mark.office
@pytest.mark.parametrize(
    "name", ["published_and_recomputed", "baseline_by_group", "before_after"]
)
def test_heads_are_repeated_on_every_page_of_word(name, tables, printed):
    pages = pages_of(printed[name])
    body = [page for page in pages if any(c.isdigit() for c in page)]
    assert len(body) > 1
    # The last page may hold footnotes alone.
    for page in body[:-1]:
        for cell in tables[name].header[-1]:
            assert squeezed(cell.text) in squeezed(page)


@pytest.mark.office
def test_hostile_tables_are_text_for_the_office(require, tmp_path):
    require("poppler")
    tables = {
        f"{place}_{table.id}": table
        for place, bad in enumerate(HOSTILE)
        for table in build_tables(hostile_study(bad), hostile_tables(bad), words())
        if table.id in {"table_1", "risk_factors"}
    }
    pdfs = rendered_by_office(tables, require("libreoffice"), tmp_path)
    for name, pdf in pdfs.items():
        assert pages_of(pdf), name


@pytest.mark.latex
def test_every_table_compiles_and_fits_its_page(tables, require, tmp_path):
    require("poppler")
    for name, table in tables.items():
        log, pdf = compiled([table], require("latex"), tmp_path)
        too_wide = [float(w) for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)]
        assert max(too_wide, default=0) < 2, name
        text = bare("".join(pages_of(pdf)))
        for cell in cells_of(table):
            assert bare(cell.text) in text, (name, cell.text)
            assert bare(cell.second) in text, (name, cell.second)


@pytest.mark.latex
@pytest.mark.parametrize("bad", HOSTILE)
def test_hostile_tables_compile_and_are_not_obeyed(bad, require, tmp_path):
    require("poppler")
    tables = build_tables(hostile_study(bad), hostile_tables(bad), words())
    _, pdf = compiled(tables, require("latex"), tmp_path)
    assert "root:" not in "".join(pages_of(pdf))


def test_the_grid_of_word_is_the_width_of_its_cells(tables):
    # LibreOffice places spanning heads by the grid: without widths they went astray.
    for table in tables.values():
        body = zipfile.ZipFile(io.BytesIO(render(table, "docx"))).read(
            "word/document.xml"
        )
        made = ElementTree.fromstring(body).find(f".//{W}tbl")
        grid = [int(c.get(f"{W}w")) for c in made.iter(f"{W}gridCol")]
        assert len(grid) == table.width
        assert min(grid) > 0
        for row in made.iter(f"{W}tr"):
            widths, column = [], 0
            for cell in row.iter(f"{W}tc"):
                span = cell.find(f"{W}tcPr/{W}gridSpan")
                columns = int(span.get(f"{W}val")) if span is not None else 1
                width = int(cell.find(f"{W}tcPr/{W}tcW").get(f"{W}w"))
                assert width == sum(grid[column : column + columns])
                widths.append(width)
                column += columns
            assert sum(widths) == sum(grid)
            assert row.find(f"{W}trPr/{W}cantSplit") is not None


def test_layout_keeps_to_the_page(tables):
    for table in tables.values():
        layout = lay_out(table)
        room = LANDSCAPE if layout.is_landscape else PORTRAIT
        assert layout.width <= room + 1e-6
        assert len(layout.widths) == table.width


def test_decimal_points_of_a_column_stand_under_each_other():
    made = simple(["1.02", "0.675", "1", "<0.001", "–"])
    body = zipfile.ZipFile(io.BytesIO(render(made, "docx"))).read("word/document.xml")
    texts = []
    for row in list(ElementTree.fromstring(body).iter(f"{W}tr"))[1:]:
        cell = list(row.iter(f"{W}tc"))[1]
        texts.append("".join(t.text for t in cell.iter(f"{W}t")))
    figure, point = "\u2007", "\u2008"
    assert texts == [
        f"1.02{figure}",
        "0.675",
        f"1{point}{figure * 3}",
        "<0.001",
        "–",
    ]
    assert r"1\phantom{.000}" in render(made, "tex").decode()


def simple(numbers):
    rows = tuple(Row((heading("x"), Cell(parts=(text,)))) for text in numbers)
    return Table(id="t_1", title="T", header=((heading("v"), heading("n")),), rows=rows)


def test_labels_of_latex_hold_no_command():
    # An escaped underscore in a label stops the second run of LaTeX.
    assert r"\label{tab:t-1}" in render(simple(["1"]), "tex").decode()


def cells_of(table):
    cells = [cell for row in table.header for cell in row]
    cells += [cell for row in table.rows for cell in row.cells]
    return [cell for cell in cells if cell.text]


def pages_of(pdf: Path):
    done = subprocess.run(
        ["pdftotext", "-raw", "-enc", "UTF-8", str(pdf), "-"],
        check=True,
        capture_output=True,
        text=True,
    )
    return [page for page in done.stdout.split("\f") if page.strip()]


def page_size(pdf: Path):
    done = subprocess.run(
        ["pdfinfo", str(pdf)], check=True, capture_output=True, text=True
    )
    found = re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", done.stdout)
    return round(float(found[1])), round(float(found[2]))


def boxes_of(pdf: Path):
    done = subprocess.run(
        ["pdftotext", "-bbox", str(pdf), "-"],
        check=True,
        capture_output=True,
        text=True,
    )
    for page in re.split(r"<page ", done.stdout)[1:]:
        size = re.match(r'width="([\d.]+)" height="([\d.]+)"', page)
        ends = "".join(
            rf'{end}="([\d.-]+)" ?' for end in ("xMin", "yMin", "xMax", "yMax")
        )
        found = re.findall(rf"<word {ends}>([^<]*)", page)
        boxes = [(*map(float, one[:4]), one[4]) for one in found]
        yield float(size[1]), float(size[2]), boxes


# A sign that its type face lacks is drawn apart, so it is left out.
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹−", "0123456789-", "⁻")


def squeezed(text):
    """Return text without spaces; raised digits and signs of print made plain."""
    plain = typeset(text).translate(_RAISED)
    return re.sub(r"[\s\u00a0\u2003\u2007\u2008]+", "", plain)


def bare(text):
    """Return the letters, digits and points of a text, which TeX writes as we do."""
    plain = typeset(text).translate(_RAISED).replace("ﬁ", "fi").replace("ﬂ", "fl")
    plain = plain.replace("ﬀ", "ff").replace("ﬃ", "ffi").replace("ﬄ", "ffl")
    return re.sub(r"[^A-Za-z0-9.]", "", plain)


def compiled(tables, program, folder):
    """Return what LaTeX says of a document of tables, and its PDF."""
    texts = [render(table, "tex").decode() for table in tables]
    text = "\\clearpage\n".join(texts)
    lines = texts[0].splitlines()
    needs = [line.split("needs: ")[1] for line in lines if "% needs: " in line]
    head = ["\\documentclass{article}", *needs, "\\usepackage{lmodern}"]
    path = folder / f"{tables[0].id}.tex"
    path.write_text("\n".join([*head, "\\begin{document}", text, "\\end{document}"]))
    engine = Path(program).with_name("pdflatex")
    for _ in range(2):
        done = subprocess.run(
            [engine, *"-interaction=nonstopmode -halt-on-error".split(), path.name],
            cwd=folder,
            capture_output=True,
            check=False,
        )
        out = done.stdout.decode(errors="replace")
        assert done.returncode == 0, out[-2000:]
    return out, path.with_suffix(".pdf")
