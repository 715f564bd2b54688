"""Every format gives the same canonical tables: nothing lost, nothing changed."""

import subprocess
import tempfile
import zipfile
from math import isnan
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cohort_files import WRITERS, Table, write_book
from rejia.cohort import inspect_cohort, read_cohort
from rejia.cohort.statistical import read_statistical
from rejia.cohort.texts import iso_date
from rejia.study import Study, read_study
from rejia.study.sources import Sources

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
    if suffix == ".xlsx":
        # What writes these workbooks keeps 16 digits; all 17 are read, see below.
        number = number.map(lambda value: float(f"{value:.15g}"))
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
                elif value is None:
                    assert cell == "" or isnan(cell)
                else:
                    assert cell == value


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


def test_a_workbook_number_of_17_digits_is_read_to_the_last_bit(study, tmp_path):
    tables = {
        "patients": {"patient": ["p1"], "sex": ["male"], "age_onset": [1.5]},
        "visits": {"patient": ["p1"], "visit": ["baseline"], "crp": [2.5]},
    }
    made, path = tmp_path / "made.xlsx", tmp_path / "cohort.xlsx"
    write_book(tables, made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(
                name, content.replace(b"<v>2.5</v>", b"<v>0.30000000000000004</v>")
            )
    faults, read = read_cohort(study, path)
    assert faults == []
    assert read["measurements"]["value"].tolist() == [0.1 + 0.2]


def test_a_number_in_single_precision_stands_for_its_own_digits(study, tmp_path):
    # Stata's default type; 0.1 in it is 0.10000000149011612 as a double.
    table = pd.DataFrame({"patient": ["p1"], "age_onset": [0.1]})
    narrow = table.assign(age_onset=table["age_onset"].astype("float32"))
    visits = pd.DataFrame({"patient": ["p1"], "visit": ["baseline"], "crp": [2.7]})
    for folder, write in (
        ("stata", lambda f, name: f.to_stata(f"{name}.dta", write_index=False)),
        ("parquet", lambda f, name: f.to_parquet(f"{name}.parquet")),
    ):
        (tmp_path / folder).mkdir()
        write(narrow, tmp_path / folder / "patients")
        write(visits, tmp_path / folder / "visits")
        faults, read = read_cohort(study, tmp_path / folder)
        assert faults == []
        assert read["patients"]["age_onset"].tolist() == [0.1]
        assert read["measurements"]["value"].tolist() == [2.7]


def test_spss_labels_become_levels_and_missing_codes_stay_as_notes(study, tmp_path):
    patients = pd.DataFrame({"patient": ["p1", "p2"], "sex": [1.0, 2.0]})
    visits = pd.DataFrame(
        {
            "patient": ["p1", "p2"],
            "visit": [1.0, 1.0],
            "crp": [-99.0, 5.5],
            "pain": [3.0, 9.0],
        }
    )
    pyreadstat.write_sav(
        patients,
        tmp_path / "patients.sav",
        variable_value_labels={"sex": {1.0: "female", 2.0: "male"}},
    )
    pyreadstat.write_sav(
        visits,
        tmp_path / "visits.sav",
        variable_value_labels={
            "visit": {1.0: "baseline"},
            "crp": {-99.0: "not done"},
            "pain": {3.0: "mild", 9.0: "refused"},
        },
        missing_ranges={"crp": [-99.0], "pain": [{"lo": 8.0, "hi": 9.0}]},
    )
    faults, read = read_cohort(study, tmp_path)
    assert faults == []
    assert read["patients"]["sex"].tolist() == ["female", "male"]
    rows = read["measurements"][["patient", "variable", "text", "note"]]
    assert rows.to_numpy().tolist() == [
        ["p1", "crp", "", "missing in the source: -99 (not done)"],
        ["p1", "pain", "mild", ""],
        ["p2", "crp", "", ""],
        ["p2", "pain", "", "missing in the source: 9 (refused)"],
    ]
    assert read["measurements"]["value"].isna().tolist() == [True, True, False, True]


def test_stata_missing_codes_stay_as_notes(study, tmp_path):
    patients = pd.DataFrame({"patient": ["p1", "p2"]})
    visits = pd.DataFrame(
        {"patient": ["p1", "p2"], "visit": ["baseline"] * 2, "crp": [0.5, "b"]}
    )
    pyreadstat.write_dta(patients, tmp_path / "patients.dta")
    pyreadstat.write_dta(
        visits,
        tmp_path / "visits.dta",
        missing_user_values={"crp": ["b"]},
        variable_value_labels={"crp": {"b": "lost"}},
    )
    faults, read = read_cohort(study, tmp_path)
    assert faults == []
    assert read["measurements"]["note"].tolist() == [
        "",
        "missing in the source: b (lost)",
    ]


REDCAP = """\
record_id,redcap_event_name,redcap_repeat_instrument,sex,onset,crp,pain,fever___1,form_complete
p1,baseline_arm_1,,1,3.5,36.2,mild,,2
p1,baseline_arm_1,adverse_events,,,,,,
p1,followup_arm_1,,,,1.5,,1,2
p2,baseline_arm_1,,2,,8,None,0,2
"""
REDCAP_MAP = """\
  columns:
    record_id: patient
    redcap_event_name: visit
    redcap_repeat_instrument: ignored
    sex: {column: sex, levels: {"1": female, "2": male}}
    onset: age_onset
    "{variable}": variable
    "fever___1": {variable: pain, levels: {"1": mild, "0": "None"}}
    form_complete: ignored
  names: {visit: {baseline_arm_1: baseline, followup_arm_1: follow_up}}
"""


def test_a_redcap_export_has_a_row_a_visit_and_checkboxes(tmp_path):
    study = study_of(tmp_path, REDCAP_MAP)
    path = tmp_path / "redcap.csv"
    path.write_text(REDCAP)
    found = inspect_cohort(study, path)
    # p2 says pain twice, by name and by checkbox: they agree.
    assert found.faults == []
    (warning,) = (w for w in found.warnings if "repeated" in w.what)
    assert warning.what == "1 rows of repeated instruments are not read"
    patients = found.tables["patients"]
    assert patients[["patient", "sex"]].to_numpy().tolist() == [
        ["p1", "female"],
        ["p2", "male"],
    ]
    rows = found.tables["measurements"][["patient", "visit", "variable", "text"]]
    assert rows.to_numpy().tolist() == [
        ["p1", "baseline", "crp", ""],
        ["p1", "baseline", "pain", "mild"],
        ["p1", "follow_up", "crp", ""],
        ["p1", "follow_up", "pain", "mild"],
        ["p2", "baseline", "crp", ""],
        ["p2", "baseline", "pain", "None"],
    ]


WRITTEN = [
    ("3.4.2014", "dmy", "2014-04-03"),
    ("3/4/2014", "mdy", "2014-03-04"),
    ("2014/4/3", "ymd", "2014-04-03"),
    ("31-12-2014", "dmy", "2014-12-31"),
    ("2014-04-03", "mdy", "2014-04-03"),
    ("2014-04-03", None, "2014-04-03"),
]


@pytest.mark.parametrize(("text", "order", "expected"), WRITTEN)
def test_a_date_is_read_as_its_declared_order_says(text, order, expected):
    assert iso_date(text, order) == (expected, "", "")


def test_declared_decimal_commas_dates_and_missing_texts(tmp_path):
    study = study_of(
        tmp_path, '  decimal: ","\n  dates: dmy\n  missing: ["k.A."]\n  delimiter: ";"'
    )
    folder = tmp_path / "cohort"
    folder.mkdir()
    (folder / "patients.csv").write_text(
        "patient;birth_date;age_onset\np1;03.04.2004;3,5\np2;k.A.;k.A.\n"
    )
    (folder / "visits.csv").write_text("patient;visit;crp\np1;baseline;<0,2\n")
    faults, read = read_cohort(study, folder)
    assert faults == []
    assert read["patients"]["birth_date"].tolist() == ["2004-04-03", ""]
    assert read["patients"]["age_onset"].tolist()[0] == 3.5
    row = read["measurements"].iloc[0]
    assert (row["comparator"], row["value"]) == ("<", 0.2)


@pytest.mark.r
def test_sas_file_is_read(require, tmp_path):
    """No free program writes these files: this is one that R's haven ships."""
    rscript = require("r")
    found = subprocess.run(
        [rscript, "-e", 'cat(system.file("examples/iris.sas7bdat", package="haven"))'],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if not found:
        pytest.skip("R's package haven is not installed")
    (grid,) = read_statistical(Path(found), Sources())
    assert len(grid.rows) == 150
    assert grid.header[0] == "Sepal_Length"
    assert grid.rows[0] == ["5.1", "3.5", "1.4", "0.2", "setosa"]


def test_a_pattern_that_says_more_wins_and_two_alike_are_a_fault(tmp_path):
    columns = (
        '  columns: {ID: patient, "crp_{visit}": {variable: crp, unit: mg/L}, '
        '"{variable}_{visit}": variable, '
        '"larsen_{joint}_{visit}": {finding: larsen}, '
        '"larsen_{side}_{visit}": {finding: larsen, site: hip}}'
    )
    study = study_of(tmp_path, columns)
    path = tmp_path / "all.csv"
    path.write_text("ID,crp_baseline,pain_baseline\np1,2.5,mild\n")
    faults, read = read_cohort(study, path)
    assert faults == []
    assert read["measurements"]["variable"].tolist() == ["crp", "pain"]
    path.write_text("ID,larsen_left_baseline\np1,2\n")
    (fault,) = read_cohort(study, path)[0]
    assert fault.what == (
        "fits 'larsen_{joint}_{visit}' and 'larsen_{side}_{visit}' of sources.columns"
    )
