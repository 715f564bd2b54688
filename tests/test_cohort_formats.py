"""Every format gives the same canonical tables: nothing lost, nothing changed."""

import tempfile
from pathlib import Path

import pandas as pd
import pytest
from cohort_files import WRITERS, Table, write_book
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rejia.cohort import read_cohort
from rejia.study import Study, read_study

DEFINITION = """\
study: small
title: A small study
citation: small2020
sources:
  cohort: cohorts/small
{sources}
visits: {{baseline: {{label: Before}}, follow_up: {{label: After}}}}
variables:
  age_onset: {{label: Age, unit: years, per: patient}}
  mtx: {{label: Methotrexate, per: patient, levels: ["None", NA, "yes"]}}
  crp: {{label: CRP, unit: mg/L, unit_is_sure: true}}
  pain: {{label: Pain, levels: ["None", NA, mild]}}
"""
WIDE = """\
  columns:
    ID: patient
    Sex: {column: sex, levels: {"1": female, "2": male}}
    mtx: mtx
    onset: age_onset
    "day_{visit}": day
    "crp_{visit}": crp
    "pain_{visit}": pain
    "larsen_{joint}_{side}_{visit}": {finding: larsen}
    "{any}_complete": ignored
  names: {visit: {pre: baseline, post: follow_up}, side: {r: right, l: left}}
"""


def study_of(folder: Path, sources: str = "") -> Study:
    path = folder / "small.yaml"
    path.write_text(DEFINITION.format(sources=sources), encoding="utf-8")
    return read_study(path)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study_of(tmp_path_factory.mktemp("study"))


def words(**options: int) -> st.SearchStrategy[str]:
    """Texts as people type them: no control characters, no blanks at the ends."""
    plain = st.text(
        st.characters(exclude_categories=["C", "Z"], max_codepoint=0x2FFF), **options
    )
    hard = st.sampled_from(
        ["None", "NA", "007", "1e5", "=1+1", "TRUE", "#N/A", "-", "nan", "01.02.2003"]
    )
    # A text file cannot tell a mark of byte order from a text that begins with one.
    return st.one_of(plain, hard).filter(lambda t: t == t.strip())


def numbers(largest: float, smallest: float) -> st.SearchStrategy[float]:
    return st.one_of(
        st.just(0.0),
        st.decimals(-1000, 1000, places=2).map(float),
        st.floats(smallest, largest),
        st.floats(-largest, -smallest),
    ).map(lambda value: value + 0.0)


# What a format can hold at all: Stata has no larger double, SAS transport files hold
# numbers of another base.
LIMITS = {".dta": (8e307, 1e-300), ".xpt": (1e70, 1e-70)}


@st.composite
def cohorts(draw: st.DrawFn, suffix: str) -> dict[str, Table]:
    patients = draw(
        st.lists(words(min_size=1, max_size=12), min_size=1, max_size=4, unique=True)
    )
    number = numbers(*LIMITS.get(suffix, (1e308, 1e-300)))
    n = len(patients)

    def column(values: st.SearchStrategy, size: int = n) -> list:
        return draw(st.lists(values, min_size=size, max_size=size))

    level = st.sampled_from(["None", "NA", "yes"])
    visits = [(p, v) for p in patients for v in ("baseline", "follow_up")]
    return {
        "patients": {
            "patient": patients,
            "sex": column(st.sampled_from(["female", "male", None])),
            "age_onset": [1.5, *column(st.one_of(st.none(), number), n - 1)],
            "mtx": column(st.one_of(st.none(), level)),
        },
        "visits": {
            "patient": [p for p, _ in visits],
            "visit": [v for _, v in visits],
        },
        "measurements": {
            "patient": [p for p, _ in visits],
            "visit": [v for _, v in visits],
            "variable": ["crp"] * len(visits),
            "value": [2.5, *column(number, len(visits) - 1)],
            "unit": ["mg/L"] * len(visits),
            "note": column(st.one_of(st.none(), words(max_size=20)), len(visits)),
        },
    }


def expect(tables: dict[str, Table], read: dict[str, pd.DataFrame]) -> None:
    for name, table in tables.items():
        for column, values in table.items():
            found = read[name][column].tolist()
            for value, cell in zip(values, found, strict=True):
                if isinstance(value, float):
                    assert cell == value, (name, column)
                else:
                    assert cell != cell if cell != cell else cell == (value or "")


@pytest.mark.parametrize("suffix", WRITERS)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_each_format_reads_back_what_was_written(study, suffix, data):
    tables = data.draw(cohorts(suffix))
    with tempfile.TemporaryDirectory() as folder:
        for name, table in tables.items():
            WRITERS[suffix](table, Path(folder) / f"{name}{suffix}")
        faults, read = read_cohort(study, Path(folder))
    assert faults == []
    expect(tables, read)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(tables=cohorts(".xlsx"))
def test_a_workbook_with_a_sheet_a_table_reads_as_the_files_do(study, tables):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cohort.xlsx"
        write_book(tables, path)
        faults, read = read_cohort(study, path)
        again, same = read_cohort(study, Path(folder))
    assert faults == again == []
    expect(tables, read)
    expect(tables, same)


WIDE_TABLE: Table = {
    "ID": ["p1", "p2"],
    "Sex": ["1", "2"],
    "mtx": ["None", "NA"],
    "onset": [3.5, 4.0],
    "day_pre": [0.0, 0.0],
    "day_post": [90.0, 91.5],
    "crp_pre": ["<0.2", "36.2"],
    "crp_post": ["1.5", None],
    "pain_pre": ["None", "mild"],
    "pain_post": [None, "NA"],
    "larsen_shoulder_r_pre": [0.0, 1.0],
    "larsen_pip_2_l_post": [2.0, None],
    "form_complete": ["2", "2"],
}


@pytest.mark.parametrize("suffix", WRITERS)
def test_a_wide_file_reads_alike_in_every_format(tmp_path, suffix):
    study = study_of(tmp_path, WIDE)
    path = tmp_path / f"all{suffix}"
    WRITERS[suffix](WIDE_TABLE, path)
    faults, read = read_cohort(study, path)
    assert faults == []
    patients = read["patients"]
    assert patients["patient"].tolist() == ["p1", "p2"]
    assert patients["sex"].tolist() == ["female", "male"]
    assert patients["mtx"].tolist() == ["None", "NA"]
    assert patients["age_onset"].tolist() == [3.5, 4.0]
    visits = read["visits"]
    assert visits.loc[visits["patient"] == "p2", "day"].tolist() == [0, 91.5]
    measured = read["measurements"].set_index(["patient", "visit", "variable"])
    censored = measured.loc[("p1", "baseline", "crp")]
    assert (censored["comparator"], censored["value"]) == ("<", 0.2)
    assert measured.loc[("p2", "follow_up", "pain"), "text"] == "NA"
    assert len(measured) == 6
    rows = read["findings"][["patient", "visit", "site", "side", "finding", "value"]]
    assert rows.to_numpy().tolist() == [
        ["p1", "baseline", "shoulder", "right", "larsen", 0.0],
        ["p1", "follow_up", "pip_2", "left", "larsen", 2.0],
        ["p2", "baseline", "shoulder", "right", "larsen", 1.0],
    ]
