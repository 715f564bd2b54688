"""Whole columns at once and cell by cell: the same tables, and the same faults."""

import csv
import io
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bad_input.build import DEFINITION
from bad_input.cases import CASES
from rejia.cohort import delimited, inspect_cohort
from rejia.cohort.grids import CodedCells, UnreadableError
from rejia.errors import DataError
from rejia.frame import Column, plain, read_table, reading
from rejia.frame.plain import plain_columns
from rejia.study import Study, read_study
from rejia.study.sources import Sources

FUZZ = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# Signs that parsers of delimited text differ about, and some that they should not.
SIGNS = st.sampled_from(
    [*"a7. \",;\t\r\n\\'-", '""', "\r\n", "NA", *"\x00\ufeff\x85\u2028\x0b\x1c\xa0é日"]
)
PLAIN = st.sampled_from(
    ["", "p1", "p2", "NA", "None", " x ", "1,5", "2.5", "é", "null"]
)
ENCLOSED = PLAIN.map(lambda text: f'"{text}"')
DOUBLED = PLAIN.map(lambda text: f'"{text}""{text}"')
ODD = st.lists(SIGNS, max_size=4).map("".join)


@st.composite
def texts(draw: st.DrawFn, separator: str = ",") -> str:
    """Draw text that is nearly a table: rows of like length, most of them plain."""
    cell = PLAIN.filter(lambda text: separator not in text) | ENCLOSED | DOUBLED
    if draw(st.booleans()):
        cell |= ODD
    width = draw(st.integers(1, 4))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    names = st.lists(
        st.sampled_from(["patient", "visit", "crp", '"sex"', "", " day"]),
        min_size=width,
        max_size=width,
        unique=draw(st.booleans()),
    )
    rows = [draw(names)]
    for _ in range(draw(st.integers(0, 5))):
        n = draw(st.sampled_from([width] * 12 + [width + 1, 0]))
        rows.append(draw(st.lists(cell, min_size=n, max_size=n)))
    last = draw(st.sampled_from([end, end, end, "", end * 2, '"', " "]))
    mark = draw(st.sampled_from(["", "", "", "\ufeff", "\ufeff\ufeff"]))
    return mark + end.join(separator.join(row) for row in rows) + last


def outcome(path: Path, sources: Sources) -> tuple[object, ...]:
    """Return what was read, or every fault."""
    try:
        (grid,) = delimited.read_delimited(path, sources)
    except UnreadableError as error:
        return ("faults", error.faults)
    rows = [list(row) for row in grid.rows]
    return (grid.file, grid.sheet, grid.header, rows, list(grid.lines))


def cell_by_cell(patch: pytest.MonkeyPatch) -> None:
    """Take the way of whole columns from both readers."""
    for module in (delimited, reading):
        patch.setattr(module, "plain_columns", lambda *_: None)


@FUZZ
@given(data=st.data(), suffix=st.sampled_from(["csv", "tsv"]))
def test_cells_and_lines_are_those_of_the_parser_by_rows(data, suffix):
    declared = data.draw(st.sampled_from([None, ";", "|"]))
    separator = "\t" if suffix == "tsv" else declared or ","
    sources = Sources(
        delimiter=declared,
        encoding=data.draw(st.sampled_from(["utf-8", "utf-16", "windows-1252"])),
    )
    content = data.draw(texts(separator)).encode(
        data.draw(st.just(sources.encoding) | st.just("utf-8")), "replace"
    )
    if data.draw(st.integers(0, 3)) == 0:
        content = content[: data.draw(st.integers(0, len(content)))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"patients.{suffix}"
        path.write_bytes(content)
        found = outcome(path, sources)
        with pytest.MonkeyPatch.context() as patch:
            cell_by_cell(patch)
            assert found == outcome(path, sources)


@FUZZ
@given(st.lists(SIGNS, max_size=12).map("".join).map(lambda text: text.encode()))
@example(b'a,b\n"x""y","1"\n')
@example(b'a\n""\n')
@example(b'a,b\n"","1\n2"\n')
@example(b'a,b\n1,"2""\n"\n')
@example(b"a,b\n1,\xed\xa0\x80\n")
def test_text_is_refused_or_read_as_the_standard_library_does(content):
    found = plain_columns(content, ",")
    if found is None:
        return
    header, columns = found
    stream = io.StringIO(content.decode(), newline="")
    rows = [[cell.strip() for cell in row] for row in csv.reader(stream, strict=True)]
    assert [header, *map(list, zip(*columns, strict=True))] == rows


@pytest.mark.parametrize("piece", [1, 2, 3, 7])
@pytest.mark.parametrize(
    ("content", "is_plain"),
    [
        (b'"a","b"\n"1","2"\n', True),
        (b'a,"b""c"\r\n"""",""\r\n', True),
        (b'a,b\n"1\n2",3\n', False),
        (b'a,b\n"1"2,3\n', False),
        (b'a,b\n1"2",3\n', False),
        (b'a,b\n "2",3\n', False),
        (b'a,b\n"2,3\n', False),
    ],
)
def test_quotes_are_judged_alike_in_pieces(monkeypatch, piece, content, is_plain):
    monkeypatch.setattr(plain, "_PIECE", piece)
    assert plain._is_plain(content, b",") is is_plain


@pytest.mark.parametrize(
    "content",
    [
        b"patient,crp\np1,2.5\np2,\n",
        b"patient,crp\r\np1,2.5\r\np2,NA",
        b'\xef\xbb\xbf"patient","crp"\n"p1","2,5"\n"p ""2""",""\n',
        "patient,crp\n患者,≤0,2\n".replace("0,2", "0.2").encode(),
    ],
)
def test_usual_files_are_read_a_column_at_a_time(tmp_path, content):
    path = tmp_path / "patients.csv"
    path.write_bytes(content)
    (grid,) = delimited.read_delimited(path, Sources())
    assert isinstance(grid.rows, CodedCells)


def test_a_cell_that_is_too_large_is_told_as_ever(tmp_path):
    path = tmp_path / "patients.csv"
    path.write_bytes(b"patient,crp\np1," + b"7" * 131_073 + b"\n")
    with pytest.raises(UnreadableError) as caught:
        delimited.read_delimited(path, Sources())
    assert "larger than 131072" in caught.value.faults[0].what


NOTES = {
    "patient": Column("key", nullable=False),
    "sex": Column("sex", levels=("female", "male"), required=False),
    "crp": Column("number", "number", low=0, required=False),
    "day": Column("count", "integer", required=False),
}


@FUZZ
@given(content=texts("\t").map(str.encode), extra=st.booleans())
def test_tables_between_stages_are_the_same_or_have_the_same_faults(content, extra):
    def read(path: Path) -> pd.DataFrame | str:
        try:
            return read_table(path, NOTES, extra=extra)
        except DataError as error:
            return str(error)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notes.tsv"
        path.write_bytes(content)
        found = read(path)
        with pytest.MonkeyPatch.context() as patch:
            cell_by_cell(patch)
            expected = read(path)
    if isinstance(found, str) or isinstance(expected, str):
        assert found == expected
    else:
        pd.testing.assert_frame_equal(found, expected)


def study_of(folder: Path, sources: str = "") -> Study:
    path = folder / "small.yaml"
    path.write_text(DEFINITION.format(sources=sources), encoding="utf-8")
    return read_study(path)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study_of(tmp_path_factory.mktemp("plain"), 'missing: ["-99"]')


def inspected(study: Study, source: Path) -> tuple[object, ...]:
    findings = {"larsen": {("hip", "left"): (0, 1)}}
    try:
        found = inspect_cohort(study, source, findings)
    except DataError as error:
        return (str(error),)
    tables = {name: table.to_dict("list") for name, table in found.tables.items()}
    # Numbers by their text, so that nan is nan.
    return (found.faults, found.warnings, repr(tables), found.set_aside)


def expect_both_ways_alike(study: Study, source: Path) -> None:
    found = inspected(study, source)
    with pytest.MonkeyPatch.context() as patch:
        cell_by_cell(patch)
        assert found == inspected(study, source)


COLUMNS = {
    "patients": ["patient", "sex", "age_onset", "duration", "age_start [years]"],
    "visits": ["patient", "visit", "day", "date", "crp [mg/L]", "fever", "esr"],
    "findings": ["patient", "visit", "site", "side", "finding", "value", "reader"],
    "measurements": ["patient", "visit", "variable", "value", "unit", "text", "note"],
    "treatments": ["patient", "drug", "start", "stop"],
}
CELLS = {
    "patient": ["p1", "p2", "p3", "", "EXAMPLE-1"],
    "visit": ["baseline", "follow_up", "base line", ""],
    "date": ["2012-05-07", "2013-05-07", "07.05.2012", ""],
    "start": ["0", "2012-05-07", "41036", ""],
    "sex": ["female", "male", "Male", ""],
    "site": ["hip", "hop"],
    "side": ["left", "right"],
    "finding": ["larsen"],
    "variable": ["crp", "esr", "fever", "cpr"],
    "unit": ["mg/L", "mg/dL", ""],
    "text": ["", "yes"],
}
OTHERS = ["0", "1", "2.5", "-99", "<0.2", "2,5", "", "7", "x", "1e309", "None"]


@st.composite
def cohorts(draw: st.DrawFn) -> dict[str, bytes]:
    made = {}
    for table, columns in COLUMNS.items():
        if table not in {"patients", "visits"} and draw(st.booleans()):
            continue
        names = [n for n in columns if n == "patient" or draw(st.integers(0, 7))]
        rows = [names]
        for _ in range(draw(st.integers(0, 6))):
            cells = [st.sampled_from(CELLS.get(name, OTHERS)) for name in names]
            rows.append([draw(cell) for cell in cells])
        lines = ['"' + '","'.join(row) + '"' for row in rows]
        made[table] = ("\n".join(lines) + "\n").encode()
    return made


@settings(FUZZ, max_examples=30)
@given(files=cohorts())
def test_cohorts_have_the_same_tables_faults_and_warnings(study, files):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            (Path(folder) / f"{name}.csv").write_bytes(content)
        expect_both_ways_alike(study, Path(folder))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_malformed_cohorts_are_told_alike(tmp_path, case):
    cohort = tmp_path / "cohort"
    cohort.mkdir()
    case.build(cohort)
    # Both ways are of text; workbooks and other formats have but one.
    if any(path.suffix in {".csv", ".tsv"} for path in cohort.iterdir()):
        expect_both_ways_alike(study_of(tmp_path, case.sources), cohort)
