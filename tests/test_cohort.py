"""Patient-level files: read, checked, nothing lost and no value told."""

from math import isnan
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejia.cohort import CohortFault, check_cohort, cohort_files, read_cohort
from rejia.cohort.check import count_faults
from rejia.cohort.read import split_comparators
from rejia.contracts import COHORT_TABLES
from rejia.errors import DataError
from rejia.study import Study, read_study

ROOT = Path(__file__).parents[1]

DEFINITION = """\
study: small
title: A small study
citation: small2020
sources: {cohort: cohorts/small}
visits: {baseline: {label: Before}, follow_up: {label: After}}
variables:
  age_onset: {label: Age, unit: years, step: 0.1, min: 0, max: 16, per: patient}
  crp: {label: CRP, unit: mg/L, step: 0.1, min: 0, max: 600, worse: high}
  fever: {label: Fever, levels: ["yes", "no"]}
"""

FILES = {
    "patients": "patient\tsex\tage_onset\np1\tfemale\t3.5\np2\tmale\t16\n",
    "visits": (
        "patient\tvisit\tday\np1\tbaseline\t0\np1\tfollow_up\t90\np2\tbaseline\t0\n"
        "p2\tfollow_up\t90\n"
    ),
    "measurements": (
        "patient\tvisit\tvariable\tvalue\ttext\tunit\n"
        "p1\tbaseline\tcrp\t36.2\t\tmg/L\n"
        "p1\tfollow_up\tcrp\t<0.2\t\tmg/L\n"
        "p2\tbaseline\tcrp\t\t\tmg/L\n"
        "p1\tbaseline\tfever\t\tyes\t\n"
    ),
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    path = tmp_path_factory.mktemp("study") / "small.yaml"
    path.write_text(DEFINITION)
    return read_study(path)


def folder_of(tmp_path: Path, **changes: str) -> Path:
    for name, text in {**FILES, **changes}.items():
        (tmp_path / f"{name}.tsv").write_text(text, encoding="utf-8")
    return tmp_path


def faults_of(study: Study, tmp_path: Path, **changes: str) -> list[CohortFault]:
    faults, _ = read_cohort(study, folder_of(tmp_path, **changes))
    return faults


def test_clean_cohort_has_no_fault(study, tmp_path):
    faults, tables = read_cohort(study, folder_of(tmp_path))
    assert faults == []
    assert set(tables) == set(COHORT_TABLES)
    assert tables["patients"]["age_onset"].tolist() == [3.5, 16.0]
    assert tables["findings"].empty


def test_censored_value_keeps_its_sign_in_a_column_of_its_own(study, tmp_path):
    _, tables = read_cohort(study, folder_of(tmp_path))
    row = tables["measurements"].iloc[1]
    assert (row["comparator"], row["value"]) == ("<", 0.2)


def test_missing_value_stays_missing(study, tmp_path):
    _, tables = read_cohort(study, folder_of(tmp_path))
    row = tables["measurements"].iloc[2]
    assert isnan(row["value"])
    assert row["comparator"] == ""


CENSORED = [
    ("<0.2", "<", "0.2"),
    ("< 0.2", "<", "0.2"),
    (">97", ">", "97"),
    ("<=40", "≤", "40"),
    (">= 8", "≥", "8"),
    ("≤40", "≤", "40"),
    ("<1/40", "", "<1/40"),
    ("<", "", "<"),
    ("0.2", "", "0.2"),
    ("", "", ""),
]


@pytest.mark.parametrize(("cell", "comparator", "value"), CENSORED)
def test_sign_before_a_number_is_taken_off_and_kept(cell, comparator, value):
    cells = split_comparators({"value": [cell]})
    assert (cells["comparator"], cells["value"]) == ([comparator], [value])


def test_sign_in_both_columns_is_left_for_the_checks(study, tmp_path):
    text = "patient\tvisit\tvariable\tvalue\tcomparator\tunit\n"
    text += "p1\tbaseline\tcrp\t<0.2\t<\tmg/L\n"
    (fault, *_) = faults_of(study, tmp_path, measurements=text)
    assert (fault.column, fault.found, fault.what) == (
        "value",
        "<0.2",
        "is not a number",
    )


def with_row(row: str) -> str:
    return FILES["measurements"] + row + "\n"


# A measurement in line 6, and what is wrong with it.
WIDER = "where it is right, widen min or max of crp in the study"
WRONG = [
    (
        "p2\tbaseline\tfever\t\tmaybe\t",
        ("p2", "text", "maybe", "is no level of fever", "allowed: yes, no"),
    ),
    (
        "p1\tbaseline\tcrp\t5\t\tmg/L",
        (
            "p1",
            "patient, visit, variable",
            "p1, baseline, crp",
            "is already given in line 2",
            "one row a key",
        ),
    ),
    (
        "p2\tfollow_up\tcrp\t3.6\t\tmg/dL",
        (
            "p2",
            "unit",
            "mg/dL",
            "is not the unit of crp",
            "allowed: mg/L; to convert, declare units: {mg/dL: 10}",
        ),
    ),
    (
        "p2\tfollow_up\tcrp\t3.6\t\t",
        ("p2", "unit", "", "is not the unit of crp", "allowed: mg/L"),
    ),
    (
        "p2\tfollow_up\tcrp\t601\t\tmg/L",
        (
            "p2",
            "value",
            "601",
            "is out of range of crp",
            "from 0 to 600 mg/L; " + WIDER,
        ),
    ),
    (
        "p2\tfollow_up\tcrp\t-1\t\tmg/L",
        ("p2", "value", "-1", "is out of range of crp", "from 0 to 600 mg/L; " + WIDER),
    ),
    (
        "p2\tfolow_up\tcrp\t3.6\t\tmg/L",
        (
            "p2",
            "visit",
            "folow_up",
            "is no visit of the study; did you mean 'follow_up'?",
            "known: baseline, follow_up",
        ),
    ),
    (
        "p2\tfollow_up\tcpr\t3.6\t\tmg/L",
        (
            "p2",
            "variable",
            "cpr",
            "is no measured variable; did you mean 'crp'?",
            "measured variables of the study: crp, fever",
        ),
    ),
    (
        "p2\tfollow_up\tcrp\t3.6\thigh\tmg/L",
        ("p2", "text", "high", "stands beside a number", "one of them"),
    ),
    (
        "p2\tfollow_up\tcrp\t3,6\t\tmg/L",
        (
            "p2",
            "value",
            "3,6",
            "is not a number",
            'with a decimal point and no unit; or declare `decimal: ","` under sources',
        ),
    ),
    (
        "\tfollow_up\tcrp\t3.6\t\tmg/L",
        ("", "patient", "", "is empty", "identifier of the patient"),
    ),
    (
        "p2\tfollow_up\tcrp\t3.65\t\tmg/L",
        (
            "p2",
            "value",
            "3.65",
            "is no whole multiple of the step of crp",
            "step: 0.1 mg/L; where it is right, declare a finer step of crp in the "
            "study (this value fits 0.01)",
        ),
    ),
]


@pytest.mark.parametrize(("row", "expected"), WRONG)
def test_fault_of_a_measurement_is_named_with_patient_and_line(
    study, tmp_path, row, expected
):
    (fault,) = faults_of(study, tmp_path, measurements=with_row(row))
    found = (fault.patient, fault.column, fault.found, fault.what, fault.allowed)
    assert (fault.table, fault.line) == ("measurements", 6)
    assert found == expected


def test_unknown_patient_is_named_with_the_nearest(study, tmp_path):
    row = "p11\tbaseline\tcrp\t3.6\t\tmg/L"
    (fault,) = faults_of(study, tmp_path, measurements=with_row(row))
    assert (fault.column, fault.found) == ("patient", "p11")
    assert fault.what == "is not in table patients; did you mean 'p1'?"


def test_visit_of_an_unknown_patient_is_a_fault(study, tmp_path):
    text = FILES["visits"] + "p3\tbaseline\t0\n"
    (fault,) = faults_of(study, tmp_path, visits=text)
    assert (fault.table, fault.line, fault.column) == ("visits", 6, "patient")


def test_repeated_patient_and_repeated_visit_are_faults(study, tmp_path):
    found = faults_of(
        study,
        tmp_path,
        patients=FILES["patients"] + "p1\tfemale\t3.5\n",
        visits=FILES["visits"] + "p1\tbaseline\t0\n",
    )
    assert [(f.table, f.line, f.column, f.found) for f in found] == [
        ("patients", 4, "patient", "p1"),
        ("visits", 6, "patient, visit", "p1, baseline"),
    ]


def test_baseline_value_out_of_range_is_a_fault(study, tmp_path):
    text = FILES["patients"].replace("\t16\n", "\t61\n")
    (fault,) = faults_of(study, tmp_path, patients=text)
    assert (fault.table, fault.line, fault.patient) == ("patients", 3, "p2")
    assert (fault.column, fault.found) == ("age_onset", "61")


def test_unknown_sex_and_unknown_column_are_faults(study, tmp_path):
    text = (
        FILES["patients"].replace("male\t16", "m\t16").replace("age_onset", "agonset")
    )
    found = faults_of(study, tmp_path, patients=text)
    assert [(f.column, f.line, f.found) for f in found] == [
        ("agonset", 0, ""),
        ("sex", 3, "m"),
    ]
    assert "did you mean 'age_onset'?" in found[0].what


def test_faults_of_all_tables_come_at_once(study, tmp_path):
    found = faults_of(
        study,
        tmp_path,
        patients=FILES["patients"].replace("female", "femal"),
        visits=FILES["visits"].replace("\t90", "\tninety", 1),
        measurements=with_row("p2\tM6\tcrp\t601\t\tmg/dL"),
    )
    assert sorted((f.table, f.column) for f in found) == [
        ("measurements", "unit"),
        ("measurements", "value"),
        ("measurements", "visit"),
        ("patients", "sex"),
        ("visits", "day"),
    ]


def test_comparator_without_a_value_is_a_fault(study, tmp_path):
    text = "patient\tvisit\tvariable\tvalue\tcomparator\tunit\n"
    text += "p1\tbaseline\tcrp\t\t<\tmg/L\n"
    (fault,) = faults_of(study, tmp_path, measurements=text)
    assert (fault.column, fault.what) == ("comparator", "has no value")


SECRETS = st.text(st.characters(categories=["Lu", "Nd"]), min_size=6, max_size=12)


@given(SECRETS, SECRETS, SECRETS)
def test_counts_of_faults_show_no_value_of_a_patient(patient, found, header):
    faults = [
        CohortFault("patients", 0, "", header, "", "is unknown", "known columns: …"),
        CohortFault("patients", 3, patient, "sex", found, "is not allowed", "…"),
        CohortFault("patients", 4, patient, "sex", found, "is not allowed", "…"),
    ]
    lines = count_faults(faults)
    assert lines == [
        "patients: unknown columns: 1 fault",
        "patients: column 'sex': 2 faults",
    ]


def test_counts_of_faults_of_a_real_cohort_show_no_value(study, tmp_path):
    found = faults_of(
        study,
        tmp_path,
        measurements=with_row("p77\tMxx\tcrp\t9876\t\tmg/XX")
        + with_row("p1\tbaseline\tcrp\t5\t\tmg/L").splitlines()[-1]
        + "\n",
    )
    shown = "\n".join(count_faults(found))
    assert "measurements: column 'unit': 1 fault" in shown
    for secret in ("p77", "Mxx", "9876", "mg/XX", "p1", "36.2"):
        assert secret not in shown


def test_missing_tables_are_all_named(tmp_path):
    (tmp_path / "treatments.tsv").write_text("patient\tdrug\n")
    with pytest.raises(DataError) as caught:
        cohort_files(tmp_path)
    assert caught.value.faults == (
        "table 'patients' is missing (patients.tsv or .csv)",
        "table 'visits' is missing (visits.tsv or .csv)",
        "one of 'measurements' and 'findings' is needed (as .tsv or .csv)",
    )


def test_table_in_two_formats_is_a_fault(tmp_path):
    folder = folder_of(tmp_path)
    (folder / "visits.csv").write_text("patient,visit\n")
    with pytest.raises(DataError, match=r"'visits' is there twice: visits\.csv and"):
        cohort_files(folder)


def test_missing_folder_is_a_fault(tmp_path):
    with pytest.raises(DataError, match="the folder does not exist; check sources"):
        cohort_files(tmp_path / "none")


def test_comma_separated_file_reads_as_the_tab_separated_one(study, tmp_path):
    folder = folder_of(tmp_path)
    _, expected = read_cohort(study, folder)
    text = (folder / "measurements.tsv").read_text()
    (folder / "measurements.tsv").unlink()
    (folder / "measurements.csv").write_text(text.replace("\t", ","))
    faults, tables = read_cohort(study, folder)
    assert faults == []
    pd.testing.assert_frame_equal(tables["measurements"], expected["measurements"])


def test_canonical_tables_are_checked_as_their_files_are(study, tmp_path):
    _, tables = read_cohort(study, folder_of(tmp_path))
    tables["visits"].loc[0, "patient"] = "p9"
    fault, *unvisited = check_cohort(study, tables)
    assert (fault.table, fault.line, fault.patient) == ("visits", 2, "p9")
    # The measurements of p1 at baseline have lost their visit.
    assert {(f.table, f.patient, f.what) for f in unvisited} == {
        ("measurements", "p1", "is not in table visits for this patient")
    }


@pytest.fixture(scope="module")
def cabrera() -> pd.DataFrame:
    definition = read_study(ROOT / "config" / "studies" / "cabrera2016.yaml")
    faults, tables = read_cohort(definition, ROOT / "data" / "cohorts" / "cabrera2016")
    assert faults == []
    assert tables["patients"]["patient"].tolist() == ["patient_1", "patient_2"]
    measured = tables["measurements"]
    return measured.set_index(["patient", "visit", "variable"])


# Table 1 of Cabrera et al. 2016, read by eye.
VALUES = [
    ("patient_1", "M0", "cjadas", 20),
    ("patient_1", "M12", "wcc", 2.3),
    ("patient_1", "M0", "crp", 36.2),
    ("patient_2", "M0", "crp", 18.6),
    ("patient_2", "M6", "alat", 326),
    ("patient_2", "M6", "asat", 145),
    ("patient_2", "M0", "ck", 1292),
    ("patient_1", "M6", "anti_dsdna_farr", 85),
    ("patient_2", "M12", "anti_ssa60", 3.7),
]
LIMITS = [
    ("patient_1", "M6", "crp", "<", 0.2),
    ("patient_2", "M12", "crp", "<", 0.2),
    ("patient_2", "M12", "asat", "<", 40),
    ("patient_2", "M12", "alat", "<", 40),
    ("patient_1", "M12", "anti_dsdna_farr", ">", 97),
    ("patient_2", "M0", "anti_ssa60", ">", 2),
    ("patient_1", "M0", "anti_u1rnp", ">", 8),
]


@pytest.mark.parametrize(("patient", "visit", "variable", "value"), VALUES)
def test_value_of_cabrera_is_as_printed(cabrera, patient, visit, variable, value):
    row = cabrera.loc[(patient, visit, variable)]
    assert (row["value"], row["comparator"]) == (value, "")


@pytest.mark.parametrize("row", LIMITS)
def test_censored_value_of_cabrera_stays_censored(cabrera, row):
    *key, comparator, limit = row
    found = cabrera.loc[tuple(key)]
    assert (found["comparator"], found["value"]) == (comparator, limit)


def test_only_the_printed_signs_of_cabrera_are_comparators(cabrera):
    # Printed: CRP <0.2 four times, ASAT and ALAT <40 once each, anti-dsDNA >97 once,
    # anti-SSA >2 twice, anti-U1 RNP >8 twice and >2 twice.
    counts = cabrera[cabrera["comparator"] != ""].groupby("variable").size()
    assert counts.to_dict() == {
        "alat": 1,
        "anti_dsdna_farr": 1,
        "anti_ssa60": 2,
        "anti_u1rnp": 4,
        "asat": 1,
        "crp": 4,
    }


def test_value_that_was_not_printed_stays_missing(cabrera):
    for visit in ("M0", "M6", "M12"):
        assert isnan(cabrera.loc[("patient_1", visit, "ck"), "value"])
