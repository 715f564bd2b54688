"""Large files are read column by column: the same tables and faults as row by row."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from rejia.coded import Coded
from rejia.cohort import files, inspect_cohort
from rejia.cohort.check import _unknown, _unvisited
from rejia.cohort.finding_rules import finding_fault, finding_faults
from rejia.cohort.grids import CodedCells
from rejia.cohort.parquet import read_parquet
from rejia.contracts import FINDINGS
from rejia.frame import parse_columns, repeated_keys
from rejia.scores import derive, derive_scores
from rejia.scores.forms import known_findings
from rejia.scores.larsen import areas_of
from rejia.study import read_study

STUDY = """\
study: small
title: A small study
citation: small2020
sources: {cohort: cohorts/small, missing: ["-9"]%s}
visits: {before: {label: Before, month: 0}, after: {label: After, month: 12}}
variables:
  crp: {label: CRP, unit: mg/L, step: 0.1, min: 0, max: 500}
  mood: {label: Mood, levels: [good, bad]}
  larsen: {label: Larsen, instrument: larsen_large_joints, layout: large10}
"""
# What may stand in a cell: right, wrong, odd, or nothing.
PATIENTS = st.sampled_from(["p1", "p2", "p3", "", "P1", "p 1"])
VISITS = st.sampled_from(["before", "after", "", "befor", "month 3"])
NUMBERS = st.sampled_from(["1", "2.0", "0,5", "<0.2", "≥3", "-9", "", "n/a", "1e308"])
CELLS = {
    "patients": {
        "patient": PATIENTS,
        "sex": st.sampled_from(["female", "male", "f", "", "-9"]),
        "birth_date": st.sampled_from(["2001-02-03", "3.2.2001", "", "2001-02-30"]),
    },
    "visits": {
        "patient": PATIENTS,
        "visit": VISITS,
        "day": NUMBERS,
        "date": st.sampled_from(["2012-02-03", "2/3/2012", "", "40000"]),
    },
    "measurements": {
        "patient": PATIENTS,
        "visit": VISITS,
        "variable": st.sampled_from(["crp", "mood", "cpr", "larsen"]),
        "value": NUMBERS,
        "text": st.sampled_from(["", "good", "goood"]),
        "unit": st.sampled_from(["mg/L", "mg/dL", ""]),
    },
    "findings": {
        "patient": PATIENTS,
        "visit": VISITS,
        "site": st.sampled_from(["hip", "knee", "nose", ""]),
        "side": st.sampled_from(["left", "right", "", "middle"]),
        "finding": st.sampled_from(["larsen", "larson"]),
        "reader": st.sampled_from(["1", "2", ""]),
        "value": st.sampled_from(["0", "1", "5", "6", "2.5", "x", ""]),
    },
}


def rows_of(table: str):
    return st.lists(st.fixed_dictionaries(CELLS[table]), min_size=1, max_size=12)


def one_by_one(path, sources):
    """Read as before: every row a list of its cells."""
    return [replace(g, rows=list(g.rows)) for g in read_parquet(path, sources)]


def inspected(study, folder, *, by_row: bool):
    with pytest.MonkeyPatch.context() as patch:
        if by_row:
            patch.setitem(files.READERS, ".parquet", one_by_one)
        return inspect_cohort(study, folder, known_findings(study))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.fixed_dictionaries({name: rows_of(name) for name in CELLS}),
    st.sampled_from(["", ', decimal: ","', ", dates: dmy"]),
)
def test_columns_give_the_tables_and_faults_of_rows(tmp_path, tables, declared):
    path = tmp_path / "small.yaml"
    path.write_text(STUDY % declared)
    study, folder = read_study(path), tmp_path / "cohort"
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        parquet.write_table(
            pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False),
            folder / f"{name}.parquet",
        )
    columns = inspected(study, folder, by_row=False)
    rows = inspected(study, folder, by_row=True)
    assert any(isinstance(grid.rows, CodedCells) for grid in columns.grids)
    assert not any(isinstance(grid.rows, CodedCells) for grid in rows.grids)
    assert columns.faults == rows.faults
    assert columns.warnings == rows.warnings
    for name, table in rows.tables.items():
        pd.testing.assert_frame_equal(columns.tables[name], table)


typed = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-5, 5)), max_size=9),
    st.lists(st.one_of(st.none(), st.floats(allow_nan=False)), max_size=9),
    st.lists(st.one_of(st.none(), st.booleans()), max_size=9),
    st.lists(st.one_of(st.none(), st.sampled_from(["a", " a", "b ", ""])), max_size=9),
    st.lists(st.one_of(st.none(), st.dates()), max_size=9),
    st.lists(st.one_of(st.none(), st.decimals(-9, 9, places=2)), max_size=9),
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(typed, st.booleans())
def test_typed_column_reads_as_its_values_one_by_one(tmp_path, values, is_coded):
    from rejia.cohort.grids import typed_text

    column = pa.array(values)
    if is_coded and len(values) and not pa.types.is_null(column.type):
        column = column.dictionary_encode()
    parquet.write_table(pa.table({"x": column}), tmp_path / "x.parquet")
    study_path = tmp_path / "small.yaml"
    study_path.write_text(STUDY % "")
    (grid,) = read_parquet(tmp_path / "x.parquet", read_study(study_path).sources)
    assert [cells[0] for cells in grid.rows] == [typed_text(value) for value in values]


texts = st.lists(st.sampled_from(["", "1", "2.5", "x", "9"]), max_size=20)


@given(texts)
def test_coded_column_is_a_list_of_texts(cells):
    codes, different = pd.factorize(np.array(cells, dtype=object))
    column = Coded.of(codes, [str(text) for text in different])
    assert list(column) == cells
    assert [column[row] for row in range(len(column))] == cells
    assert column.series().tolist() == cells
    assert list(column.mapped(lambda text: text[:1])) == [text[:1] for text in cells]
    assert column.rows_of(["9", "x"]).tolist() == [
        row for row, text in enumerate(cells) if text in {"9", "x"}
    ]
    contract = {"value": FINDINGS["value"], "side": FINDINGS["side"]}
    for name, declared in contract.items():
        one = {name: declared}
        faults, frame = parse_columns({name: cells}, one)
        coded_faults, coded_frame = parse_columns({name: column}, one)
        assert coded_faults == faults
        pd.testing.assert_frame_equal(coded_frame, frame)


KEY = ["patient", "visit", "site"]
keyed = st.lists(st.tuples(*[st.sampled_from(["a", "b", ""])] * 3), max_size=12)


@given(keyed, keyed)
def test_checks_of_columns_are_those_of_each_row(rows, visited):
    table = pd.DataFrame(rows, columns=KEY, dtype="str")
    visits = pd.DataFrame(visited, columns=KEY, dtype="str")[["patient", "visit"]]
    seen, repeated = Counter(), []
    for line, row in enumerate(rows, start=2):
        seen[row] += 1
        if seen[row] > 1:
            repeated.append(line)
    assert [fault.line for fault in repeated_keys(table, KEY)] == repeated
    had = {row[:2] for row in visited}
    known = {row[1] for row in visited}
    expected = [
        (line, row[1])
        for line, row in enumerate(rows, start=2)
        if row[1] in known and row[0] in {"a", "b"} and row[:2] not in had
    ]
    found = _unvisited(table, visits, {"a", "b"})
    assert [(fault.line, fault.found) for fault in found] == expected
    unknown = _unknown(table, "patient", ["a"], "is unknown")
    lines = [n for n, row in enumerate(rows, start=2) if row[0] not in {"a", ""}]
    assert [fault.line for fault in unknown] == lines


def larsen_study(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(STUDY % "")
    return read_study(path)


readings = st.lists(
    st.tuples(
        st.sampled_from(["p1", "p2"]),
        st.sampled_from(["before", "after"]),
        st.sampled_from([*areas_of("large10"), ("hip", ""), ("nose", "left")]),
        st.sampled_from(["larsen", "larsen", "active", "larson"]),
        st.sampled_from(["1", "2", "3"]),
        st.sampled_from(["1", "2"]),
        st.sampled_from([0.0, 1.0, 2.0, 5.0, 6.0, 2.5, float("nan")]),
    ),
    max_size=40,
)


def findings_of(rows) -> pd.DataFrame:
    cells = [(p, v, *area, f, r, n, value) for p, v, area, f, r, n, value in rows]
    table = pd.DataFrame(cells, columns=list(FINDINGS))
    texts = [name for name in FINDINGS if name != "value"]
    return table.astype({**dict.fromkeys(texts, "str"), "value": "float64"})


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(readings)
def test_faults_of_findings_are_those_of_each_row(tmp_path, rows):
    study, table = larsen_study(tmp_path), findings_of(rows)
    known = known_findings(study)
    expected = []
    for line, row in enumerate(table.to_dict("records"), start=2):
        cells = (row["finding"], row["site"], row["side"], row["value"])
        one = finding_fault(known, *cells)
        if one is not None:
            expected.append((line, row["patient"], *one))
    found = [
        (f.line, f.patient, f.column, f.found, f.what, f.allowed)
        for f in finding_faults(table, known)
    ]
    assert found == expected


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(readings)
def test_scores_made_as_columns_are_those_of_exact_fractions(tmp_path, rows):
    study = larsen_study(tmp_path)
    fine = [
        row
        for row in rows
        if row[2] in areas_of("large10") and row[6] in {0.0, 1.0, 2.0, 5.0}
    ]
    visits = pd.DataFrame(
        {"patient": ["p1", "p2"], "visit": ["after", "before"]}, dtype="str"
    )
    tables = {"visits": visits, "findings": findings_of(fine)}
    assert derive._INSTRUMENTS["larsen_large_joints"].derive_frame is not None
    columns = derive_scores(study, tables)
    with pytest.MonkeyPatch.context() as patch:
        one = replace(derive._INSTRUMENTS["larsen_large_joints"], derive_frame=None)
        patch.setitem(derive._INSTRUMENTS, "larsen_large_joints", one)
        exact = derive_scores(study, tables)
    pd.testing.assert_frame_equal(columns, exact)


def test_many_faults_that_say_the_same_are_shown_in_part_and_counted():
    from rejia.cli.checking import MOST_ALIKE, fault_line, first_alike

    one = {"kind": "fault", "table": "findings", "column": "site", "what": "is wrong"}
    many = [{**one, "line": n, "patient": "p"} for n in range(2, MOST_ALIKE + 1002)]
    other = {**one, "what": "is odd", "line": 5}
    shown = first_alike([*many, other])
    assert shown[:MOST_ALIKE] == many[:MOST_ALIKE]
    assert shown[MOST_ALIKE] == other
    assert "is wrong … in 1,000 more rows" in fault_line(shown[-1])
    assert len(shown) == MOST_ALIKE + 2
