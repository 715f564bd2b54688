from math import inf, isnan, nan
from pathlib import Path

import pandas as pd
import pytest

from rejia.contracts import COHORT_TABLES
from rejia.frame import read_table
from rejia.scores import derive_scores, instrument_faults
from rejia.scores.glucocorticoid_free import Course, glucocorticoid_free
from rejia.study import Study

COHORT = Path(__file__).parents[1] / "data" / "cohorts" / "cabrera2016"
BRIEF, TO_END = "off_28_days", "off_to_the_end"


def free(courses, day=100, last_day=400, rule=BRIEF):
    found = [Course(*course) for course in courses]
    return glucocorticoid_free(found, day, last_day=last_day, rule=rule)[0]


@pytest.mark.parametrize(
    ("courses", "brief", "to_end"),
    [
        ([], True, True),
        ([(-inf, 100)], True, True),
        ([(-inf, 101)], False, False),
        ([(-inf, inf)], False, False),
        ([(128, 130)], False, False),
        ([(129, 130)], True, False),
        ([(400, 401)], True, False),
        ([(401, 402)], True, True),
        ([(-inf, 50), (110, 111)], False, False),
        ([(nan, 90)], True, True),
        ([(nan, 110)], None, None),
        ([(nan, 110), (105, 106)], False, False),
    ],
)
def test_any_course_within_the_days_asked_for_is_no_discontinuation(
    courses, brief, to_end
):
    assert free(courses) is brief
    assert free(courses, rule=TO_END) is to_end


def test_twenty_eight_days_must_have_been_seen():
    assert free([], day=100, last_day=128) is True
    assert free([], day=100, last_day=127) is None
    assert free([], day=100, last_day=100, rule=TO_END) is True
    assert free([(110, 111)], day=100, last_day=127) is False


def test_a_visit_without_a_day_is_decided_only_by_a_course_without_end():
    assert free([(0, 10)], day=nan) is None
    assert free([(-inf, inf)], day=nan) is False


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match="rule must be one of off_28_days"):
        free([], rule="off")


def study(layout=BRIEF):
    return Study.model_validate(
        {
            "study": "one",
            "title": "t",
            "citation": "c",
            "sources": {"cohort": "x"},
            "visits": {v: {"label": v} for v in ("v0", "v1")},
            "variables": {
                "off": {
                    "label": "Off",
                    "instrument": "glucocorticoid_free",
                    "layout": layout,
                }
            },
        }
    )


def tables(treatments, visits):
    columns = ["patient", "drug", "start", "stop", "dose"]
    return {
        "treatments": pd.DataFrame(treatments, columns=columns),
        "visits": pd.DataFrame(visits, columns=["patient", "visit", "day", "date"]),
    }


def levels(treatments, visits, layout=TO_END):
    scores = derive_scores(study(layout), tables(treatments, visits))
    return dict(zip(scores.visit, scores.level, strict=True))


DAYS = [("p", "v0", 0.0, ""), ("p", "v1", 90.0, "")]
DATES = [("p", "v0", nan, "2020-01-01"), ("p", "v1", nan, "2020-03-31")]
LINKED = [("p", "v0", 0.0, "2020-01-01"), ("p", "v1", nan, "2020-03-31")]


@pytest.mark.parametrize(
    ("stop", "visits"),
    [
        ("60", DAYS),
        ("60", LINKED),
        ("2020-03-01", DATES),
        ("2020-03-01", LINKED),
    ],
)
@pytest.mark.parametrize("drug", ["prednisolone", "Steroids"])
def test_days_and_dates_give_the_same_answer(stop, visits, drug):
    found = levels([("p", drug, "", stop, 5.0)], visits)
    assert found == {"v0": "no", "v1": "yes"}


@pytest.mark.parametrize("stop", ["2020-03-01", "in spring"])
def test_a_stop_that_is_no_day_is_undecided(stop):
    found = levels([("p", "prednisolone", "", stop, 5.0)], DAYS)
    assert found == {"v0": "", "v1": ""}


def test_other_drugs_and_doses_of_zero_are_no_glucocorticoid():
    treatments = [
        ("p", "methotrexate", "", "", 10.0),
        ("p", "prednisolone", "50", "", 0.0),
    ]
    assert levels(treatments, DAYS) == {"v0": "yes", "v1": "yes"}


def test_a_patient_without_treatments_is_undecided():
    scores = derive_scores(study(), tables([], DAYS))
    assert set(scores.reason) == {"no treatment of the patient is recorded"}
    assert all(isnan(value) for value in scores.value)


def test_the_patients_of_cabrera_stay_on_steroids():
    names = ("visits", "treatments")
    read = {n: read_table(COHORT / f"{n}.tsv", COHORT_TABLES[n]) for n in names}
    scores = derive_scores(study(), read)
    assert scores.level.tolist() == ["no"] * 6


def test_a_layout_must_be_chosen():
    faults = instrument_faults(study(None))
    assert faults == [
        "variables.off: layout is missing (known: off_28_days, off_to_the_end)"
    ]
