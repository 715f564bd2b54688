"""Units: conversions that a study declares, and values that no such unit has."""

from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from present_material import words
from rejia.cohort import cohort_warnings, read_cohort
from rejia.cohort.units import convert_units
from rejia.errors import DefinitionError
from rejia.study import Study, read_study
from rejia.study.units import (
    canonical_unit,
    conversion,
    other_units,
    plausible_ranges,
    unit_rules,
)

ROOT = Path(__file__).parents[1]
STUDY = """\
study: units
title: Units
citation: units2026
sources: {cohort: cohorts/units}
visits: {baseline: {label: Before}}
variables:
  crp: {label: CRP, unit: mg/dL, units: {mg/L: 0.1}}
  pain: {label: Pain, unit: cm, units: {mm: 0.1}, quantity: global_assessment}
  wbc: {label: White cells, unit: 10^3/mm3, units: {cells/mm3: 0.001}}
  hb: {label: Haemoglobin, unit: g/L}
  mmp3: {label: MMP-3, unit: ng/mL}
"""
COLUMNS = "patient visit variable value unit lower_limit upper_limit confidence note"
HEADER = "\t".join(COLUMNS.split()) + "\n"


def read(tmp_path, *rows, definition=STUDY):
    path = tmp_path / "units.yaml"
    path.write_text(definition, encoding="utf-8")
    study = read_study(path)
    folder = tmp_path / "cohort"
    folder.mkdir(exist_ok=True)
    for name, text in (
        ("patients", "patient\np1\n"),
        ("visits", "patient\tvisit\np1\tbaseline\n"),
        ("measurements", HEADER + "".join(f"p1\tbaseline\t{r}\n" for r in rows)),
    ):
        (folder / f"{name}.tsv").write_text(text, encoding="utf-8")
    faults, tables = read_cohort(study, folder)
    return study, faults, tables


STEPPED = STUDY.replace("units: {mg/L: 0.1}", "step: 0.1, units: {mg/L: 0.1}")


def test_converted_value_off_the_step_is_shown_as_recorded_and_told_how_to_mend(
    tmp_path,
):
    _, faults, _ = read(tmp_path, "crp\t12.3\tmg/L\t\t\t\t", definition=STEPPED)
    (fault,) = faults
    assert fault.found == "12.3 mg/L"
    assert "step: 0.1 mg/dL" in fault.allowed
    assert "fits 0.01" in fault.allowed
    finer = STEPPED.replace("step: 0.1", "step: 0.01")
    assert not read(tmp_path, "crp\t12.3\tmg/L\t\t\t\t", definition=finer)[1]


def test_limit_of_detection_need_not_lie_on_the_step(tmp_path):
    _, faults, tables = read(tmp_path, "crp\t<0.05\tmg/dL\t\t\t\t", definition=STEPPED)
    assert not faults
    assert tables["measurements"]["comparator"].tolist() == ["<"]
    assert read(tmp_path, "crp\t0.05\tmg/dL\t\t\t\t", definition=STEPPED)[1]


KNOWN = [
    ("mg/dL", "mg/L", Fraction(10)),
    ("mg/L", "mg/dL", Fraction(1, 10)),
    ("mm", "cm", Fraction(1, 10)),
    ("cm", "mm", Fraction(10)),
    ("10^3/mm3", "cells/mm3", Fraction(1000)),
    ("cells/mm3", "10^9/L", Fraction(1, 1000)),
    ("µg/L", "ng/mL", Fraction(1)),
    ("pg/mL", "ng/mL", Fraction(1, 1000)),
    ("g/dL", "g/L", Fraction(10)),
    ("mg/L", "mm/h", None),
    ("mg/L", "furlong", None),
]


@pytest.mark.parametrize(("unit", "to", "factor"), KNOWN)
def test_known_conversions(unit, to, factor):
    assert conversion(unit, to) == factor


def test_every_unit_leads_to_the_canonical_one_and_cites_its_source():
    for name in ("units.csv", "plausible_units.csv"):
        assert all(rule["source"].strip() for rule in unit_rules(name))
    for rule in unit_rules("units.csv"):
        canonical, factor = canonical_unit(rule["unit"])
        assert canonical_unit(canonical) == (canonical, 1)
        assert conversion(rule["unit"], canonical) == factor > 0


def test_declared_units_are_converted_with_their_limits_and_told(tmp_path):
    _, faults, tables = read(
        tmp_path,
        "crp\t<18.6\tmg/L\t\t5\t\t",
        "pain\t75\tmm\t\t\t\t",
        "wbc\t15230\tcells/mm3\t4000\t10000\t\t",
    )
    assert faults == []
    table = tables["measurements"]
    assert table["value"].tolist() == [1.86, 7.5, 15.23]
    assert table["unit"].tolist() == ["mg/dL", "cm", "10^3/mm3"]
    assert table["recorded_unit"].tolist() == ["mg/L", "mm", "cells/mm3"]
    assert table["comparator"].tolist() == ["<", "", ""]
    assert table["upper_limit"].tolist()[::2] == [0.5, 10.0]


def test_own_unit_is_left_and_an_undeclared_one_is_a_fault(tmp_path):
    _, faults, tables = read(tmp_path, "hb\t120\tg/L\t\t\t\t", "crp\t1\tmg/mL\t\t\t\t")
    assert tables["measurements"]["recorded_unit"].tolist() == ["", ""]
    (fault,) = faults
    assert (fault.line, fault.what) == (3, "is not the unit of crp")
    assert fault.allowed == "allowed: mg/dL, mg/L"


@given(st.integers(0, 10**6), st.integers(0, 6))
def test_conversion_is_that_of_decimal_numbers(digits, places):
    value = float(f"{digits}e-{places}")
    study = Study.model_validate(
        {
            "study": "s",
            "title": "t",
            "citation": "c",
            "variables": {"x": {"label": "x", "unit": "cm", "units": {"mm": 0.1}}},
        }
    )
    from rejia.contracts import MEASUREMENTS
    from rejia.frame import parse_columns

    cells = {"patient": ["p"], "visit": ["v"], "variable": ["x"], "unit": ["mm"]}
    cells["value"] = [repr(value)]
    _, table = parse_columns(cells, MEASUREMENTS)
    made = convert_units(study, table)["value"][0]
    assert Fraction(repr(float(made))) == Fraction(repr(value)) / 10


# Value, unit and upper limit of normal as recorded; the likely units named.
IMPLAUSIBLE = [
    ("crp\t<0.2\tmg/L\t\t5\t\t", "<0.2", "value", "mg/dL"),
    ("crp\t36\tmg/L\t\t0.5\t\t", "0.5", "upper_limit", "mg/dL"),
    ("crp\t362\tmg/dL\t\t\t\t", "362", "value", "mg/L"),
    ("pain\t75\tcm\t\t\t\t", "75", "value", "mm"),
    ("wbc\t15230\t10^3/mm3\t\t\t\t", "15230", "value", "cells/mm3"),
    ("wbc\t15.2\tcells/mm3\t\t\t\t", "15.2", "value", "10^9/L"),
    ("hb\t12.5\tg/L\t\t\t\t", "12.5", "value", "g/dL"),
    ("mmp3\t0.338\tng/mL\t\t\t\t", "0.338", "value", "µg/mL"),
]


@pytest.mark.parametrize(("row", "found", "column", "likely"), IMPLAUSIBLE)
def test_implausible_unit_is_a_fault_with_the_likely_one(
    tmp_path, row, found, column, likely
):
    _, faults, _ = read(tmp_path, row)
    (fault,) = [f for f in faults if "implausible" in f.what]
    assert (fault.patient, fault.line, fault.column) == ("p1", 2, column)
    assert fault.found == found
    assert f"likely unit: {likely}" in fault.what


PLAUSIBLE = [
    "crp\t<0.28\tmg/L\t\t5\t\t",
    "crp\t<0.2\tmg/L\t\t\t\t",
    "crp\t<0.2\tmg/dL\t\t0.5\t\t",
    "crp\t0\tmg/dL\t\t0.5\t\t",
    "pain\t10\tcm\t\t\t\t",
    "pain\t100\tmm\t\t\t\t",
    "hb\t20\tg/L\t\t\t\t",
    "wbc\t0\tcells/mm3\t\t\t\t",
]


@pytest.mark.parametrize("row", PLAUSIBLE)
def test_plausible_value_is_no_fault(tmp_path, row):
    assert read(tmp_path, row)[1] == []


def test_share_of_the_detection_limit_is_cut_exactly(tmp_path):
    assert read(tmp_path, "crp\t<0.25\tmg/L\t\t5\t\t")[1] == []
    assert len(read(tmp_path, "crp\t<0.2499\tmg/L\t\t5\t\t")[1]) == 1


def test_noted_doubtful_reading_is_a_warning_and_a_sure_unit_is_neither(tmp_path):
    row = "crp\t<0.2\tmg/L\t\t5\tB\tas printed; unit doubtful"
    study, faults, tables = read(tmp_path, row)
    assert faults == []
    (warning,) = cohort_warnings(study, tables)
    assert "likely unit: mg/dL" in warning.what
    assert len(read(tmp_path, "crp\t<0.2\tmg/L\t\t5\tB\t")[1]) == 1
    sure = STUDY.replace("{mg/L: 0.1}", "{mg/L: 0.1}, unit_is_sure: true")
    study, faults, tables = read(tmp_path, "crp\t<0.2\tmg/L\t\t5\t\t", definition=sure)
    assert faults == cohort_warnings(study, tables) == []


def test_every_doubtful_crp_of_cabrera_is_a_warning_that_names_the_unit():
    study = read_study(ROOT / "config" / "studies" / "cabrera2016.yaml")
    faults, tables = read_cohort(study, ROOT / "data" / "cohorts" / "cabrera2016")
    assert faults == []
    warnings = cohort_warnings(study, tables)
    assert [(w.column, w.found) for w in warnings] == [("value", "<0.2")] * 4
    assert all("likely unit: mg/dL" in warning.what for warning in warnings)


WRONG = [
    ("{mg/L: 0.1}", "{mg/L: 10}", "10 is not the factor from mg/L to mg/dL"),
    ("{mg/L: 0.1}", "{mg/dL: 1}", "mg/dL is the variable's own unit"),
    ("quantity: global_assessment", "quantity: weight", "no 'weight' (known: crp"),
]


@pytest.mark.parametrize(("old", "new", "what"), WRONG)
def test_wrong_declaration_is_a_fault_of_the_study(tmp_path, old, new, what):
    with pytest.raises(DefinitionError) as error:
        read(tmp_path, definition=STUDY.replace(old, new))
    assert what in str(error.value)


def test_unknown_unit_takes_the_declared_factor(tmp_path):
    local = STUDY.replace("{mm: 0.1}", "{mm: 0.1, faces: 2}")
    _, faults, tables = read(tmp_path, "pain\t4\tfaces\t\t\t\t", definition=local)
    assert faults == []
    assert tables["measurements"]["value"].tolist() == [8.0]


def test_other_units_differ_by_a_factor_one_each():
    assert other_units("mg/L") == ("mg/dL",)
    assert other_units("furlong") == ()


def test_quantity_is_known_by_name_or_declared():
    study = Study.model_validate(
        {
            "study": "s",
            "title": "t",
            "citation": "c",
            "variables": {
                "crp": {"label": "x", "unit": "mg/L"},
                "my_crp": {"label": "x", "unit": "mg/L", "quantity": "crp"},
                "other": {"label": "x", "unit": "mg/L"},
            },
        }
    )
    found = [len(plausible_ranges(n, v)) for n, v in study.variables.items()]
    assert found == [3, 3, 0]


def test_converted_values_are_counted_in_the_results_and_told_in_the_methods(tmp_path):
    from rejia.analyses import run_analyses
    from rejia.analyses.rows import CohortRows
    from rejia.contracts import GROUPS, SCORES
    from rejia.present.methods import methods_text
    from rejia.results import gather_results

    study, _, tables = read(tmp_path, "crp\t18.6\tmg/L\t\t\t\t", "pain\t7\tcm\t\t\t\t")
    rows = CohortRows(
        study=study,
        tables=tables,
        scores=pd.DataFrame(columns=list(SCORES)),
        groups=pd.DataFrame(columns=list(GROUPS)),
    )
    estimates = run_analyses(study, cohort=rows, facts=None)
    (found,) = estimates.to_dict("records")
    assert (found["outcome"], found["level"], found["unit"]) == ("crp", "mg/L", "mg/dL")
    assert (found["estimate"], found["n"]) == (1, 1)
    assert found["method"] == "values_converted_by_0.1"
    results, _ = gather_results(study, estimates)
    text = methods_text(study, {"results.tsv": results}, {}, words())
    assert (
        "- CRP: 1 of 1 values were recorded in mg/L and multiplied by 0.1 to give mg/dL"
        in text
    )
